"""Unique names of findings."""

import hashlib
from collections.abc import Iterable

import sqlalchemy as sa

from squash_jenkins.store.schema import tables
from squash_jenkins.store.write.upsert import chunks


def unused(connection: sa.Connection, preferred: Iterable[str]) -> dict[str, str]:
    """Return by preferred name a free one: the name itself, or one derived from it.

    A finding keeps its name when its build shifts, so that a new one that begins where it was
    before may prefer the same name.
    """
    names = {each: each for each in preferred}
    while taken := _taken(connection, names.values()):
        names = {key: _next(name) if name in taken else name for key, name in names.items()}
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
