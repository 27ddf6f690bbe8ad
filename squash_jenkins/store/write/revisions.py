"""The numbering of changes of the store, by which others see what is new."""

import sqlalchemy as sa

from squash_jenkins.store.schema import tables

_COUNTER = tables.counter
_NAMED = _COUNTER.c.name == tables.REVISION_COUNTER


def take_revision(connection: sa.Connection, count: int = 1) -> int:
    """Take `count` revisions and return the last of them.

    This comes first in every write transaction: the row of the counter is the lock that makes
    writers on a database server wait for each other, as BEGIN IMMEDIATE does on SQLite. Whoever
    writes builds or definitions must take at least one: a `Store` trusts its cache as long as the
    counter is where it left it.
    """
    value = _COUNTER.c.value + sa.bindparam("count", type_=sa.BigInteger)
    connection.execute(sa.update(_COUNTER).where(_NAMED).values(value=value), {"count": count})
    return int(connection.execute(sa.select(_COUNTER.c.value).where(_NAMED)).scalar_one())


def give_back(connection: sa.Connection, count: int) -> None:
    """Give back the last `count` revisions, which this transaction took and did not use."""
    if count:
        take_revision(connection, -count)


def note_definitions(connection: sa.Connection, revision: int) -> None:
    """Note the revision in which definitions that hold for all reports changed."""
    named = _COUNTER.c.name == tables.DEFINITIONS_COUNTER
    connection.execute(sa.update(_COUNTER).where(named).values(value=revision))
