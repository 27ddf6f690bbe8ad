"""Make what takes long, such as tiles of very many points, without keeping others waiting.

Few threads of its own do it. What nobody waits for any more is not begun; what was made is kept
within bounds; who asks for what is being made already waits for that.
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
"""So many different ones may wait at once."""


@dataclass
class _Work:
    future: Future[SiteFile | None]
    waiting: int = 0


class TileRenderer:
    """Make answers in threads of its own; belongs to one event loop.

    Parameters
    ----------
    make
        Makes the answer for a path; None when there is none. It is called in a thread.
    kept_bytes, threads, waiting
        What is kept of those made last, how many are made and how many may wait at once.

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
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="on demand")
        self._works: dict[str, _Work] = {}
        self._kept: LRUCache[str, SiteFile]
        self._kept = LRUCache(kept_bytes, getsizeof=lambda file: len(file.content))

    @property
    def kept_bytes(self) -> float:
        """Tell how many bytes are kept."""
        return self._kept.currsize

    def close(self) -> None:
        """End the threads after what is in hand; what waits is not begun."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def get(self, path: str) -> SiteFile | None:
        """Return the answer for a path.

        Cancelled, it drops the work if nobody else waits for it and it was not begun.

        Raises
        ------
        Problem
            503 when too much is waited for.

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
        """Return the answer for a path, None when there is none or its reader has gone."""
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
            raise Problem(503, "Too much is asked for at once: try later.", headers=_LATER)
        work = self._works[path] = _Work(self._pool.submit(self._make, path))
        return work

    def _keep(self, path: str, answer: SiteFile | None) -> None:
        if answer is not None and not answer.fault:
            with suppress(ValueError):  # larger than everything that may be kept
                self._kept[path] = answer


_LATER = {"Retry-After": "2"}


async def _gone(request: Request) -> None:
    """Return when the reader has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
