"""What all parts of a reader need: the transaction, names of metrics, long lists of keys."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import Words, name_digest

Row = sa.Row[*tuple[Any, ...]]
_CHUNK = 1000
"""Keys in one IN list; SQLite takes 32766 at most."""


class Transaction:
    """The connection that a reader uses, and the names of metrics as it sees them."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    @cached_property
    def metric_names(self) -> dict[int, str]:
        """The name of each metric by its key."""
        query = sa.select(tables.metric.c.id, tables.metric.c.name)
        return {key: name for key, name in self.connection.execute(query)}


class Part:
    """One part of a reader; all parts share its transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    @property
    def _connection(self) -> sa.Connection:
        return self._transaction.connection

    @property
    def _metric_names(self) -> dict[int, str]:
        return self._transaction.metric_names

    def _metric_key(self, name: str) -> int:
        """Return the key of a metric; 0, which no row has, for an unknown one."""
        table = tables.metric
        query = sa.select(table.c.id).where(table.c.name_digest == name_digest(name))
        return self._connection.execute(query).scalar() or 0

    def _dataset_names(self) -> dict[int, str]:
        query = sa.select(tables.dataset.c.id, tables.dataset.c.name)
        return {key: name for key, name in self._connection.execute(query)}

    def _among(
        self, query: sa.Select[*tuple[Any, ...]], column: sa.ColumnElement[Any], keys: Sequence[Any]
    ) -> Iterator[Row]:
        """Yield the rows whose column holds one of the keys."""
        for start in range(0, len(keys), _CHUNK):
            chunk = column.in_(keys[start : start + _CHUNK])
            yield from self._connection.execute(query.where(chunk)).all()


def none_if_empty(column: sa.ColumnElement[str]) -> sa.ColumnElement[str | None]:
    """Return NULL for empty text."""
    return sa.func.nullif(column, "", type_=Words)
