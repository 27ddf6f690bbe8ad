"""The webhook: Jenkins reports builds, and threads ingest them from a queue in the store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread

from squash_jenkins.server.part import Part
from squash_jenkins.server.services import Services
from squash_jenkins.server.webhook.queue_workers import QueueWorkers
from squash_jenkins.server.webhook.routes import router

__all__ = ["part"]


def part(services: Services) -> Part:
    """Return the routes of the webhook, and the threads that work on its queue."""
    workers = QueueWorkers(
        services.settings, services.plugins, services.store.build_queue, services.queued
    )
    services.threads.extend(workers.threads)

    @asynccontextmanager
    async def running(_services: Services) -> AsyncIterator[None]:
        workers.start()
        try:
            yield
        finally:
            await to_thread.run_sync(workers.stop)

    return Part([router], running)
