"""The process of Explore: whatever happens in it, the server keeps answering.

Bokeh collects garbage twice at the end of each session, and drawing takes long. Bokeh's own server
listens here, on a Unix socket in a folder that only this user can enter.
"""

import asyncio
import gc
import logging
import signal
import threading
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

from anyio import CapacityLimiter
from bokeh.application import Application
from bokeh.application.handlers.function import FunctionHandler
from bokeh.document import Document
from bokeh.palettes import Colorblind
from bokeh.server.server import Server
from bokeh.util.logconfig import basicConfig

from squash_jenkins.config import Settings
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.plugins import find
from squash_jenkins.render.engine.rendering import Rendering
from squash_jenkins.server.changes import Changes, revision_of
from squash_jenkins.server.explore.colours import WordColours
from squash_jenkins.server.explore.columns import Columns
from squash_jenkins.server.explore.drawing import Drawing
from squash_jenkins.server.explore.offers import Offers
from squash_jenkins.server.explore.session import DrawingTools, Session
from squash_jenkins.server.processes import end_with_parent, set_up_logging
from squash_jenkins.store import Store

_THREADS = 2
"""Pictures drawn at once; more would only wait for each other."""
_LONGEST_LINE = 300
_LEFT_OUT = (
    "Bokeh Server internal error: server failed",
    "Bad header with no ",
    "Failed sending message as connection was closed",
)
"""Log lines of Bokeh that repeat an error, or that report a closed page."""
_APPS: Mapping[str, Any] = {
    "sign_sessions": False,  # the server has checked access before
    "keep_alive_milliseconds": 30_000,
    "check_unused_sessions_milliseconds": 1000,
    "unused_session_lifetime_milliseconds": 1000,  # a page that comes back starts a new one
    "websocket_max_message_size": 1 << 20,
}


def run(settings: Settings, path: str, started: Connection) -> None:
    """Serve websockets on a Unix socket until the parent process stops this one, or ends.

    Parameters
    ----------
    started
        Receives a value once the socket listens.

    """
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C is for the server, which stops this process
    basicConfig()  # keeps Bokeh from adding its own log handler
    set_up_logging()
    for handler in logging.getLogger().handlers:
        handler.addFilter(shortened)
    threading.Thread(target=end_with_parent, name="end with parent", daemon=True).start()
    asyncio.run(_serve(settings, path, started))


async def _serve(settings: Settings, path: str, started: Connection) -> None:
    with open_store_for(settings) as store:
        work = _work(settings, store)
        app = Application(FunctionHandler(lambda document: _open(document, work)))
        Server({"/": app}, unix_socket=path, **_APPS).start()
        gc.collect()
        gc.freeze()  # exclude imports from later collections
        started.send(True)
        started.close()
        await asyncio.get_running_loop().create_future()


def _work(settings: Settings, store: Store) -> DrawingTools:
    """Return what all sessions share."""
    plugins = find(settings.dashboards)
    look = Rendering(plugins.tabs, plugins.plots, settings.controller_names, plugins.theme)
    return DrawingTools(
        asyncio.get_running_loop(),
        Offers(store, settings.controller_names),
        Drawing(Columns(store.blobs), WordColours(look.look.series or tuple(Colorblind[8]))),
        Changes(lambda: revision_of(store)),
        CapacityLimiter(_THREADS),
        look.figures.attributes,
    )


def _open(document: Document, work: DrawingTools) -> None:
    """Set up the document of a new page."""
    session = Session(document, work)
    document.on_session_destroyed(lambda _context: session.end())


def shortened(record: logging.LogRecord) -> bool:
    """Shorten errors of Bokeh and Tornado to one line: they log the whole message received."""
    if not record.name.startswith(("bokeh", "tornado")):
        return True
    said = " ".join(record.getMessage().split())
    error = record.exc_info[1] if record.exc_info else None
    kind = f" ({type(error).__name__})" if error is not None else ""
    record.msg, record.args = f"Explore: {said[:_LONGEST_LINE]}{kind}", ()
    record.exc_info = record.exc_text = None
    return not said.startswith(_LEFT_OUT)
