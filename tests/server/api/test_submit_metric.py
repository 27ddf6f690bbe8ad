"""Post definitions of metrics in every way that programs do."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.plugins import Plugins
from tests.server.submit_samples import METRIC, Client, serving


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, plugins: Plugins) -> Iterator[Client]:
    with serving(tmp_path_factory.mktemp("metrics"), plugins) as made:
        yield made


def named(name: str) -> dict[str, str]:
    """Return the technote's metric under another name."""
    return {**METRIC, "metric": name}


def asked(client: Client, metric: str) -> dict[str, float]:
    """Return the posted specifications of a metric now, by level."""
    with client.store.reader() as reader:
        found = reader.definitions.specifications_by_source().get("api", [])
    return {each.level: each.threshold for each in found if each.metric == metric}


@pytest.mark.parametrize("way", ["form", "json", "json with numbers"])
def test_levels_are_stored_however_they_are_sent(client: Client, way: str) -> None:
    levels = ("minimum", "design", "stretch", "user")
    texts = named(f"ways.{way}")
    numbers = {**texts, **{level: float(METRIC[level]) for level in levels}}
    if way == "form":
        answer = client.post("/api/metric/", data=texts)
    else:
        answer = client.post("/api/metric/", json=texts if way == "json" else numbers)
    assert answer.status_code == 201, answer.text
    found = asked(client, f"ways.{way}")
    assert found == {"minimum": 8.0, "design": 5.0, "stretch": 3.0, "user": 10.0}


def test_same_again_changes_nothing_and_says_so(client: Client) -> None:
    client.post("/api/metric/", data=named("again.x"))
    again = client.post("/api/metric", json=named("again.x"))
    assert (again.status_code, again.json()["result"]) == (200, "unchanged")


def test_answer_says_what_was_changed_and_others_stay(client: Client) -> None:
    client.post("/api/metric/", json={"metric": "other.one", "design": 1})
    client.post("/api/metric/", json=named("changed.x"))
    changed = {**named("changed.x"), "description": "Another", "design": 6}
    del changed["user"]

    answer = client.post("/api/metric/", json=changed)

    told = answer.json()
    assert (answer.status_code, told["result"], told["fields"]) == (200, "changed", ["description"])
    ended = ["changed.x.user"]
    wanted = {"new": [], "changed": ["changed.x.design"], "ended": ended}
    assert told["specifications"] == wanted
    assert asked(client, "changed.x") == {"minimum": 8.0, "design": 6.0, "stretch": 3.0}
    assert asked(client, "other.one") == {"design": 1.0}


def test_writes_are_in_the_audit_log(client: Client) -> None:
    client.post("/api/metric/", json=named("audit.x"))
    (row,) = client.store.audit.newest(1)
    assert (row.action, row.target) == ("metric.post", "audit.x")


def test_documents_of_2016_are_taken_as_they_are(
    tmp_path: Path, plugins: Plugins, document: Callable[[str], bytes]
) -> None:
    one = json.loads(document("rest_post_metric.json"))
    many = json.loads(document("rest_post_metric_list.json"))
    wanted = {"design": 5e-5, "minimum": 3e-5, "stretch": 1e-5}

    with serving(tmp_path, plugins) as client:
        assert client.post("/api/metric/", json=one).status_code == 201
        answer = client.post("/api/metric/", json=many)
        assert answer.status_code == 201, answer.text
        assert asked(client, "validate_drp.TE2") == wanted
    assert len(answer.json()) == len(many)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "metric"),
        ({"metric": ""}, "metric"),
        ({"metric": "a.b", "design": "five"}, "design"),
        ({"metric": "a.b", "design": "nan"}, "design"),
        ({"metric": "a.b", "design": [5]}, "design"),
        ({"metric": "a.b", "operator": "~"}, "operator"),
        ({"metric": "a.b", "specs": "[" * 5000}, "specs"),
        ({"metric": "a.b", "specs": [{"name": "x"}]}, "specs.0.value"),
        ({"metric": "a.b", "dezign": 5}, "dezign"),
        ([{"metric": "a.b"}, {"metric": "a.b"}], "1.metric"),
        ([{"metric": "a.b"}, 7], "1"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    client: Client, body: Any, field: str
) -> None:
    with client.store.reader() as reader:
        before = reader.revisions.definitions()
    answer = client.post("/api/metric/", json=body)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().get("field") == field, answer.json()
    with client.store.reader() as reader:
        assert reader.revisions.definitions() == before
