"""Log messages that come again and again, each of them once an hour at most."""

import time
from collections.abc import Callable, Iterable

_AGAIN = 3600.0
"""Seconds after which the same message is logged again."""


class HourlyLog:
    """A log that leaves out what it logged within the hour.

    Parameters
    ----------
    log
        Takes messages.
    clock
        Returns the seconds since some moment.

    """

    def __init__(
        self, log: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = log
        self._clock = clock
        self._logged: dict[str, float] = {}

    def log_all(self, messages: Iterable[str]) -> None:
        """Log those messages that were not logged within the hour."""
        now = self._clock()
        self._logged = {text: when for text, when in self._logged.items() if now - when < _AGAIN}
        for text in messages:
            if text not in self._logged:
                self._logged[text] = now
                self._log(text)
