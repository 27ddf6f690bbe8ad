"""Lists answer alike whatever the database: odd texts, long names, made-up cursors."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from squash_jenkins.models import Build, BuildId, BuildRecord
from squash_jenkins.plugins import Plugins
from squash_jenkins.server.api.cursors import cursor_of
from squash_jenkins.store.read.lists import Place
from squash_jenkins.testing.stores import sample_store
from tests import databases
from tests.server import signing
from tests.server.submit_samples import Client, serving

_START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, plugins: Plugins) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("alike")
    filled = sample_store(database=databases.url_of(folder))
    with filled, serving(folder, plugins) as made:
        yield made


def add(client: Client, name: str, number: int = 1, **more: Any) -> None:
    build = Build(BuildId("main", name, number), _START + timedelta(microseconds=number), **more)
    client.store.save(BuildRecord(build), controller_url="https://ci.example.org/")


def rows(client: Client, path: str, **query: Any) -> list[dict[str, Any]]:
    """Return all rows of a list, page by page."""
    answer, found = client.get(path, params=query), []
    while True:
        assert answer.status_code == 200, answer.text
        found += answer.json()["results"]
        url = answer.json()["next"]
        if url is None:
            return found
        answer = client.get(url.removeprefix(client.running.url))


@pytest.mark.parametrize(
    "path",
    [
        "findings/?name=a%00b",
        "findings/?state=%00",
        "findings/?search=%00",
        "specifications/?source=%00",
        "specifications/?source=%ED%A0%80",
        "builds/?node=%00&result=%F0%9F%98%80",
        "metrics/?package=%00",
    ],
)
def test_a_text_that_no_row_has_chooses_none(client: Client, path: str) -> None:
    answer = client.get(f"/api/{path}")
    assert (answer.status_code, answer.json()["results"]) == (200, [])


@pytest.mark.parametrize(
    ("path", "posted"),
    [("findings/a%00b/", 405), ("findings/a%00b/triage/", 404), ("notify/a%00b/", 405)],
)
def test_a_name_that_no_row_has_is_not_found(client: Client, path: str, posted: int) -> None:
    assert client.get(f"/api/{path}").status_code == 404
    member = signing.join(client.store, f"asks {path}", "admin")
    said = client.post(f"/api/{path}", json={"state": "wontfix"}, headers=member.bearer)
    assert said.status_code == posted
    assert client.get(f"/api/{path}", headers=member.bearer).status_code == 404


def test_texts_differ_to_the_letter(client: Client) -> None:
    for number, result in enumerate(("ODD", "odd", " ODD", "😀", "ö", "o"), start=1):
        add(client, "texts", number, result=result, node=f"node {result}")
        found = rows(client, "/api/builds/", job="texts", result=result)
        assert [each["number"] for each in found] == [number]
    assert [each["node"] for each in rows(client, "/api/builds/", search="E 😀")] == ["node 😀"]


def test_names_of_any_length_are_turned_over_in_pages(client: Client) -> None:
    names = [f"{'😀' * many}long{'x' * 5000}" for many in (3, 9, 1)]
    names += [f"long{'y' * 20_000} {end}" for end in "dbaec"]
    for name in names:
        add(client, name)
    for order in ("name", "-name"):
        found = [
            each["name"] for each in rows(client, "/api/jobs/", search="LONG", order=order, limit=2)
        ]
        assert sorted(found) == sorted(names)  # each once
        assert found[:: 1 if order == "name" else -1] == [*names[3:], names[2], names[0], names[1]]


def test_builds_of_one_second_are_in_the_order_of_their_microseconds(client: Client) -> None:
    for number in (3, 1, 2):
        add(client, "quick", number)
    found = rows(client, "/api/builds/", job="quick", order="started", limit=1)
    assert [each["number"] for each in found] == [1, 2, 3]
    since = (_START + timedelta(microseconds=2)).isoformat()
    found = rows(client, "/api/builds/", job="quick", since=since)
    assert [each["number"] for each in found] == [3, 2]


@pytest.mark.parametrize("value", ["text", "a\0b", "\ud800", 7, 2**62, 0.5, 1e300, _START, None])
@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("builds", "started"),
        ("builds", "-duration"),
        ("builds", "number"),
        ("jobs", "name"),
        ("measurements", "-value"),
        ("measurements", "id"),
        ("datasets", "camera"),
    ],
)
def test_a_made_up_cursor_is_read_or_refused(
    client: Client, path: str, order: str, value: Any
) -> None:
    cursor = cursor_of(path, order, Place(value, 3))
    answer = client.get(f"/api/{path}/", params={"order": order, "cursor": cursor})
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 422:
        assert answer.json()["field"] == "cursor"
    else:
        assert isinstance(answer.json()["results"], list)
