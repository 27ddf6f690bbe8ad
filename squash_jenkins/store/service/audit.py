"""Keep what was written through the server: by whom, when, what. Rows are only added."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from squash_jenkins.store.engine import reading, writing
from squash_jenkins.store.schema import tables
from squash_jenkins.store.write.revisions import take_revision

_TABLE = tables.audit


class AuditRow(NamedTuple):
    """Hold one entry; `at` is UTC, `how` somebody signed in, `key` grows with time."""

    key: int
    at: datetime
    who: str
    how: str
    address: str
    action: str
    target: str
    detail: Mapping[str, Any]


def add(
    engine: sa.Engine,
    *,
    at: datetime,
    who: str,
    how: str,
    address: str,
    action: str,
    target: str,
    detail: Mapping[str, Any],
) -> None:
    """Add an entry; `detail` holds what was written, never a secret."""
    told = (at, who, how, address, action, target, detail)
    with writing(engine) as connection:
        take_revision(connection, 0)  # one writer at a time; nothing that pages show changes
        adding(*told)(connection)


def adding(
    at: datetime,
    who: str,
    how: str,
    address: str,
    action: str,
    target: str,
    detail: Mapping[str, Any],
) -> Callable[[sa.Connection], None]:
    """Return what adds an entry within the transaction that writes what the entry tells of."""
    values = {
        "at": at, "who": who, "how": how, "address": address,
        "action": action, "target": target, "detail": dict(detail),
    }  # fmt: skip

    def add_entry(connection: sa.Connection) -> None:
        connection.execute(sa.insert(_TABLE).values(**values))

    return add_entry


def newest(engine: sa.Engine, many: int, before: int | None = None) -> list[AuditRow]:
    """Return entries, the newest first: at most `many`, of those before a key."""
    query = sa.select(_TABLE).order_by(_TABLE.c.id.desc()).limit(many)
    if before is not None:
        query = query.where(_TABLE.c.id < before)
    with reading(engine) as connection:
        rows = connection.execute(query).mappings().all()
    names = AuditRow._fields[1:]
    return [AuditRow(row["id"], *(row[name] for name in names)) for row in rows]
