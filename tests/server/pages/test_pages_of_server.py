"""Pages come from the store as it is now, with all that a browser and a proxy want to know."""

import html
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from squash_jenkins.server.http.security_headers import PAGES
from tests import databases

INJECTED = re.compile(rb' data-state="[^"]*" data-me="[^"]*"')
VERSION = re.compile(rb"\?v=[0-9a-f]{12}")


@pytest.fixture
def asked(server: Callable[..., Any], samples: Any) -> Iterator[httpx.Client]:
    """Return a client of a server that has three builds."""
    running = server()
    for number in (1, 2, 3):
        running.store.save(samples.record("sqre/ci_hsc", number), controller_url=samples.ROOT)
    with httpx.Client(base_url=running.url, timeout=60) as client:
        client.app = running.app  # type: ignore[attr-defined] # for the tests here
        yield client


def test_a_page_is_that_of_the_site_and_a_script(asked: Any) -> None:
    page = asked.get("/jobs/sqre/ci_hsc/")
    assert page.status_code == 200
    plain = asked.app.state.services.live.get("jobs/sqre/ci_hsc/").content
    shown = INJECTED.sub(b"", page.content).replace(b"assets/live/", b"assets/")
    assert VERSION.sub(b"", shown) == VERSION.sub(b"", plain)
    [(state, me)] = re.findall(r'<script [^>]* data-state="([^"]*)" data-me="([^"]*)"', page.text)
    assert re.fullmatch(r"\d+-[0-9a-f]+", state)
    assert json.loads(html.unescape(me)) == {"name": "local", "role": "admin", "how": "local"}
    assert page.headers["content-security-policy"] == PAGES
    assert "script-src 'self';" in PAGES and "frame-ancestors 'none'" in PAGES
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"


def test_other_sites_may_show_badges_and_trends_and_nothing_else(asked: Any) -> None:
    for path in ("badge.svg", "badges/validate_drp.AM1.svg", "badges/trends/validate_drp.AM1.svg"):
        picture = asked.get(f"/jobs/sqre/ci_hsc/{path}")
        assert picture.status_code == 200, path
        assert picture.headers["cross-origin-resource-policy"] == "cross-origin"
        policy = picture.headers["content-security-policy"]
        assert policy == "default-src 'none'; frame-ancestors 'none'"
    page = asked.get("/jobs/sqre/ci_hsc/")
    assert page.headers["cross-origin-resource-policy"] == "same-origin"
    feed = asked.get("/feed.atom")
    assert feed.headers["content-type"] == "application/atom+xml; charset=utf-8"


def test_a_wiki_that_the_settings_name_may_frame_a_trend(
    server: Callable[..., Any], samples: Any
) -> None:
    running = server(server={"frame_ancestors": ["https://wiki.example.org"]})
    running.store.save(samples.record("sqre/ci_hsc", 1), controller_url=samples.ROOT)
    with httpx.Client(base_url=running.url, timeout=60) as client:
        picture = client.get("/jobs/sqre/ci_hsc/badges/trends/validate_drp.AM1.svg")
    policy = picture.headers["content-security-policy"]
    assert policy == "default-src 'none'; frame-ancestors https://wiki.example.org"


