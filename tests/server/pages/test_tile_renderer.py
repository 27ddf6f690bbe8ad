"""What takes long is made beside the pages: once for all who wait, and not for nobody."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from squash_jenkins.render.engine.live import SiteFile
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.pages.tile_renderer import TileRenderer
from tests.server import own_loop


class Slow:
    """Make an answer of 10 bytes when it is let."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.begun, self.let = threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, path: str) -> SiteFile | None:
        self.made.append(path)
        self.begun.release()
        assert self.let.acquire(timeout=30)
        return None if path == "none" else SiteFile(b"0123456789", "image/png")


def test_one_is_made_for_all_who_wait_and_kept_within_bounds() -> None:
    async def story() -> None:
        slow = Slow()
        demand = TileRenderer(slow, kept_bytes=25, threads=1)
        both = [asyncio.create_task(demand.get("a")) for _ in range(2)]
        await asyncio.to_thread(slow.begun.acquire)
        slow.let.release()
        assert [answer and answer.content for answer in await asyncio.gather(*both)] == [
            b"0123456789"
        ] * 2
        slow.let.release(5)
        for path in ("b", "c", "none", "none"):
            await demand.get(path)
        assert await demand.get("c") is not None
        assert slow.made == ["a", "b", "c", "none", "none"]  # nothing is kept of what is not there
        assert demand.kept_bytes == 20
        slow.let.release()
        await demand.get("a")  # had to go
        assert slow.made[-1] == "a"
        demand.close()

    own_loop.run(story)


def test_what_nobody_waits_for_is_not_begun() -> None:
    async def story() -> None:
        slow = Slow()
        demand = TileRenderer(slow, threads=1, waiting=3)
        first = asyncio.create_task(demand.get("first"))
        await asyncio.to_thread(slow.begun.acquire)
        gone, stays = (asyncio.create_task(demand.get("shared")) for _ in range(2))
        alone = asyncio.create_task(demand.get("alone"))
        await asyncio.sleep(0)
        with pytest.raises(Problem, match="Too many tiles"):
            await demand.get("one too many")
        gone.cancel()
        alone.cancel()
        await asyncio.wait([gone, alone])
        slow.let.release(2)
        assert await first is not None and await stays is not None
        assert slow.made == ["first", "shared"]
        demand.close()

    own_loop.run(story)


def test_a_reader_who_leaves_a_tile_keeps_nobody_from_the_pages(
    server: Callable[..., Any],
) -> None:
    running = server()
    with httpx.Client(base_url=running.url, timeout=60) as client:
        assert client.get("/data/pooled/0123456789abcdef0123/0/0/0.png").status_code == 404
        assert client.get("/overview/").status_code == 200
