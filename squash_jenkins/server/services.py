"""What every part of the server works with."""

import threading
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from squash_jenkins.config import Settings
from squash_jenkins.plugins import Plugins
from squash_jenkins.render.engine.live import Live
from squash_jenkins.server.changes import Changes
from squash_jenkins.server.refresh import Refresh
from squash_jenkins.server.supervised import SupervisedThread
from squash_jenkins.store import Store


@dataclass(frozen=True)
class Services:
    """The settings, the open store, the pages and the background work; shared by all threads.

    Routes call `refresh.soon()` after each write; it detects findings and rebuilds the pages.
    `changes` passes on what any process writes. The server is ready when all `threads` work. The
    webhook sets `queued` when it has queued a build, which wakes the threads of the queue.
    """

    settings: Settings
    plugins: Plugins
    store: Store
    live: Live
    refresh: Refresh
    changes: Changes
    threads: list[SupervisedThread] = field(default_factory=list)
    queued: threading.Event = field(default_factory=threading.Event)


def services_of(connection: HTTPConnection) -> Services:
    """Return the services of the application that handles a request."""
    found: Services = connection.app.state.services
    return found


Here = Annotated[Services, Depends(services_of)]
"""Parameter of a route: the services of this server."""
