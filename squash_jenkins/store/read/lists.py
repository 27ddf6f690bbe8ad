"""Lists in pages: filtered, searched, ordered, and stable while rows are added.

A page begins after a row, never at an offset, so that rows that are added or deleted meanwhile
neither shift nor repeat others. Each list is defined once, in `list_definitions`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from squash_jenkins.store.read.transaction import Part
from squash_jenkins.store.schema.types import Words, clean_text, name_digest

How = Literal["is", "named", "from", "before", "known"]
Scalar = str | int | float | bool | datetime
_LETTERS = 200
"""Letters of a text that count for the order: MariaDB sorts by 1024 bytes; cursors stay short."""


class Filter(NamedTuple):
    """A way to select rows by a column.

    `how` is ``is`` (equal), ``named`` (a column of digests of names), ``from`` and ``before``
    (at least, below) or ``known`` (whether there is a value). `kind` is the type of the value to
    compare with, and `description` is for people.
    """

    column: sa.ColumnElement[Any]
    kind: type[Scalar]
    description: str
    how: How = "is"


@dataclass(frozen=True)
class ListDefinition:
    """A list: its rows, columns, filters and orders.

    Attributes
    ----------
    source
        Tables, joined so that each row of the list occurs once.
    key
        An integer column that identifies its rows.
    columns
        The columns of a row, by name.
    search
        Text columns that are searched.
    orders
        Columns that it can be ordered by; the first is the default.
    descending
        Whether the default order is descending.

    """

    name: str
    source: sa.FromClause
    key: sa.ColumnElement[int]
    columns: Mapping[str, sa.ColumnElement[Any]]
    orders: Mapping[str, sa.ColumnElement[Any]]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    search: Sequence[sa.ColumnElement[Any]] = ()
    descending: bool = True

    @property
    def default_order(self) -> str:
        """The default order, with a minus if it is descending."""
        return f"{'-' if self.descending else ''}{next(iter(self.orders))}"

    def holds(self, order: str, value: Scalar) -> bool:
        """Return whether the column of an order (`-` before it is allowed) can contain a value."""
        kind = self.orders[order.removeprefix("-")].type
        held = kind.impl_instance if isinstance(kind, sa.TypeDecorator) else kind
        bits = 64 if isinstance(held, sa.BigInteger) else 32
        fits = not isinstance(value, int) or -(1 << bits - 1) <= value < 1 << bits - 1
        return type(value) is held.python_type and fits


class Place(NamedTuple):
    """The row after which a page begins: its value in the order (None for none) and its key."""

    value: Scalar | None
    key: int


class PageRow(NamedTuple):
    """A row of a list and its place."""

    place: Place
    values: Mapping[str, Any]


@dataclass(frozen=True)
class ListQuery:
    """Which rows of a list to read; `order` is one of its orders, with `-` for descending."""

    order: str
    limit: int
    filters: Mapping[str, Scalar] = field(default_factory=dict)
    search: str = ""
    after: Place | None = None


class _Order(NamedTuple):
    """What a list is ordered by: a value, which may be missing, and then the key."""

    value: sa.ColumnElement[Any]
    key: sa.ColumnElement[int]
    missing: bool
    down: bool


class ListReader(Part):
    """Pages of lists."""

    def page(self, listed: ListDefinition, asked: ListQuery) -> list[PageRow]:
        """Return the rows of a page in order, at most `limit`.

        Rows without a value in the order come last; only the first 200 letters of a text count.
        The search ignores the case of ASCII letters; wildcards have no meaning.
        """
        by = _ordered(listed, asked.order)
        chosen = [_chosen(listed.filters[name], value) for name, value in asked.filters.items()]
        if asked.search:
            text = clean_text(asked.search)
            found = [each.icontains(text, autoescape=True) for each in listed.search]
            chosen.append(sa.or_(*found))
        if asked.after is not None:
            chosen.append(_behind(by, asked.after))
        order = _terms(by)
        head = (listed.key.label("key_of_row"), by.value.label("value_of_row"))
        near = sa.select(*head).select_from(listed.source).where(*chosen)
        keys = near.order_by(*order).limit(asked.limit).subquery()  # only these rows are read whole
        columns = (each.label(name) for name, each in listed.columns.items())
        source = listed.source.join(keys, keys.c.key_of_row == listed.key)
        query = sa.select(*head, *columns).select_from(source).order_by(*order)
        return [
            PageRow(Place(value, key), dict(zip(listed.columns, rest, strict=True)))
            for key, value, *rest in self._connection.execute(query)
        ]


def _chosen(wanted: Filter, value: Scalar) -> sa.ColumnElement[bool]:
    column = wanted.column
    if wanted.how == "named":
        return column == name_digest(str(value))
    if wanted.how == "from":
        return column >= value
    if wanted.how == "before":
        return column < value
    if wanted.how == "known":
        return column.is_not(None) if value else column.is_(None)
    return column == value


def _ordered(listed: ListDefinition, order: str) -> _Order:
    column = listed.orders[order.removeprefix("-")]
    missing = bool(getattr(column, "nullable", True))
    if isinstance(column.type, Words):
        column = sa.func.substr(column, 1, _LETTERS, type_=column.type)
    return _Order(column, listed.key, missing, order.startswith("-"))


def _behind(by: _Order, after: Place) -> sa.ColumnElement[bool]:
    later = by.key < after.key if by.down else by.key > after.key
    if by.value is by.key:
        return later
    if after.value is None:
        return by.value.is_(None) & later
    beyond = by.value < after.value if by.down else by.value > after.value
    found = sa.or_(beyond, (by.value == after.value) & later)
    return sa.or_(found, by.value.is_(None)) if by.missing else found


def _terms(by: _Order) -> list[sa.ColumnElement[Any]]:
    """Return the terms of the order; an index can be used where there is always a value."""
    terms = [by.key] if by.value is by.key else [by.value, by.key]
    last = [by.value.is_(None)] if by.missing else []
    return [*last, *(each.desc() if by.down else each.asc() for each in terms)]
