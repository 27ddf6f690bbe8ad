"""Count failed sign-ins, so that passwords cannot be guessed by trying."""

import hashlib
import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable

_WINDOW = 300.0
"""Seconds that a failure counts."""
_OF_ACCOUNT = 10
"""So many failures for one account from one address; others are not locked out by them."""
_OF_ADDRESS = 50
"""So many failures from one address, whatever the account."""
_KEPT = 10_000


class Attempts:
    """Count the failures of each account and address in this process; memory is bounded."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, name: str, address: str) -> int:
        """Return how many seconds somebody has to wait before the next try, mostly 0."""
        now = self._clock()
        with self._lock:
            ends = [
                times[-limit] + _WINDOW
                for key, limit in _limits(name, address)
                if len(times := self._recent(key, now)) >= limit
            ]
        return math.ceil(max(ends) - now) if ends else 0

    def failed(self, name: str, address: str) -> None:
        """Count a failure."""
        now = self._clock()
        with self._lock:
            for key, limit in _limits(name, address):
                times = self._failures.setdefault(key, deque(maxlen=limit))
                times.append(now)
                self._failures.move_to_end(key)
            while len(self._failures) > _KEPT:
                self._failures.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of an account from an address."""
        with self._lock:
            self._failures.pop((_short(name), address), None)

    def _recent(self, key: tuple[str, str], now: float) -> deque[float]:
        times = self._failures.get(key, deque())
        while times and times[0] + _WINDOW <= now:
            times.popleft()
        return times


def _limits(name: str, address: str) -> Iterable[tuple[tuple[str, str], int]]:
    """Return what is counted, and how much of it is allowed; "" is no digest of a name."""
    return ((_short(name), address), _OF_ACCOUNT), (("", address), _OF_ADDRESS)


def _short(name: str) -> str:
    """Return a digest: names that somebody tries may be of any length."""
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()
