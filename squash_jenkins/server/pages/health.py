"""Health checks: whether the server is up, and whether it is ready."""

import logging

from fastapi import APIRouter
from starlette.responses import JSONResponse

from squash_jenkins.errors import NewerDatabase, OlderDatabase, StoreError
from squash_jenkins.server.part import Part
from squash_jenkins.server.services import Here, Services

_LOG = logging.getLogger(__name__)
_NEVER = {"Cache-Control": "no-store"}

router = APIRouter(include_in_schema=False)


def part(services: Services) -> Part:
    """Return the routes of the health checks."""
    return Part([router])


@router.get("/healthz")
async def healthz() -> JSONResponse:
    """Answer that the process is up, without signing in."""
    return JSONResponse({"status": "up"}, headers=_NEVER)


@router.get("/readyz")
def readyz(here: Here) -> JSONResponse:
    """Answer 200 when the server is ready, else 503.

    The database must be reachable, its schema must fit this program, and all threads must work.

    Nobody has to sign in, so the reason is one word; the log has the details.
    """
    try:
        here.store.check()
    except StoreError as error:
        _LOG.warning("Not ready: %s", error)
        return _not_ready(database=_word(error))
    failing = [thread.name for thread in here.threads if not thread.working]
    if failing:
        return _not_ready(threads=failing)
    return JSONResponse({"status": "ready"}, headers=_NEVER)


def _not_ready(**why: str | list[str]) -> JSONResponse:
    headers = {**_NEVER, "Retry-After": "5"}
    return JSONResponse({"status": "not ready", **why}, 503, headers)


def _word(error: StoreError) -> str:
    if isinstance(error, OlderDatabase):
        return "older than the program"
    return "newer than the program" if isinstance(error, NewerDatabase) else "not reachable"
