"""The pages to sign in and out."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from squash_jenkins.server import audit
from squash_jenkins.server.access import Caller, Role, caller_of
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.pages.page_frame import Frame, framed_page
from squash_jenkins.server.services import Here, Services
from squash_jenkins.server.signin.authentication import COOKIE, Authenticator, cookie
from squash_jenkins.server.signin.form_tokens import FORM_COOKIE, check_form, form_token
from squash_jenkins.server.signin.origins import refuse_cross_origin

router = APIRouter(include_in_schema=False)
_LONGEST = 1000
_PATH = "sign-in/index.html"
_FORM = Markup("""<form class="card form sign-in" method="post" action="./">
{fault}<input type="hidden" name="next" value="{back}">
<input type="hidden" name="token" value="{token}">
<p><label>Name <input name="name" value="{name}" autocomplete="username" required autofocus>
</label></p>
<p><label>Password
<input name="password" type="password" autocomplete="current-password" required></label></p>
<p><button class="button main" type="submit">Sign in</button></p>
<p class="muted small">No account? Ask your administrator, who runs
<code>squash-jenkins user add</code>.</p>
</form>""")
_SIGNED_IN = Markup("""<form class="card form sign-in" method="post" action="../sign-out/">
<p>You are signed in as <b>{name}</b> ({role}).</p>
<input type="hidden" name="token" value="{token}">
<p><button class="button main" type="submit">Sign out</button></p>
</form>""")
_FAULT = Markup('<p class="fault" role="alert">{}</p>\n')


def _authenticator_of(request: Request) -> Authenticator:
    found: Authenticator = request.app.state.authenticator
    return found


Authenticates = Annotated[Authenticator, Depends(_authenticator_of)]
"""Parameter of a route: the authenticator of the middleware."""


@router.get("/sign-in")
def beside() -> Response:
    """Redirect to the form."""
    return RedirectResponse("./sign-in/", 308)


@router.get("/sign-in/")
def form(
    request: Request, here: Here, next: Annotated[str, Query(max_length=_LONGEST)] = "/"
) -> Response:
    """Return the form, or who is signed in."""
    who, secret = caller_of(request), cookie(request.headers)
    if who.how == "session" and secret:
        return _signed_in(here, who, secret)
    return _form(request, here, next)


@router.post("/sign-in/")
def sign_in(
    request: Request,
    here: Here,
    authenticator: Authenticates,
    name: Annotated[str, Form(max_length=_LONGEST)],
    password: Annotated[str, Form(max_length=_LONGEST)],
    token: Annotated[str, Form(max_length=_LONGEST)] = "",
    next: Annotated[str, Form(max_length=_LONGEST)] = "/",
) -> Response:
    """Start a session and redirect to the page they came from."""
    refuse_cross_origin("POST", request.headers, request.url.scheme, authenticator.origins)
    address = caller_of(request).address
    try:
        check_form(token, cookie(request.headers, FORM_COOKIE))
        account = authenticator.check(name, password, address)
    except Problem as problem:
        return _form(request, here, next, name, problem)
    secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
    hours = here.settings.server.session_hours
    authenticator.known.accounts.begin_session(
        account.key, secret, now, now + timedelta(hours=hours)
    )
    who = Caller(account.name, Role[account.role.upper()], "session", (), address)
    audit.record(here, who, "session.begin", account.name)
    return with_cookie(_back(request, next), request, COOKIE, secret, round(hours * 3600))


@router.post("/sign-out/")
def sign_out(
    request: Request,
    here: Here,
    authenticator: Authenticates,
    token: Annotated[str, Form(max_length=_LONGEST)] = "",
) -> Response:
    """End the session."""
    secret, who = cookie(request.headers), caller_of(request)
    if secret and who.how == "session":
        check_form(token, secret)
        authenticator.known.accounts.end_session(secret)
        authenticator.known.forget()
        audit.record(here, who, "session.end", who.name)
    return with_cookie(_back(request, "/sign-in/"), request, COOKIE, "", 0)


def local(path: str) -> str:
    """Return a path of this server; anything that may lead elsewhere becomes the start page."""
    ordinary = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if ordinary and path.isprintable() and "\\" not in path else "/"


def _back(request: Request, path: str) -> Response:
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}{local(path)}", 303)


def _form(
    request: Request, here: Services, back: str, name: str = "", problem: Problem | None = None
) -> Response:
    fault = _FAULT.format(problem.detail) if problem else ""
    secret = cookie(request.headers, FORM_COOKIE) or secrets.token_urlsafe(32)
    inner = _FORM.format(fault=fault, back=local(back), name=name, token=form_token(secret))
    status = problem.status if problem else 200
    headers = problem.headers if problem and problem.status != 401 else {}
    page = framed_page(here, Frame(_PATH, "Sign in"), inner, status=status, headers=headers)
    return with_cookie(page, request, FORM_COOKIE, secret, 3600)


def _signed_in(here: Services, who: Caller, secret: str) -> Response:
    inner = _SIGNED_IN.format(name=who.name, role=who.role.word, token=form_token(secret))
    return framed_page(here, Frame(_PATH, "Signed in"), inner)


def with_cookie(
    answer: Response, request: Request, name: str, secret: str, seconds: int
) -> Response:
    """Set a cookie that no script can read."""
    answer.set_cookie(
        name,
        secret,
        max_age=seconds,
        path=request.scope.get("root_path", "") or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
