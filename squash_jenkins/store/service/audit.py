"""The audit log of the server: who wrote what, and when. Rows are only ever added."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from squash_jenkins.store.engine import Also, reading, writing
from squash_jenkins.store.schema import tables
from squash_jenkins.store.write.revisions import take_revision

_TABLE = tables.audit


class AuditRow(NamedTuple):
    """One entry; `at` is UTC, `how` the way of signing in, `key` grows with time."""

    key: int
    at: datetime
    who: str
    how: str
    address: str
    action: str
    target: str
    detail: Mapping[str, Any]


def entry(
    *,
    at: datetime,
    who: str,
    how: str,
    address: str,
    action: str,
    target: str,
    detail: Mapping[str, Any],
) -> Also:
    """Return what adds an entry within a transaction; `detail` never holds a secret."""
    values = {
        "at": at, "who": who, "how": how, "address": address,
        "action": action, "target": target, "detail": dict(detail),
    }  # fmt: skip

    def add_entry(connection: sa.Connection) -> None:
        connection.execute(sa.insert(_TABLE).values(**values))

    return add_entry


class AuditLog:
    """The entries of the log; may be shared by threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, new: Also) -> None:
        """Add an `entry` in a transaction of its own."""
        with writing(self._engine) as connection:
            take_revision(connection, 0)  # one writer at a time; nothing that pages show changes
            new(connection)

    def newest(self, many: int, before: int | None = None) -> list[AuditRow]:
        """Return up to `many` entries, newest first; only those older than the key `before`."""
        query = sa.select(_TABLE).order_by(_TABLE.c.id.desc()).limit(many)
        if before is not None:
            query = query.where(_TABLE.c.id < before)
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
        names = AuditRow._fields[1:]
        return [AuditRow(row["id"], *(row[name] for name in names)) for row in rows]
