"""Look up accounts, tokens and sessions, and cache them for a second."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from cachetools import TTLCache

from squash_jenkins.store.service.accounts import (
    AccountRow,
    Accounts,
    SessionRow,
    TokenRow,
    digest_of,
)

_SECONDS = 1.0
"""A running server sees changes made on the command line after this long at most."""
_KEPT = 5000


class AccountCache:
    """Cache of what was looked up within the last second; may be shared by threads."""

    def __init__(self, accounts: Accounts, clock: Callable[[], float] = time.monotonic) -> None:
        self.accounts = accounts
        self._kept: TTLCache[tuple[str, str | int], tuple[Any]]
        self._kept = TTLCache(_KEPT, _SECONDS, timer=clock)
        self._lock = Lock()

    def nobody(self) -> bool:
        """Return whether there is no account at all."""
        return bool(self._recent(("none", ""), self.accounts.is_empty))

    def named(self, name: str) -> AccountRow | None:
        """Return an account by its name."""
        found: AccountRow | None = self._recent(
            ("name", digest_of(name)), lambda: self.accounts.find(name)
        )
        return found

    def account(self, key: int) -> AccountRow | None:
        """Return an account by its key."""
        found: AccountRow | None = self._recent(("key", key), lambda: self.accounts.get(key))
        return found

    def token(self, secret: str) -> TokenRow | None:
        """Return the token with this secret."""
        found: TokenRow | None = self._recent(
            ("token", digest_of(secret)), lambda: self.accounts.token(secret)
        )
        return found

    def session(self, secret: str) -> SessionRow | None:
        """Return the session of a cookie, unless it has expired."""
        found: SessionRow | None = self._recent(
            ("session", digest_of(secret)),
            lambda: self.accounts.session(secret, datetime.now(UTC)),
        )
        return found

    def forget(self) -> None:
        """Clear the cache: this process has changed something."""
        with self._lock:
            self._kept.clear()

    def _recent(self, key: tuple[str, str | int], read: Callable[[], Any]) -> Any:
        with self._lock:
            found = self._kept.get(key)
        if found is None:
            found = (read(),)  # what was not found is remembered, too
            with self._lock:
                self._kept[key] = found
        return found[0]
