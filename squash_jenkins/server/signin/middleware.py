"""The middleware that authenticates each request before any route runs."""

from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from squash_jenkins.errors import StoreError
from squash_jenkins.server.access import Caller, Role
from squash_jenkins.server.http.problems import Problem, problem_of
from squash_jenkins.server.signin.authentication import Authenticator, RequestHead

_THREADS = 8
_AGAIN = 5
"""Seconds after which a page that could not be served reloads."""
_HEALTH = ("/healthz", "/readyz")
_ALWAYS = ("/assets/", "/sign-in/")
"""What anybody may read, besides the health checks: it reveals nothing that is stored."""


class SignIn:
    """Middleware that puts the `Caller` into the state of each request, or refuses it."""

    def __init__(self, app: ASGIApp, authenticator: Authenticator) -> None:
        self._app = app
        self._authenticator = authenticator
        self._limiter = CapacityLimiter(_THREADS)
        self._for_passwords = CapacityLimiter(
            _THREADS
        )  # checks take long; other requests do not wait

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its caller."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            who = await self._authenticate(_head(scope))
        except Problem as problem:
            await _refuse(problem.response(), scope, receive, send)
            return
        except StoreError as error:
            who = self._authenticator.anonymous(_head(scope).address)
            if not _reads(scope) or (who.role == Role.NONE and not is_always(scope)):
                answer = _unavailable() if _is_page(scope) else problem_of(error).response()
                await _refuse(answer, scope, receive, send)
                return
        if who.role == Role.NONE and _is_page(scope):
            await to_sign_in(scope)(scope, receive, send)
            return
        scope.setdefault("state", {})["who"] = _reading(who, scope)
        await self._app(scope, receive, send)

    async def _authenticate(self, head: RequestHead) -> Caller:
        basic = head.headers.get("authorization", "").lower().startswith("basic")
        limiter = self._for_passwords if basic else self._limiter
        return await to_thread.run_sync(self._authenticator.authenticate, head, limiter=limiter)


def route_path(scope: Scope) -> str:
    """Return the path without the one below which a proxy shows the server."""
    path: str = scope["path"]
    root = scope.get("root_path", "")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def _head(scope: Scope) -> RequestHead:
    client = scope.get("client")
    method = scope["method"] if scope["type"] == "http" else "WEBSOCKET"
    address = client[0] if client else ""
    return RequestHead(method, scope.get("scheme", "http"), Headers(scope=scope), address)


def is_always(scope: Scope) -> bool:
    """Return whether anybody may read this path, even while reading needs a sign-in."""
    path = route_path(scope)
    return path in _HEALTH or path.startswith(_ALWAYS)


def _reading(who: Caller, scope: Scope) -> Caller:
    """Make anybody a reader of what the sign-in page consists of."""
    if who.role > Role.NONE or not is_always(scope):
        return who
    return Caller(who.name, Role.READER, who.how, who.jobs, who.address)


def _reads(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] in ("GET", "HEAD")


def _is_page(scope: Scope) -> bool:
    """Return whether a person opens a page, rather than a program."""
    if not _reads(scope) or is_always(scope) or route_path(scope).startswith("/api/"):
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")


def to_sign_in(scope: Scope) -> Response:
    """Redirect to the sign-in page, which leads back."""
    query = scope.get("query_string", b"").decode("latin-1")
    back = quote(route_path(scope)) + (f"?{query}" if query else "")
    root = scope.get("root_path", "")
    return RedirectResponse(f"{root}/sign-in/?next={quote(back, safe='')}", 303)


def _unavailable() -> Response:
    """Return a page that says that the database is not available; it reloads by itself."""
    text = f"The database is not available. This page reloads every {_AGAIN} seconds."
    return PlainTextResponse(text, 503, {"Retry-After": str(_AGAIN), "Refresh": str(_AGAIN)})


async def _refuse(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer in place of the routes; a websocket is closed before it opens."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await answer(scope, receive, send)
