"""Let go of clients that hold connections open and send nothing, or next to nothing.

Others are answered meanwhile however many there are, as connections are no threads; but each of
them takes memory and a number of the system, of which there are not endlessly many.
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
    """Speak HTTP, and close connections whose request does not come to the end of its head.

    uvicorn itself waits for ever, and takes heads of any length.
    """

    head_seconds = 20.0
    """So long a head may take, from the connection or its first byte on."""
    head_bytes = 1 << 16
    """So many bytes may come of a head after the first piece that the system hands over."""

    _timer: TimerHandle | None = None
    _continued = 0
    _in_head = _in_message = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # asyncio gives this kind
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came, unless it is too much of a head."""
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
        """Note that a head begins."""
        self._in_head = self._in_message = True
        self._continued = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note that the head is here."""
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the request is here."""
        self._in_message = False
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
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
            self._wait()  # an earlier request of this connection is still being answered
        else:
            self.transport.close()


class BodyTimeout:
    """Give up requests whose body stops coming, or comes by the drop, with 408.

    Parameters
    ----------
    silence
        Seconds without anything of the body.
    whole
        Seconds for all of it.
    streams
        Paths whose bodies may take as long as they like, as long as something comes.

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
        """Answer as the application does, or 408."""
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
                told = "The rest of the request did not come in time: send it again."
                problem = Problem(408, told, headers={"Connection": "close"})
                await problem.response()(scope, receive, send)

        await self._app(scope, body, unless_late)


class _Body:
    """Receive a body; once it is late it ends as if the connection did."""

    def __init__(self, receive: Receive, silence: float, whole: float | None) -> None:
        self._receive, self._silence = receive, silence
        now = asyncio.get_running_loop().time()
        self._end = None if whole is None else now + whole
        self._ended = False
        self.late = False

    async def __call__(self) -> Message:
        if self._ended:  # what comes now is the end of the connection, after hours perhaps
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
