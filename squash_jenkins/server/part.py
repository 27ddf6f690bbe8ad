"""The shape of a part of the server: its routes, and what runs beside them."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from fastapi import APIRouter

from squash_jenkins.server.services import Services


@dataclass(frozen=True)
class Part:
    """What a part adds to the server.

    Attributes
    ----------
    routers
        Routes; a request is matched against those of earlier parts first.
    running
        Work beside the routes: entered when the server starts, left when it ends.

    """

    routers: Sequence[APIRouter]
    running: Callable[[Services], AbstractAsyncContextManager[None]] | None = None
