"""Limit the total time that one question to Jenkins may take.

The timeout of requests limits silence only: a server that sends a byte a second is never silent.
Here the connections of a question are cut when its time is over.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests

from squash_jenkins.errors import Unreachable
from squash_jenkins.models.source import StopEvent

GRACE_SECONDS = 5.0
"""Seconds that a question may still take once the program is to stop."""
_LOOK_SECONDS = 0.2


@dataclass(slots=True)
class Question:
    """One question: the connections it uses, its deadline, and whether it was cut."""

    due: float
    cut: bool = False
    _handles: list[socket.socket] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def use(self, connection: socket.socket) -> None:
        """Register a connection to be cut. Its descriptor is copied: TLS takes over the socket."""
        kind = connection.family, connection.type, connection.proto
        handle = socket.socket(*kind, fileno=os.dup(connection.fileno()))
        with self._lock:
            self._handles.append(handle)
            if self.cut:
                _shut(handle)

    def end(self) -> None:
        """Cut all connections: reading from them fails or ends at once."""
        with self._lock:
            self.cut = True
            for handle in self._handles:
                _shut(handle)

    def close(self) -> None:
        """Close the copies; the connections themselves stay open."""
        with self._lock:
            for handle in self._handles:
                handle.close()
            self._handles.clear()


class Deadlines:
    """A guard that cuts the connections of questions that take too long.

    Parameters
    ----------
    seconds
        Seconds that a question may take in all.
    stopped
        Once it is set, a question may take at most `grace` seconds more.
    """

    def __init__(self, seconds: float, stopped: StopEvent, *, grace: float = GRACE_SECONDS) -> None:
        self._seconds = seconds
        self._grace = grace
        self._stopped = stopped
        self._open: list[Question] = []
        self._lock = threading.Lock()
        self._guarded = False
        self._current = threading.local()

    @contextmanager
    def question(self) -> Iterator[Question]:
        """Limit the time of what this thread requests within the block."""
        asked = Question(time.monotonic() + self._seconds)
        with self._lock:
            self._open.append(asked)
            if not self._guarded:
                threading.Thread(target=self._guard, name="deadlines", daemon=True).start()
                self._guarded = True
        self._current.question = asked
        try:
            yield asked
        finally:
            self._current.question = None
            with self._lock:
                self._open.remove(asked)
            asked.close()

    def use(self, connection: socket.socket) -> None:
        """Register a connection with the question of this thread."""
        asked: Question | None = getattr(self._current, "question", None)
        if asked is not None:
            asked.use(connection)

    def check(self) -> None:
        """Raise if the question of this thread was cut: what it read may be incomplete."""
        asked: Question | None = getattr(self._current, "question", None)
        if asked is not None and asked.cut:
            raise requests.ConnectionError("cut off")

    def too_long(self, url: str, name: str) -> Unreachable:
        """Return the error for a question that was cut."""
        if self._stopped.is_set():
            return Unreachable(f"Jenkins at {url} had not answered when this program was stopped.")
        return Unreachable(
            f"Jenkins at {url} took longer than {self._seconds:g} s for one answer: check its "
            f"load, or raise total_timeout of the controller {name!r}."
        )

    def _guard(self) -> None:
        """Sleep until the oldest question is due: newer ones are due later."""
        while (seconds := self._cut()) is not None:
            if self._stopped.is_set():
                time.sleep(
                    min(seconds, _LOOK_SECONDS)
                )  # the event is set, so waiting on it returns at once
            else:
                self._stopped.wait(seconds)

    def _cut(self) -> float | None:
        """Cut what is due; return the seconds until the next deadline, None without a question."""
        with self._lock:
            if not self._open:
                self._guarded = False
                return None
            now = time.monotonic()
            latest = now + self._grace if self._stopped.is_set() else float("inf")
            for asked in self._open:
                asked.due = min(asked.due, latest)
                if asked.due <= now and not asked.cut:
                    asked.end()
            waiting = [asked.due - now for asked in self._open if not asked.cut]
            return min(waiting, default=_LOOK_SECONDS)


def _shut(handle: socket.socket) -> None:
    try:
        handle.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other end has closed it already
