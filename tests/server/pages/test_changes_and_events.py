"""Listeners get what any process stores, and all are released when the server stops."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from squash_jenkins.errors import StoreUnreachable
from squash_jenkins.server.changes import Changes
from squash_jenkins.server.pages.events import event_stream
from squash_jenkins.store import open_store
from tests import databases
from tests.server import own_loop

QUICK = 0.01


class Counter:
    """Stand for the store's counter of changes."""

    def __init__(self) -> None:
        self.value, self.asked, self.lost = 7, 0, False

    def __call__(self) -> int:
        self.asked += 1
        if self.lost:
            raise StoreUnreachable("The database does not answer.")
        return self.value


def test_listeners_get_the_newest_only() -> None:
    async def story() -> None:
        counter = Counter()
        changes = Changes(counter, every=QUICK, most=2)
        assert counter.asked == 0  # nobody listens
        with changes.listener() as one, changes.listener() as other:
            assert await one.next_revision(20) == await other.next_revision(20) == 7
            assert changes.full
            counter.value = 8
            assert await one.next_revision(20) == 8
            counter.value = 9
            assert await one.next_revision(20) == 9
            assert await other.next_revision(20) == 9  # it was slow
            assert await other.next_revision(QUICK) is None
        await asyncio.sleep(2 * QUICK)
        before = counter.asked
        await asyncio.sleep(5 * QUICK)
        assert counter.asked == before

    own_loop.run(story)


def test_a_lost_database_is_logged_once_and_found_again(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        counter = Counter()
        changes = Changes(counter, every=QUICK)
        with changes.listener() as listener:
            assert await listener.next_revision(20) == 7
            counter.lost = True
            assert await listener.next_revision(10 * QUICK) is None
            counter.lost, counter.value = False, 8
            assert await listener.next_revision(20) == 8

    own_loop.run(story)
    assert len(caplog.records) == 2
    assert "does not answer" in caplog.records[0].getMessage()


def test_a_stream_tells_states_lives_on_and_ends() -> None:
    async def story() -> None:
        counter = Counter()
        changes = Changes(counter, every=QUICK)
        stream = event_stream(changes, "abcdef0123456789", heartbeat=10 * QUICK)
        assert await anext(stream) == "retry: 2000\n\n"
        assert await anext(stream) == "id: 7-abcdef012345\ndata: 7-abcdef012345\n\n"
        assert await anext(stream) == ": still here\n\n"
        changes.end()
        assert [each async for each in stream] in ([], [": still here\n\n"])
        known = event_stream(Changes(counter, every=QUICK), "abcdef0123456789", "7-abcdef012345")
        assert [await anext(known), await anext(known)] == ["retry: 2000\n\n", ": still here\n\n"]
        await known.aclose()
        short = event_stream(Changes(counter, every=QUICK), "a", heartbeat=QUICK, longest=3 * QUICK)
        assert len([each async for each in short]) > 1  # and ends by itself

    own_loop.run(story)


def test_what_others_store_is_sent_and_the_server_stops_with_open_streams(
    server: Callable[..., Any], samples: Any, tmp_path: Path
) -> None:
    running = server(patience=300)
    states: list[str] = []
    first, second = threading.Event(), threading.Event()

    def listen() -> None:
        with httpx.stream("GET", f"{running.url}/events", timeout=60) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert "no-store" in stream.headers["cache-control"]
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    states.append(line.removeprefix("data: "))
                    (second if first.is_set() else first).set()

    thread = threading.Thread(target=listen)
    thread.start()
    assert first.wait(30)
    with open_store(databases.url_of(tmp_path), str(tmp_path / "blobs")) as other:
        other.save(samples.record("ci_hsc", 1), controller_url=samples.ROOT)
    assert second.wait(30)
    running.stop()  # long before its patience is at an end
    thread.join(30)
    assert not thread.is_alive()
    assert int(states[1].split("-")[0]) > int(states[0].split("-")[0])
    assert states[0].split("-")[1] == states[1].split("-")[1]
