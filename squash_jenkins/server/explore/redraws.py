"""Draw in threads what is asked for, the newest of it: what nobody waits for is given up."""

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
    """Draw for one page. All of it happens on one event loop; threads may ask, and end it.

    Parameters
    ----------
    loop
        The event loop, which runs.
    draw
        Draws what is asked for, in a thread; it raises `Stopped` when `stop` says so.
    done
        Is given what was asked for and what was drawn, or the error, unless there was newer.
    limiter
        Says how many may draw at once, of all pages.

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
        """Ask for something; what was asked for before is given up."""
        self._loop.call_soon_threadsafe(self._begin, wanted)

    def end(self) -> None:
        """Draw nothing more."""
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
            except Exception as error:  # noqa: BLE001 - told to who asked, and logged there
                found = error
            if self._wanted is None:
                self._done(wanted, found)
