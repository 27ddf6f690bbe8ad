"""Show the rows of every table as they are, but for secrets and what stands for them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from squash_jenkins.errors import NotFound
from squash_jenkins.store.engine import reading
from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import Bytes, Json, Word, Words, clean_text

_NEVER: Mapping[str, frozenset[str]] = {
    "account": frozenset(["password"]),
    "notice": frozenset(["pending"]),
    "notification": frozenset(["target"]),
}
"""Columns that hold hashes, beside those that are called digests."""
_LARGEST_KEY = 2**31 - 1


class Rows(NamedTuple):
    """Hold rows of a table; `more` tells whether others follow."""

    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    more: bool


def names() -> list[str]:
    """Return the names of all tables, sorted."""
    return sorted(tables.metadata.tables)


def columns(table: str) -> list[str]:
    """Return the columns of a table that may be seen.

    Raises
    ------
    NotFound
        When there is no such table.

    """
    return [column.name for column in _shown(_table(table))]


def referred(table: str) -> dict[str, str]:
    """Return by column the table whose keys it holds."""
    found = _table(table)
    return {key.parent.name: key.column.table.name for key in found.foreign_keys}


def rows(
    engine: sa.Engine,
    table: str,
    *,
    search: str = "",
    sort: str = "id",
    falling: bool = True,
    first: int = 0,
    many: int = 50,
) -> Rows:
    """Return some rows of a table.

    Only what may be seen is searched and sorted by, so that nothing else can be guessed from it.

    Parameters
    ----------
    search
        Part of a text, in whatever case, or a key.
    sort
        A column; rows that are alike in it are sorted by their keys.
    first, many
        So many rows are passed over, and so many returned at most.

    Raises
    ------
    NotFound
        When there is no such table or column.

    """
    found = _table(table)
    shown = _shown(found)
    by = next((column for column in shown if column.name == sort), None)
    if by is None:
        raise NotFound(f"The table {table} has no column {sort[:80]!r} to sort by.")
    query = sa.select(*shown).where(_fits(found, shown, search))
    # PostgreSQL has no order of JSON
    sorts = sa.cast(by, sa.Text) if isinstance(by.type, Json) else by
    order = [each.desc() if falling else each.asc() for each in dict.fromkeys([sorts, found.c.id])]
    query = query.order_by(*order).offset(first).limit(many + 1)
    with reading(engine) as connection:
        got = [dict(row) for row in connection.execute(query).mappings()]
    return Rows([column.name for column in shown], got[:many], len(got) > many)


def row(engine: sa.Engine, table: str, key: int) -> dict[str, Any]:
    """Return what may be seen of one row.

    Raises
    ------
    NotFound
        When there is none.

    """
    found = _table(table)
    query = sa.select(*_shown(found)).where(_is_key(found, key))
    with reading(engine) as connection:
        got = connection.execute(query).mappings().first()
    if got is None:
        raise NotFound(f"The table {table} has no row {key}.")
    return dict(got)


def _is_key(table: sa.Table, key: int) -> sa.ColumnElement[bool]:
    """Ask for a row; what is no key is not even sent, as PostgreSQL refuses it."""
    return table.c.id == key if 0 <= key <= _LARGEST_KEY else sa.false()


def _table(name: str) -> sa.Table:
    found = tables.metadata.tables.get(name)
    if found is None:
        raise NotFound(f"There is no table {name[:80]!r}.")
    return found


def _shown(table: sa.Table) -> list[sa.Column[Any]]:
    never = _NEVER.get(table.name, frozenset())
    return [
        column
        for column in table.columns
        if column.name not in never
        and not column.name.endswith("digest")
        and not isinstance(column.type, Bytes)
    ]


def _fits(table: sa.Table, shown: Sequence[sa.Column[Any]], search: str) -> sa.ColumnElement[bool]:
    wanted = clean_text(search.strip())
    if not wanted:
        return sa.true()
    parts: list[sa.ColumnElement[bool]] = [
        column.icontains(wanted, autoescape=True)
        for column in shown
        if isinstance(column.type, Word | Words)
    ]
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= 10:
        parts.append(_is_key(table, int(wanted)))
    return sa.or_(sa.false(), *parts)
