"""Inserting, updating and deleting rows so that every row that stays keeps its key.

The caller holds the write lock, so nothing changes between looking and writing.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

_CHUNK = 1000
"""Keys in one IN list; SQLite takes 32766 at most."""
Row = Mapping[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """The columns of a table to write, and those that identify its rows.

    The first of `key` is the owner: what the row is a part of. Columns in `once` keep their first
    value. `ready` means that values are in the form that the database takes (clean text, JSON as
    text, finite numbers), which saves most of the time of many rows.
    """

    table: sa.Table
    key: tuple[str, ...]
    columns: tuple[str, ...]
    once: tuple[str, ...] = ()
    ready: bool = False


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield the values in lists that are short enough for an IN."""
    listed = list(values)
    for start in range(0, len(listed), _CHUNK):
        yield listed[start : start + _CHUNK]


def find_or_add(
    connection: sa.Connection, table: sa.Table, rows: Mapping[str, Row], column: str = "name_digest"
) -> dict[str, int]:
    """Add the rows whose digest is not in the table; return all keys by digest.

    Parameters
    ----------
    connection
        A write transaction.
    table
        Where the digest in `column` is unique among the rows in question.
    rows
        By digest the values of the row, in case it is new.
    column
        The column with the digest.

    """
    found = _keys(connection, table, column, rows)
    new = [{column: digest, **row} for digest, row in rows.items() if digest not in found]
    if new:
        connection.execute(sa.insert(table), new)
        found |= _keys(connection, table, column, [row[column] for row in new])
    return found


def replace(
    connection: sa.Connection,
    target: Target,
    rows: Mapping[Key, Sequence[Any]],
    *,
    old: Collection[int] = (),
    within: Callable[[Key], bool] | None = None,
    read: Collection[int] = (),
) -> dict[Key, int]:
    """Make `rows` the only rows of their owners.

    Parameters
    ----------
    connection
        A write transaction.
    target
        What is written.
    rows
        Values in the order of the target's columns, by the row's key.
    old
        Owners that may have rows already; those that are not in `rows` are deleted.
    within
        Returns for the key of an existing row whether it may be changed or deleted.
    read
        Owners whose keys are returned.

    Returns
    -------
    dict
        Primary keys of the rows of `read` by their identifying key.

    """
    known = _keys_by(connection, target, old)
    if within is not None:
        known = {entry: number for entry, number in known.items() if within(entry)}
    delete(connection, target.table, [n for entry, n in known.items() if entry not in rows])
    new = rows
    if known:
        _update(connection, target, {n: rows[entry] for entry, n in known.items() if entry in rows})
        new = {entry: row for entry, row in rows.items() if entry not in known}
    _add(connection, target, list(new.values()))
    return _keys_by(connection, target, read)


def delete(connection: sa.Connection, table: sa.Table, keys: Iterable[int]) -> None:
    """Delete rows by their keys."""
    for chunk in chunks(keys):
        connection.execute(sa.delete(table).where(table.c.id.in_(chunk)))


def _add(connection: sa.Connection, target: Target, rows: Sequence[Sequence[Any]]) -> None:
    if not rows:
        return
    if not target.ready:
        named = [dict(zip(target.columns, row, strict=True)) for row in rows]
        connection.execute(sa.insert(target.table), named)
        return
    text, names = _insertion(target, connection.dialect)
    if names is None:
        connection.exec_driver_sql(text, [tuple(row) for row in rows])
    else:
        connection.exec_driver_sql(text, [dict(zip(names, row, strict=True)) for row in rows])


@lru_cache(maxsize=64)
def _insertion(target: Target, dialect: sa.Dialect) -> tuple[str, tuple[str, ...] | None]:
    """Return the INSERT for the driver; the names are None for positional parameters."""
    compiled = sa.insert(_plain(target)).compile(dialect=dialect, column_keys=target.columns)
    return str(compiled), None if compiled.positional else target.columns


def _plain(target: Target) -> sa.TableClause:
    """Return the table without types, so that nothing converts ready values."""
    return sa.table(target.table.name, *map(sa.column, ("id", *target.columns)))


def _update(connection: sa.Connection, target: Target, rows: Mapping[int, Sequence[Any]]) -> None:
    if not rows:
        return
    table = _plain(target) if target.ready else target.table
    places = [(name, at) for at, name in enumerate(target.columns) if name not in target.once]
    named = [{"_key": key, **{name: row[at] for name, at in places}} for key, row in rows.items()]
    connection.execute(sa.update(table).where(table.c.id == sa.bindparam("_key")), named)


def _keys_by(connection: sa.Connection, target: Target, owners: Iterable[int]) -> dict[Key, int]:
    columns = [target.table.c[name] for name in target.key]
    query = sa.select(target.table.c.id, *columns)
    found: dict[Key, int] = {}
    for chunk in chunks(owners):
        for number, *entry in connection.execute(query.where(columns[0].in_(chunk))):
            found[tuple(entry)] = number
    return found


def _keys(
    connection: sa.Connection, table: sa.Table, column: str, digests: Iterable[str]
) -> dict[str, int]:
    found: dict[str, int] = {}
    for chunk in chunks(digests):
        query = sa.select(table.c[column], table.c.id).where(table.c[column].in_(chunk))
        found |= {digest: number for digest, number in connection.execute(query)}
    return found
