"""Disconnect clients that hold connections open and send nothing, or next to nothing.

They do not block other clients, as connections are no threads; but each takes memory and a file
descriptor.
"""

import asyncio
from asyncio.events import TimerHandle
from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.http.request_bodies import is_among

_NOTHING = b"content-length: 0\r\nconnection: close\r\n\r\n"


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol that closes connections whose request head takes too long.

    uvicorn itself waits for ever and accepts heads of any length.
    """

    head_seconds = 20.0
    """Seconds a head may take, from the connection or its first byte on."""
    head_bytes = 1 << 16
    """Bytes of a head that may follow the first piece received."""

    _timer: TimerHandle | None = None
    _continued = 0
    _in_head = _in_message = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # asyncio passes this type
        """Start the timer."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Process data, unless the head gets too long."""
        answered = self.cycle is not None and self.cycle.response_complete
        if self._timer is None and (self._in_head or not self._in_message or answered):
            self._wait()
        continues = self._in_head
        super().data_received(data)
        if self._in_head and continues:
            self._continued += len(data)
            if self._continued > self.head_bytes and not self.transport.is_closing():
                self.transport.write(STATUS_LINE[431] + _NOTHING)
                self.transport.close()

    def on_message_begin(self) -> None:
        """Mark the start of a head."""
        self._in_head = self._in_message = True
        self._continued = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Mark the end of the head."""
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Mark the end of the request."""
        self._in_message = False
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._timer = self.loop.call_later(self.head_seconds, self._late)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait()  # an earlier request on this connection is still being answered
        else:
            self.transport.close()


class BodyTimeout:
    """Middleware that answers 408 when the body stops coming, or comes too slowly.

    Parameters
    ----------
    silence
        Most seconds between two pieces of the body.
    whole
        Most seconds for the whole body.
    streams
        Paths whose bodies may take any time, as long as something comes.

    """

    def __init__(
        self,
        app: ASGIApp,
        silence: float = 60.0,
        whole: float = 600.0,
        streams: Collection[str] = (),
    ) -> None:
        self._app, self._streams = app, streams
        self._silence, self._whole = silence, whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 408."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        whole = None if is_among(scope, self._streams) else self._whole
        body = _Body(receive, self._silence, whole)
        begun = False

        async def unless_late(message: Message) -> None:
            nonlocal begun
            if begun or not body.late:
                begun = True
                await send(message)
            elif message["type"] == "http.response.start":
                detail = "The request body did not arrive in time: send it again."
                problem = Problem(408, detail, headers={"Connection": "close"})
                await problem.response()(scope, receive, send)

        await self._app(scope, body, unless_late)


class _Body:
    """Receive a body; once it is late, it ends as if the connection had."""

    def __init__(self, receive: Receive, silence: float, whole: float | None) -> None:
        self._receive, self._silence = receive, silence
        now = asyncio.get_running_loop().time()
        self._end = None if whole is None else now + whole
        self._ended = False
        self.late = False

    async def __call__(self) -> Message:
        if self._ended:  # what comes next is the end of the connection, perhaps hours later
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until()):
                message = await self._receive()
        except TimeoutError:
            self._ended = self.late = True
            return {"type": "http.disconnect"}
        self._ended = not message.get("more_body", False)
        return message

    def _until(self) -> float:
        silence = asyncio.get_running_loop().time() + self._silence
        return silence if self._end is None else min(silence, self._end)
