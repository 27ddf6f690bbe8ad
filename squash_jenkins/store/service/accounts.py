"""Who may use the server: accounts, tokens and sessions. No secret is stored in clear."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from squash_jenkins.errors import StoreError
from squash_jenkins.store.engine import reading, writing
from squash_jenkins.store.schema import tables
from squash_jenkins.store.write.revisions import take_revision

_ACCOUNT = tables.account
_TOKEN = tables.token
_SESSION = tables.session


class AccountRow(NamedTuple):
    """An account; `password` is a hash or None, `disabled` the time when it was disabled (UTC)."""

    key: int
    name: str
    password: str | None
    role: str
    created: datetime
    disabled: datetime | None


class TokenRow(NamedTuple):
    """A token; `shown` are its first letters, `jobs` globs of job names. Times are UTC."""

    key: int
    account: int
    label: str
    shown: str
    role: str
    jobs: Sequence[str]
    created: datetime
    expires: datetime | None
    used: datetime | None


class SessionRow(NamedTuple):
    """A session of somebody who signed in. Times are UTC."""

    key: int
    account: int
    created: datetime
    expires: datetime


def digest_of(secret: str) -> str:
    """Return the digest of a token or of a session's cookie; random secrets need no salt.

    Rows are found by it. The time that this takes may reveal the digest, never the secret.
    """
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


class Accounts:
    """Accounts with their tokens and sessions; may be shared by threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    # ---- accounts ----

    def all(self) -> list[AccountRow]:
        """Return every account, sorted by name."""
        query = sa.select(*_columns(_ACCOUNT, AccountRow)).order_by(_ACCOUNT.c.name)
        with reading(self._engine) as connection:
            return [AccountRow(*row) for row in connection.execute(query)]

    def find(self, name: str) -> AccountRow | None:
        """Return an account by its name."""
        return self._account(_ACCOUNT.c.name_digest == digest_of(name))

    def get(self, key: int) -> AccountRow | None:
        """Return an account by its key."""
        return self._account(_ACCOUNT.c.id == key)

    def is_empty(self) -> bool:
        """Return whether there are no accounts."""
        with reading(self._engine) as connection:
            return connection.execute(sa.select(_ACCOUNT.c.id).limit(1)).first() is None

    def add(self, name: str, password: str | None, role: str, when: datetime) -> int:
        """Add an account and return its key; `password` is a hash.

        Raises
        ------
        StoreError
            When there is one of this name.

        """
        values = {
            "name": name, "name_digest": digest_of(name), "password": password, "role": role,
            "created": when, "disabled": None,
        }  # fmt: skip
        with writing(self._engine) as connection:
            take_revision(connection, 0)  # one writer at a time; no page shows accounts
            taken = sa.select(_ACCOUNT.c.id).where(_ACCOUNT.c.name_digest == digest_of(name))
            if connection.execute(taken).first() is not None:
                raise StoreError(f"There is an account {name!r} already; choose another name.")
            return _inserted(connection, _ACCOUNT, values)

    def change(self, key: int, **values: Any) -> None:
        """Set `password`, `role` or `disabled` of an account and end its sessions."""
        with writing(self._engine) as connection:
            take_revision(connection, 0)
            here = sa.update(_ACCOUNT).where(_ACCOUNT.c.id == key)
            connection.execute(here.values(**values))
            connection.execute(sa.delete(_SESSION).where(_SESSION.c.account_id == key))

    def remove(self, key: int) -> None:
        """Delete an account with its tokens and sessions; its name stays in the audit log."""
        with writing(self._engine) as connection:
            take_revision(connection, 0)
            for table in (_TOKEN, _SESSION):
                connection.execute(sa.delete(table).where(table.c.account_id == key))
            connection.execute(sa.delete(_ACCOUNT).where(_ACCOUNT.c.id == key))

    # ---- tokens ----

    def add_token(self, account: int, secret: str, when: datetime, **about: Any) -> int:
        """Store the digest of a token; `about` are label, shown, role, jobs and expires."""
        digest = digest_of(secret)
        values = {"account_id": account, "digest": digest, "created": when, "used": None, **about}
        with writing(self._engine) as connection:
            take_revision(connection, 0)
            return _inserted(connection, _TOKEN, values)

    def tokens(self, account: int | None = None) -> list[TokenRow]:
        """Return the tokens of one account or of all, oldest first."""
        query = sa.select(*_columns(_TOKEN, TokenRow)).order_by(_TOKEN.c.id)
        if account is not None:
            query = query.where(_TOKEN.c.account_id == account)
        with reading(self._engine) as connection:
            return [TokenRow(*row) for row in connection.execute(query)]

    def token(self, secret: str) -> TokenRow | None:
        """Return the token with this secret, expired or not."""
        where = _TOKEN.c.digest == digest_of(secret)
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(*_columns(_TOKEN, TokenRow)).where(where)).first()
        return TokenRow(*row) if row else None

    def mark_used(self, token: int, when: datetime) -> None:
        """Store when a token was used."""
        with writing(self._engine) as connection:
            take_revision(connection, 0)
            connection.execute(sa.update(_TOKEN).where(_TOKEN.c.id == token).values(used=when))

    def revoke(self, token: int) -> bool:
        """Delete a token; return whether there was one."""
        with writing(self._engine) as connection:
            take_revision(connection, 0)
            done = connection.execute(sa.delete(_TOKEN).where(_TOKEN.c.id == token))
            return bool(done.rowcount)

    # ---- sessions ----

    def begin_session(self, account: int, secret: str, when: datetime, expires: datetime) -> None:
        """Store the digest of the cookie of a new session; delete sessions that have expired."""
        values = {
            "account_id": account, "digest": digest_of(secret), "created": when, "expires": expires,
        }  # fmt: skip
        with writing(self._engine) as connection:
            take_revision(connection, 0)
            connection.execute(sa.delete(_SESSION).where(_SESSION.c.expires < when))
            _inserted(connection, _SESSION, values)

    def session(self, secret: str, now: datetime) -> SessionRow | None:
        """Return the session of a cookie unless it has expired."""
        where = sa.and_(_SESSION.c.digest == digest_of(secret), _SESSION.c.expires > now)
        query = sa.select(*_columns(_SESSION, SessionRow)).where(where)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return SessionRow(*row) if row else None

    def end_session(self, secret: str) -> None:
        """End the session of a cookie."""
        with writing(self._engine) as connection:
            take_revision(connection, 0)
            connection.execute(sa.delete(_SESSION).where(_SESSION.c.digest == digest_of(secret)))

    def _account(self, where: sa.ColumnElement[bool]) -> AccountRow | None:
        query = sa.select(*_columns(_ACCOUNT, AccountRow)).where(where)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return AccountRow(*row) if row else None


def _columns(table: sa.Table, row: Any) -> list[sa.Column[Any]]:
    """Return the columns of a row's fields, in their order."""
    renamed = {"key": "id", "account": "account_id"}
    return [table.c[renamed.get(name, name)] for name in row._fields]


def _inserted(connection: sa.Connection, table: sa.Table, values: dict[str, Any]) -> int:
    done = connection.execute(sa.insert(table).values(**values))
    return int(done.inserted_primary_key[0]) if done.inserted_primary_key else 0
