"""Limit the size of request bodies, and unpack gzip."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from squash_jenkins.server.http.problems import Problem

_CHUNK = 1 << 18
"""Bytes unpacked at once."""
_LINGER_BYTES = 64 << 20
_LINGER_SECONDS = 5.0
"""How much of a refused body is still read: many clients read the response only after sending."""


class BodyLimit:
    """Middleware that refuses bodies larger than allowed, with or without a declared size.

    Parameters
    ----------
    most
        Most bytes of a body as it is sent.
    streams
        Paths whose bodies may be of any size, as they are never held as a whole.

    """

    def __init__(self, app: ASGIApp, most: int, streams: Collection[str] = ()) -> None:
        self._app = app
        self._most = most
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413."""
        if scope["type"] != "http" or is_among(scope, self._streams):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if _declared(headers) > self._most:
            if "expect" not in headers:
                await _linger(receive)
            await _refuse(scope, receive, send, _too_large(self._most))
            return
        counted = _Counted(receive, self._most)
        await _guarded(self._app, scope, counted, send)


class GzipRequests:
    """Middleware that unpacks bodies sent with gzip, to at most `most` bytes."""

    def __init__(self, app: ASGIApp, most: int, streams: Collection[str] = ()) -> None:
        self._app = app
        self._most = most
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 400 (damaged), 413 (too large) or 415 (unknown)."""
        packed = Headers(scope=scope).get("content-encoding") if scope["type"] == "http" else None
        if packed is None or packed.strip().lower() in ("", "identity"):
            await self._app(scope, receive, send)
            return
        if packed.strip().lower() not in ("gzip", "x-gzip"):
            detail = "Unsupported content encoding: send the body plain or with gzip."
            problem = Problem(415, detail, headers={"Accept-Encoding": "gzip, identity"})
            await _refuse(scope, receive, send, problem)
            return
        most = None if is_among(scope, self._streams) else self._most
        plain = {**scope, "headers": list(scope["headers"])}
        headers = MutableHeaders(scope=plain)
        for name in ("content-encoding", "content-length"):
            del headers[name]
        await _guarded(self._app, plain, _Gunzipped(receive, most), send)


def is_among(scope: MutableMapping[str, Any], paths: Collection[str]) -> bool:
    """Return whether a request is for one of these paths, below any root path."""
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return path.rstrip("/") in paths


@dataclass
class _Counted:
    """Receive a body and count its bytes; `problem` is set once there are too many."""

    receive: Receive
    most: int
    size: int = 0
    problem: Problem | None = None
    ended: bool = False

    async def __call__(self) -> Message:
        message = await self.receive()
        self.ended = not message.get("more_body", False)
        self.size += len(message.get("body", b""))
        if self.size > self.most:
            self.problem = _too_large(self.most)
            raise self.problem
        return message


@dataclass
class _Gunzipped:
    """Receive a gzip body and unpack it, in pieces of bounded size."""

    receive: Receive
    most: int | None
    problem: Problem | None = None
    size: int = 0
    ended: bool = False
    packed: bytes = b""
    unpacker: Any = field(default_factory=lambda: zlib.decompressobj(16 + zlib.MAX_WBITS))

    async def __call__(self) -> Message:
        while True:
            if self.packed:
                piece = self._piece()
                if piece:
                    return {"type": "http.request", "body": piece, "more_body": True}
            elif self.ended:
                self._check_end()
                return {"type": "http.request", "body": b"", "more_body": False}
            else:
                message = await self.receive()
                if message["type"] != "http.request":
                    return message
                self.packed = message.get("body", b"")
                self.ended = not message.get("more_body", False)

    def _piece(self) -> bytes:
        """Return the next piece; a body may hold several gzip members one after the other."""
        if self.unpacker.eof:
            self.unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            piece: bytes = self.unpacker.decompress(self.packed, _CHUNK)
        except zlib.error as error:
            self._fail(Problem(400, f"The body cannot be unpacked; it is damaged: {error}."))
        self.packed = self.unpacker.unused_data or self.unpacker.unconsumed_tail
        self.size += len(piece)
        if self.most is not None and self.size > self.most:
            self._fail(_too_large(self.most))
        return piece

    def _check_end(self) -> None:
        if not self.unpacker.eof:
            self._fail(Problem(400, "The body cannot be unpacked: it is incomplete."))

    def _fail(self, problem: Problem) -> None:
        self.problem = problem
        raise problem


async def _guarded(
    app: ASGIApp, scope: Scope, receive: "_Counted | _Gunzipped", send: Send
) -> None:
    """Answer with the problem met while receiving, whatever the application makes of it."""
    begun = False

    async def unless_refused(message: Message) -> None:
        nonlocal begun
        if begun or receive.problem is None:
            begun = True
            await send(message)

    try:
        await app(scope, receive, unless_refused)
    except Exception:
        if receive.problem is None or begun:
            raise
    if receive.problem is not None and not begun:
        if not receive.ended:
            await _linger(receive.receive)
        await _refuse(scope, receive.receive, send, receive.problem)


async def _refuse(scope: Scope, receive: Receive, send: Send, problem: Problem) -> None:
    problem.headers["Connection"] = "close"
    await problem.response()(scope, receive, send)


async def _linger(receive: Callable[[], Awaitable[Message]]) -> None:
    """Read the rest of the body for a while."""
    size = 0
    try:
        async with asyncio.timeout(_LINGER_SECONDS):
            while size < _LINGER_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return
    except Problem:  # an outer limit was exceeded as well
        return


def _declared(headers: Headers) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 20 else 0


def _too_large(most: int) -> Problem:
    return Problem(413, f"The body exceeds {most} bytes: send less at once, or use /api/bulk/.")
