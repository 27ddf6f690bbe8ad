"""Take notices of builds from Jenkins and read them: the queue outlives the server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread

from squash_jenkins.server.part import Part
from squash_jenkins.server.services import Served
from squash_jenkins.server.webhook.queue_workers import Work
from squash_jenkins.server.webhook.routes import routes

__all__ = ["part"]


def part(served: Served) -> Part:
    """Return the part of the server that is told of builds."""
    notices = served.store.build_queue
    work = Work(served.settings, served.plugins, notices)
    served.threads.extend(work.threads)

    @asynccontextmanager
    async def running(_served: Served) -> AsyncIterator[None]:
        work.start()
        try:
            yield
        finally:
            await to_thread.run_sync(work.stop)

    return Part([routes(notices, work)], running)
