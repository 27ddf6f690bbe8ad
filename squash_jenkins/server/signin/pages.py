"""Have people sign in and out on pages."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from squash_jenkins.server import audit
from squash_jenkins.server.access import Role, Who, asking
from squash_jenkins.server.plain_pages import framed
from squash_jenkins.server.problems import Problem
from squash_jenkins.server.served import Here
from squash_jenkins.server.signin.identify import COOKIE, Identify, cookie
from squash_jenkins.server.signin.origins import refuse_foreign

_LONGEST = 1000
_FORM = Markup("""<form class="card note sign-in" method="post" action="{action}">
{fault}<input type="hidden" name="next" value="{back}">
<p><label>Name<br><input name="name" value="{name}" autocomplete="username" required autofocus>
</label></p>
<p><label>Password<br>
<input name="password" type="password" autocomplete="current-password" required></label></p>
<p><button type="submit">Sign in</button></p>
<p class="muted small">Accounts are made by the administrator: squash-jenkins user add.</p>
</form>""")
_FAULT = Markup('<p role="alert"><b>{}</b></p>\n')


def routes(identify: Identify) -> APIRouter:
    """Return the routes of the pages to sign in and out."""
    router = APIRouter(include_in_schema=False)

    @router.get("/sign-in/")
    def form(next: Annotated[str, Query(max_length=_LONGEST)] = "/") -> Response:
        """Show the form."""
        return _form(next)

    @router.post("/sign-in/")
    def sign_in(
        request: Request,
        here: Here,
        name: Annotated[str, Form(max_length=_LONGEST)],
        password: Annotated[str, Form(max_length=_LONGEST)],
        next: Annotated[str, Form(max_length=_LONGEST)] = "/",
    ) -> Response:
        """Begin a session and go back to where somebody came from."""
        refuse_foreign("POST", request.headers, request.url.scheme, identify.origins)
        address = asking(request).address
        try:
            account = identify.check(name, password, address)
        except Problem as problem:
            return _form(next, name, problem)
        secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
        hours = here.settings.server.session_hours
        identify.known.accounts.begin(account.key, secret, now, now + timedelta(hours=hours))
        who = Who(account.name, Role[account.role.upper()], "session", (), address)
        audit.record(here, who, "session.begin", account.name)
        return _with_cookie(_back(request, next), request, secret, round(hours * 3600))

    @router.post("/sign-out/")
    def sign_out(request: Request, here: Here) -> Response:
        """End the session."""
        secret, who = cookie(request.headers), asking(request)
        if secret and who.how == "session":
            identify.known.accounts.end(secret)
            identify.known.forget()
            audit.record(here, who, "session.end", who.name)
        return _with_cookie(_back(request, "/"), request, "", 0)

    return router


def local(path: str) -> str:
    """Return a path of this server; what may lead elsewhere becomes the start page."""
    ordinary = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if ordinary and path.isprintable() and "\\" not in path else "/"


def _back(request: Request, path: str) -> Response:
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}{local(path)}", 303)


def _form(back: str, name: str = "", problem: Problem | None = None) -> Response:
    fault = _FAULT.format(problem.detail) if problem else ""
    inner = _FORM.format(action="./", fault=fault, back=local(back), name=name)
    status = problem.status if problem else 200
    headers = problem.headers if problem and problem.status != 401 else {}
    return framed("../", "Sign in", inner, status=status, headers=headers)


def _with_cookie(answer: Response, request: Request, secret: str, seconds: int) -> Response:
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=seconds,
        path=request.scope.get("root_path", "") or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
