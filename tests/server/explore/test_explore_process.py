"""Explore draws in a process of its own: the server answers whatever happens there."""

import asyncio
import json
import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.process import BaseProcess
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, unix_serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from squash_jenkins.server.explore.drawing_process import OpenPages
from squash_jenkins.server.explore.websocket_proxy import WebSocketProxy
from squash_jenkins.server.signin.networks import network_of
from tests.server.explore.test_explore import opened, session
from tests.server.own_loop import run
from tests.server.signing import get

SESSIONS, AT_ONCE = 40, 8


def process() -> BaseProcess:
    (found,) = [each for each in multiprocessing.active_children() if each.name == "explore"]
    return found


def greeted(running: Any) -> str:
    """Open a session and close it again; return the kind of the first message."""
    with opened(running, session(running), running.url) as connection:
        kind: str = json.loads(connection.recv(timeout=60))["msgtype"]
    return kind


def test_the_server_answers_whatever_explore_does(server: Callable[..., Any]) -> None:
    running = server()
    done, healthy = threading.Event(), []

    def asking() -> None:
        while not done.is_set():
            healthy.append(get(f"{running.url}/healthz").status_code)

    asker = threading.Thread(target=asking)
    asker.start()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        greetings = list(pool.map(lambda _: greeted(running), range(SESSIONS)))
    done.set()
    asker.join()
    assert greetings == ["ACK"] * SESSIONS
    assert set(healthy) == {200}
    explore = process()
    assert explore.pid is not None
    os.kill(explore.pid, signal.SIGSTOP)  # as long as any collection of garbage
    try:
        for path in ("/healthz", "/readyz", "/overview/", "/explore/tables"):
            assert get(f"{running.url}{path}").status_code == 200, path
    finally:
        os.kill(explore.pid, signal.SIGCONT)
    assert greeted(running) == "ACK"
    explore.kill()
    explore.join()
    assert greeted(running) == "ACK"
    assert process().pid != explore.pid
    running.stop()
    assert [each for each in multiprocessing.active_children() if each.name == "explore"] == []


def test_what_is_no_message_ends_its_session_with_one_line(
    server: Callable[..., Any], capfd: pytest.CaptureFixture[str]
) -> None:
    running = server()
    wrong = (["garbage"] * 3, ['{"msgid": "1"}', "{}", "7"], [b"\x00\xff"], ["x" * 300_000] * 3)
    for frames in wrong:
        capfd.readouterr()
        with opened(running, session(running), running.url) as connection:
            connection.recv(timeout=60)
            try:
                for frame in frames:
                    connection.send(frame)
                while True:
                    connection.recv(timeout=60)
            except ConnectionClosed:
                pass
        lines = [line for line in capfd.readouterr().err.splitlines() if line.strip()]
        assert len(lines) == 1, (frames[0][:20], lines)
        assert "Explore: " in lines[0]
        assert len(lines[0]) < 500
    assert greeted(running) == "ACK"


def test_a_page_that_says_nothing_for_long_is_let_go() -> None:
    sent: list[Any] = []
    events = [{"type": "websocket.connect"}, {"type": "websocket.receive", "text": "hello"}]
    heard: list[Any] = []

    async def bokeh(connection: ServerConnection) -> None:
        async for said in connection:
            heard.append(said)

    async def receive() -> Any:
        if not events:
            await asyncio.Event().wait()
        return events.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    async def idle(path: str) -> None:
        async with unix_serve(bokeh, path, subprotocols=[Subprotocol("bokeh")]):
            await WebSocketProxy(path, idle=0.01)({"subprotocols": ["bokeh"]}, receive, send)

    with tempfile.TemporaryDirectory() as folder:  # paths of sockets are short
        run(lambda: idle(f"{folder}/socket"))
    assert heard == ["hello"]
    assert [each["type"] for each in sent] == ["websocket.accept", "websocket.close"]
    assert (sent[1]["code"], sent[1]["reason"]) == (1001, "idle")


def test_places_are_counted_in_all_and_for_each_network() -> None:
    places = OpenPages(most=3, most_of_address=2)
    with places.taken("2001:db8::1"), places.taken("2001:db8::ffff"):
        assert not places.free("2001:db8::2")
        assert places.free("2001:db8:0:1::2")
        with places.taken("192.0.2.1"):
            assert not places.free("192.0.2.2")
        assert places.free("192.0.2.2")
    assert places.free("2001:db8::2")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("unix", "unix"),
        ("", ""),
    ],
)
def test_ipv6_is_counted_by_its_network(address: str, network: str) -> None:
    assert network_of(address) == network
