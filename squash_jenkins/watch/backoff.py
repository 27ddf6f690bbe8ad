"""Try again ever later what fails, and tell a lasting trouble seldom."""

import random
import time
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, field

LONGEST = 600.0
"""Seconds between two tries, at most."""
_AGAIN = 3600.0
"""Seconds after which a trouble that lasts is told again."""


@dataclass(slots=True)
class _Trouble:
    """Remember since when, how often and with what words something fails."""

    since: float
    text: str = ""
    told: float = 0.0
    tries: int = 0
    due: float = 0.0


@dataclass(slots=True)
class Patience:
    """Remember what fails and when each is due to be tried again.

    Parameters
    ----------
    tell
        Takes sentences.
    first
        Seconds before the second try; it doubles with each failure, up to `LONGEST`, and up to
        a half is added by chance, so that many clients do not come back at one moment.
    clock
        Tells the seconds since some moment.

    """

    tell: Callable[[str], None]
    first: float = 5.0
    clock: Callable[[], float] = time.monotonic
    _troubles: dict[Hashable, _Trouble] = field(default_factory=dict)

    def due(self, key: Hashable) -> bool:
        """Tell whether it is time to try; what never failed is always due."""
        return self.left(key) <= 0

    def left(self, key: Hashable) -> float:
        """Return the seconds until it is time to try."""
        trouble = self._troubles.get(key)
        return 0.0 if trouble is None else max(0.0, trouble.due - self.clock())

    def failed(self, key: Hashable) -> bool:
        """Tell whether the last try failed."""
        return key in self._troubles

    def fail(self, key: Hashable, text: str) -> None:
        """Note a failure; it is told when it is new, when its words change, and each hour."""
        now = self.clock()
        trouble = self._troubles.setdefault(key, _Trouble(now))
        if text != trouble.text or now - trouble.told >= _AGAIN:
            trouble.text, trouble.told = text, now
            self.tell(text)
        self._postpone(trouble, now)

    def postpone(self, key: Hashable) -> None:
        """Have it tried later without a word: it is not wrong, only not ready."""
        now = self.clock()
        self._postpone(self._troubles.setdefault(key, _Trouble(now)), now)

    def _postpone(self, trouble: _Trouble, now: float) -> None:
        delay = min(LONGEST, self.first * 2.0 ** min(trouble.tries, 30))
        trouble.tries += 1
        trouble.due = now + delay * random.uniform(1.0, 1.5)  # noqa: S311 - jitter is no secret

    def well(self, key: Hashable, what: str = "") -> None:
        """Note a success; with a sentence in `what` the end of a trouble is told."""
        trouble = self._troubles.pop(key, None)
        if trouble is not None and what:
            self.tell(f"{what}, after {self.clock() - trouble.since:.0f} s.")

    def keep(self, keys: Collection[Hashable]) -> None:
        """Forget all but these."""
        self._troubles = {key: each for key, each in self._troubles.items() if key in keys}


class Notices:
    """Tell sentences, each of them once an hour at most.

    Parameters
    ----------
    tell
        Takes sentences.
    clock
        Tells the seconds since some moment.

    """

    def __init__(
        self, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tell = tell
        self._clock = clock
        self._told: dict[str, float] = {}

    def tell_all(self, sentences: Iterable[str]) -> None:
        """Tell those sentences that were not told within the hour."""
        now = self._clock()
        self._told = {text: when for text, when in self._told.items() if now - when < _AGAIN}
        for text in sentences:
            if text not in self._told:
                self._told[text] = now
                self._tell(text)
