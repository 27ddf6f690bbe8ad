"""Serve the pages as the store is now: every path that no other part handles.

A path is looked up among the pages of the tabs, never in the file system. Pages get scripts that
keep them up to date while they are open; otherwise they are those of the static site.
"""

import hashlib
import json
import logging
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request
from markupsafe import escape
from starlette.responses import RedirectResponse, Response

from squash_jenkins.config import ServerSettings
from squash_jenkins.errors import StoreError
from squash_jenkins.render.engine.live import SiteFile
from squash_jenkins.render.engine.pyramids import FOLDER
from squash_jenkins.render.links import Links, build_of, quoted
from squash_jenkins.server.access import Caller, Reads, caller_of
from squash_jenkins.server.changes import revision_of
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.http.security_headers import embedding
from squash_jenkins.server.pages.events import state_of
from squash_jenkins.server.pages.page_frame import Frame, short_page
from squash_jenkins.server.pages.tile_renderer import TileRenderer
from squash_jenkins.server.part import Part
from squash_jenkins.server.services import Here, Services
from squash_jenkins.text.command_line import command_line

_LOG = logging.getLogger(__name__)
_HTML = "text/html"
_THREADS = 4
"""Pages rendered at once; more would wait for each other and block other threads."""
_YEAR = "public, max-age=31536000, immutable"
_WHILE = "public, max-age=600"
_VERSIONED = "assets/bokeh-"
"""Files with this prefix have a version in their path."""
_PICTURE = re.compile(r"/(badge|badges/(trends/)?[^/]+)\.svg$")
_BUNDLE = re.compile(rb'assets/(?:pages|plots)/[^"]+')
"""The address of a bundle in a page, quoted."""
_AGAIN = 5
"""Seconds after which a page that could not be rendered reloads."""


def part(services: Services) -> Part:
    """Return the route of the pages; it matches every path, so it must come last."""
    tiles = TileRenderer(services.live.get)
    limiter = CapacityLimiter(_THREADS)
    router = APIRouter(include_in_schema=False)

    @router.api_route("/{path:path}", methods=["GET", "HEAD"])
    async def page(path: str, request: Request, here: Here, who: Reads) -> Response:
        """Return a page or file of the site."""
        if path.startswith("api/"):
            raise Problem(404, f"There is no {path[:200]!r}: GET api/ lists the endpoints.")
        fixed = here.live.fixed(path)
        if fixed is not None:  # need not wait for pages
            return _response(request, path, fixed)
        if path.startswith(f"{FOLDER}/"):
            answer = await tiles.get_for(request, path)
            return _response(request, path, answer) if answer else _missing(here, path)
        return await to_thread.run_sync(partial(_page, here, request, path), limiter=limiter)

    @asynccontextmanager
    async def running(_services: Services) -> AsyncIterator[None]:
        try:
            yield
        finally:
            tiles.close()

    return Part([router], running)


def _page(here: Services, request: Request, path: str) -> Response:
    """Return a page or file, a redirect to it, or what to do when it is missing."""
    try:
        state = state_of(revision_of(here.store), here.live.digest)
        answer = here.live.get(path)
        if answer is not None:
            return _response(request, path, answer, state)
        if path and not path.endswith("/") and here.live.get(f"{path}/") is not None:
            return RedirectResponse(_beside(request, path), 308)
        return _renamed(here, path) or _missing(here, path)
    except StoreError as error:
        if _HTML not in request.headers.get("accept", ""):
            raise
        _LOG.error("%s", error)
        return _unavailable(here, path)


def _response(request: Request, path: str, answer: SiteFile, state: str = "") -> Response:
    """Return a page or file, or 304 when the browser has it."""
    if answer.fault:
        _LOG.warning("%s", answer.fault)
    content, is_page = answer.content, bool(state) and answer.type.startswith(_HTML)
    if is_page:
        replaced = request.app.state.services.live.rendering.bundles.replaced
        content = live_page(content, replaced, caller_of(request))
    tag = f'W/"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": _cache_control(request, path, answer)}
    if _PICTURE.search(path):
        headers |= _embedding(request)
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if is_page:  # an older state does no harm: the page is notified of the newer one
        content = content.replace(b" data-me=", f' data-state="{state}" data-me='.encode(), 1)
    return Response(content, headers=headers, media_type=answer.type)


