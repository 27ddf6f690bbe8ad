"""Make a simulated Jenkins hold what a recorded one held, and compare what both answer."""

from datetime import UTC, datetime
from typing import Any

import requests

from squash_jenkins.simulate.state import HIDDEN
from squash_jenkins.simulate.world import SimBuild, SimChange
from tests.recordings import Recording

SAME_HEADERS = [
    "Accept-Ranges",
    "Allow",
    "Content-Encoding",
    "Content-Range",
    "Content-Security-Policy",
    "Content-Type",
    "Last-Modified",
    "Transfer-Encoding",
    "WWW-Authenticate",
    "X-Jenkins",
    "X-More-Data",
    "X-Permission-Implied-By",
    "X-Required-Permission",
    "X-You-Are-Authenticated-As",
]
OWN_ACTIONS = ("ParametersAction", "CauseAction", "RunDisplayAction")
PIPELINE_ACTIONS = ("RestartDeclarativePipelineAction", "FlowGraphAction")


def simulated_build(said: dict[str, Any]) -> SimBuild:
    """Return the build that a recorded answer tells of."""
    actions = {each["_class"].rpartition(".")[2]: each for each in said["actions"] if each}
    extra = [
        each for name, each in actions.items() if name not in (*OWN_ACTIONS, *PIPELINE_ACTIONS)
    ]
    parameters = actions.get("ParametersAction", {}).get("parameters", [])
    if "ParametersAction" in actions and not parameters:
        extra.append(actions["ParametersAction"])
    sets = said.get("changeSets", [said.get("changeSet", {"items": []})])
    return SimBuild(
        number=said["number"],
        started=datetime.fromtimestamp(said["timestamp"] / 1000, UTC),
        duration=said["duration"] / 1000,
        result=said["result"],
        building=said["building"],
        artifacts={each["relativePath"]: b"{}" for each in said["artifacts"]},
        parameters={each["name"]: each.get("value", HIDDEN) for each in parameters},
        causes=actions.get("CauseAction", {"causes": []})["causes"],
        changes=[change(item) for each in sets for item in each["items"]],
        description=said["description"],
        display_name=said["displayName"],
        actions=extra,
    )


def change(item: dict[str, Any]) -> SimChange:
    author = item["author"]["fullName"]
    paths = tuple(item["affectedPaths"])
    return SimChange(
        item["commitId"], author, item["comment"], item["timestamp"], paths, item["authorEmail"]
    )


def shape(value: Any) -> Any:
    """Return keys and types without values; things of one class in a list are one shape."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        found: dict[str, dict[str, Any]] = {}
        for each in value:
            kind = each.get("_class", "") if isinstance(each, dict) else ""
            inner = shape(each)
            found.setdefault(kind, {}).update(inner if isinstance(inner, dict) else {inner: inner})
        return found
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | float) else type(value).__name__


def compare(got: requests.Response, recorded: Recording) -> None:
    """Fail unless an answer has the status, headers and shape of the recorded one."""
    assert got.status_code == recorded.status
    said = recorded.response_headers
    for header in SAME_HEADERS:
        assert got.headers.get(header) == said.get(header), header
    if "Location" in said and "/queue/" not in said["Location"]:
        assert (
            got.headers["Location"].partition("/job/")[2] == said["Location"].partition("/job/")[2]
        )
    if "/artifact/" in recorded.path and recorded.is_json:
        assert got.content == recorded.body
    elif recorded.is_json and recorded.body:
        assert shape(got.json()) == shape(recorded.json)
