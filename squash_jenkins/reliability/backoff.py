"""Wait ever longer before something that failed is tried again."""

import random
import time
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field

LONGEST = 600.0
"""Seconds between two tries of a `Backoff`, at most."""
_AGAIN = 3600.0
"""Seconds after which a failure that lasts is logged again."""


def delay(failures: int, first: float, longest: float, jitter: float = 0.5) -> float:
    """Return the seconds to wait after so many failures in a row.

    They double with each failure from `first` up to `longest`, and up to the share `jitter` is
    added by chance, so that many clients do not come back at one moment.
    """
    seconds = min(longest, first * 2.0 ** min(failures - 1, 30))
    return seconds * random.uniform(1.0, 1.0 + jitter)  # noqa: S311 - jitter is no secret


@dataclass(slots=True)
class _Failure:
    """Since when, how often and with what message something fails."""

    since: float
    text: str = ""
    logged: float = 0.0
    count: int = 0
    due: float = 0.0


@dataclass(slots=True)
class Backoff:
    """What fails, each with the time of its next try.

    Parameters
    ----------
    log
        Takes messages.
    first
        Seconds before the second try; see `delay`.
    clock
        Returns the seconds since some moment.

    """

    log: Callable[[str], None]
    first: float = 5.0
    clock: Callable[[], float] = time.monotonic
    _failures: dict[Hashable, _Failure] = field(default_factory=dict)

    def due(self, key: Hashable) -> bool:
        """Return whether it is time to try; what never failed is always due."""
        return self.left(key) <= 0

    def left(self, key: Hashable) -> float:
        """Return the seconds until it is time to try."""
        failure = self._failures.get(key)
        return 0.0 if failure is None else max(0.0, failure.due - self.clock())

    def failed(self, key: Hashable) -> bool:
        """Return whether the last try failed."""
        return key in self._failures

    def fail(self, key: Hashable, text: str) -> None:
        """Note a failure; log it when it is new, when its message changes, and every hour."""
        now = self.clock()
        failure = self._failures.setdefault(key, _Failure(now))
        if text != failure.text or now - failure.logged >= _AGAIN:
            failure.text, failure.logged = text, now
            self.log(text)
        self._postpone(failure, now)

    def postpone(self, key: Hashable) -> None:
        """Postpone the next try without a message: nothing is wrong, it is only not ready."""
        now = self.clock()
        self._postpone(self._failures.setdefault(key, _Failure(now)), now)

    def _postpone(self, failure: _Failure, now: float) -> None:
        failure.count += 1
        failure.due = now + delay(failure.count, self.first, LONGEST)

    def succeed(self, key: Hashable, text: str = "") -> None:
        """Note a success; with a `text`, log that a failure is over."""
        failure = self._failures.pop(key, None)
        if failure is not None and text:
            self.log(f"{text}, after {self.clock() - failure.since:.0f} s.")

    def retain(self, keys: Collection[Hashable]) -> None:
        """Forget everything but these."""
        self._failures = {key: each for key, each in self._failures.items() if key in keys}
