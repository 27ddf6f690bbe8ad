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
from squash_jenkins.render.site.compared import Baselines
from squash_jenkins.server import admin, explore, signin, webhook
from squash_jenkins.server.api import read, write
from squash_jenkins.server.changes import Changes, revision_of
from squash_jenkins.server.explore.routes import ExploreTab
from squash_jenkins.server.http.access_log import AccessLog
from squash_jenkins.server.http.problems import add_problem_handlers
from squash_jenkins.server.http.request_bodies import BodyLimit, GzipRequests
from squash_jenkins.server.http.responses import ETags, HeadAsGet
from squash_jenkins.server.http.root_path import RootPath
from squash_jenkins.server.http.security_headers import SecurityHeaders
from squash_jenkins.server.http.slow_clients import BodyTimeout
from squash_jenkins.server.pages import events, health, site
from squash_jenkins.server.pages.page_frame import ServerTab
from squash_jenkins.server.part import Part
from squash_jenkins.server.refresh import Refresh
from squash_jenkins.server.services import Services
from squash_jenkins.server.signin.authentication import Authenticator
from squash_jenkins.server.signin.middleware import SignIn

MakePart = Callable[[Services], Part]
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


def middleware(services: Services, authenticator: Authenticator) -> list[Middleware]:
    """Return all middleware, outermost first: a request passes it from top to bottom."""
    server = services.settings.server
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
        Middleware(SignIn, authenticator=authenticator),
    ]


def create_app(settings: Settings, plugins: Plugins, parts: Sequence[MakePart] = PARTS) -> FastAPI:
    """Return the application for one process; it opens the store.

    Raises
    ------
    StoreError
        When the database cannot be used.

    """
    services = _services(settings, plugins)
    authenticator = Authenticator(services.store.accounts, settings.server)
    made = [make(services) for make in parts]
    app = FastAPI(
        title="SQuaSH for Jenkins",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=_running(services, made),
        middleware=middleware(services, authenticator),
        redirect_slashes=False,
    )
    app.state.services, app.state.authenticator = services, authenticator
    add_problem_handlers(app)
    for part in made:
        for router in part.routers:
            app.include_router(router)
    return app


def _services(settings: Settings, plugins: Plugins) -> Services:
    store = open_store_for(settings)
    live = Live(
        store,
        tabs=plugins.tabs,
        plots=plugins.plots,
        controllers=settings.controller_names,
        theme=plugins.theme,
        points=settings.plots.points,
        baselines=Baselines(settings),
        public_url=settings.public_url or "",
        beside=[ServerTab(), ExploreTab()],
    )
    changes = Changes(lambda: revision_of(store))
    refresh = Refresh(settings, plugins, store)
    return Services(settings, plugins, store, live, refresh, changes, [refresh.thread])


def _running(
    services: Services, parts: Sequence[Part]
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return the lifespan: what happens when the server starts and stops."""

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(services.store.close)
            services.refresh.start()
            stack.callback(services.refresh.stop)
            for part in parts:
                if part.running is not None:
                    await stack.enter_async_context(part.running(services))
            yield

    return running
