"""Tell whoever starts and watches the server whether it is up, and whether it can work."""

import logging

from fastapi import APIRouter
from starlette.responses import JSONResponse

from squash_jenkins.errors import NewerDatabase, OlderDatabase, StoreError
from squash_jenkins.server.part import Part
from squash_jenkins.server.served import Here, Served

_LOG = logging.getLogger(__name__)
_NEVER = {"Cache-Control": "no-store"}

router = APIRouter(include_in_schema=False)


def part(served: Served) -> Part:
    """Return the part of the server that tells how it is."""
    return Part("health", routers=[router])


@router.get("/healthz")
async def healthz() -> JSONResponse:
    """Answer: the process is up. Nobody need sign in, and nothing is asked for."""
    return JSONResponse({"status": "up"}, headers=_NEVER)


@router.get("/readyz")
def readyz(here: Here) -> JSONResponse:
    """Answer 200 when the database can be read and its tables fit this program, else 503.

    Nobody need sign in, so that the reason is told by one word; the log has the sentence.
    """
    try:
        here.store.check()
    except StoreError as error:
        _LOG.warning("Not ready: %s", error)
        body = {"status": "not ready", "database": _word(error)}
        return JSONResponse(body, 503, {**_NEVER, "Retry-After": "5"})
    return JSONResponse({"status": "ready"}, headers=_NEVER)


def _word(error: StoreError) -> str:
    if isinstance(error, OlderDatabase):
        return "older than the program"
    return "newer than the program" if isinstance(error, NewerDatabase) else "not reachable"
