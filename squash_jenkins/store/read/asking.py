"""Hold what all questions to the database need: the transaction, names, long lists of keys."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import Words, name_digest

Row = sa.Row[*tuple[Any, ...]]
_CHUNK = 1000
"""Keys in one IN list; SQLite takes 32766 at most."""


class Asking:
    """Ask within one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def _counter(self, name: str) -> int:
        """Return the value of a counter."""
        table = tables.counter
        query = sa.select(table.c.value).where(table.c.name == name)
        return int(self._connection.execute(query).scalar_one())

    @cached_property
    def _metric_names(self) -> dict[int, str]:
        query = sa.select(tables.metric.c.id, tables.metric.c.name)
        return {key: name for key, name in self._connection.execute(query)}

    def _metric_key(self, name: str) -> int:
        """Return the key of a metric; 0, which no row has, for an unknown one."""
        table = tables.metric
        query = sa.select(table.c.id).where(table.c.name_digest == name_digest(name))
        return self._connection.execute(query).scalar() or 0

    def _among(
        self, query: sa.Select[*tuple[Any, ...]], column: sa.ColumnElement[Any], keys: Sequence[Any]
    ) -> Iterator[Row]:
        for start in range(0, len(keys), _CHUNK):
            chunk = column.in_(keys[start : start + _CHUNK])
            yield from self._connection.execute(query.where(chunk)).all()


def none_if_empty(column: sa.ColumnElement[str]) -> sa.ColumnElement[str | None]:
    """Return NULL for empty text."""
    return sa.func.nullif(column, "", type_=Words)
