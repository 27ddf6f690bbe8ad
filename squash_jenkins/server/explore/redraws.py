"""Draw the newest request of a page in threads; outdated requests are cancelled."""

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from anyio import CapacityLimiter, to_thread

from squash_jenkins.server.explore.drawing import Stop, Stopped

_Asked = TypeVar("_Asked")
_Drawn = TypeVar("_Drawn")


class Redraws(Generic[_Asked, _Drawn]):
    """Draws for one page, on one event loop; `ask` and `end` may be called from threads.

    Parameters
    ----------
    loop
        The running event loop.
    draw
        Draws a request, in a thread; raises `Stopped` when `stop` returns true.
    done
        Receives the request and the picture or error, unless there is a newer request.
    limiter
        Limits how many pages draw at once.

    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        draw: Callable[[_Asked, Stop], _Drawn],
        done: Callable[[_Asked, _Drawn | Exception], None],
        limiter: CapacityLimiter,
    ) -> None:
        self._loop = loop
        self._draw, self._done, self._limiter = draw, done, limiter
        self._wanted: _Asked | None = None
        self._given_up = threading.Event()
        self._task: asyncio.Task[None] | None = None

    def ask(self, wanted: _Asked) -> None:
        """Request a picture; an earlier request is cancelled."""
        self._loop.call_soon_threadsafe(self._begin, wanted)

    def end(self) -> None:
        """Stop drawing."""
        self._loop.call_soon_threadsafe(self._stop)

    def _begin(self, wanted: _Asked) -> None:
        self._wanted = wanted
        self._given_up.set()
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._run(), name="explore")

    def _stop(self) -> None:
        self._wanted = None
        self._given_up.set()
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self._given_up = threading.Event()
            found: _Drawn | Exception
            try:
                draw = partial(self._draw, wanted, self._given_up.is_set)
                found = await to_thread.run_sync(draw, limiter=self._limiter)
            except Stopped:
                continue
            except Exception as error:  # noqa: BLE001 - passed to `done`, which logs it
                found = error
            if self._wanted is None:
                self._done(wanted, found)
