"""Count failed sign-ins, so that passwords cannot be guessed by trying."""

import hashlib
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from cachetools import LRUCache

from squash_jenkins.server.signin.networks import network_of

_WINDOW = 300.0
"""Seconds that a failure counts."""
_OF_BOTH = 10
"""So many failures for one account from one address; others are not locked out by them."""
_OF_ADDRESS = 50
"""So many failures from one address, whatever the account."""
_OF_ACCOUNT = 100
"""So many failures for one account, wherever from; an address that it signed in from is let in."""
_KEPT = 10_000

Key = tuple[str, str]
"""A digest of a name and a network, either of them empty for all."""


class Attempts:
    """Count the failures of each account and address in this process; memory is bounded.

    Of IPv6 a network of 64 bits counts as one address: whoever has one has all of them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: LRUCache[Key, deque[float]] = LRUCache(_KEPT)
        self._right: LRUCache[Key, None] = LRUCache(_KEPT)
        self._lock = threading.Lock()

    def wait(self, name: str, address: str) -> int:
        """Return how many seconds somebody has to wait before the next try, mostly 0."""
        now = self._clock()
        with self._lock:
            ends = [
                times[-limit] + _WINDOW
                for key, limit in self._limits(name, address)
                if len(times := self._recent(key, now)) >= limit
            ]
        return math.ceil(max(ends) - now) if ends else 0

    def failed(self, name: str, address: str) -> None:
        """Count a failure."""
        now = self._clock()
        with self._lock:
            for key, limit in self._limits(name, address):
                self._failures.setdefault(key, deque(maxlen=limit)).append(now)

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of an account from an address."""
        key = (_short(name), _network(address))
        with self._lock:
            self._failures.pop(key, None)
            self._right[key] = None

    def _limits(self, name: str, address: str) -> Iterable[tuple[Key, int]]:
        """Yield what is counted, and how much of it is allowed."""
        short, network = _short(name), _network(address)
        yield (short, network), _OF_BOTH
        yield ("", network), _OF_ADDRESS
        if (short, network) not in self._right:
            yield (short, ""), _OF_ACCOUNT

    def _recent(self, key: Key, now: float) -> deque[float]:
        times = self._failures.get(key, deque())
        while times and times[0] + _WINDOW <= now:
            times.popleft()
        return times


def _network(address: str) -> str:
    return network_of(address) or "unknown"


def _short(name: str) -> str:
    """Return a digest: names that somebody tries may be of any length."""
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()
