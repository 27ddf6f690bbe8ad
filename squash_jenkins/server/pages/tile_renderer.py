"""Render tiles of very many points, which takes long, without delaying other requests.

A few threads do it. A tile that nobody waits for any more is not started, tiles are cached within
bounds, and requests for the same tile wait for one rendering.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from cachetools import LRUCache
from starlette.requests import Request

from squash_jenkins.render.engine.live import SiteFile
from squash_jenkins.server.http.problems import Problem

THREADS = 2
KEPT_BYTES = 64 << 20
WAITING = 500
"""Different tiles that may wait at once."""


@dataclass
class _Work:
    future: Future[SiteFile | None]
    waiting: int = 0


class TileRenderer:
    """Render tiles in threads of its own; must be used from one event loop.

    Parameters
    ----------
    make
        Renders the tile of a path; None when there is none. Called in a thread.
    kept_bytes, threads, waiting
        Bytes of tiles kept, tiles rendered at once, and tiles that may wait.

    """

    def __init__(
        self,
        make: Callable[[str], SiteFile | None],
        *,
        kept_bytes: int = KEPT_BYTES,
        threads: int = THREADS,
        waiting: int = WAITING,
    ) -> None:
        self._make, self._waiting = make, waiting
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="tiles")
        self._works: dict[str, _Work] = {}
        self._kept: LRUCache[str, SiteFile]
        self._kept = LRUCache(kept_bytes, getsizeof=lambda file: len(file.content))

    @property
    def kept_bytes(self) -> float:
        """Return how many bytes are cached."""
        return self._kept.currsize

    def close(self) -> None:
        """Stop the threads after their current tiles; those that wait are not started."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def get(self, path: str) -> SiteFile | None:
        """Return the tile of a path.

        When cancelled, it drops the work unless somebody else waits for it or it has started.

        Raises
        ------
        Problem
            503 when too many tiles wait.

        """
        if path in self._kept:
            return self._kept[path]
        work = self._works.get(path) or self._begin(path)
        work.waiting += 1
        try:
            answer = await asyncio.shield(asyncio.wrap_future(work.future))
        finally:
            work.waiting -= 1
            if not work.waiting:
                work.future.cancel()
                self._works.pop(path, None)
        self._keep(path, answer)
        return answer

    async def get_for(self, request: Request, path: str) -> SiteFile | None:
        """Return the tile of a path; None when there is none or the client has gone."""
        making = asyncio.ensure_future(self.get(path))
        gone = asyncio.ensure_future(_gone(request))
        try:
            await asyncio.wait({making, gone}, return_when=asyncio.FIRST_COMPLETED)
            return await making if making.done() else None
        finally:
            making.cancel()
            gone.cancel()

    def _begin(self, path: str) -> _Work:
        if len(self._works) >= self._waiting:
            raise Problem(
                503, "Too many tiles are requested at once: try again later.", headers=_LATER
            )
        work = self._works[path] = _Work(self._pool.submit(self._make, path))
        return work

    def _keep(self, path: str, answer: SiteFile | None) -> None:
        if answer is not None and not answer.fault:
            with suppress(ValueError):  # larger than everything that may be kept
                self._kept[path] = answer


_LATER = {"Retry-After": "2"}


async def _gone(request: Request) -> None:
    """Return when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
