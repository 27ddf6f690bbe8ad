"""The two queues between the backlog, the workers and the main thread, and waiting on them."""

import queue
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from squash_jenkins.backfill.events import Event
from squash_jenkins.models.source import Family, StopEvent

if TYPE_CHECKING:  # threads need no second module of queues
    import multiprocessing.queues

WAIT_SECONDS = 0.5
"""Seconds to wait on a queue before checking whether everything has ended."""

Item = TypeVar("Item")


class Channel(Protocol[Item]):
    """A bounded queue, of threads or of processes."""

    def put(self, item: Item, /, *, timeout: float | None) -> None:
        """Append an item; raise ``queue.Full`` when there is no room in time."""

    def get(self, /, *, block: bool, timeout: float | None) -> Item:
        """Return the next item; raise ``queue.Empty`` when none comes in time."""


class Signal(StopEvent, Protocol):
    """A flag that is set once, for threads or for processes."""

    def set(self) -> None:
        """Set it."""


@dataclass(frozen=True, slots=True)
class Queues:
    """The families to read, the events to handle, and the signals to begin no more and to end."""

    todo: Channel[list[Family]]
    done: Channel[list[Event]]
    halted: Signal
    ended: Signal


@dataclass(frozen=True, slots=True)
class ProcessQueues(Queues):
    """Queues between processes."""

    todo: "multiprocessing.queues.Queue[list[Family]]"
    done: "multiprocessing.queues.Queue[list[Event]]"


def get(channel: Channel[Item], wait: float = WAIT_SECONDS) -> Item | None:
    """Return the next item; None when there is none within `wait` seconds."""
    try:
        return channel.get(block=wait > 0, timeout=wait)
    except queue.Empty:
        return None


def put(channel: Channel[Item], item: Item) -> bool:
    """Append an item; return False when there was no room for `WAIT_SECONDS`."""
    try:
        channel.put(item, timeout=WAIT_SECONDS)
    except queue.Full:
        return False
    return True
