"""Make accounts and tokens for tests, with secrets that are made anew each time."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from squash_jenkins.server.signin.passwords import hashed
from squash_jenkins.store import Store


@dataclass(frozen=True)
class Member:
    """Hold somebody with an account, their password and a token."""

    key: int
    name: str
    password: str
    token: str
    token_key: int

    @property
    def basic(self) -> tuple[str, str]:
        return self.name, self.password

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def join(store: Store, name: str, role: str = "submitter", **about: Any) -> Member:
    """Make an account with a password and a token."""
    accounts, now = store.accounts, datetime.now(UTC)
    password, token = secrets.token_urlsafe(16), f"sqj_{secrets.token_urlsafe(32)}"
    key = accounts.add(name, hashed(password), role, now)
    given = {"label": "", "shown": token[:10], "role": role, "jobs": [], "expires": None, **about}
    return Member(key, name, password, token, accounts.add_token(key, token, now, **given))


def get(url: str, **how: Any) -> httpx.Response:
    """Ask for something, each time like a new program; certificates are not even loaded."""
    return httpx.get(url, verify=False, trust_env=False, timeout=60, **how)  # noqa: S501 - no TLS


def post(url: str, **how: Any) -> httpx.Response:
    """Post something, as `get`."""
    return httpx.post(url, verify=False, trust_env=False, timeout=60, **how)  # noqa: S501 - no TLS


def client(running: Any, **headers: str) -> httpx.Client:
    """Return a client that keeps cookies; to be closed."""
    url = f"{running.url}/"
    return httpx.Client(base_url=url, headers=headers, verify=False, timeout=60)  # noqa: S501 - no TLS
