"""Bring rows to what they should be while every row that stays keeps its key.

The caller holds the write lock, so nothing changes between looking and writing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

_CHUNK = 1000
Row = Mapping[str, Any]


def find_or_add(
    connection: sa.Connection, table: sa.Table, rows: Mapping[str, Row], column: str = "name_digest"
) -> dict[str, int]:
    """Return keys by digest, after the rows whose digest is not in the table were added.

    Parameters
    ----------
    connection
        A write transaction.
    table
        Where the digest in `column` is unique among the rows in question.
    rows
        By digest the values of a row, should it be new.
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
    table: sa.Table,
    scope: sa.ColumnElement[bool],
    key: Sequence[str],
    rows: Iterable[Row],
    *,
    first: Row | None = None,
) -> dict[tuple[Any, ...], int]:
    """Make `rows` all that there is in `scope`; return their keys by the columns `key`.

    Of two rows with the same key the last counts. `first` has values that are written with
    a new row only.
    """
    wanted = {tuple(row[name] for name in key): row for row in rows}
    known = _keys_by(connection, table, scope, key)
    _delete(connection, table, [number for entry, number in known.items() if entry not in wanted])
    kept = [{"_key": known[entry], **row} for entry, row in wanted.items() if entry in known]
    if kept:
        connection.execute(sa.update(table).where(table.c.id == sa.bindparam("_key")), kept)
    new = [{**row, **(first or {})} for entry, row in wanted.items() if entry not in known]
    if not new:
        return {entry: known[entry] for entry in wanted}
    connection.execute(sa.insert(table), new)
    return _keys_by(connection, table, scope, key)


def _keys_by(
    connection: sa.Connection, table: sa.Table, scope: sa.ColumnElement[bool], key: Sequence[str]
) -> dict[tuple[Any, ...], int]:
    query = sa.select(table.c.id, *(table.c[name] for name in key)).where(scope)
    return {tuple(entry): number for number, *entry in connection.execute(query)}


def _keys(
    connection: sa.Connection, table: sa.Table, column: str, digests: Iterable[str]
) -> dict[str, int]:
    found: dict[str, int] = {}
    wanted = list(digests)
    for start in range(0, len(wanted), _CHUNK):
        chunk = table.c[column].in_(wanted[start : start + _CHUNK])
        query = sa.select(table.c[column], table.c.id).where(chunk)
        found |= {digest: number for digest, number in connection.execute(query)}
    return found


def _delete(connection: sa.Connection, table: sa.Table, keys: Sequence[int]) -> None:
    for start in range(0, len(keys), _CHUNK):
        chunk = table.c.id.in_(keys[start : start + _CHUNK])
        connection.execute(sa.delete(table).where(chunk))
