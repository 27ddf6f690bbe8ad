"""Give findings names that no other finding has."""

import hashlib
from collections.abc import Iterable

import sqlalchemy as sa

from squash_jenkins.store.schema import tables
from squash_jenkins.store.write.upsert import chunks


def unused(connection: sa.Connection, wished: Iterable[str]) -> dict[str, str]:
    """Return by wished name a free one: the wished one itself, or one that follows from it.

    A finding keeps its name when its build shifts, so that one which begins where the other
    had been may wish for the same.
    """
    names = {each: each for each in wished}
    while taken := _taken(connection, names.values()):
        names = {wish: _next(name) if name in taken else name for wish, name in names.items()}
    return names


def _taken(connection: sa.Connection, names: Iterable[str]) -> set[str]:
    column = tables.finding.c.name
    return {
        name
        for chunk in chunks(names)
        for name in connection.scalars(sa.select(column).where(column.in_(chunk)))
    }


def _next(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[: len(name)]
