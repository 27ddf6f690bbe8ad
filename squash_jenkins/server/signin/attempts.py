"""Limit failed sign-ins, so that passwords cannot be guessed by brute force."""

import hashlib
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from cachetools import LRUCache

from squash_jenkins.server.signin.networks import network_of

_WINDOW = 300.0
"""Seconds for which a failure counts."""
_OF_BOTH = 10
"""Failures per account and address; they do not lock out others."""
_OF_ADDRESS = 50
"""Failures per address, for all accounts together."""
_OF_ACCOUNT = 100
"""Failures per account, from all addresses; addresses it signed in from are not locked out."""
_KEPT = 10_000

Key = tuple[str, str]
"""A digest of the name and the network, either empty for all."""


class Attempts:
    """Count failures per account and address in this process, in bounded memory.

    An IPv6 network of 64 bits counts as one address: whoever has one address has all of them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: LRUCache[Key, deque[float]] = LRUCache(_KEPT)
        self._right: LRUCache[Key, None] = LRUCache(_KEPT)
        self._lock = threading.Lock()

    def wait(self, name: str, address: str) -> int:
        """Return how many seconds to wait before the next attempt, usually 0."""
        now = self._clock()
        with self._lock:
            ends = [
                times[-limit] + _WINDOW
                for key, limit in self._limits(name, address)
                if len(times := self._recent(key, now)) >= limit
            ]
        return math.ceil(max(ends) - now) if ends else 0

    def failed(self, name: str, address: str) -> None:
        """Count a failed attempt."""
        now = self._clock()
        with self._lock:
            for key, limit in self._limits(name, address):
                self._failures.setdefault(key, deque(maxlen=limit)).append(now)

    def succeeded(self, name: str, address: str) -> None:
        """Reset the failures of an account from an address."""
        key = (_short(name), _network(address))
        with self._lock:
            self._failures.pop(key, None)
            self._right[key] = None

    def _limits(self, name: str, address: str) -> Iterable[tuple[Key, int]]:
        """Yield what is counted, and how many failures are allowed."""
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
    """Return a digest: attempted names may be of any length."""
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()
