"""Jenkins reports builds to the server, and the server ingests them from Jenkins itself."""

import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
import requests

from squash_jenkins.config import Settings
from squash_jenkins.models import Branch
from squash_jenkins.server import signin, webhook
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.pages import health
from squash_jenkins.server.webhook.queue_workers import THREADS, QueueWorkers
from squash_jenkins.server.webhook.webhook_request import parse_request
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World
from squash_jenkins.store import open_store
from tests import databases
from tests.dripping import Dripping

START = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
QA = b'{"speed": 12.5, "size": 3}'
PARTS = (signin.part, webhook.part, health.part)


@pytest.fixture
def jenkins() -> Iterator[SimulatedJenkins]:
    """Return a Jenkins whose job folder/ci_hsc has a finished build 1 and a running one 2."""
    world = World()
    world.add_job("folder/ci_hsc")
    world.add_build("folder/ci_hsc", number=1, started=START, artifacts={"qa.json": QA})
    with SimulatedJenkins(world) as simulated:
        yield simulated


def told(url: str, **what: Any) -> requests.Response:
    return requests.post(f"{url}/api/notify/", timeout=60, **what)


def tried(url: str, of: float = 60.0) -> dict[str, Any]:
    """Wait until a queued build was tried, and return it."""
    until = time.monotonic() + of
    while time.monotonic() < until:
        notice: dict[str, Any] = requests.get(url, timeout=30).json()
        if notice["outcome"] is not None:
            return notice
        time.sleep(0.1)  # the server tells states to those who ask, and nobody else
    raise AssertionError(f"not tried: {notice}")


def test_a_build_is_ingested_linked_and_reported(
    server: Callable[..., Any], jenkins: SimulatedJenkins
) -> None:
    running = server(controllers={"main": {"url": jenkins.url}}, parts=PARTS)
    body = {"controller": "main", "job": "folder/ci_hsc", "build": 1}
    answer = told(running.url, json=body)
    assert answer.status_code == 202
    notice = answer.json()
    assert notice["url"] == answer.headers["Location"]
    assert notice["page"] == f"{running.url}/jobs/folder/ci_hsc/1/"
    assert notice["jenkins"] == f"{jenkins.url}/job/folder/job/ci_hsc/1/"
    done = tried(notice["url"])
    assert (done["state"], done["outcome"]) == ("done", "2 measurements are stored.")
    with running.store.reader() as reader:
        assert reader.builds.find("main", "folder/ci_hsc", 1) is not None
    log = requests.get(f"{running.url}/api/audit/", timeout=30).json()["results"]
    assert [(each["action"], each["target"]) for each in log] == [
        ("notice.post", "folder/ci_hsc #1")
    ]
    listed = requests.get(f"{running.url}/api/notify/", timeout=30).json()["results"]
    assert [each["id"] for each in listed] == [notice["id"]]
    missing = requests.get(f"{running.url}/api/notify/{'0' * 16}/", timeout=30)
    assert missing.status_code == 404


def test_a_running_build_is_stored_as_provisional_and_read_again_when_it_is_over(
    tmp_path: Any, plugins: Any, jenkins: SimulatedJenkins
) -> None:
    jenkins.world.start_build("folder/ci_hsc", started=START + timedelta(hours=1))
    settings = Settings(
        folder=tmp_path,
        database=databases.url_of(tmp_path),
        controllers={"main": {"url": jenkins.url}},
    ).resolved()
    with open_store(settings.database, settings.blobs) as store:
        queue = store.build_queue
        work = QueueWorkers(settings, plugins, queue)
        build = parse_request({"job": "folder/ci_hsc", "build": 2}, settings).id
        pull = Branch("PR-7", "7", "main", "https://git.example.org/7")
        name = queue.add(build, "names", datetime.now(UTC), "agent-7", pull).name
        work.read(queue.claim(datetime.now(UTC)))
        waiting = queue.get(name)
        assert (waiting.state, waiting.tries) == ("waiting", 1)
        assert waiting.due > datetime.now(UTC)
        jenkins.world.finish_build("folder/ci_hsc", 2)
        work.read(queue.claim(waiting.due))
        assert queue.get(name).state == "done"
        with store.reader() as reader:
            row = reader.builds.find("main", "folder/ci_hsc", 2)
            assert not row.provisional
            assert row.node == "agent-7"
            assert list(reader.branches.all().values()) == [pull]


