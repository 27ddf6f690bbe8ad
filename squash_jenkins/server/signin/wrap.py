"""Say of each request who asks, before any route is asked."""

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from squash_jenkins.server.access import Role, Who
from squash_jenkins.server.part import Part
from squash_jenkins.server.served import Served


def part(served: Served) -> Part:
    """Return the part of the server that finds out who asks."""
    return Part("signin", wraps=[SignIn])


class SignIn:
    """Put a `Who` into the state of each request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] in ("http", "websocket"):
            client = HTTPConnection(scope).client
            address = client.host if client else ""
            scope.setdefault("state", {})["who"] = Who("local", Role.ADMIN, "local", (), address)
        await self.app(scope, receive, send)
