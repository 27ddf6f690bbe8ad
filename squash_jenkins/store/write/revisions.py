"""Count the changes of the store, so that others see what is new."""

import sqlalchemy as sa

from squash_jenkins.store.schema import tables

_COUNTER = tables.counter
_NAMED = _COUNTER.c.name == tables.REVISION_COUNTER


def take_revision(connection: sa.Connection, count: int = 1) -> int:
    """Return the next number of the counter of changes, the last of `count` numbers.

    It comes first in every write transaction: its row is the lock that lets writers on a
    database server wait for each other, as BEGIN IMMEDIATE does on SQLite. Every writer of
    anything must take at least one: a `Store` trusts what it remembers as long as the counter
    stands where it left it.
    """
    value = _COUNTER.c.value + sa.bindparam("count", type_=sa.BigInteger)
    connection.execute(sa.update(_COUNTER).where(_NAMED).values(value=value), {"count": count})
    return int(connection.execute(sa.select(_COUNTER.c.value).where(_NAMED)).scalar_one())


def give_back(connection: sa.Connection, count: int) -> None:
    """Return the last `count` numbers that this transaction took and did not use."""
    if count:
        take_revision(connection, -count)


def note_definitions(connection: sa.Connection, revision: int) -> None:
    """Note the revision with which definitions that hold for everyone changed."""
    named = _COUNTER.c.name == tables.DEFINITIONS_COUNTER
    connection.execute(sa.update(_COUNTER).where(named).values(value=revision))