def test_a_missing_build_is_given_up_and_a_jenkins_that_refuses_is_tried_again(
    tmp_path: Any, plugins: Any, jenkins: SimulatedJenkins
) -> None:
    refused = {"url": jenkins.url, "user": "nobody", "token": secrets.token_hex()}
    given = {"main": {"url": jenkins.url}, "closed": refused}
    settings = Settings(
        folder=tmp_path, database=databases.url_of(tmp_path), controllers=given
    ).resolved()
    with open_store(settings.database, settings.blobs) as store:
        queue = store.build_queue
        work = QueueWorkers(settings, plugins, queue)
        for controller, tries in (("main", 5), ("closed", 6)):
            body = {"controller": controller, "job": "folder/ci_hsc", "build": 99}
            queue.add(parse_request(body, settings).id, "names", datetime.now(UTC))
            for _ in range(tries):
                row = queue.claim(datetime.now(UTC) + timedelta(minutes=20))
                assert row is not None
                work.read(row)
        states = {row.controller: row for row in queue.newest(10)}
    assert (states["main"].state, states["main"].tries) == ("failed", 5)
    assert "99" in (states["main"].outcome or "")
    assert (states["closed"].state, states["closed"].tries) == ("waiting", 6)


def test_builds_of_a_jenkins_that_drips_keep_no_others_waiting(
    tmp_path: Any, plugins: Any, jenkins: SimulatedJenkins
) -> None:
    dripping = Dripping(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{")
    given = {"slow": {"url": dripping.url}, "main": {"url": jenkins.url}}
    settings = Settings(
        folder=tmp_path, database=databases.url_of(tmp_path), controllers=given
    ).resolved()
    try:
        with open_store(settings.database, settings.blobs) as store:
            queue = store.build_queue
            for number in range(1, 7):
                slow = parse_request({"controller": "slow", "job": "ci", "build": number}, settings)
                queue.add(slow.id, "names", datetime.now(UTC))
            body = {"controller": "main", "job": "folder/ci_hsc", "build": 1}
            name = queue.add(parse_request(body, settings).id, "names", datetime.now(UTC)).name
            work = QueueWorkers(settings, plugins, queue)
            work.start()
            ends = time.monotonic() + 60
            while queue.get(name).state != "done":
                assert time.monotonic() < ends
                time.sleep(0.05)
            assert len(queue.newest(10, "running")) == THREADS
            work.stop()
            after = [row.state for row in queue.newest(10) if row.controller == "slow"]
            assert after == ["waiting"] * 6  # cut within seconds, and queued again
    finally:
        dripping.stop()


ROOTS = {"main": {"url": "https://ci.example.org/jenkins/"}, "lab": {"url": "http://lab:8080"}}
URL = "https://ci.example.org/jenkins/job/folder/job/ci%20%23/12/"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"controller": "lab", "job": "a/b", "build": 3}, ("lab", "a/b", 3, "")),
        (
            {"controller": "", "job": "a", "build": "3", "jenkins": "http://lab:8080/"},
            ("lab", "a", 3, ""),
        ),
        (
            {"controller": "lab", "job": "a", "build": 3, "event": "deleted"},
            ("lab", "a", 3, "deleted"),
        ),
        ({"url": URL}, ("main", "folder/ci #", 12, "")),
        ({"BUILD_URL": URL}, ("main", "folder/ci #", 12, "")),
        (
            {"name": "ci", "url": "job/ci/", "build": {"full_url": URL, "number": 12,
             "phase": "COMPLETED", "status": "SUCCESS", "url": "job/ci/12/"}},
            ("main", "folder/ci #", 12, "completed"),
        ),
        (
            {"name": "ci", "url": "job/ci/", "build": {"fullUrl": URL, "number": 12,
             "phase": "FINISHED", "status": "SUCCESS", "url": "job/ci/12/"}},
            ("main", "folder/ci #", 12, "finished"),
        ),
        (
            {"url": "http://lab:8080/job/p/branch/feature%252Fx/4/"},
            ("lab", "p/feature%2Fx", 4, ""),
        ),
    ],
)  # fmt: skip
def test_builds_are_understood_in_each_shape(
    body: dict[str, Any], expected: tuple[str, str, int, str]
) -> None:
    found = parse_request(body, Settings(controllers=ROOTS))
    assert (*astuple(found.id), found.event) == expected


