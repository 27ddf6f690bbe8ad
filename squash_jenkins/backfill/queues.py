"""Hold the queues between those who hand out work and those who do it."""

import queue
from dataclasses import dataclass
from typing import Any

LOOK_SECONDS = 0.5
"""So long a queue is waited for before somebody looks whether all has ended."""


@dataclass(frozen=True, slots=True)
class Queues:
    """Hold what is to do and what is done (bounded), and the events that halt and end it."""

    todo: Any
    done: Any
    halted: Any
    ended: Any


def get(things: Any, wait: float = LOOK_SECONDS) -> Any:
    """Return the next of a queue; None when there is none within so many seconds."""
    try:
        return things.get(timeout=wait) if wait else things.get_nowait()
    except queue.Empty:
        return None


def put(things: Any, thing: object) -> bool:
    """Put something into a queue; return False when there was no room for some time."""
    try:
        things.put(thing, timeout=LOOK_SECONDS)
    except queue.Full:
        return False
    return True
