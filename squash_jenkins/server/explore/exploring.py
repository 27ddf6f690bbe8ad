"""Begin with Explore when it is first asked for: what it needs takes seconds to be imported."""

import asyncio
from contextlib import AsyncExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from starlette.types import ASGIApp

from squash_jenkins.render.rendering import Rendering
from squash_jenkins.server.explore.offers import Offers
from squash_jenkins.server.served import Served

if TYPE_CHECKING:
    from squash_jenkins.server.explore.session import Session, Work

MOST = 100
"""So many pages may be open at once."""
_HERE = "squash_jenkins.server.explore"
_THREADS = 2
"""So many pictures are drawn at once; more would wait for each other."""
_NEEDED = ("bokeh.document", "datashader", "pandas", f"{_HERE}.session", f"{_HERE}.engines")


class Exploring:
    """Hold all that Explore works with; belongs to one event loop.

    Parameters
    ----------
    look
        What pages are made with: it has the colours.

    """

    def __init__(self, served: Served, look: Rendering) -> None:
        self._served, self._look = served, look
        self.offers = Offers(served.store, served.settings.controller_names)
        self.open = 0
        self._lock = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._app: ASGIApp | None = None
        self._sessions: dict[Any, Session] = {}

    async def app(self) -> ASGIApp:
        """Return what serves the websockets; it is begun with when this is asked first."""
        async with self._lock:
            if self._app is None:
                await to_thread.run_sync(_import)
                engines = import_module(f"{_HERE}.engines")
                work = self._work()
                context = engines.engine(lambda document: self._open(document, work))
                app: ASGIApp = await self._stack.enter_async_context(context)
                self._app = app
            return self._app

    async def end(self) -> None:
        """End all pages, and Bokeh's server."""
        for session in self._sessions.values():
            session.end()
        self._sessions.clear()
        await self._stack.aclose()

    def _work(self) -> "Work":
        from anyio import CapacityLimiter

        from squash_jenkins.server.explore.colours import Inks
        from squash_jenkins.server.explore.columns import Columns
        from squash_jenkins.server.explore.drawing import Drawing
        from squash_jenkins.server.explore.session import Work

        inks = Inks(self._look.look.series or _series())
        drawing = Drawing(Columns(self._served.store.blobs), inks)
        attributes = self._look.figures.attributes
        limiter = CapacityLimiter(_THREADS)
        loop = asyncio.get_running_loop()
        return Work(loop, self.offers, drawing, self._served.changes, limiter, attributes)

    def _open(self, document: Any, work: "Work") -> None:
        """Fill the document of a new page."""
        from squash_jenkins.server.explore.session import Session

        session = self._sessions[id(document)] = Session(document, work)

        def gone(_context: Any) -> None:
            session.end()
            self._sessions.pop(id(document), None)

        document.on_session_destroyed(gone)


def _import() -> None:
    for name in _NEEDED:
        import_module(name)


def _series() -> tuple[str, ...]:
    palettes: Any = import_module("bokeh.palettes")
    return tuple(palettes.Colorblind[8])