def test_a_browser_that_has_it_gets_304(asked: Any) -> None:
    page = asked.get("/overview/")
    assert page.headers["cache-control"] == "no-cache"
    again = asked.get("/overview/", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    bundles = re.findall(r'"\.\./(assets/live/[^"]*)', page.text)
    assert len(bundles) == 2
    for each in bundles:
        file = asked.get(each)
        assert file.status_code == 200
        assert "immutable" in file.headers["cache-control"]
    source_map = asked.get(re.sub(r"\.js", ".js.map", bundles[1]))
    assert source_map.json()["sections"][0]["map"]["sources"] == ["../../live_merge.js"]
    assert asked.get("/assets/style.css").headers["cache-control"] == "public, max-age=600"
    data = asked.get("/data/jobs.js?t=1")
    assert data.headers["cache-control"] == "no-cache"
    assert data.headers["content-type"] == "text/javascript; charset=utf-8"
    assert asked.head("/overview/").status_code == 200


def test_a_folder_without_a_slash_leads_to_its_page(asked: Any) -> None:
    answer = asked.get("/jobs/sqre/ci_hsc?job=a%26b")
    assert (answer.status_code, answer.headers["location"]) == (308, "./ci_hsc/?job=a%26b")


@pytest.mark.parametrize(
    "path",
    [
        "/../squash.sqlite",
        "/%2e%2e/squash.sqlite",
        "/assets/..%2f..%2f..%2fpyproject.toml",
        "/assets/%2fetc/passwd",
        "/..\\squash.sqlite",
        "/%00",
        "/squash.sqlite",
        "/site/index.html",
        "//example.org/overview",
    ],
)
def test_nothing_but_pages_is_there(asked: Any, path: str) -> None:
    raw = httpx.URL(str(asked.base_url)).copy_with(raw_path=path.encode())
    assert asked.get(raw).status_code == 404


def test_a_missing_page_helps(asked: Any) -> None:
    answer = asked.get("/jobs/sqre/ci_hsc/99/<b>/")
    assert answer.status_code == 404
    assert "&lt;b&gt;" in answer.text and "<b>" not in answer.text
    assert 'href="../../../../../jobs/sqre/ci_hsc/index.html"' in answer.text
    other = asked.get("/api/nothing")
    assert (other.status_code, other.json()["status"]) == (404, 404)


def test_the_page_of_a_build_that_was_not_ingested_says_how_to(asked: Any) -> None:
    answer = asked.get("/at/lab/jobs/sqre/my%20job/99/")
    assert answer.status_code == 404
    assert "Build #99 of sqre/my job has not been ingested." in answer.text
    asked_for = "squash-jenkins backfill &#39;sqre/my job&#39; --controller lab"
    assert asked_for in answer.text


def test_a_page_of_the_old_name_of_a_job_leads_to_the_new_one(server: Callable[..., Any]) -> None:
    running = server(jobs=[{"match": "new name", "formerly": ["old"]}])
    with httpx.Client(base_url=running.url, timeout=60) as client:
        answer = client.get("/jobs/old/7/")
    assert (answer.status_code, answer.headers["location"]) == (308, "../../../jobs/new%20name/7/")


@databases.sqlite_only
def test_a_lost_database_is_reported_and_comes_back(
    server: Callable[..., Any], tmp_path: Any
) -> None:
    running = server()
    with httpx.Client(base_url=running.url, timeout=60) as client:
        assert client.get("/readyz").json() == {"status": "ready"}
        file = tmp_path / "squash.sqlite"
        running.store._engine.dispose()
        kept = file.read_bytes()
        for each in tmp_path.glob("squash.sqlite-*"):
            each.unlink()
        file.write_bytes(b"no database" * 200)
        page = client.get("/overview/", headers={"Accept": "text/html"})
        assert page.status_code == 503
        assert 'http-equiv="refresh"' in page.text and page.headers["retry-after"] == "5"
        for path in ("/data/jobs.js", "/api/jobs/"):
            answer = client.get(path)
            assert answer.headers["content-type"] == "application/problem+json"
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert "log" in answer.json()["detail"]
            assert not re.search("sqlite|not a database", answer.text)
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "not ready")
        assert client.get("/healthz").json() == {"status": "up"}
        running.store._engine.dispose()
        file.write_bytes(kept)
        assert client.get("/overview/").status_code == 200
        assert client.get("/readyz").status_code == 200


def test_each_request_is_one_harmless_line_of_the_log(
    asked: Any, access_line: Callable[[], str]
) -> None:
    asked.get("/overview/?job=a%0Ab&token=hunter2&pass%0Aword=x", headers={"Authorization": "zzz"})
    asked.get("/%0A2026-01-01T00:00:00Z%20forged%1b[31m")
    lines = [access_line(), access_line()]
    assert re.fullmatch(
        r"127\.0\.0\.1 local GET /overview/\?job=a%0Ab&token=…&pass%0Aword=… 200 \d+ \d+ms",
        lines[0],
    )
    assert re.fullmatch(
        r"127\.0\.0\.1 local GET /%0A2026-01-01T00:00:00Z%20forged%1B%5B31m 404 .*", lines[1]
    )
    assert not re.search(r"hunter2|zzz|\n|\x1b", "".join(lines))


def test_behind_a_proxy(server: Callable[..., Any], access_line: Callable[[], str]) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    running = server(server={"root_path": "qa", "trusted_proxies": ["127.0.0.1"]})
    with httpx.Client(base_url=f"http://127.0.0.1:{running.port}", timeout=60) as client:
        client.get("/qa/overview/", headers=forwarded)
        assert access_line().startswith("203.0.113.9 ")
        assert client.get("/qa/overview/").status_code == 200
        assert client.get("/overview/").status_code == 200  # a proxy that takes the prefix away
        assert client.get("/qa/healthz").status_code == client.get("/healthz").status_code == 200
    other = server()
    httpx.get(f"{other.url}/data/jobs.js", headers=forwarded, timeout=60)
    line = access_line()
    while "/data/jobs.js" not in line:
        line = access_line()
    assert line.startswith("127.0.0.1 ")