def _embedding(request: Request) -> Mapping[str, str]:
    """Return the headers of badges and trends; a closed site shows them to nobody else."""
    server: ServerSettings = request.app.state.services.settings.server
    return embedding(server.frame_ancestors) if server.reading == "open" else {}


def _cache_control(request: Request, path: str, answer: SiteFile) -> str:
    """Return how long browsers may cache a response without asking."""
    if answer.fixed and not answer.fault:
        versioned = "v" in request.query_params or path.startswith(_VERSIONED)
        return _YEAR if versioned else _WHILE
    reading = request.app.state.services.settings.server.reading
    open_ = reading == "open" and caller_of(request).how in ("nobody", "local")
    return "no-cache" if open_ else "private, no-cache"


def live_page(content: bytes, replaced: Mapping[str, str], who: Caller) -> bytes:
    """Return a page with the bundles of the live server, and with who asked for it.

    `replaced` has the addresses of the site's bundles, each with that of the live one.
    """
    head, end, rest = content.partition(b"</head>")
    live = {_quoted(one): _quoted(to) for one, to in replaced.items()}
    head = _BUNDLE.sub(lambda found: live.get(found[0], found[0]), head)
    me = json.dumps({"name": who.name, "role": who.role.word, "how": who.how})
    head = head.replace(b" defer>", f' data-me="{escape(me)}" defer>'.encode(), 1)
    return head + end + rest


def _quoted(address: str) -> bytes:
    """Return the address of a bundle as a page has it."""
    path, mark, query = address.partition("?")
    return f"{quoted(path)}{mark}{query}".encode()


def root_of(path: str) -> str:
    """Return the relative URL of the root of the site, seen from a path below it."""
    return "../" * path.count("/") or "./"


def _beside(request: Request, path: str) -> str:
    """Return the relative URL of the folder of that name, which works behind any proxy."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"./{quote(path.rpartition('/')[2], safe='')}/{query}"


def _missing(here: Services, path: str) -> Response:
    """Return a page that links to what there is."""
    root = root_of(path)
    links = [("index.html", "Start"), ("builds/index.html", "Builds"), ("help/index.html", "Help")]
    above = _above(here, path)
    if above is not None:
        links.insert(0, (above, f"The page above: {above.removesuffix('index.html')}"))
    sentences = _how_to_ingest(here, path) or [
        f"There is no page {path[:200]!r}.",
        "This build was never imported, or the job was renamed. "
        "The search field on each page finds jobs, metrics and builds by name.",
    ]
    relative = [(f"{root}{quoted(to)}", text) for to, text in links]
    return short_page(here, Frame(path, "Not found"), sentences, relative, status=404)


def _renamed(here: Services, path: str) -> Response | None:
    """Return a redirect for a build of a renamed job; None for anything else."""
    found = build_of(path)
    name = here.settings.renamed.get(found[1]) if found else None
    if found is None or name is None:
        return None
    first = here.settings.controller_names[0]
    page = Links(first).build(found[0] or first, name, found[2])
    return RedirectResponse(f"{root_of(path)}{quoted(page.removesuffix('index.html'))}", 308)


def _how_to_ingest(here: Services, path: str) -> list[str]:
    """Return how to ingest the build of a path; an empty list for other paths."""
    found = build_of(path)
    if found is None:
        return []
    controller, job, number = found
    where = ("--controller", controller) if controller else ()
    one = command_line("post-build", "--job", job, "--number", str(number), *where)
    sentences = [f"Build #{number} of {job} has not been ingested."]
    if here.settings.controllers:
        sentences.append(f"To ingest it, run this where squash.toml is: {one}")
    sentences.append(f"All builds that Jenkins still has: {command_line('backfill', job, *where)}")
    return sentences


def _above(here: Services, path: str) -> str | None:
    """Return the path of the nearest page above, unless it is the start page."""
    parts = [part for part in path.split("/") if part][:8]
    for count in range(len(parts) - 1, 0, -1):
        place = "/".join(parts[:count]) + "/index.html"
        if here.live.get(place) is not None:
            return place
    return None


def _unavailable(here: Services, path: str) -> Response:
    """Return a page that reloads until the database is back."""
    sentences = [
        "The database is not available; the server's log says why.",
        f"This page reloads every {_AGAIN} seconds.",
    ]
    headers = {"Retry-After": str(_AGAIN)}
    frame = Frame(path, "Service unavailable", again=_AGAIN)
    return short_page(here, frame, sentences, status=503, headers=headers)
