"""Read lists of the API in pages from a server that runs."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from squash_jenkins.models import Build, BuildId, BuildRecord
from squash_jenkins.plugins import Plugins
from tests.server.submit_samples import Client, serving

_START = datetime(2026, 1, 1, tzinfo=UTC)
_ROOT = "https://ci.example.org/"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, plugins: Plugins) -> Iterator[Client]:
    with serving(tmp_path_factory.mktemp("lists"), plugins) as made:
        yield made


def add(client: Client, number: int, name: str = "pages", **more: Any) -> None:
    """Store a build; an hour lies between two."""
    given = {"duration": float(number), "result": "SUCCESS", **more}
    started = _START + timedelta(hours=number)
    build = Build(BuildId("main", name, number), started, **given)
    client.store.save(BuildRecord(build), controller_url=_ROOT)


def results(client: Client, path: str) -> list[dict[str, Any]]:
    """Return what a list has on its first page."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def follow(client: Client, url: str) -> tuple[list[int], str | None]:
    """Return the numbers of the builds of a page, and the URL of the next."""
    answer = client.get(url.removeprefix(client.running.url)).json()
    return [each["number"] for each in answer["results"]], answer["next"]


def test_pages_neither_shift_nor_repeat_while_builds_arrive(client: Client) -> None:
    for number in range(1, 8):
        add(client, number)
    seen, url = follow(client, "/api/builds/?limit=3&job=pages")
    for number in (8, 9, 0):  # newer ones, and one that is older than all
        add(client, number)
    while url is not None:
        assert url.startswith(f"{client.running.url}/api/builds/?")
        more, url = follow(client, url)
        seen += more
    assert seen == [7, 6, 5, 4, 3, 2, 1, 0]


def test_order_and_what_has_no_value_last(client: Client) -> None:
    for number, duration in enumerate((3.0, None, 1.0, 3.0, None), start=1):
        add(client, number, "orders", duration=duration)
    for order, wanted in (("duration", [3, 1, 4, 2, 5]), ("-duration", [4, 1, 3, 5, 2])):
        seen: list[int] = []
        url: str | None = f"/api/builds/?order={order}&limit=2&job=orders"
        while url is not None:
            more, url = follow(client, url)
            seen += more
        assert seen == wanted


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("100%", {"a 100% b"}),
        ("%", {"a 100% b"}),
        ("_", {"under_score"}),
        ("\\", {"back\\slash"}),
        ("größe", {"die größe 星"}),
        ("星", {"die größe 星"}),
        ("UNDER", {"under_score"}),
        ("a\0b", set()),
        ("'; drop table build", set()),
    ],
)
def test_search_takes_signs_as_they_are(client: Client, text: str, found: set[str]) -> None:
    names = ("a 100% b", "under_score", "back\\slash", "die größe 星", "plain")
    for name in names:
        add(client, 1, name)
    answer = client.get("/api/jobs/", params={"search": text})
    assert {each["name"] for each in answer.json()["results"]} == found


def test_filters(client: Client) -> None:
    for number in range(1, 5):
        add(client, number, "filters", result="FAILURE" if number == 2 else "SUCCESS")
    add(client, 1, "Filters")
    assert [each["number"] for each in results(client, "/api/builds/?result=FAILURE")] == [2]
    assert len(results(client, "/api/builds/?job=filters")) == 4
    since = "/api/builds/?job=filters&since=2026-01-01T03:00:00%2B01:00&until=2026-01-01T04:00:00Z"
    assert [each["number"] for each in results(client, since)] == [3, 2]


@pytest.mark.parametrize(
    "query",
    [
        "cursor=%ff",
        "cursor=e30",
        "cursor=WyJidWlsZHMiLCAiLXN0YXJ0ZWQiLCAidCIsICJ4IiwgNl0",
        "cursor=WyJqb2JzIiwgIm5hbWUiLCAicyIsICJ4IiwgNl0",
        "cursor=W1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tb",
        "limit=0",
        "limit=1001",
        "order=nothing",
        "since=2026-01-01",
        "since=0001-01-01T00:00:00%2B23:00",
        "number=99999999999999999999",
    ],
)
def test_wrong_parameters_are_reported(client: Client, query: str) -> None:
    answer = client.get(f"/api/builds/?{query}")
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == query.partition("=")[0]


def test_cursor_of_another_order_is_refused(client: Client) -> None:
    for number in (1, 2):
        add(client, number, "cursors")
    url = client.get("/api/builds/?limit=1").json()["next"]
    cursor = re.search("cursor=([^&]+)", url)
    assert cursor is not None
    assert client.get(f"/api/builds/?order=number&cursor={cursor[1]}").status_code == 422


def test_unknown_parameter_names_the_nearest(client: Client) -> None:
    answer = client.get("/api/builds/?serch=x")
    assert (answer.status_code, answer.json()["field"]) == (422, "serch")
    assert "did you mean 'search'?" in answer.json()["detail"]
    assert client.get("/api/changes/?job=x&form=1").json()["known"] == [
        "controller", "from", "job", "to",
    ]  # fmt: skip


def test_same_answer_is_not_sent_again(client: Client) -> None:
    add(client, 1, "tags")
    first = client.get("/api/builds/")
    again = client.get("/api/builds/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    add(client, 2, "tags")
    assert client.get("/api/builds/", headers={"If-None-Match": first.headers["etag"]}).ok
