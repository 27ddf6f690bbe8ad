"""Watch the store for changes, whichever process made them, and pass them on to listeners.

One task per process reads the store's revision, a counter that every writer increments, and only
while somebody listens. So changes by other processes are seen, however many there are.
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
"""Seconds between two reads of the revision."""
MOST = 1000
"""Listeners at once."""


class Listener:
    """Wait for changes; holds only the newest, however rarely it is asked."""

    def __init__(self) -> None:
        self.ended = False
        self._news = asyncio.Event()
        self._newest: int | None = None

    async def next_revision(self, seconds: float | None = None) -> int | None:
        """Wait for a revision of the store that it has not returned before.

        Returns
        -------
        int or None
            None when there was none for that many seconds, or the server stops: see `ended`.

        """
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return None
        self._news.clear()
        return None if self.ended else self._newest

    def publish(self, revision: int) -> None:
        """Pass a revision to whoever waits."""
        self._newest = revision
        self._news.set()

    def end(self) -> None:
        """Stop waiting."""
        self.ended = True
        self._news.set()


class Changes:
    """Pass the revision of the store to listeners: at once, and after each change.

    Must be used from one event loop, except for `end`.

    Parameters
    ----------
    look
        Returns the revision of the store, called in a thread; raises SquashError when it cannot
        be read.
    every
        Seconds between two calls of `look`.
    most
        Listeners at once.

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
        """Return whether nobody else may listen: there are too many, or the server stops."""
        return self._ended or len(self._listeners) >= self._most

    @contextmanager
    def listener(self) -> Iterator[Listener]:
        """Yield a listener that gets changes until the context ends."""
        listener = Listener()
        self._listeners.add(listener)
        self._loop = asyncio.get_running_loop()
        if self._ended:
            listener.end()
        elif self._watch is None:
            self._watch = asyncio.create_task(self._watching(), name="changes of the store")
        elif self._revision is not None:
            listener.publish(self._revision)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners and self._watch is not None:
                self._watch.cancel()
                self._watch = self._revision = None

    async def revisions(self) -> AsyncIterator[int]:
        """Yield the revision now, and after each change, until the server stops."""
        with self.listener() as listener:
            while not listener.ended:
                revision = await listener.next_revision()
                if revision is not None:
                    yield revision

    def end(self) -> None:
        """Release all listeners as the server stops; safe in any thread and in signal handlers."""
        self._ended = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._release)

    def _release(self) -> None:
        for listener in list(self._listeners):
            listener.end()

    async def _watching(self) -> None:
        limiter, lost = CapacityLimiter(1), False  # its own thread: the others may all be busy
        while True:
            try:
                revision = await to_thread.run_sync(self._look, limiter=limiter)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next read may succeed
                if not lost:
                    trace = None if isinstance(error, SquashError) else error
                    _LOG.error("Open pages are not updated for now: %s", error, exc_info=trace)
                lost = True
            else:
                if lost:
                    _LOG.warning("Open pages are updated again.")
                lost = False
                self._publish(revision)
            await asyncio.sleep(self._every)

    def _publish(self, revision: int) -> None:
        if revision == self._revision:
            return
        self._revision = revision
        for listener in self._listeners:
            listener.publish(revision)


def revision_of(store: Store) -> int:
    """Return the revision of a store; one short query."""
    with store.reader() as reader:
        return reader.revisions.newest()
