"""Say of each request who asks, before any route is head."""

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
"""Seconds after which a page that could not be answered is head for again."""
_HEALTH = ("/healthz", "/readyz")
_ALWAYS = ("/assets/", "/sign-in/")
"""What anybody may read, beside the health: it tells nothing of what is stored."""


class SignIn:
    """Put a `Caller` into the state of each request, or refuse it."""

    def __init__(self, app: ASGIApp, authenticator: Authenticator) -> None:
        self._app = app
        self._identify = authenticator
        self._limiter = CapacityLimiter(_THREADS)
        self._for_passwords = CapacityLimiter(_THREADS)  # they take long; others do not wait

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with who asks."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            who = await self._who(_head(scope))
        except Problem as problem:
            await _refuse(problem.response(), scope, receive, send)
            return
        except StoreError as error:
            who = self._identify.anonymous(_head(scope).address)
            if not _reads(scope) or (who.role == Role.NONE and not is_always(scope)):
                answer = _unavailable() if _is_page(scope) else problem_of(error).response()
                await _refuse(answer, scope, receive, send)
                return
        if who.role == Role.NONE and _is_page(scope):
            await to_sign_in(scope)(scope, receive, send)
            return
        scope.setdefault("state", {})["who"] = _reading(who, scope)
        await self._app(scope, receive, send)

    async def _who(self, head: RequestHead) -> Caller:
        basic = head.headers.get("authorization", "").lower().startswith("basic")
        limiter = self._for_passwords if basic else self._limiter
        return await to_thread.run_sync(self._identify.who, head, limiter=limiter)


def route_path(scope: Scope) -> str:
    """Return the path below the one where a proxy shows the server."""
    path: str = scope["path"]
    root = scope.get("root_path", "")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def _head(scope: Scope) -> RequestHead:
    client = scope.get("client")
    method = scope["method"] if scope["type"] == "http" else "WEBSOCKET"
    address = client[0] if client else ""
    return RequestHead(method, scope.get("scheme", "http"), Headers(scope=scope), address)


def is_always(scope: Scope) -> bool:
    """Tell whether anybody may read this, whoever may read else."""
    path = route_path(scope)
    return path in _HEALTH or path.startswith(_ALWAYS)


def _reading(who: Caller, scope: Scope) -> Caller:
    """Let anybody read what the page to sign in is made of."""
    if who.role > Role.NONE or not is_always(scope):
        return who
    return Caller(who.name, Role.READER, who.how, who.jobs, who.address)


def _reads(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] in ("GET", "HEAD")


def _is_page(scope: Scope) -> bool:
    """Tell whether somebody looks at a page, rather than a program asking."""
    if not _reads(scope) or is_always(scope) or route_path(scope).startswith("/api/"):
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")


def to_sign_in(scope: Scope) -> Response:
    """Lead to the page to sign in, which leads back."""
    query = scope.get("query_string", b"").decode("latin-1")
    back = quote(route_path(scope)) + (f"?{query}" if query else "")
    root = scope.get("root_path", "")
    return RedirectResponse(f"{root}/sign-in/?next={quote(back, safe='')}", 303)


def _unavailable() -> Response:
    """Tell people that nobody can be known just now; the browser asks again by itself."""
    told = f"The database cannot be read just now. This page asks again every {_AGAIN} seconds."
    return PlainTextResponse(told, 503, {"Retry-After": str(_AGAIN), "Refresh": str(_AGAIN)})


async def _refuse(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer instead of the routes; a websocket is closed before it is opened."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await answer(scope, receive, send)
