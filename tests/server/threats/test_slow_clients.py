"""Hold connections open and send next to nothing: others are answered, and it comes to an end."""

import asyncio
import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Thread
from typing import Any

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from squash_jenkins.plugins import Plugins
from squash_jenkins.server.http.slow_clients import BodyTimeout, Protocol
from tests.server.submit_samples import Client, serving

HALF = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: "
MANY = 300


class _Hasty(Protocol):
    """Wait for heads for a moment only."""

    head_seconds = 0.3


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, plugins: Plugins) -> Iterator[Client]:
    with serving(tmp_path_factory.mktemp("slow"), plugins) as made:
        yield made


@pytest.fixture(scope="module")
def hasty() -> Iterator[int]:
    """Return the port of a server that waits for a moment only, for heads and for bodies."""

    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        size, more = 0, scope["type"] == "http"
        while more:
            message = await receive()
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
        await PlainTextResponse(str(size))(scope, receive, send)

    app = BodyTimeout(echo, silence=0.3, whole=1.2)
    config = uvicorn.Config(app, http=_Hasty, log_config=None, lifespan="off", timeout_keep_alive=1)
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    with ExitStack() as stack:
        stack.callback(listening.close)
        stack.callback(_in_thread(lambda: asyncio.run(server.serve([listening]))))
        stack.callback(setattr, server, "should_exit", True)
        yield int(listening.getsockname()[1])


def _in_thread(work: Callable[[], Any]) -> Callable[[], None]:
    thread = Thread(target=work, daemon=True)
    thread.start()
    return thread.join


def opened(port: int, content: bytes = b"") -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=30)
    made.sendall(content)
    return made


def everything(connection: socket.socket) -> bytes:
    """Return what comes until the server closes the connection."""
    found = b""
    while piece := connection.recv(65536):
        found += piece
    return found


def test_many_half_requests_stop_nobody(client: Client) -> None:
    body = b'POST /api/job/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\n{"name": '
    with ExitStack() as stack:
        for number in range(MANY):
            content = (b"", HALF, body)[number % 3]
            stack.enter_context(opened(client.running.port, content))
        for path in ("/healthz", "/readyz", "/index.html", "/api/notify/"):
            assert client.get(path).status_code == 200, path
        assert client.post("/api/metric/", json={"metric": "slow"}).status_code == 201


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b"G", HALF, HALF + b"1\r\n"])
def test_a_head_that_does_not_end_is_given_up(hasty: int, content: bytes) -> None:
    with opened(hasty, content) as connection:
        assert everything(connection) == b""


def test_a_head_that_comes_by_the_drop_is_given_up(hasty: int) -> None:
    with opened(hasty, HALF) as connection:
        connection.settimeout(0.05)
        ended = False
        for _ in range(600):
            try:
                connection.sendall(b"x")
                ended = connection.recv(1) == b""
            except TimeoutError:
                continue
            except ConnectionError:
                ended = True
            if ended:
                break
        assert ended


def test_a_second_request_is_given_up_as_the_first(hasty: int) -> None:
    whole = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with opened(hasty, whole + HALF) as connection:
        assert everything(connection).startswith(b"HTTP/1.1 200")


def test_a_head_without_end_is_refused(client: Client) -> None:
    with opened(client.running.port, HALF) as connection:
        received = b""
        try:
            for _ in range(64):
                connection.sendall(b"x" * 65536)
            received = everything(connection)
        except ConnectionError:
            pass  # it closed the connection while more was coming
        assert received == b"" or received.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("pause", [None, 0.1], ids=["silent", "by the drop"])
def test_a_body_that_does_not_come_is_given_up(hasty: int, pause: float | None) -> None:
    head = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\n"
    with opened(hasty, head) as connection:
        connection.settimeout(pause or 30)
        answer = b""
        for _ in range(300):
            try:
                piece = connection.recv(65536)
                answer += piece
                if not piece:
                    break
            except TimeoutError:
                connection.sendall(b"x")
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"connection: close" in answer.lower()
        assert b"send it again" in answer


def test_those_who_are_not_slow_notice_nothing(hasty: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", hasty, timeout=30)
    for size in (0, 1, 300_000, 2_000_000):
        connection.request("POST", "/", b"x" * size)
        assert connection.getresponse().read() == str(size).encode()
    connection.request("GET", "/", headers={"X-Long": "x" * 30_000})
    assert connection.getresponse().read() == b"0"
    connection.close()


def test_the_server_speaks_this_protocol(client: Client) -> None:
    assert client.running.uvicorn.config.http_protocol_class is Protocol
