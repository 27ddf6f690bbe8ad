"""Forward websockets to Bokeh's server, which listens on a Unix socket in another process."""

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

_URL = "ws://localhost/ws"
_LARGEST = 32 << 20
"""Most bytes of a message from Bokeh's server."""


class WebSocketProxy:
    """Forwards a websocket to a server on a Unix socket.

    Parameters
    ----------
    idle
        Seconds without a message from the browser after which the connection is closed.

    """

    def __init__(self, path: str, idle: float) -> None:
        self._path, self._idle = path, idle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward in both directions until one side closes."""
        await receive()  # the connect event
        try:
            connection = await unix_connect(
                self._path,
                _URL,
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
            await _both(_out(connection, send), self._in(connection, receive, send))

    async def _in(self, connection: ClientConnection, receive: Receive, send: Send) -> None:
        """Forward messages of the browser."""
        while True:
            try:
                async with asyncio.timeout(self._idle):
                    event = await receive()
            except TimeoutError:
                await send({"type": "websocket.close", "code": 1001, "reason": "idle"})
                return
            if event["type"] != "websocket.receive":
                return
            text = event.get("text")
            try:
                await connection.send(text if text is not None else event["bytes"])
            except ConnectionClosed:
                return


async def _both(*ways: Any) -> None:
    """Run coroutines until one ends, then cancel the others."""
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
    """Forward messages of Bokeh, and close the connection when it ends."""
    try:
        async for said in connection:
            kind = "text" if isinstance(said, str) else "bytes"
            await send({"type": "websocket.send", kind: said})
    except ConnectionClosed:
        pass  # Bokeh refused a message, or its process ended
    await send({"type": "websocket.close", "code": 1001})
