"""The server authenticates callers: by password, by token, or not at all."""

import base64
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import APIRouter

from squash_jenkins.server import audit, signin
from squash_jenkins.server.access import Administers, Submits
from squash_jenkins.server.pages import health, site
from squash_jenkins.server.part import Part
from squash_jenkins.server.services import Here
from tests.server import signing


def writing_part(_served: Any) -> Part:
    """Return a part that writes something, for those who may."""
    router = APIRouter()

    @router.post("/api/written/{job:path}")
    def write(job: str, here: Here, who: Submits) -> dict[str, bool]:
        audit.record(here, who, "test.write", job)
        return {"may": who.may_write(job)}

    @router.post("/api/ruled")
    def rule(who: Administers) -> None:
        return None

    return Part([router])


PARTS = (signin.part, writing_part, health.part, site.part)
Start = Callable[..., Any]


@pytest.fixture
def start(server: Start) -> Start:
    """Return a function that starts a server with what is tested here."""
    return lambda **more: server(parts=PARTS, **more)


def me(url: str, **how: Any) -> Any:
    return signing.get(f"{url}/api/me/", **how)


def test_without_accounts_only_this_machine_is_answered(start: Start) -> None:
    url = start().url
    assert me(url).json() == {"name": "local", "role": "admin", "how": "local", "jobs": []}
    assert signing.post(f"{url}/api/ruled").status_code == 200
    assert me(url, headers={"Host": "localhost:1"}).status_code == 200
    rebound = me(url, headers={"Host": "evil.example"})
    assert rebound.status_code == 403 and "user add" in rebound.json()["detail"]
    forwarded = me(url, headers={"X-Forwarded-For": "203.0.113.9"})
    assert forwarded.status_code == 403
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        refused = signing.post(f"{url}/api/ruled", headers=headers)
        assert refused.status_code == 403, headers
        assert refused.headers["content-type"] == "application/problem+json"
    assert signing.post(f"{url}/api/ruled", headers={"Origin": url}).status_code == 200


def test_password_and_token_say_who_asks(start: Start) -> None:
    running = start()
    ci = signing.join(running.store, "ci", role="submitter")
    boss = signing.join(running.store, "boß", role="admin")
    url = running.url
    assert me(url).json() == {"name": "anonymous", "role": "reader", "how": "nobody", "jobs": []}
    assert me(url, auth=ci.basic).json()["how"] == "password"
    assert me(url, headers=ci.bearer).json()["name"] == "ci"
    pair = base64.b64encode(":".join(boss.basic).encode()).decode()
    assert me(url, headers={"Authorization": f"basic {pair}"}).json()["role"] == "admin"
    anonymous = signing.post(f"{url}/api/written/a")
    assert anonymous.status_code == 401
    assert anonymous.headers["www-authenticate"].startswith("Basic ")
    assert signing.post(f"{url}/api/written/a", auth=ci.basic).status_code == 200
    assert signing.post(f"{url}/api/ruled", auth=ci.basic).status_code == 403
    assert signing.post(f"{url}/api/ruled", headers=boss.bearer).status_code == 200
    foreign = {"Origin": "https://evil.example"}  # a browser sends passwords again by itself
    assert signing.post(f"{url}/api/ruled", auth=ci.basic, headers=foreign).status_code == 403


def test_what_is_no_sign_in_is_refused(start: Start) -> None:
    running = start()
    running.store.accounts.add("ci", None, "admin", datetime.now(UTC))
    for header in ("Basic", "Basic !!!", "Basic YWJj", "Basic //79", "Bearer", "Bearer x", "x"):
        answer = me(running.url, headers={"Authorization": header})
        assert answer.status_code == 401 and answer.json()["detail"], header
    assert me(running.url, auth=("ci", "")).status_code == 401  # it has tokens only
    long = me(running.url, auth=("x" * 10_000, "y" * 10_000))
    assert long.status_code == 401


def test_tokens_are_bounded(start: Start) -> None:
    running, now = start(), datetime.now(UTC)
    store, url = running.store, running.url
    past = signing.join(store, "past", expires=now - timedelta(seconds=1))
    few = signing.join(store, "few", jobs=["drp/*"])
    weak = signing.join(store, "weak", role="reader")
    store.accounts.add_token(
        weak.key, few.token + "b", now, label="", shown="", role="admin", jobs=[], expires=None
    )
    assert "expired" in me(url, headers=past.bearer).json()["detail"]
    for job, may in (("drp/night", True), ("other", False)):
        answer = signing.post(f"{url}/api/written/{job}", headers=few.bearer)
        assert answer.json() == {"may": may}
    strong = {"Authorization": f"Bearer {few.token}b"}
    assert me(url, headers=strong).json()["role"] == "reader"  # not above its account's
    used = store.accounts.tokens(few.key)[0].used
    assert used is not None and used >= now - timedelta(seconds=1)


def test_a_token_for_some_jobs_is_no_admin(start: Start) -> None:
    running = start()
    boss = signing.join(running.store, "boss", role="admin", jobs=["a*"])
    assert signing.post(f"{running.url}/api/ruled", headers=boss.bearer).status_code == 403


