"""Try again ever later what fails, and tell a lasting failure seldom."""

import random
import time
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, field

LONGEST = 600.0
"""Seconds between two tries, at most."""
_AGAIN = 3600.0
"""Seconds after which a failure that lasts is told again."""


@dataclass(slots=True)
class _Failure:
    """Remember since when, how often and with what words something fails."""

    since: float
    text: str = ""
    logged: float = 0.0
    tries: int = 0
    due: float = 0.0


@dataclass(slots=True)
class Backoff:
    """Remember what fails and when each is due to be tried again.

    Parameters
    ----------
    log
        Takes sentences.
    first
        Seconds before the second try; it doubles with each failure, up to `LONGEST`, and up to
        a half is added by chance, so that many clients do not come back at one moment.
    clock
        Tells the seconds since some moment.

    """

    log: Callable[[str], None]
    first: float = 5.0
    clock: Callable[[], float] = time.monotonic
    _failures: dict[Hashable, _Failure] = field(default_factory=dict)

    def due(self, key: Hashable) -> bool:
        """Tell whether it is time to try; what never failed is always due."""
        return self.left(key) <= 0

    def left(self, key: Hashable) -> float:
        """Return the seconds until it is time to try."""
        failure = self._failures.get(key)
        return 0.0 if failure is None else max(0.0, failure.due - self.clock())

    def failed(self, key: Hashable) -> bool:
        """Tell whether the last try failed."""
        return key in self._failures

    def fail(self, key: Hashable, text: str) -> None:
        """Note a failure; it is told when it is new, when its words change, and each hour."""
        now = self.clock()
        failure = self._failures.setdefault(key, _Failure(now))
        if text != failure.text or now - failure.logged >= _AGAIN:
            failure.text, failure.logged = text, now
            self.log(text)
        self._postpone(failure, now)

    def postpone(self, key: Hashable) -> None:
        """Have it tried later without a word: it is not wrong, only not ready."""
        now = self.clock()
        self._postpone(self._failures.setdefault(key, _Failure(now)), now)

    def _postpone(self, failure: _Failure, now: float) -> None:
        delay = min(LONGEST, self.first * 2.0 ** min(failure.tries, 30))
        failure.tries += 1
        failure.due = now + delay * random.uniform(1.0, 1.5)  # noqa: S311 - jitter is no secret

    def succeed(self, key: Hashable, what: str = "") -> None:
        """Note a success; with a sentence in `what` the end of a failure is told."""
        failure = self._failures.pop(key, None)
        if failure is not None and what:
            self.log(f"{what}, after {self.clock() - failure.since:.0f} s.")

    def retain(self, keys: Collection[Hashable]) -> None:
        """Forget all but these."""
        self._failures = {key: each for key, each in self._failures.items() if key in keys}


class HourlyLog:
    """Tell sentences, each of them once an hour at most.

    Parameters
    ----------
    log
        Takes sentences.
    clock
        Tells the seconds since some moment.

    """

    def __init__(
        self, log: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = log
        self._clock = clock
        self._logged: dict[str, float] = {}

    def log_all(self, sentences: Iterable[str]) -> None:
        """Tell those sentences that were not told within the hour."""
        now = self._clock()
        self._logged = {text: when for text, when in self._logged.items() if now - when < _AGAIN}
        for text in sentences:
            if text not in self._logged:
                self._logged[text] = now
                self._log(text)
