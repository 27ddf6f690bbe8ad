"""Notice that the store has changed, whoever changed it, and tell those who wait for that.

One task of each process asks the store for its counter of changes, which every writer of anything
takes a number from, and only while somebody listens. So what another process stores is seen here,
and it does not matter how many processes there are.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from anyio import CapacityLimiter, to_thread

from squash_jenkins.errors import SquashError
from squash_jenkins.store import Store

_LOG = logging.getLogger(__name__)
EVERY = 0.5
"""Seconds between two looks."""
MOST = 1000
"""So many may listen at once."""


class Listener:
    """Wait for changes; it holds the newest only, however slowly it is asked."""

    def __init__(self) -> None:
        self.ended = False
        self._news = asyncio.Event()
        self._newest: int | None = None

    async def news(self, seconds: float | None = None) -> int | None:
        """Wait for a revision of the store that it did not tell before.

        Returns
        -------
        int or None
            None when there was none for so many seconds, or the server ends: see `ended`.

        """
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return None
        self._news.clear()
        return None if self.ended else self._newest

    def tell(self, revision: int) -> None:
        """Give it news."""
        self._newest = revision
        self._news.set()

    def end(self) -> None:
        """Have it wait no longer."""
        self.ended = True
        self._news.set()


class Changes:
    """Tell listeners the revision of the store: at first, and after each change.

    All of it belongs to one event loop, but for `end`.

    Parameters
    ----------
    look
        Returns the revision of the store; raises SquashError when it cannot be read. It is called
        in a thread.
    every
        Seconds between two looks.
    most
        So many may listen at once.

    """

    def __init__(self, look: Callable[[], int], *, every: float = EVERY, most: int = MOST) -> None:
        self._look, self._every, self._most = look, every, most
        self._listeners: set[Listener] = set()
        self._watch: asyncio.Task[None] | None = None
        self._revision: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = False

    @property
    def full(self) -> bool:
        """Tell whether nobody more may listen: there are too many, or the server ends."""
        return self._ended or len(self._listeners) >= self._most

    @contextmanager
    def listener(self) -> Iterator[Listener]:
        """Give somebody who is told of changes until the end of the context."""
        listener = Listener()
        self._listeners.add(listener)
        self._loop = asyncio.get_running_loop()
        if self._ended:
            listener.end()
        elif self._watch is None:
            self._watch = asyncio.create_task(self._watching(), name="changes of the store")
        elif self._revision is not None:
            listener.tell(self._revision)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners and self._watch is not None:
                self._watch.cancel()
                self._watch = self._revision = None

    async def revisions(self) -> AsyncIterator[int]:
        """Yield the revision now, and at each change, until the server ends."""
        with self.listener() as listener:
            while not listener.ended:
                revision = await listener.news()
                if revision is not None:
                    yield revision

    def end(self) -> None:
        """Let everybody go, as the server ends; may be called from any thread and from signals."""
        self._ended = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._let_go)

    def _let_go(self) -> None:
        for listener in list(self._listeners):
            listener.end()

    async def _watching(self) -> None:
        limiter, lost = CapacityLimiter(1), False  # its own thread: others may all be busy
        while True:
            try:
                revision = await to_thread.run_sync(self._look, limiter=limiter)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look may see
                if not lost:
                    trace = None if isinstance(error, SquashError) else error
                    said = "Open pages are not told of changes now: %s"
                    _LOG.error(said, error, exc_info=trace)
                lost = True
            else:
                if lost:
                    _LOG.warning("Open pages are told of changes again.")
                lost = False
                self._tell(revision)
            await asyncio.sleep(self._every)

    def _tell(self, revision: int) -> None:
        if revision == self._revision:
            return
        self._revision = revision
        for listener in self._listeners:
            listener.tell(revision)


def revision_of(store: Store) -> int:
    """Return the counter of changes of a store; one short query."""
    with store.reader() as reader:
        return reader.revisions.newest()
