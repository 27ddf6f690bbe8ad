"""Security headers: browsers let pages do only what they need."""

from collections.abc import Mapping, Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; worker-src 'self'; font-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
"""Content-Security-Policy of our pages: scripts and styles only from files of the server."""
USUAL: Mapping[str, str] = {
    "Content-Security-Policy": PAGES,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def embedding(ancestors: Sequence[str]) -> Mapping[str, str]:
    """Return the headers of pictures that any site may show, and `ancestors` in an iframe.

    Browsers that know ``frame-ancestors`` ignore X-Frame-Options beside it.
    """
    framing = " ".join(ancestors) or "'none'"
    return {
        "Content-Security-Policy": f"default-src 'none'; frame-ancestors {framing}",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


class SecurityHeaders:
    """Middleware that adds the security headers to responses that do not set them themselves."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in USUAL.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)
