"""Read lists in pages: filtered, searched, ordered, and stable while rows are added.

A page begins after a place, never at an offset, so that rows which come or go meanwhile neither
shift nor repeat others. A list is declared once, see `listed`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from squash_jenkins.store.asking import Asking
from squash_jenkins.store.types import clean_text, name_digest

How = Literal["is", "named", "from", "before", "known"]
Scalar = str | int | float | bool | datetime


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
class Listed:
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


class Place(NamedTuple):
    """Tell after which row a page begins: its value in the order (None for none) and its key."""

    value: Scalar | None
    key: int


class PageRow(NamedTuple):
    """Hold a row of a list and its place."""

    place: Place
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """Say which rows of a list are wanted; `order` is a name of its orders, `-` before it."""

    order: str
    limit: int
    filters: Mapping[str, Scalar] = field(default_factory=dict)
    search: str = ""
    after: Place | None = None


class AskLists(Asking):
    """Read lists."""

    def page(self, listed: Listed, asked: Asked) -> list[PageRow]:
        """Return the rows of a page in order, at most as many as are wanted.

        Rows without a value in the order come last. Capital letters of ASCII are found by small
        ones; signs of patterns have no meaning.
        """
        column = listed.orders[asked.order.removeprefix("-")]
        down = asked.order.startswith("-")
        chosen = [_chosen(listed.filters[name], value) for name, value in asked.filters.items()]
        if asked.search:
            text = clean_text(asked.search)
            found = [each.icontains(text, autoescape=True) for each in listed.search]
            chosen.append(sa.or_(*found))
        if asked.after is not None:
            chosen.append(_behind(listed, column, asked.after, down=down))
        order = _order(listed, column, down=down)
        head = (listed.key.label("key_of_row"), column.label("value_of_row"))
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


def _behind(
    listed: Listed, column: sa.ColumnElement[Any], after: Place, *, down: bool
) -> sa.ColumnElement[bool]:
    later = listed.key < after.key if down else listed.key > after.key
    if column is listed.key:
        return later
    if after.value is None:
        return column.is_(None) & later
    beyond = column < after.value if down else column > after.value
    found = sa.or_(beyond, (column == after.value) & later)
    return sa.or_(found, column.is_(None)) if _may_lack(column) else found


def _order(
    listed: Listed, column: sa.ColumnElement[Any], *, down: bool
) -> list[sa.ColumnElement[Any]]:
    """Return the order; what always has a value is ordered so that an index may give it."""
    by = [column] if column is listed.key else [column, listed.key]
    last = [column.is_(None)] if _may_lack(column) else []
    return [*last, *(each.desc() if down else each.asc() for each in by)]


def _may_lack(column: sa.ColumnElement[Any]) -> bool:
    """Tell whether rows may have no value there."""
    return bool(getattr(column, "nullable", True))
