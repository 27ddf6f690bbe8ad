"""Read lists in pages: filtered, searched, ordered, and stable while rows are added.

A page begins after a place, never at an offset, so that rows which come or go meanwhile neither
shift nor repeat others. A list is declared once, see `listed`.
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
"""So much of a text counts for the order: MariaDB sorts by 1024 bytes, and cursors stay short."""


class Filter(NamedTuple):
    """Choose rows by a column.

    `how` is ``is`` (equal), ``named`` (a column of digests of names), ``from`` and ``before``
    (at least, below) or ``known`` (whether there is a value). `kind` is what it is compared with.
    """

    column: sa.ColumnElement[Any]
    kind: type[Scalar]
    says: str
    how: How = "is"


@dataclass(frozen=True)
class ListDefinition:
    """Declare a list.

    Attributes
    ----------
    source
        Tables, joined so that each row of the list is there once.
    key
        A column of whole numbers that tells its rows apart.
    columns
        What a row holds, by name.
    search
        Columns of text that are searched.
    orders
        Columns by which it may be ordered; the first is the usual one.
    descending
        Whether the usual order is from the largest down.

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
    def usual(self) -> str:
        """The usual order, with a minus where it goes down."""
        return f"{'-' if self.descending else ''}{next(iter(self.orders))}"

    def holds(self, order: str, value: Scalar) -> bool:
        """Tell whether rows can have a value in an order; `-` before that is allowed."""
        kind = self.orders[order.removeprefix("-")].type
        held = kind.impl_instance if isinstance(kind, sa.TypeDecorator) else kind
        bits = 64 if isinstance(held, sa.BigInteger) else 32
        fits = not isinstance(value, int) or -(1 << bits - 1) <= value < 1 << bits - 1
        return type(value) is held.python_type and fits


class Place(NamedTuple):
    """Tell after which row a page begins: its value in the order (None for none) and its key."""

    value: Scalar | None
    key: int


class PageRow(NamedTuple):
    """Hold a row of a list and its place."""

    place: Place
    values: Mapping[str, Any]


@dataclass(frozen=True)
class ListQuery:
    """Say which rows of a list are wanted; `order` is a name of its orders, `-` before it."""

    order: str
    limit: int
    filters: Mapping[str, Scalar] = field(default_factory=dict)
    search: str = ""
    after: Place | None = None


class _Order(NamedTuple):
    """Hold what a list is ordered by: a value, which may be lacking, and then the key."""

    value: sa.ColumnElement[Any]
    key: sa.ColumnElement[int]
    lacking: bool
    down: bool


class ListReader(Part):
    """Read lists."""

    def page(self, listed: ListDefinition, asked: ListQuery) -> list[PageRow]:
        """Return the rows of a page in order, at most as many as are wanted.

        Rows without a value in the order come last; of texts the first 200 letters count there.
        Capital letters of ASCII are found by small ones; signs of patterns have no meaning.
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
        keys = near.order_by(*order).limit(asked.limit).subquery()  # the rest of few rows is read
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
    lacking = bool(getattr(column, "nullable", True))
    if isinstance(column.type, Words):
        column = sa.func.substr(column, 1, _LETTERS, type_=column.type)
    return _Order(column, listed.key, lacking, order.startswith("-"))


def _behind(by: _Order, after: Place) -> sa.ColumnElement[bool]:
    later = by.key < after.key if by.down else by.key > after.key
    if by.value is by.key:
        return later
    if after.value is None:
        return by.value.is_(None) & later
    beyond = by.value < after.value if by.down else by.value > after.value
    found = sa.or_(beyond, (by.value == after.value) & later)
    return sa.or_(found, by.value.is_(None)) if by.lacking else found


def _terms(by: _Order) -> list[sa.ColumnElement[Any]]:
    """Return the order; what always has a value is ordered so that an index may give it."""
    terms = [by.key] if by.value is by.key else [by.value, by.key]
    last = [by.value.is_(None)] if by.lacking else []
    return [*last, *(each.desc() if by.down else each.asc() for each in terms)]
