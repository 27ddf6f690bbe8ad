"""Saving of what people write about findings."""

from datetime import datetime

import sqlalchemy as sa

from squash_jenkins.errors import StoreError
from squash_jenkins.store.engine import Also, writing
from squash_jenkins.store.schema import tables
from squash_jenkins.store.write.revisions import take_revision

_FINDING, _COMMENT = tables.finding, tables.finding_comment


def add_comment(
    engine: sa.Engine,
    finding: int,
    who: str,
    created: datetime,
    note: str,
    also: Also | None = None,
) -> int:
    """Add a comment to a finding (key) and return its key; `also` is in the same transaction.

    Raises
    ------
    StoreError
        When there is no such finding.

    """
    with writing(engine) as connection:
        _touch(connection, finding)
        row = {"finding_id": finding, "who": who, "created": created, "note": note}
        added = connection.execute(sa.insert(_COMMENT).values(row))
        if also is not None:
            also(connection)
        return int((added.inserted_primary_key or (0,))[0])


def delete_comment(engine: sa.Engine, finding: int, comment: int, also: Also | None = None) -> None:
    """Delete a comment of a finding (keys); `also` is in the same transaction.

    Raises
    ------
    StoreError
        When there is no such finding or comment.

    """
    with writing(engine) as connection:
        _touch(connection, finding)
        here = (_COMMENT.c.id == comment) & (_COMMENT.c.finding_id == finding)
        if not connection.execute(sa.delete(_COMMENT).where(here)).rowcount:
            raise StoreError(f"There is no comment {comment} on this finding any more.")
        if also is not None:
            also(connection)


def _touch(connection: sa.Connection, finding: int) -> None:
    """Give a finding a new revision: its page is made again."""
    revision = take_revision(connection)
    here = sa.update(_FINDING).where(_FINDING.c.id == finding)
    if not connection.execute(here.values(revision=revision)).rowcount:
        raise StoreError(f"There is no finding with the key {finding} any more; list them again.")
