"""Read single things, series, findings and the documentation from a server that runs."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pytest

from squash_jenkins.plugins import Plugins
from squash_jenkins.store import Plan
from squash_jenkins.testing.stores import SAMPLES, sample_store
from tests import databases
from tests.server.submit_samples import Client, serving

_LISTS = (
    *("jobs", "builds", "reports", "metrics", "specifications", "measurements", "findings"),
    *("datasets", "packages", "quarantine", "job", "metric"),
)
_SERIES = "/api/series/?job=folder/sample&metric=sample.latency"
_ARROW = "application/vnd.apache.arrow.stream"


def serving_sample(kind: str, tmp: pytest.TempPathFactory, plugins: Plugins) -> Iterator[Client]:
    """Serve a sample store; links of findings lead to its Jenkins."""
    folder = tmp.mktemp("sample")
    with sample_store(kind, database=databases.url_of(folder)), serving(folder, plugins) as made:
        yield made


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, plugins: Plugins) -> Iterator[Client]:
    yield from serving_sample("some builds", tmp_path_factory, plugins)


@pytest.fixture(scope="module", params=list(SAMPLES))
def any_store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, plugins: Plugins
) -> Iterator[Client]:
    yield from serving_sample(request.param, tmp_path_factory, plugins)


def got(client: Client, url: str) -> Any:
    """Return what a URL of the server answers."""
    answer = client.get(url.removeprefix(client.running.url))
    assert answer.status_code == 200, f"{url}: {answer.text}"
    return answer.json()


def test_every_list_and_all_that_it_links_to_answers(any_store: Client) -> None:
    pages = set()
    for name in _LISTS:
        for each in got(any_store, f"/api/{name}/")["results"]:
            links = {key: each[key] for key in ("url", "build_url", "metric_url") if key in each}
            if name != "job":
                for url in set(links.values()):
                    assert isinstance(got(any_store, url), dict)
            pages |= {each["page"]} if "page" in each else set()
    for page in pages:
        answer = any_store.get(page.removeprefix(any_store.running.url))
        assert answer.status_code == 200, page


def test_endpoints_are_all_there(client: Client) -> None:
    endpoints = got(client, "/api/")
    assert {*_LISTS, "series", "changes", "status"} <= set(endpoints)
    assert all(url == f"{client.running.url}/api/{name}/" for name, url in endpoints.items())
    for name in ("status", "me"):
        assert client.get(f"/api/{name}/").ok


def test_endpoints_are_listed_as_a_proxy_shows_them(tmp_path: Any, plugins: Plugins) -> None:
    with serving(
        tmp_path, plugins, server={"root_path": "/qa", "trusted_proxies": ["127.0.0.1"]}
    ) as made:
        told = {"X-Forwarded-Host": "qa.example.org:8443", "X-Forwarded-Proto": "https"}
        seen = made.get("/api/", headers=told).json()
        assert seen["job"] == "https://qa.example.org:8443/qa/api/job/"
        wrong = made.get("/api/", headers={"X-Forwarded-Host": 'x"><script>'}).json()
        assert wrong["job"] == f"{made.running.url}/api/job/"


def test_only_trusted_proxies_say_the_host(tmp_path: Any, plugins: Plugins) -> None:
    with serving(tmp_path, plugins) as made:
        seen = made.get("/api/", headers={"X-Forwarded-Host": "evil.example.org"}).json()
        assert seen["job"] == f"{made.running.url}/api/job/"


def test_build_has_what_came_with_it(client: Client) -> None:
    build = got(client, "/api/builds/3/")
    assert build["jenkins"] == "https://ci.example.org/jenkins/job/folder/job/sample/3/"
    assert [each["text"] for each in build["causes"]] == ["Started by timer"]
    assert [each["name"] for each in build["packages"]] == ["afw", "base"]
    measured = got(client, build["measurements_url"])["results"]
    assert {each["metric"]: each["value"] for each in measured}["sample.latency"] == 1.3


@pytest.mark.parametrize(
    "path",
    [
        *("builds/999/", "jobs/999/", "datasets/999/", "metrics/no.such/", "findings/none/"),
        "series/?job=no&metric=sample.latency",
        "series/?job=folder/sample&metric=no",
        "changes/?job=no",
        "changes/?job=folder/sample&to=77",
    ],
)
def test_what_does_not_exist_is_reported(client: Client, path: str) -> None:
    answer = client.get(f"/api/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_series_in_columns(client: Client) -> None:
    told = got(client, _SERIES)
    (series,) = told["series"]
    assert (series["dataset"], series["unit"], told["whole"]) == ("field", "s", True)
    assert series["columns"]["build"] == [1, 3, 4, 5, 6]
    assert series["columns"]["value"] == [1.1, 1.3, 1.4, 1.5, 1.6]
    assert series["columns"]["started"][0] == 1777695000000
    newest = got(client, f"{_SERIES}&limit=2")
    assert newest["series"][0]["columns"]["build"] == [5, 6]
    assert not newest["whole"]
    assert got(client, f"{_SERIES}&filter=")["series"] == []


def test_arrow_and_csv_say_what_json_says(client: Client) -> None:
    columns = got(client, _SERIES)["series"][0]["columns"]
    arrow = client.get(f"{_SERIES}&format=arrow")
    table = pa.ipc.open_stream(arrow.content).read_all()
    assert table.schema.metadata[b"metric"] == b"sample.latency"
    assert table["build"].to_pylist() == columns["build"]
    assert table["value"].to_pylist() == columns["value"]
    moments = [moment.timestamp() * 1000 for moment in table["started"].to_pylist()]
    assert moments == columns["started"]
    assert set(table["dataset"].to_pylist()) == {"field"}
    rows = list(csv.DictReader(io.StringIO(client.get(f"{_SERIES}&format=csv").text)))
    assert [float(row["value"]) for row in rows] == columns["value"]
    assert rows[0]["started"] == "2026-05-02T04:10:00+00:00"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("text/csv;q=0.5, application/vnd.apache.arrow.stream", _ARROW),
        ("application/json, text/csv;q=0.9", "application/json"),
        ("text/csv;q=nan, text/html", "application/json"),
        ("text/csv;q=0", "application/json"),
    ],
)
def test_header_chooses_the_form(client: Client, accept: str, kind: str) -> None:
    answer = client.get(_SERIES, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, kind)
    assert "Accept" in answer.headers["vary"]
    named = client.get(f"{_SERIES}&format=json", headers={"Accept": accept})
    assert named.headers["content-type"] == "application/json"


def test_not_measured_is_null(client: Client) -> None:
    told = got(client, "/api/series/?job=folder/sample&metric=sample.missing")
    series = told["series"][0]
    assert set(series["columns"]["value"]) == {None}
    assert set(series["missing"].values()) == {"reported without a value"}
    assert len(series["missing"]) == len(series["columns"]["value"])
    measured = got(client, f"{_SERIES}&limit=5")["series"][0]
    assert measured["missing"] == {}


def test_a_missing_value_and_a_build_without_report_say_why(client: Client) -> None:
    for measured, said in (("false", "reported without a value"), ("true", None)):
        rows = got(client, f"/api/measurements/?measured={measured}&limit=5")["results"]
        assert {each["missing"] for each in rows} == {said}
    builds = [got(client, each["url"]) for each in got(client, "/api/builds/?limit=50")["results"]]
    found = {each["missing"] for each in builds}
    assert None in found
    assert found - {None} <= {
        "the build archived no QA report",
        "the build ended with FAILURE before it wrote a report",
    }


def test_code_changes(client: Client) -> None:
    told = got(client, "/api/changes/?job=folder/sample&from=1&to=4")
    assert (told["after"], told["until"], told["backwards"]) == (1, 4, False)
    assert {each["name"] for each in told["packages"]} == {"afw", "base"}
    assert got(client, "/api/changes/?job=folder/sample&from=4&to=1")["backwards"]


def test_a_level_is_accepted_and_that_is_taken_back(client: Client) -> None:
    (finding,) = got(client, "/api/findings/?state=known")["results"]
    assert finding["accepted"] is None
    url = f"/api/findings/{finding['name']}/acceptance/"
    assert client.delete(url).status_code == 409
    for wrong in ({"since": 999}, {"since": 0}, {"note": "x" * 10_001}, {"who": "me"}):
        assert client.post(url, json=wrong).status_code == 422, wrong
    assert client.post("/api/findings/nothing/acceptance/", json={}).status_code == 404
    assert client.post(url, json={"note": "größer"}).status_code == 201
    entry = client.store.audit.newest(1, None)[0]
    assert (entry.action, entry.target) == ("finding.accept", finding["name"])
    assert client.post(url, json={}).status_code == 409
    assert client.delete(url).status_code == 200
    assert client.store.audit.newest(1, None)[0].action == "finding.undo_acceptance"


def test_findings_are_acknowledged(client: Client) -> None:
    (finding,) = got(client, "/api/findings/?state=known")["results"]
    url = f"/api/findings/{finding['name']}/triage/"
    said = {"state": "fixed", "note": "größer", "ticket": "DM-1", "fixed_in": 5}
    answer = client.post(url, json=said)
    assert answer.status_code == 201, answer.text
    assert answer.json()["triage"] | said == answer.json()["triage"]
    detail = got(client, finding["url"])
    assert [each["state"] for each in detail["log"]] == ["known", "fixed"]
    assert got(client, "/api/findings/?state=known")["results"] == []
    entry = client.store.audit.newest(1, None)[0]
    assert (entry.action, entry.target) == ("finding.triage", finding["name"])
    for wrong in ({"state": "gone"}, {"ticket": "javascript:x"}, {"state": "open", "fixed_in": 2}):
        assert client.post(url, json=wrong).status_code == 422
    assert client.post("/api/findings/nothing/triage/", json={}).status_code == 404


def test_triage_is_undone_and_comments_come_and_go(client: Client) -> None:
    (finding,) = got(client, "/api/findings/?state=fixed")["results"]
    url = f"/api/findings/{finding['name']}"
    said = {"state": "muted", "assignee": "ada"}
    assert client.post(f"{url}/triage/", json=said).json()["triage"]["assignee"] == "ada"
    assert client.delete(f"{url}/triage/").json()["state"] == "fixed"
    assert client.store.audit.newest(1, None)[0].action == "finding.undo_triage"
    muted = got(client, f"{url}/")["log"][-1]
    assert (muted["state"], muted["undone_by"] is None) == ("muted", False)
    answer = client.post(f"{url}/comments/", json={"note": "größer"})
    assert answer.status_code == 201
    assert client.store.audit.newest(1, None)[0].action == "finding.comment"
    assert got(client, f"{url}/")["comments"] == [answer.json()]
    for wrong in ({}, {"note": " "}, {"note": ""}, {"note": "x" * 10_001}):
        assert client.post(f"{url}/comments/", json=wrong).status_code == 422
    assert client.delete(f"{url}/comments/999/").status_code == 404
    assert client.delete(f"{url}/comments/{answer.json()['id']}/").status_code == 204
    assert client.store.audit.newest(1, None)[0].action == "finding.delete_comment"
    assert got(client, f"{url}/")["comments"] == []


def test_a_finding_that_is_gone_answers_with_its_successor(client: Client) -> None:
    name = got(client, "/api/findings/?state=fixed")["results"][0]["name"]
    with client.store.reader() as reader:
        (row,) = reader.findings.find(name=name)
        before = reader.findings.detections()[row.job]
    gone = replace(row.finding, kind="drift")
    write = partial(client.store.write_findings, row.job)
    (made,) = write(before, before, Plan({row.key: row.finding}, {"0ddba11": gone}, ()))
    plan = Plan({row.key: row.finding}, {}, [made.key], {made.key: row.key})
    assert write(before, before, plan) == []
    for answer in (
        client.get("/api/findings/0ddba11/"),
        client.post("/api/findings/0ddba11/triage/", json={}),
    ):
        assert answer.status_code == 410
        assert answer.json()["successor"] == name
        assert f"is part of the finding {name} now." in answer.json()["detail"]
    page = client.get("/findings/0ddba11/")
    assert page.status_code == 200
    assert f"Go to finding {name}" in page.text


def test_documentation_is_a_page_that_needs_no_script(client: Client) -> None:
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "<script>" not in page.text and " onclick" not in page.text
    main = page.text.partition("<main")[2].partition("</main>")[0]
    assert "/api/builds/" in main and "<script" not in main
    assert 'id="get-api-series"' in page.text
    assert 'id="post-api-job"' in page.text
    assert "http://" not in page.text.replace("http://127.0.0.1", "")
    assert urlsplit(client.get("/api/docs").url).path == "/api/docs"


def test_every_read_documents_itself(client: Client) -> None:
    paths = got(client, "/api/openapi.json")["paths"]
    assert {f"/api/{name}/" for name in _LISTS} <= set(paths)
    for path, methods in paths.items():
        for method, operation in methods.items():
            assert operation.get("summary"), (method, path)
            assert operation.get("description"), (method, path)
