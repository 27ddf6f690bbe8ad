"""Server-sent events that tell open pages when there is something new to show.

An event holds the state of what is shown: the revision of the store and a digest of the program.
A page holds the state in which it was rendered, so it knows whether it is up to date, even after
the server was restarted.
"""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from squash_jenkins.server.access import Reads
from squash_jenkins.server.changes import Changes
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.part import Part
from squash_jenkins.server.services import Here, Services

RETRY = 2.0
"""Seconds after which a browser that lost the connection reconnects."""
HEARTBEAT = 15.0
"""Seconds without news after which a comment keeps the connection alive."""
LONGEST = 3600.0
"""Seconds after which a stream ends; the browser then reconnects and is authenticated again."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

router = APIRouter()


def part(services: Services) -> Part:
    """Return the route of the event stream; streams end when the server stops."""
    return Part([router], _end_streams_at_signals)


def state_of(revision: int, digest: str) -> str:
    """Return what says whether a page is up to date: see the top of this module."""
    return f"{revision}-{digest[:12]}"


@router.get("/events", include_in_schema=False)
async def events(request: Request, here: Here, who: Reads) -> StreamingResponse:
    """Return a stream of states; the first comes at once."""
    if here.changes.full:
        raise Problem(
            503, "Too many pages are open: try again later.", headers={"Retry-After": "10"}
        )
    known = request.headers.get("last-event-id")
    headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
    stream = event_stream(here.changes, here.live.digest, known)
    return StreamingResponse(stream, headers=headers, media_type="text/event-stream")


async def event_stream(
    changes: Changes,
    digest: str,
    known: str | None = None,
    *,
    heartbeat: float = HEARTBEAT,
    longest: float = LONGEST,
) -> AsyncIterator[str]:
    """Yield the text of a stream.

    Parameters
    ----------
    known
        The state that the browser received last, which is not sent again.
    heartbeat, longest
        Seconds.

    """
    yield f"retry: {RETRY * 1000:.0f}\n\n"
    clock = asyncio.get_running_loop().time
    until = clock() + longest
    with changes.listener() as listener:
        while not listener.ended and clock() < until:
            revision = await listener.next_revision(heartbeat)
            state = None if revision is None else state_of(revision, digest)
            if state is None or state == known:
                yield ": still here\n\n"
            else:
                yield f"id: {state}\ndata: {state}\n\n"


@asynccontextmanager
async def _end_streams_at_signals(services: Services) -> AsyncIterator[None]:
    """End the streams at the signal that stops the server, which would otherwise wait for them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def ending(number: int, frame: Any) -> None:
        services.changes.end()
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number in _SIGNALS:
        signal.signal(number, ending)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
