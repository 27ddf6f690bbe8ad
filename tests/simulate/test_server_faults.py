"""Faults in the middle of answers, and what the simulated Jenkins remembers of its visitors."""

import http.client
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
import requests

from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World

CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def url(world: World, jenkins: SimulatedJenkins) -> str:
    """Return the URL of an artifact."""
    world.add_build("ci", artifacts={"big.bin": CONTENT})
    return f"{jenkins.url}/job/ci/1/artifact/big.bin"


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("kind", ["cut", "truncate"])
def test_half_of_a_body(world: World, url: str, kind: str, chunked: bool) -> None:
    world.order_fault("artifact", kind=kind, chunked=chunked)
    with requests.get(url, stream=True, timeout=10) as said:
        assert ("Content-Length" in said.headers) is not chunked
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            said.raw.read(1) or b"".join(said.iter_content(8192))
            b"".join(said.iter_content(8192))
    assert requests.get(url, timeout=10).content == CONTENT


def test_something_happens_just_before_the_answer(world: World, url: str) -> None:
    world.order_fault("artifact", kind="call", call=lambda: world.delete_build("ci", 1))
    assert requests.get(url, timeout=10).status_code == 404
    assert 1 not in world.jobs["ci"].builds


def test_a_proxy_may_say_when_to_come_back(world: World, url: str) -> None:
    world.order_fault("artifact", headers={"Retry-After": "7"})
    said = requests.get(url, timeout=10)
    assert (said.status_code, said.headers["Retry-After"]) == (503, "7")


def test_requests_are_kept_with_their_headers(world: World, url: str) -> None:
    requests.get(url, headers={"X-Mine": "ä b".encode("iso-8859-1")}, timeout=10)
    (asked,) = world.requests
    assert asked == ("GET", "/job/ci/1/artifact/big.bin")
    assert asked.headers["x-mine"] == "ä b"


def test_requests_at_once_are_counted(world: World, url: str) -> None:
    with requests.Session() as session:  # one connection: the next request waits for the last
        for _ in range(3):
            session.get(url, timeout=10)
    assert world.busiest == 1
    world.latency = 0.3
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda _: requests.get(url, timeout=10), range(5)))
    assert world.busiest == 5


def test_files_of_a_running_build_keep_their_time_when_it_ends(
    world: World, jenkins: SimulatedJenkins
) -> None:
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    world.start_build("ci", started=start, artifacts={"a": b"a"}, artifacts_visible=1)
    url = f"{jenkins.url}/job/ci/1/artifact/a"
    before = requests.get(url, timeout=10).headers["Last-Modified"]
    world.finish_build("ci", 1)
    assert before == "Sun, 01 Mar 2026 12:00:00 GMT"
    assert requests.get(url, timeout=10).headers["Last-Modified"] == before
    unchanged = requests.get(url, headers={"If-Modified-Since": before}, timeout=10)
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_a_connection_serves_many_requests_until_the_client_has_had_enough(
    world: World, jenkins: SimulatedJenkins
) -> None:
    host = urlsplit(jenkins.url).netloc
    connection = http.client.HTTPConnection(host, timeout=10)
    for path in ("/job/ci/api/json", "/none", "/api/json"):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert not answer.will_close
    first = connection.sock.getsockname()
    connection.request("GET", "/api/json", headers={"Connection": "close"})
    assert connection.sock.getsockname() == first
    connection.getresponse().read()
    world.latency = 0.0
    connection.close()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"BREW /api/json HTTP/1.1\r\n\r\n", b"HTTP/1.1 501 "),
        (b"GET /a b HTTP/1.1\r\n\r\n", b"HTTP/1.1 400 "),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"HTTP/1.1 400 "),
        (b"GET /api/json HTTP/1.0\r\n\r\n", b"HTTP/1.1 200 "),
        (b"GET /api/json HTTP/1.1\r\nConnection: close\r\n\r\n", b"HTTP/1.1 200 "),
    ],
)
def test_answers_after_which_it_hangs_up(
    jenkins: SimulatedJenkins, sent: bytes, said: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", jenkins.port), timeout=10) as connection:
        connection.sendall(sent)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(said)
