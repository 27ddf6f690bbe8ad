"""Access log: one line per request with address, caller, method, path, status, bytes and time.

Nothing in a request can break out of its line or colour a terminal, and no secret is logged: only
harmless query parameters, and no headers.
"""

import logging
import time
from urllib.parse import parse_qsl, quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = logging.getLogger("squash_jenkins.access")
_HARMLESS = (
    "build controller dataset direction filter format job level limit metric number order package "
    "period r since state t until v x y z"
)
_SHOWN = frozenset(_HARMLESS.split())
"""Query parameters whose values are logged."""
_LONGEST = 500


class AccessLog:
    """Middleware that logs each request once it is answered, and a stream when it ends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and log it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        begin, seen = time.monotonic(), {"status": 0, "bytes": 0}

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
            elif message["type"] == "websocket.accept":
                seen["status"] = 101
            seen["bytes"] += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            took = (time.monotonic() - begin) * 1000
            LOG.info("%s %d %d %.0fms", line(scope), seen["status"], seen["bytes"], took)


def line(scope: Scope) -> str:
    """Return address, caller, method and path of a request, all of it harmless."""
    address = (scope.get("client") or ["-"])[0]
    who = getattr(scope.get("state", {}).get("who"), "name", "") or "-"
    method = scope.get("method", "WEBSOCKET")
    asked = quote(scope["path"], safe="/=,@~+:") + _query(scope.get("query_string", b""))
    parts = (quote(address, safe=":.[]"), quote(who, safe="@.+"), quote(method, safe=""))
    return " ".join([*parts, asked[:_LONGEST]])


def _query(raw: bytes) -> str:
    """Return the query string without values that may be secret."""
    found = parse_qsl(raw[:_LONGEST].decode("latin-1"), keep_blank_values=True)
    shown = [f"{quote(name)}={quote(value) if name in _SHOWN else '…'}" for name, value in found]
    return f"?{'&'.join(shown)}" if shown else ""
