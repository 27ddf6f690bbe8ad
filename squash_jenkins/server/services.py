"""Hold what every part of the server works with."""

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
    """Hold the settings, the open store and the pages; all of it may be shared by threads.

    `refresh` is told after each write; it judges what changed and rebuilds the static pages.
    `changes` tells what any process writes to those who listen. `threads` must all be working for
    the server to be ready.
    """

    settings: Settings
    plugins: Plugins
    store: Store
    live: Live
    refresh: Refresh
    changes: Changes
    threads: list[SupervisedThread] = field(default_factory=list)


def services_of(connection: HTTPConnection) -> Services:
    """Return what the server that answers works with."""
    found: Services = connection.app.state.services
    return found


Here = Annotated[Services, Depends(services_of)]
"""Parameter of a route: what this server works with."""
