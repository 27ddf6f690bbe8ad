"""Routes of the admin page: tables, rows, and forms that change some of them."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from squash_jenkins.errors import SettingsError
from squash_jenkins.server.access import Caller, RequireRole, Role, caller_of
from squash_jenkins.server.admin import (
    account_actions,
    definition_actions,
    finding_actions,
    html,
)
from squash_jenkins.server.admin.action import Action, Row
from squash_jenkins.server.admin.table_texts import description_of, title_of
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.pages.page_frame import Frame, framed_page
from squash_jenkins.server.services import Here, Services
from squash_jenkins.server.signin.authentication import cookie
from squash_jenkins.server.signin.form_tokens import FORM_COOKIE, check_form, form_token
from squash_jenkins.server.signin.middleware import to_sign_in
from squash_jenkins.server.signin.pages import with_cookie

_ACTIONS = (
    *definition_actions.actions(),
    *finding_actions.actions(),
    *account_actions.actions(),
)
_LEAD = "Every table of the database. Changes made here are recorded in the audit log."
_MANY = 50
_LONGEST = 200
_FORM_SECONDS = 3600
_needs = RequireRole(Role.ADMIN)
router = APIRouter(prefix="/admin", include_in_schema=False)


def _admin(request: Request) -> Caller:
    """Return the caller; redirect people who are not signed in to the sign-in page."""
    page = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")
    if caller_of(request).how == "nobody" and page:
        to = to_sign_in(request.scope).headers["location"]
        raise Problem(303, "Sign in first.", headers={"Location": to})
    return _needs(request)


async def _sent(request: Request, who: Annotated[Caller, Depends(_admin)]) -> Mapping[str, str]:
    """Return the fields of a form; forms here have no files."""
    form = await request.form(max_files=0, max_fields=30)
    return {name: value for name, value in form.items() if isinstance(value, str)}


Admin = Annotated[Caller, Depends(_admin)]
Sent = Annotated[Mapping[str, str], Depends(_sent)]
Key = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("")
def beside(who: Admin) -> Response:
    """Redirect to the page."""
    return RedirectResponse("./admin/", 308)


@router.get("/")
def start(here: Here, who: Admin) -> Response:
    """List the tables."""
    return framed_page(
        here, Frame("admin/", "Admin", _LEAD), html.tables_html(here.store.browser.names())
    )


@router.get("/{table}/")
def listed(
    here: Here,
    who: Admin,
    table: str,
    search: Annotated[str, Query(max_length=_LONGEST)] = "",
    sort: str = "id",
    order: Literal["rising", "falling"] = "falling",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """List rows of a table."""
    asked = html.TableQuery(table, search, sort, order == "falling", page)
    found = here.store.browser.rows(
        table,
        search=search,
        sort=sort,
        falling=asked.falling,
        first=(page - 1) * _MANY,
        many=_MANY,
    )
    inner = html.rows_html(asked, found, here.store.browser.references(table))
    frame = Frame(f"admin/{table}/", title_of(table), description_of(table), [("../", "Admin")])
    return framed_page(here, frame, inner)


@router.get("/{table}/{key}/")
def details(here: Here, who: Admin, table: str, key: Key) -> Response:
    """Show a row."""
    row = here.store.browser.row(table, key)
    fit = [each for each in _ACTIONS if each.table == table and each.fits(row)]
    inner = html.row_html(row, here.store.browser.references(table), fit)
    called = row.get("name") or f"{title_of(table)} {key}"
    return framed_page(here, _below(table, key, html.text_of(called)), inner)


@router.get("/{table}/{key}/{name}/")
def form(request: Request, here: Here, who: Admin, table: str, key: Key, name: str) -> Response:
    """Show the form of an action; without fields it asks for confirmation."""
    row = here.store.browser.row(table, key)
    return _form(request, here, who, _action(table, name, row), row)


@router.post("/{table}/{key}/{name}/")
def do(
    request: Request, here: Here, who: Admin, sent: Sent, table: str, key: Key, name: str
) -> Response:
    """Do an action."""
    check_form(sent.get("token", ""), _secret(request, who))
    row = here.store.browser.row(table, key)
    action = _action(table, name, row)
    try:
        action.do(here, who, row, sent)
    except SettingsError as error:
        return _form(request, here, who, action, row, sent, str(error))
    here.refresh.soon()
    return RedirectResponse("../../" if action.gone else "../", 303)


def _action(table: str, name: str, row: Row) -> Action:
    for each in _ACTIONS:
        if (each.table, each.name) == (table, name) and each.fits(row):
            return each
    raise Problem(404, f"{table[:80]!r} has no action {name[:80]!r} here.")


def _form(
    request: Request,
    here: Services,
    who: Caller,
    action: Action,
    row: Row,
    sent: Mapping[str, str] | None = None,
    fault: str = "",
) -> Response:
    """Return a form, with its input when that was wrong."""
    secret = _secret(request, who) or secrets.token_urlsafe(32)
    given = sent or {}
    fields = [
        replace(each, value=given.get(each.name, each.value)) for each in action.fields(here, row)
    ]
    title = f"{action.label}: {html.text_of(row.get('name') or row['id'])}"
    inner = html.form_html(action, fields, form_token(secret), fault)
    frame = _below(action.table, row["id"], title, action.effect)
    page = framed_page(here, frame, inner, status=400 if fault else 200)
    if who.how == "session":
        return page
    return with_cookie(page, request, FORM_COOKIE, secret, _FORM_SECONDS)


def _secret(request: Request, who: Caller) -> str | None:
    """Return the cookie that form tokens are tied to: the session's, if there is one."""
    if who.how == "session":
        return cookie(request.headers)
    return cookie(request.headers, FORM_COOKIE)


def _below(table: str, key: int, title: str, lead: str = "") -> Frame:
    """Return the frame of a row's page, or with `lead` that of one of its forms."""
    up = "../../" if lead else "../"
    above = [(f"{up}../", "Admin"), (up, title_of(table))]
    if lead:
        above.append(("../", str(key)))
    return Frame(f"admin/{table}/{key}/{'form/' if lead else ''}", title, lead, above)
