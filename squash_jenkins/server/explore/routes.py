"""Routes of Explore: the page, its list of tables, and its websocket."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request, WebSocket
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from squash_jenkins.errors import ResourceError
from squash_jenkins.render.base import Item, Page, Site, Tab
from squash_jenkins.render.pooled.tiles import is_there
from squash_jenkins.server.access import Reads, Role, caller_of
from squash_jenkins.server.explore.choice import BUILDS, MOST_FILTERS
from squash_jenkins.server.explore.drawing_process import DrawingProcess
from squash_jenkins.server.explore.websocket_proxy import WebSocketProxy
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.pages.page_frame import Frame, short_page
from squash_jenkins.server.part import Part
from squash_jenkins.server.services import Here, Services

_LOG = logging.getLogger(__name__)
LONGEST = 3600.0
"""Seconds after which a connection ends; the page reconnects and is authenticated again."""
IDLE = 900.0
"""Seconds without a message from a page after which its connection ends."""
_TOKEN_SECONDS = 60
_MISSING = "Explore needs Datashader, which is not installed on this server."
_INSTALL = "Install it with pip install 'squash-jenkins[datashader]' and restart the server."
_FULL = "Too many pages of Explore are open, here or from your address: close some or try later."
_NO_STORE = {"Cache-Control": "no-store"}


class ExploreTab(Tab):
    """The tab of Explore; the static site has none."""

    name = "explore"
    title = "Explore"
    in_navigation = False
    scripts = (
        "sharing.js",
        "plot_tools.js",
        "explore_form.js",
        "explore_hover.js",
        "explore.js",
        "account.js",
    )
    styles = ("pooled.css", "explore.css", "live.css")

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield nothing: the page is rendered on request."""
        return iter(())


_INPUTS = {"builds": BUILDS, "filters": range(MOST_FILTERS)}
_PAGES = APIRouter(include_in_schema=False)
_PAGE = Page("explore/index.html", "explore.html", "Explore", _INPUTS, plots=True)


def part(services: Services) -> Part:
    """Return the routes of Explore; its process ends with the server."""
    drawing = DrawingProcess(services)

    @asynccontextmanager
    async def running(_services: Services) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await drawing.end()

    return Part([_PAGES, _session_routes(drawing)], running)


@_PAGES.get("/explore")
def beside(request: Request, who: Reads) -> Response:
    """Redirect to the page."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"./explore/{query}", 308)


@_PAGES.get("/explore/")
@_PAGES.get("/explore/index.html")
def page(here: Here, who: Reads) -> Response:
    """Return the page, or what is missing for it."""
    if not is_there():
        links = [("index.html", "Start"), ("pooled/index.html", "Pooled tables")]
        relative = [(f"../{to}", text) for to, text in links]
        return short_page(
            here, Frame(_PAGE.path, "Explore"), [_MISSING, _INSTALL], relative, status=503
        )
    return HTMLResponse(
        here.live.rendering.pages.html(ExploreTab(), _PAGE, _PAGE.filled()),
        headers={"Cache-Control": "no-cache"},
    )


def _session_routes(drawing: DrawingProcess) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/explore/tables")
    def tables(who: Reads, builds: Annotated[int, Query(ge=1, le=max(BUILDS))] = 100) -> Response:
        """Return the tables that can be explored."""
        if builds not in BUILDS:
            raise Problem(
                422, f"builds must be one of {', '.join(map(str, BUILDS))}.", field="builds"
            )
        tables = [offer.as_json() for offer in drawing.offers.all(builds)]
        return JSONResponse({"tables": tables}, headers=_NO_STORE)

    @router.get("/explore/session")
    async def session(who: Reads) -> Response:
        """Return a token that starts a Bokeh session; slow the first time."""
        _refuse_without_datashader()
        if not drawing.places.free(who.address):
            raise Problem(429, _FULL, headers={"Retry-After": "60"})
        await drawing.socket()
        tokens: Any = await to_thread.run_sync(import_module, "bokeh.util.token")
        name = tokens.generate_session_id(signed=False)
        token = tokens.generate_jwt_token(name, signed=False, expiration=_TOKEN_SECONDS)
        return JSONResponse({"token": token}, headers=_NO_STORE)

    @router.websocket("/explore/ws")
    async def websocket(connection: WebSocket) -> None:
        """Connect a page to its session."""
        who = caller_of(connection)
        allowed = who.role >= Role.READER and is_there()
        if not allowed or not drawing.places.free(who.address):
            await connection.close(1008)
            return
        with drawing.places.taken(who.address):
            await _serve(drawing, connection)

    return router


async def _serve(drawing: DrawingProcess, connection: WebSocket) -> None:
    """Connect a page to Bokeh, for an hour at most."""
    try:
        proxy = WebSocketProxy(await drawing.socket(), IDLE)
    except ResourceError as error:
        _LOG.error("%s", error)
        await connection.close(1011)
        return
    try:
        async with asyncio.timeout(LONGEST):
            await proxy(connection.scope, connection.receive, connection.send)
    except TimeoutError:
        await connection.close(1001)


def _refuse_without_datashader() -> None:
    if not is_there():
        raise Problem(503, f"{_MISSING} {_INSTALL}")
