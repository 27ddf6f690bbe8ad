"""Responses of the REST API: HEAD requests, and ETags so that nothing is sent twice."""

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LARGEST = 16 << 20
"""Responses with more bytes are sent as they come, without an ETag."""
_KEPT = ("cache-control", "vary", "set-cookie", "link")
"""Headers that a 304 response keeps."""


class HeadAsGet:
    """Middleware that answers HEAD below /api/ as GET without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass HEAD on as GET, and send only the headers."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or not _is_api(scope):
            await self._app(scope, receive, send)
            return

        async def bare(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, bare)


class ETags:
    """Middleware that adds an ETag to responses below /api/, and answers 304 when it matches.

    The tag is a digest of the response, so it is right whatever the response is made from. It is
    weak, as the response may be compressed on its way.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and answer 304 when the client has the response."""
        if scope["type"] != "http" or scope["method"] != "GET" or not _is_api(scope):
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _TaggedResponse(scope, receive, send))


class _TaggedResponse:
    """Hold a response until its tag is known, unless it is long or of unknown length."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._start: Message | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        """Handle a message of the application."""
        if message["type"] == "http.response.start" and _is_held(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        headers = MutableHeaders(scope=start)
        tag = f'W/"{hashlib.sha256(self._body).hexdigest()[:32]}"'
        headers["ETag"] = tag
        headers.setdefault("Cache-Control", "private, no-cache")
        if _has(Headers(scope=self._scope).get("if-none-match", ""), tag):
            kept = {name: headers[name] for name in _KEPT if name in headers}
            answer = Response(status_code=304, headers={**kept, "ETag": tag})
            await answer(self._scope, self._receive, self._send)
            return
        await self._send(start)
        await self._send({"type": "http.response.body", "body": bytes(self._body)})


def _is_held(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    length = headers.get("content-length", "")
    known = length.isdecimal() and int(length) <= _LARGEST
    return start["status"] == 200 and known and "etag" not in headers


def _is_api(scope: Scope) -> bool:
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return path.startswith("/api/")


def _has(wanted: str, tag: str) -> bool:
    """Return whether a list of tags contains this one, weak or strong."""
    plain = tag.removeprefix("W/")
    return any(
        each.strip() == "*" or each.strip().removeprefix("W/") == plain
        for each in wanted.split(",")
    )
