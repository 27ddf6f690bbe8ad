"""The server on one page: its parts, its middleware, and what runs beside them."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from squash_jenkins import __version__
from squash_jenkins.config import Settings
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.plugins import Plugins
from squash_jenkins.render.engine.live import Live
from squash_jenkins.server import admin, explore, signin, webhook
from squash_jenkins.server.api import read, write
from squash_jenkins.server.changes import Changes, revision_of
from squash_jenkins.server.http.access_log import AccessLog
from squash_jenkins.server.http.problems import tell_problems
from squash_jenkins.server.http.request_bodies import BodyLimit, GzipRequests
from squash_jenkins.server.http.responses import ETags, HeadAsGet
from squash_jenkins.server.http.root_path import RootPath
from squash_jenkins.server.http.security_headers import SecurityHeaders
from squash_jenkins.server.http.slow_clients import BodyTimeout
from squash_jenkins.server.pages import events, health, site
from squash_jenkins.server.part import Part
from squash_jenkins.server.refresh import Refresh
from squash_jenkins.server.services import Served
from squash_jenkins.server.signin.authentication import Identify
from squash_jenkins.server.signin.middleware import SignIn

MakePart = Callable[[Served], Part]
PARTS: Sequence[MakePart] = (
    # /sign-in/, /sign-out/, /api/me/ and the audit log at /api/audit/.
    signin.part,
    # POST /api/metric/, /api/job/ and /api/bulk/.
    write.part,
    # GET below /api/: lists, series, findings, status, and the page that documents them.
    read.part,
    # /api/notify/: Jenkins reports a build, and threads ingest it.
    webhook.part,
    # /healthz and /readyz.
    health.part,
    # /events: server-sent events that refresh open pages.
    events.part,
    # /explore/: pooled tables, drawn by a process of its own.
    explore.part,
    # /admin/: every table, for administrators.
    admin.part,
    # Every other path: the pages and files of the site. Must come last.
    site.part,
)
"""The parts, in the order in which their routes are matched."""
_STREAMS = frozenset(["/api/bulk"])
"""Paths whose request bodies may be of any size: they are never held as a whole."""


def middleware(served: Served, identify: Identify) -> list[Middleware]:
    """Return all middleware, outermost first: a request passes it from top to bottom."""
    server = served.settings.server
    most = server.max_body_bytes
    return [
        # Prepends the path below which a reverse proxy shows the server.
        Middleware(RootPath, root=server.root_path),
        # Logs one line per request once it is answered.
        Middleware(AccessLog),
        # Adds the Content-Security-Policy and the other security headers.
        Middleware(SecurityHeaders),
        # Gives up requests whose body stops coming (408).
        Middleware(BodyTimeout, streams=_STREAMS),
        # Refuses request bodies that are too large (413).
        Middleware(BodyLimit, most=most, streams=_STREAMS),
        # Unpacks request bodies sent with gzip (400, 413, 415).
        Middleware(GzipRequests, most=most, streams=_STREAMS),
        # Answers HEAD below /api/ as GET without the body.
        Middleware(HeadAsGet),
        # Compresses responses, but no event streams.
        Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5),
        # Adds an ETag below /api/ and answers If-None-Match (304).
        Middleware(ETags),
        # Finds out who sends the request, or refuses it (401, 403, 429).
        Middleware(SignIn, identify=identify),
    ]


def create_app(settings: Settings, plugins: Plugins, parts: Sequence[MakePart] = PARTS) -> FastAPI:
    """Return the application for one process; it opens the store.

    Raises
    ------
    StoreError
        When the database cannot be used.

    """
    served = _served(settings, plugins)
    identify = Identify(served.store.accounts, settings.server)
    made = [make(served) for make in parts]
    app = FastAPI(
        title="SQuaSH for Jenkins",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=_running(served, made),
        middleware=middleware(served, identify),
        redirect_slashes=False,
    )
    app.state.served, app.state.identify = served, identify
    tell_problems(app)
    for part in made:
        for router in part.routers:
            app.include_router(router)
    return app


def _served(settings: Settings, plugins: Plugins) -> Served:
    store = open_store_for(settings)
    live = Live(
        store,
        tabs=plugins.tabs,
        plots=plugins.plots,
        controllers=settings.controller_names,
        theme=plugins.theme,
        points=settings.plots.points,
    )
    changes = Changes(lambda: revision_of(store))
    refresh = Refresh(settings, plugins, store)
    return Served(settings, plugins, store, live, refresh, changes, [refresh.thread])


def _running(
    served: Served, parts: Sequence[Part]
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return what happens at the start and at the end of the server."""

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(served.store.close)
            served.refresh.start()
            stack.callback(served.refresh.stop)
            for part in parts:
                if part.running is not None:
                    await stack.enter_async_context(part.running(served))
            yield

    return running
