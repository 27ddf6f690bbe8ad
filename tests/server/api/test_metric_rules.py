"""Administrators set by programs which changes of a metric are findings."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server import signing
from tests.server.submit_samples import Client

_URL = "/api/rules/validate_drp.AD1/"


@pytest.fixture
def client(server: Any, samples: Any) -> Iterator[Client]:
    """Return an admin's client of a server whose job got worse at build 20."""
    running = server()
    for number in range(1, 31):
        record = samples.record("sqre/ci_hsc", number, shift=1.0 if number < 20 else 1.5)
        running.store.save(record, controller_url=samples.ROOT)
    running.find_findings()
    yield Client(running, signing.join(running.store, "head", role="admin").bearer)


def test_rules_of_a_metric_are_set_and_removed(client: Client) -> None:
    before = client.get(_URL).json()
    assert before["set"] == {}
    for wrong in (
        {"smallest": "-1"},
        {"smallest": -1},
        {"direction": "up"},
        {"ignore": 2},
        {"a": 1},
    ):
        assert client.put(_URL, json=wrong).status_code == 422, wrong
    wanted = {"smallest": "2 %", "direction": "none", "ignore": False}
    answer = client.put(_URL, json={**wanted, "smallest": 2})
    assert answer.status_code == 200, answer.text
    assert answer.json()["set"] == answer.json()["in_effect"] == wanted
    entry = client.store.audit.newest(1, None)[0]
    assert (entry.action, entry.target) == ("metric.rules", "validate_drp.AD1")
    assert entry.detail == wanted
    client.put(_URL, json={"ignore": True})  # replaces all of them
    assert client.get(_URL).json()["set"] == {"ignore": True}
    assert client.delete(_URL).json() == before
    assert (
        client.get(
            client.get("/api/metrics/validate_drp.AD1/")
            .json()["rules_url"]
            .removeprefix(client.running.url)
        ).json()
        == before
    )


def test_rules_of_an_unknown_metric_are_not_found(client: Client) -> None:
    url = "/api/rules/no.such/"
    answers = [client.get(url), client.put(url, json={}), client.delete(url)]
    assert [each.status_code for each in answers] == [404] * 3


def test_findings_are_detected_again_by_new_rules(client: Client) -> None:
    assert "validate_drp.AD1" in _found(client)
    client.put(_URL, json={"ignore": True})
    until = time.monotonic() + 30
    while "validate_drp.AD1" in _found(client):
        assert time.monotonic() < until
        time.sleep(0.05)


def _found(client: Client) -> set[str]:
    """Return the metrics in which there are findings."""
    found = client.get("/api/findings/?withdrawn=false").json()["results"]
    return {series["metric"] for each in found for series in each["series"]}
