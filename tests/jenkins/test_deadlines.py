"""Ask servers that answer without end, or drop by drop: each question is over in its time."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.config import Controller
from squash_jenkins.errors import JenkinsError, UnexpectedAnswer, Unreachable
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.jenkins.deadlines import Deadlines
from squash_jenkins.models import Artifact, BuildId
from tests.dripping import Dripping

BUILD = BuildId("lab", "ci", 1)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture
def drip() -> Iterator[Callable[[bytes], Dripping]]:
    started: list[Dripping] = []

    def start(begin: bytes) -> Dripping:
        started.append(Dripping(begin))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def client_of(server: Dripping, **options: Any) -> JenkinsClient:
    controller = Controller("lab", server.url, total_timeout=0.3)
    return JenkinsClient(controller, sleep=lambda _: None, **options)


BEGINNINGS = {
    "head": b"HTTP/1.1 200 OK\r\nX-Slow: ",
    "body": HEAD + b"Content-Length: 100000\r\n\r\n{",
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5000\r\n{",
    "until the end": HEAD + b"\r\n{",
}


@pytest.mark.parametrize("begin", BEGINNINGS.values(), ids=BEGINNINGS.keys())
def test_an_answer_that_drips_is_given_up_in_time_and_not_asked_for_again(
    drip: Callable[[bytes], Dripping], begin: bytes
) -> None:
    server = drip(begin)
    with client_of(server) as client:
        with pytest.raises(Unreachable, match=r"longer than 0\.3 s .*total_timeout"):
            client.build(BUILD)
        with pytest.raises(Unreachable, match=r"longer than 0\.3 s"):
            client.jobs()  # by python-jenkins
    assert server.asked == 2


@pytest.mark.parametrize("begin", BEGINNINGS.values(), ids=BEGINNINGS.keys())
def test_a_file_that_drips_is_given_up_in_time(
    drip: Callable[[bytes], Dripping], begin: bytes, tmp_path: Path
) -> None:
    server = drip(begin)
    with client_of(server) as client, pytest.raises(Unreachable, match="total_timeout"):
        client.download(BUILD, Artifact("a.json"), tmp_path / "a", 2**20)
    assert list(tmp_path.iterdir()) == []


def test_an_error_page_that_drips_is_given_up_in_time(
    drip: Callable[[bytes], Dripping],
) -> None:
    server = drip(b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<p>")
    with client_of(server) as client, pytest.raises(Unreachable, match="total_timeout"):
        client.build(BUILD)


def test_who_is_stopped_waits_some_seconds_at_most() -> None:
    stopped = threading.Event()
    deadlines = Deadlines(3600, stopped, grace=0.1)
    here, there = socket.socketpair()
    with here, there, deadlines.question() as question:
        deadlines.use(here)
        stopped.set()
        assert here.recv(1) == b""  # returns because it was cut
        assert question.cut
        assert "when this program was stopped" in str(deadlines.too_long("http://x/", "lab"))


def test_one_slow_question_does_not_end_the_others(
    drip: Callable[[bytes], Dripping],
) -> None:
    slow = drip(BEGINNINGS["body"])
    body = b'{"number": 1, "timestamp": 1, "x": "'
    quick = drip(HEAD + f"Content-Length: {len(body) + 4}\r\n\r\n".encode() + body + b'"}  ')
    failed: list[JenkinsError] = []

    def ask() -> None:
        try:
            client_of(slow).build(BUILD)
        except JenkinsError as error:
            failed.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    until = time.monotonic() + 0.5
    with client_of(quick) as client:
        while time.monotonic() < until:
            assert client.build(BUILD).id == BUILD
            client._transport.session.close()
    asking.join()
    assert len(failed) == 1


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_without_end_is_refused_by_size(
    drip: Callable[[bytes], Dripping], packed: bool
) -> None:
    text = b'{"jobs": [' + b" " * 2_000_000
    body = gzip.compress(text) if packed else text
    coding = b"Connection: close\r\n" + (b"Content-Encoding: gzip\r\n" if packed else b"")
    server = drip(HEAD + coding + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    controller = Controller("lab", server.url, max_answer_bytes=1_000_000)
    with JenkinsClient(controller) as client:
        for ask in (lambda: client.build(BUILD), client.jobs):
            with pytest.raises(UnexpectedAnswer, match=r"more than 1000000 bytes.*max_answer"):
                ask()
