"""Facts 9 and 10: ``tree=`` with its ranges and errors, ``builds`` and ``allBuilds``."""

from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from squash_jenkins.simulate.answers.tree import BadTree, by_tree, parse_tree
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World


@pytest.fixture
def many(world: World, jenkins: SimulatedJenkins) -> Any:
    for _ in range(130):
        world.add_build("ci")

    def numbers(tree: str) -> list[int]:
        said = requests.get(f"{jenkins.url}/job/ci/api/json?tree={tree}", timeout=10).json()
        (found,) = (value for name, value in said.items() if name != "_class")
        return [each["number"] for each in found]

    return numbers


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ("builds[number]", range(130, 30, -1)),
        ("builds[number]{100,110}", []),
        ("allBuilds[number]", range(130, 0, -1)),
        ("allBuilds[number]{100,200}", range(30, 0, -1)),
        ("allBuilds[number]{0,3}", [130, 129, 128]),
        ("allBuilds[number]{,2}", [130, 129]),
        ("allBuilds[number]{128,}", [2, 1]),
        ("allBuilds[number]{5}", [125]),
        ("allBuilds[number]{500,600}", []),
        ("allBuilds[number]{7,7}", []),
    ],
)
def test_fact_9_ranges(many: Any, tree: str, expected: Any) -> None:
    assert many(tree) == list(expected)


@pytest.mark.parametrize(
    "tree",
    [
        "allBuilds[number]{10,5}",
        "allBuilds[number]{a,5}",
        "allBuilds[number]{-1,5}",
        "allBuilds[number]{}",
        "allBuilds[number]{1,2",
        "allBuilds[number",
        "allBuilds]",
        "[number]",
    ],
)
def test_fact_9_errors_are_html_pages(world: World, jenkins: SimulatedJenkins, tree: str) -> None:
    answer = requests.get(f"{jenkins.url}/job/ci/api/json", {"tree": tree}, timeout=10)
    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "X-Jenkins" in answer.headers


def test_builds_not_asked_in_detail_show_number_and_url_only(
    world: World, jenkins: SimulatedJenkins
) -> None:
    world.add_build("ci")
    plain = requests.get(f"{jenkins.url}/job/ci/api/json", timeout=10).json()
    assert set(plain["builds"][0]) == {"_class", "number", "url"}
    assert "allBuilds" not in plain
    deep = requests.get(f"{jenkins.url}/job/ci/api/json?depth=1", timeout=10).json()
    assert "artifacts" in deep["builds"][0]


def test_fact_10_unknown_fields_are_dropped(world: World, jenkins: SimulatedJenkins) -> None:
    world.add_build("ci", parameters={"REV": "main"})
    url = f"{jenkins.url}/job/ci/1/api/json?tree=nosuch,number,actions[parameters[name,nosuch]]"
    said = requests.get(url, timeout=10).json()
    assert set(said) == {"_class", "number", "actions"}
    assert {} in said["actions"]
    assert [each["parameters"] for each in said["actions"] if "parameters" in each] == [
        [{"_class": "hudson.model.StringParameterValue", "name": "REV"}]
    ]


def test_pretty_json_says_the_same(world: World, jenkins: SimulatedJenkins) -> None:
    plain = requests.get(f"{jenkins.url}/job/ci/api/json", timeout=10)
    pretty = requests.get(f"{jenkins.url}/job/ci/api/json?pretty=true", timeout=10)
    assert pretty.json() == plain.json()
    assert pretty.text.count("\n") > 10


@given(st.text("ab[]{},1", max_size=12))
def test_any_tree_is_parsed_or_refused(text: str) -> None:
    try:
        tree = parse_tree(text)
    except BadTree:
        return
    assert by_tree({"a": {"b": [1, 2]}, "b": 3}, tree) is not None


def test_fact_11_runs_show_little_by_themselves_and_all_when_asked(
    world: World, jenkins: SimulatedJenkins
) -> None:
    world.add_job("m/A=1", "configuration")
    world.add_build("m/A=1", artifacts={"qa.json": b"{}"}, node="agent-1", result="FAILURE")
    world.add_build("m", runs=[("m/A=1", 1), ("m/A=1", 7)])
    url = f"{jenkins.url}/job/m/1/api/json"
    short = {"number": 1, "url": f"{jenkins.url}/job/m/A=1/1/"}
    assert requests.get(url, timeout=10).json()["runs"] == [short]
    tree = "runs[number,url,builtOn,result,artifacts[relativePath],runs[number]]"
    asked = requests.get(url, params={"tree": tree}, timeout=10).json()["runs"]
    told = {"builtOn": "agent-1", "result": "FAILURE", "artifacts": [{"relativePath": "qa.json"}]}
    assert asked == [short | told]
    deeper = requests.get(url, params={"depth": 1}, timeout=10).json()["runs"]
    assert deeper[0]["result"] == "FAILURE"
