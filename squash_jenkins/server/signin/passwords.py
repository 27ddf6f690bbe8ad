"""Hash and check passwords with Argon2id (argon2-cffi), and remember right ones for a while."""

import hmac
import secrets
import threading
import time
from collections.abc import Callable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cachetools import TTLCache

_MEMORY_KIB = 19 * 1024
"""With two rounds, what OWASP's password storage cheat sheet recommends for Argon2id."""
_ROUNDS = 2
_AT_ONCE = 4
"""Checks at once: each takes 19 MiB for a moment."""
_KEPT = 1000
_KEPT_SECONDS = 300.0


def hashed(password: str) -> str:
    """Return the hash to store of a password."""
    return _hasher().hash(password)


class Passwords:
    """Check passwords; may be shared by threads.

    Scripts send theirs with every request, so a right one is remembered for five minutes: by a
    digest with a key of this process, so that neither the password nor its hash is in memory.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._hasher = _hasher()
        self._nobody = self._hasher.hash(secrets.token_hex())
        self._key = secrets.token_bytes(32)
        self._right: TTLCache[bytes, bool] = TTLCache(_KEPT, _KEPT_SECONDS, timer=clock)
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(_AT_ONCE)

    def known(self, password: str, kept: str | None) -> bool:
        """Return whether this password was right for this hash recently; costs next to nothing."""
        if kept is None:
            return False
        digest = self._digest(password, kept)
        with self._lock:
            return digest in self._right

    def right(self, password: str, kept: str | None) -> bool:
        """Return whether a password matches; without a hash it takes as long and does not."""
        if self.known(password, kept):
            return True
        fits = self._fits(password, kept or self._nobody) and kept is not None
        if fits and kept is not None:
            with self._lock:
                self._right[self._digest(password, kept)] = True
        return fits

    def _fits(self, password: str, kept: str) -> bool:
        try:
            with self._turns:
                return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    def _digest(self, password: str, kept: str) -> bytes:
        return hmac.digest(self._key, f"{kept}\0{password}".encode(), "sha256")


def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=_ROUNDS, memory_cost=_MEMORY_KIB, parallelism=1)
