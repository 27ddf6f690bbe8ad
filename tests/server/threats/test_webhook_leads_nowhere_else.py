"""Webhook requests that name other servers: only the configured Jenkins is ever asked."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from squash_jenkins.config import Settings
from squash_jenkins.plugins import Plugins
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.webhook.queue_workers import QueueWorkers
from squash_jenkins.server.webhook.webhook_request import parse_request
from squash_jenkins.store import open_store
from tests import databases

BODIES: tuple[Any, ...] = (
    {"url": "{decoy}/job/a/1/"},
    {"BUILD_URL": "{decoy}/job/a/1/"},
    {"url": "{jenkins}@{decoy_host}/job/a/1/"},
    {"url": "http://{decoy_host}#{jenkins}/job/a/1/"},
    {"url": "http://{decoy_host}\\@{jenkins_host}/job/a/1/"},
    {"url": "http://{jenkins_host}\\@{decoy_host}/job/a/1/"},
    {"url": "{jenkins}/job/a/1/?x={decoy}"},
    {"url": "{jenkins}/job/{decoy}/1/"},
    {"url": "{jenkins}/job/..%2f..%2f{decoy_host}/1/"},
    {"url": "//{decoy_host}/job/a/1/"},
    {"url": "file:///etc/passwd/job/a/1/"},
    {"url": "gopher://{decoy_host}/job/a/1/"},
    {"controller": "main", "job": "{decoy}/job/a", "build": 1},
    {"controller": "main", "job": "a", "build": 1, "jenkins": "{decoy}", "url": "{decoy}"},
    {"controller": "{decoy}", "job": "a", "build": 1},
    {"controller": "", "job": "a", "build": 1, "jenkins": "{decoy}"},
    {"job": "a@{decoy_host}", "controller": "main", "build": 1},
    {"job": "a?x={decoy}", "controller": "main", "build": 1},
    {"job": "%2f%2f{decoy_host}", "controller": "main", "build": 1},
    {
        "name": "a",
        "url": "{decoy}",
        "build": {
            "full_url": "{decoy}/job/a/1/",
            "number": 1,
            "phase": "FINALIZED",
            "scm": {"url": "{decoy}"},
            "artifacts": {"qa.json": {"archive": "{decoy}/qa.json"}},
            "log": "{decoy}",
        },
    },
)


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """Serve on the loopback and give the address, host and port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        do_POST = do_GET  # noqa: N815 - the library calls it so

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Decoy:
    """Note whatever is asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append((request.path, dict(request.headers)))
        _send(request, 200, b"{}")


def _send(request: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    request.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)


@pytest.fixture
def decoy() -> Iterator[tuple[Decoy, str]]:
    made = Decoy()
    with answering(made) as host:
        yield made, host


@pytest.fixture
def reading(tmp_path: Path, plugins: Plugins) -> Iterator[Callable[..., Any]]:
    """Return a function that queues a body and ingests its build; returns the queued build."""
    opened = []

    def read(body: Any, controllers: dict[str, Any]) -> Any:
        settings = Settings(
            folder=tmp_path, database=databases.url_of(tmp_path), controllers=controllers
        ).resolved()
        store = open_store(settings.database, settings.blobs)
        opened.append(store)
        queue = store.build_queue
        queue.add(parse_request(body, settings).id, "url", datetime.now(UTC))
        row = queue.claim(datetime.now(UTC))
        assert row is not None
        QueueWorkers(settings, plugins, queue).read(row)
        return queue.get(row.name)

    yield read
    for store in opened:
        store.close()


def _filled(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, names) for key, each in value.items()}
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace(f"{{{name}}}", text)
    return value


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_bodies_lead_to_the_configured_jenkins_only(
    body: Any, decoy: tuple[Decoy, str], reading: Callable[..., Any]
) -> None:
    found, host = decoy
    asked: list[str] = []

    def jenkins(request: BaseHTTPRequestHandler) -> None:
        asked.append(request.path)
        _send(request, 404, b"")

    with answering(jenkins) as own:
        names = {"decoy_host": host, "jenkins_host": own}
        names |= {"decoy": f"http://{host}", "jenkins": f"http://{own}"}
        for controllers in ({"main": {"url": f"http://{own}/"}}, _two(own)):
            try:
                row = reading(_filled(body, names), controllers)
            except Problem as problem:
                assert problem.status == 422
            else:
                assert row.controller == "main"
    assert found.asked == []
    assert all(path.startswith(("/job/", "/api/json")) for path in asked), asked


def _two(own: str) -> dict[str, Any]:
    return {"main": {"url": f"http://{own}/"}, "other": {"url": "http://127.0.0.1:9/jenkins/"}}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_jenkins_that_leads_elsewhere_is_not_followed(
    status: int, decoy: tuple[Decoy, str], reading: Callable[..., Any]
) -> None:
    found, host = decoy

    def jenkins(request: BaseHTTPRequestHandler) -> None:
        _send(request, status, b"", Location=f"http://{host}{request.path}")

    with answering(jenkins) as own:
        signed = {"url": f"http://{own}/", "user": "reader", "token": secrets.token_hex()}
        row = reading({"controller": "main", "job": "a", "build": 1}, {"main": signed})
    assert found.asked == []
    assert row.state in ("waiting", "failed")
    assert "redirected" in row.outcome
    assert signed["token"] not in row.outcome


def test_what_a_jenkins_says_of_urls_is_not_asked(
    decoy: tuple[Decoy, str], reading: Callable[..., Any]
) -> None:
    found, host = decoy

    def jenkins(request: BaseHTTPRequestHandler) -> None:
        body = (
            '{"_class":"hudson.model.FreeStyleBuild","number":1,"building":false,'
            '"result":"SUCCESS","timestamp":1772337600000,"duration":1000,"artifacts":[],'
            '"url":"http://DECOY/job/a/1/","runs":[{"number":1,"url":"http://DECOY/job/a/X=1/1/"}],'
            '"actions":[],"changeSet":{"items":[]}}'
        )
        content = body.replace("DECOY", host).encode()
        _send(request, 200, content, **{"Content-Type": "application/json", "X-Jenkins": "2.4"})

    with answering(jenkins) as own:
        row = reading(
            {"controller": "main", "job": "a", "build": 1}, {"main": {"url": f"http://{own}/"}}
        )
    assert row.tries == 1
    assert found.asked == []
