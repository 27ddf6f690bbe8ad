"""Tell open pages by server-sent events that there is something new to show.

An event holds the state of what is shown: the revision of the store and a digest of the program.
A page holds the state that it was made in, so it knows whether it shows the newest, also when it
comes back after the server was started again.
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
"""Seconds after which a browser that lost the connection tries again."""
HEARTBEAT = 15.0
"""Seconds without news after which a comment tells that the connection lives."""
LONGEST = 3600.0
"""Seconds after which a stream ends; the browser asks again then, and is asked who it is."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

router = APIRouter()


def part(services: Services) -> Part:
    """Return the part of the server that tells changes."""
    return Part([router], _end_streams_at_signals)


def state_of(revision: int, digest: str) -> str:
    """Return what tells whether a page shows the newest: see the head of this module."""
    return f"{revision}-{digest[:12]}"


@router.get("/events", include_in_schema=False)
async def events(request: Request, here: Here, who: Reads) -> StreamingResponse:
    """Answer with a stream of states; the first one is told at once."""
    if here.changes.full:
        raise Problem(503, "Too many pages are open: try later.", headers={"Retry-After": "10"})
    known = request.headers.get("last-event-id")
    headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
    stream = told(here.changes, here.live.digest, known)
    return StreamingResponse(stream, headers=headers, media_type="text/event-stream")


async def told(
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
        The state that the browser was told last, which is not told again.
    heartbeat, longest
        Seconds.

    """
    yield f"retry: {RETRY * 1000:.0f}\n\n"
    clock = asyncio.get_running_loop().time
    until = clock() + longest
    with changes.listener() as listener:
        while not listener.ended and clock() < until:
            revision = await listener.news(heartbeat)
            state = None if revision is None else state_of(revision, digest)
            if state is None or state == known:
                yield ": still here\n\n"
            else:
                yield f"id: {state}\ndata: {state}\n\n"


@asynccontextmanager
async def _end_streams_at_signals(services: Services) -> AsyncIterator[None]:
    """End the streams at the signal that ends the server: else it would wait for them in vain."""
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
