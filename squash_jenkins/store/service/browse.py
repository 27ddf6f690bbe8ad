"""The rows of every table, without secrets and their hashes."""

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
"""Columns of hashes that are not called digests."""
_LARGEST_KEY = 2**31 - 1


class Rows(NamedTuple):
    """Some rows of a table; `more` tells whether others follow."""

    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    more: bool


class TableBrowser:
    """The tables as they are; may be shared by threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def names(self) -> list[str]:
        """Return the names of all tables, sorted."""
        return sorted(tables.metadata.tables)

    def columns(self, table: str) -> list[str]:
        """Return the visible columns of a table.

        Raises
        ------
        NotFound
            When there is no such table.

        """
        return [column.name for column in _visible(_table(table))]

    def references(self, table: str) -> dict[str, str]:
        """Return by column the table whose keys it holds."""
        found = _table(table)
        return {key.parent.name: key.column.table.name for key in found.foreign_keys}

    def rows(
        self,
        table: str,
        *,
        search: str = "",
        sort: str = "id",
        falling: bool = True,
        first: int = 0,
        many: int = 50,
    ) -> Rows:
        """Return some rows of a table.

        Only visible columns are searched and sorted by, so that nobody can guess the others.

        Parameters
        ----------
        search
            Part of a text, in either case, or a key.
        sort
            A column; rows with equal values are sorted by their keys.
        first, many
            Number of rows to skip, and to return at most.

        Raises
        ------
        NotFound
            When there is no such table or column.

        """
        found = _table(table)
        visible = _visible(found)
        by = next((column for column in visible if column.name == sort), None)
        if by is None:
            raise NotFound(f"The table {table} has no column {sort[:80]!r} to sort by.")
        query = sa.select(*visible).where(_matches(found, visible, search))
        # PostgreSQL has no order of JSON
        sorts = sa.cast(by, sa.Text) if isinstance(by.type, Json) else by
        terms = dict.fromkeys([sorts, found.c.id])
        query = query.order_by(*(each.desc() if falling else each.asc() for each in terms))
        with reading(self._engine) as connection:
            page = connection.execute(query.offset(first).limit(many + 1))
            got = [dict(row) for row in page.mappings()]
        return Rows([column.name for column in visible], got[:many], len(got) > many)

    def row(self, table: str, key: int) -> dict[str, Any]:
        """Return the visible columns of one row.

        Raises
        ------
        NotFound
            When there is none.

        """
        found = _table(table)
        query = sa.select(*_visible(found)).where(_is_key(found, key))
        with reading(self._engine) as connection:
            got = connection.execute(query).mappings().first()
        if got is None:
            raise NotFound(f"The table {table} has no row {key}.")
        return dict(got)


def _is_key(table: sa.Table, key: int) -> sa.ColumnElement[bool]:
    """Select a row; a number out of range is not sent, as PostgreSQL refuses it."""
    return table.c.id == key if 0 <= key <= _LARGEST_KEY else sa.false()


def _table(name: str) -> sa.Table:
    found = tables.metadata.tables.get(name)
    if found is None:
        raise NotFound(f"There is no table {name[:80]!r}.")
    return found


def _visible(table: sa.Table) -> list[sa.Column[Any]]:
    never = _NEVER.get(table.name, frozenset())
    return [
        column
        for column in table.columns
        if column.name not in never
        and not column.name.endswith("digest")
        and not isinstance(column.type, Bytes)
    ]


def _matches(
    table: sa.Table, visible: Sequence[sa.Column[Any]], search: str
) -> sa.ColumnElement[bool]:
    wanted = clean_text(search.strip())
    if not wanted:
        return sa.true()
    parts: list[sa.ColumnElement[bool]] = [
        column.icontains(wanted, autoescape=True)
        for column in visible
        if isinstance(column.type, Word | Words)
    ]
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= 10:
        parts.append(_is_key(table, int(wanted)))
    return sa.or_(sa.false(), *parts)
