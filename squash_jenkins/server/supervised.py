"""Threads that the server needs: they are restarted when they fail."""

import logging
import threading
import time
from collections.abc import Callable

from squash_jenkins.reliability.backoff import delay

_LOG = logging.getLogger(__name__)
FIRST, LONGEST = 1.0, 60.0
"""Seconds until failed work is restarted; they double with each failure."""
_WELL = 300.0
"""Seconds: work that ran for this long starts over with the first pause when it fails."""


class SupervisedThread:
    """Do work in a thread until it returns; when it raises, restart it after a pause.

    Parameters
    ----------
    work
        Runs until `ending` is set, then returns.
    pause
        Waits for some seconds or until `ending` is set; tests wait for less.

    """

    def __init__(
        self,
        name: str,
        work: Callable[[], None],
        ending: threading.Event,
        *,
        pause: Callable[[float], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._work, self._ending, self._clock = work, ending, clock
        self._pause = pause or ending.wait
        self._failing = False
        self._thread: threading.Thread | None = None

    @property
    def working(self) -> bool:
        """Return whether the work is running; true before it starts and after it was stopped."""
        if self._thread is None or self._ending.is_set():
            return True
        return self._thread.is_alive() and not self._failing

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait for the end, at most for some seconds."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        failures = 0
        while not self._ending.is_set():
            begun = self._clock()
            try:
                self._work()
                return
            except BaseException:  # noqa: BLE001 - whatever it is, even sys.exit() of a plug-in
                _LOG.exception("The thread %r failed and will be restarted", self.name)
            failures = 1 if self._clock() - begun > _WELL else failures + 1
            self._failing = True
            self._pause(delay(failures, FIRST, LONGEST, jitter=0.0))
            self._failing = False