def test_closed_reading_asks_pages_and_programs(start: Start) -> None:
    running = start(server={"reading": "closed", "root_path": "qa"})
    reader = signing.join(running.store, "reader", role="reader")
    url = running.url
    page = signing.get(f"{url}/builds/index.html?a=1", headers={"Accept": "text/html"})
    assert page.status_code == 303
    assert page.headers["location"] == "/qa/sign-in/?next=%2Fbuilds%2Findex.html%3Fa%3D1"
    assert signing.get(f"{url}/builds/index.html").status_code == 401
    assert signing.get(f"{url}/data/jobs.json").status_code == 401
    assert signing.get(f"{url}/healthz/../builds/index.html").status_code == 401
    assert signing.get(f"{url}/assets/%2e%2e/builds/index.html").status_code == 404
    assert signing.get(f"{url}/builds/index.html", auth=reader.basic).status_code == 200
    for open_ in ("healthz", "readyz", "assets/style.css", "sign-in/"):
        assert signing.get(f"{url}/{open_}").status_code == 200, open_


def test_changes_of_accounts_are_seen_at_once(start: Start) -> None:
    running = start()
    ci = signing.join(running.store, "ci")
    known = me(running.url, headers=ci.bearer)
    assert known.status_code == 200
    running.store.accounts.change(ci.key, disabled=datetime.now(UTC))
    until = datetime.now(UTC) + timedelta(seconds=20)
    while me(running.url, headers=ci.bearer).status_code == 200:
        assert datetime.now(UTC) < until, "a disabled account still signs in"
    assert me(running.url, auth=ci.basic).status_code == 401


def test_wrong_passwords_are_slowed_down_for_everyone_alike(start: Start) -> None:
    running = start(server={"trusted_proxies": ["127.0.0.1"]})
    ci = signing.join(running.store, "ci")
    url = running.url
    said = set()
    for name in ("ci", "nobody"):
        answers = [me(url, auth=(name, "wrong")) for _ in range(11)]
        assert [answer.status_code for answer in answers] == [401] * 10 + [429]
        assert 0 < int(answers[-1].headers["retry-after"]) <= 300
        said |= {answer.json()["detail"] for answer in answers[:10]}
    assert len(said) == 1
    assert me(url, auth=ci.basic).status_code == 429
    assert me(url, headers=ci.bearer).status_code == 200
    elsewhere = {"X-Forwarded-For": "203.0.113.7"}
    assert me(url, auth=ci.basic, headers=elsewhere).status_code == 200


def test_by_default_nobody_says_where_somebody_else_is(start: Start) -> None:
    running = start()
    ci = signing.join(running.store, "ci")
    told = {"X-Forwarded-For": "203.0.113.7"}
    for _ in range(10):
        assert me(running.url, auth=("ci", "wrong"), headers=told).status_code == 401
    other = {"X-Forwarded-For": "203.0.113.8"}
    assert me(running.url, auth=ci.basic, headers=other).status_code == 429


def test_an_old_token_does_not_keep_others_out(start: Start) -> None:
    running = start()
    ci = signing.join(running.store, "ci")
    wrong = {"Authorization": "Bearer sqj_gone"}
    codes = [me(running.url, headers=wrong).status_code for _ in range(51)]
    assert codes[0] == 401 and codes[-1] == 429
    assert me(running.url, headers=ci.bearer).status_code == 200


def test_the_log_tells_who_wrote_what(start: Start) -> None:
    running = start()
    ci, boss = signing.join(running.store, "ci"), signing.join(running.store, "boss", role="admin")
    url = running.url
    forged = {**ci.bearer, "X-Forwarded-For": "203.0.113.7"}  # not from a proxy that we trust
    for job in ("a", "b", "c"):
        assert signing.post(f"{url}/api/written/{job}", headers=forged).status_code == 200
    assert signing.get(f"{url}/api/audit/", headers=ci.bearer).status_code == 403
    first = signing.get(f"{url}/api/audit/?limit=2", headers=boss.bearer).json()
    assert [each["target"] for each in first["results"]] == ["c", "b"]
    assert {each["address"] for each in first["results"]} == {"127.0.0.1"}
    assert {(each["who"], each["how"]) for each in first["results"]} == {("ci", "token")}
    rest = signing.get(f"{url}/api/audit/?before={first['before']}", headers=boss.bearer).json()
    assert [each["target"] for each in rest["results"]] == ["a"] and rest["before"] is None


def test_the_address_is_what_a_trusted_proxy_tells(start: Start) -> None:
    running = start(server={"trusted_proxies": ["127.0.0.1"]})
    ci = signing.join(running.store, "ci")
    headers = {**ci.bearer, "X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
    assert signing.post(f"{running.url}/api/written/a", headers=headers).status_code == 200
    boss = signing.join(running.store, "boss", role="admin")
    log = signing.get(f"{running.url}/api/audit/", headers=boss.bearer).json()
    assert log["results"][0]["address"] == "203.0.113.7"


def test_a_lost_database_is_reported_to_people_and_to_programs(start: Start) -> None:
    running = start(server={"reading": "closed"})
    member = signing.join(running.store, "reader", role="reader")
    assert me(running.url, auth=member.basic).status_code == 200
    with running.store._engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE account RENAME TO account_away")
    answer, until = me(running.url, auth=member.basic), time.monotonic() + 20
    while answer.status_code != 503 and time.monotonic() < until:
        time.sleep(0.1)
        answer = me(running.url, auth=member.basic)
    assert answer.headers["content-type"] == "application/problem+json"
    page = signing.get(f"{running.url}/builds/", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["refresh"]) == (503, "5")
    assert "reloads" in page.text
