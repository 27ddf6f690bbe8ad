"""Put the parts of the server together."""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from squash_jenkins import __version__
from squash_jenkins.config import Settings
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.plugins import Plugins
from squash_jenkins.render.engine.live import Live
from squash_jenkins.server import admin, explore, signin, webhook
from squash_jenkins.server.api.read import reading
from squash_jenkins.server.api.write import submit
from squash_jenkins.server.changes import Changes, revision_of
from squash_jenkins.server.http.problems import tell_problems
from squash_jenkins.server.pages import events, health, site
from squash_jenkins.server.part import Part
from squash_jenkins.server.refresh import Refresh
from squash_jenkins.server.served import Served

_LOG = logging.getLogger(__name__)
MakePart = Callable[[Served], Part]
PARTS: Sequence[MakePart] = (
    signin.part,
    submit.part,
    reading.part,
    webhook.part,
    health.part,
    events.part,
    explore.part,
    admin.part,
    site.part,
)
"""In the order in which their routes are asked; the pages come last, as any path may be theirs."""


def create_app(settings: Settings, plugins: Plugins, parts: Sequence[MakePart] = PARTS) -> FastAPI:
    """Return the application for one process; it opens the store.

    Raises
    ------
    StoreError
        When the database cannot be used.

    """
    served = _served(settings, plugins)
    made = [make(served) for make in parts]
    app = FastAPI(
        title="SQuaSH for Jenkins",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=_running(served, made),
        redirect_slashes=False,
    )
    app.state.served = served
    tell_problems(app)
    for part in made:
        for router in part.routers:
            app.include_router(router)
        for path, mounted in part.mounts:
            app.mount(path, mounted)
        for wrap in part.wraps:
            app.add_middleware(wrap)
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
