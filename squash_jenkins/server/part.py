"""Say what a part of the server is."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.types import ASGIApp

from squash_jenkins.server.served import Served


@dataclass(frozen=True)
class Part:
    """Hold what a part adds to the server.

    Attributes
    ----------
    routers
        Routes; those of earlier parts are asked first.
    mounts
        Applications of their own and the paths below which they answer.
    wraps
        Functions that put something around the whole application, the first innermost.
    running
        Work that goes on while the server runs: entered at its start, left at its end.

    """

    name: str
    routers: Sequence[APIRouter] = ()
    mounts: Sequence[tuple[str, ASGIApp]] = ()
    wraps: Sequence[Callable[[ASGIApp], ASGIApp]] = ()
    running: Callable[[Served], AbstractAsyncContextManager[None]] | None = None
