"""Run Bokeh's server within ours: what serves its websockets is one ASGI application.

Bokeh has such an application for newer Pythons. For others its own server, on the same event loop,
listens on a Unix socket in a folder that nobody but this account can enter, and websockets are
handed on to it.
"""

import asyncio
import importlib.util
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from bokeh.application import Application
from bokeh.document import Document
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

PATH = "/ws"
"""Where the websocket of the application is."""
_HOST = "explore.invalid"
_LARGEST = 32 << 20
"""Bytes of a message that Bokeh's own server may send."""
_APPS: Mapping[str, Any] = {"sign_sessions": False, "keep_alive_milliseconds": 30_000}
"""Sessions are not signed: who may have one was found out before, and workers share no secret."""


def engine(open_page: Callable[[Document], None]) -> AbstractAsyncContextManager[ASGIApp]:
    """Return what runs Bokeh while it is entered, and gives the application for its websockets."""
    there = importlib.util.find_spec("bokeh.server.asgi") is not None
    return of_bokeh(open_page) if there else behind(open_page)


@asynccontextmanager
async def of_bokeh(open_page: Callable[[Document], None]) -> AsyncIterator[ASGIApp]:
    """Run Bokeh's ASGI application."""
    module: Any = import_module("bokeh.server.asgi")
    app = module.BokehASGI({"/": open_page}, **_APPS)
    await app.core.start()
    try:
        yield app
    finally:
        await app.core.stop()


@asynccontextmanager
async def behind(open_page: Callable[[Document], None]) -> AsyncIterator[ASGIApp]:
    """Run Bokeh's own server on a Unix socket."""
    server: Any = import_module("bokeh.server.server")
    handler: Any = import_module("bokeh.application.handlers.function")
    with tempfile.TemporaryDirectory(prefix="explore-") as folder:
        path = str(Path(folder) / "socket")
        app = Application(handler.FunctionHandler(open_page))
        running = server.Server({"/": app}, unix_socket=path, **_APPS)
        running.start()
        try:
            yield Handing(path)
        finally:
            running.stop()
            await running._http.close_all_connections()


class Handing:
    """Hand websockets on to a server that listens on a Unix socket."""

    def __init__(self, path: str) -> None:
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Connect both sides until one of them ends."""
        await receive()  # that somebody connects
        try:
            connection = await unix_connect(
                self._path,
                f"ws://{_HOST}{PATH}",
                subprotocols=[Subprotocol(each) for each in scope["subprotocols"]],
                max_size=_LARGEST,
                compression=None,
                ping_interval=None,
                proxy=None,
            )
        except (OSError, InvalidHandshake):
            await send({"type": "websocket.close", "code": 1011})
            return
        async with connection:
            await send({"type": "websocket.accept", "subprotocol": connection.subprotocol})
            await _both(_out(connection, send), _in(connection, receive))


async def _both(*ways: Any) -> None:
    """Run two ways until one ends, and end the other."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _out(connection: ClientConnection, send: Send) -> None:
    """Pass on what Bokeh says."""
    async for said in connection:
        if isinstance(said, str):
            await send({"type": "websocket.send", "text": said})
        else:
            await send({"type": "websocket.send", "bytes": said})
    await send({"type": "websocket.close", "code": 1001})


async def _in(connection: ClientConnection, receive: Receive) -> None:
    """Pass on what the browser says."""
    while (event := await receive())["type"] == "websocket.receive":
        text = event.get("text")
        try:
            await connection.send(text if text is not None else event["bytes"])
        except ConnectionClosed:
            return


def scope_of(scope: Scope) -> Scope:
    """Return what Bokeh is told of a websocket: neither cookies nor other secrets."""
    origin = f"http://{_HOST}".encode()
    return {
        "type": "websocket",
        "asgi": scope["asgi"],
        "scheme": "ws",
        "path": PATH,
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", _HOST.encode()), (b"origin", origin)],
        "subprotocols": scope["subprotocols"],
        "extensions": {},
    }