def astuple(id: Any) -> tuple[str, str, int]:
    return (id.controller, id.job, id.number)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([1], None),
        ({}, "job"),
        ({"controller": "other", "job": "a", "build": 1}, "controller"),
        ({"job": "a", "build": 1}, "controller"),
        ({"job": "a", "build": 1, "jenkins": "https://evil.example/"}, "jenkins"),
        ({"url": "https://evil.example/job/a/1/"}, "url"),
        ({"url": "https://ci.example.org/job/a/1/"}, "url"),
        ({"url": "https://ci.example.org/jenkinsx/job/a/1/"}, "url"),
        ({"url": "https://[ci.example.org/job/a/1/"}, "url"),
        ({"url": "https://ci.example.org/jenkins/job/a/lastBuild/"}, "url"),
        ({"controller": "lab", "job": "../x", "build": 1}, "job"),
        ({"controller": "lab", "job": "a\r\nb", "build": 1}, "job"),
        ({"controller": "lab", "job": "a\ud800", "build": 1}, "job"),
        ({"controller": "lab", "job": "a", "build": True}, "build"),
        ({"controller": "lab", "job": "a", "build": 0}, "build"),
        ({"controller": "lab", "job": "a", "build": "٣"}, "build"),
        ({"controller": "lab", "job": "a", "build": 2**31}, "build"),
        ({"controller": ["lab"], "job": "a", "build": 1}, "controller"),
        ({"build": {"full_url": URL, "number": -1}}, "build.number"),
        ({"build": {"number": 1}}, "build.url"),
    ],
)
def test_what_names_no_build_is_refused_with_the_field(body: Any, field: str | None) -> None:
    with pytest.raises(Problem) as caught:
        parse_request(body, Settings(controllers=ROOTS))
    assert caught.value.status == 422
    assert caught.value.more.get("field") == field


def test_a_single_jenkins_has_every_build_whatever_root_it_tells() -> None:
    one = Settings(controllers={"main": {"url": "http://jenkins:8080/"}})
    assert parse_request({"url": URL}, one).id.controller == "main"


@pytest.mark.parametrize("phase", ["COMPLETED", "FINALIZED", "FINISHED", ""])
def test_builds_that_are_over_are_queued(server: Callable[..., Any], phase: str) -> None:
    running = server(parts=PARTS)
    body = {"controller": "main", "job": "a", "build": 1, "event": phase}
    assert told(running.url, json=body).status_code == 202


@pytest.mark.parametrize("phase", ["STARTED", "QUEUED", "DELETED"])
def test_other_events_are_answered_and_left(server: Callable[..., Any], phase: str) -> None:
    running = server(parts=PARTS)
    body = {"controller": "main", "job": "a", "build": 1, "event": phase}
    answer = told(running.url, json=body)
    assert (answer.status_code, answer.json()["state"]) == (200, "ignored")
    assert requests.get(f"{running.url}/api/notify/", timeout=30).json()["results"] == []


def test_the_server_asks_nobody_but_its_controllers(
    server: Callable[..., Any], jenkins: SimulatedJenkins
) -> None:
    asked: list[str] = []

    class Decoy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)

    decoy = HTTPServer(("127.0.0.1", 0), Decoy)
    Thread(target=decoy.serve_forever, daemon=True).start()
    elsewhere = f"http://127.0.0.1:{decoy.server_port}"
    running = server(controllers={"main": {"url": jenkins.url}}, parts=PARTS)
    for url in (f"{elsewhere}/job/folder/job/ci_hsc/1/", f"{elsewhere}@evil/job/a/1/"):
        answer = told(running.url, data=url, headers={"Content-Type": "text/plain"})
        assert answer.status_code == 202
        tried(answer.json()["url"])
    decoy.shutdown()
    decoy.server_close()
    assert asked == []


def test_a_request_may_name_the_node_of_its_build() -> None:
    body = {"controller": "lab", "job": "a", "build": 1, "node": "<b>agent</b>\n" + "x" * 999}
    node = parse_request(body, Settings(controllers=ROOTS)).node or ""
    assert (node[:14], len(node)) == ("<b>agent</b> x", 100)
    for other in ({}, {"node": ""}, {"node": ["agent"]}):
        assert (
            parse_request({**body, "node": None, **other}, Settings(controllers=ROOTS)).node is None
        )


def test_a_request_may_have_the_variables_of_a_branch() -> None:
    def branch(**more: Any) -> Branch | None:
        body = {"controller": "lab", "job": "a", "build": 1, **more}
        return parse_request(body, Settings(controllers=ROOTS)).branch

    pull = {"BRANCH_NAME": "PR-7", "CHANGE_ID": "7", "CHANGE_TARGET": "main", "CHANGE_URL": ""}
    assert branch(**pull) == Branch("PR-7", "7", "main")
    assert branch(BRANCH_NAME=" main\n", BRANCH_IS_PRIMARY="true") == Branch("main", primary=True)
    assert branch(BRANCH_NAME="x" * 9999) == Branch("x" * 2000)
    for other in ({}, {"CHANGE_ID": 7, "BRANCH_NAME": ["a"], "BRANCH_IS_PRIMARY": True}):
        assert branch(**other) is None
