"""Be polite to one Jenkins: few connections at once, few requests in a second."""

import threading
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from squash_jenkins.config import Controller


class Pace:
    """Let requests of all threads begin evenly spaced.

    Parameters
    ----------
    per_second
        Requests in a second at most; 0 is no limit.
    clock, sleep
        Tell the seconds since some moment; wait so many seconds.
    """

    def __init__(
        self, per_second: float, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._spacing = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = float("-inf")

    def wait(self) -> None:
        """Return when the next request may begin."""
        if not self._spacing:
            return
        with self._lock:
            now = self._clock()
            begin = max(now, self._next)
            self._next = begin + self._spacing
        if begin > now:
            self._sleep(begin - now)


class PoliteAdapter(HTTPAdapter):
    """Send the requests of one controller: a thread that finds all connections busy waits.

    Everything passes here, python-jenkins' requests and second tries, too. What is below
    another root than the controller's (an object store that Jenkins leads to) is not paced.
    """

    def __init__(self, controller: Controller, pace: Pace) -> None:
        super().__init__(pool_maxsize=controller.connections, pool_block=True)
        self._root = controller.url.rstrip("/") + "/"
        self.pace = pace

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        """Wait for the turn of this request, then send it as requests does."""
        if (request.url or "").startswith(self._root):
            self.pace.wait()
        return super().send(request, *args, **options)
