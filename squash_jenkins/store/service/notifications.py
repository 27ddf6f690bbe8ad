"""Keep who was told of which finding: each is sent to each target once.

A target is the SHA-256 of its URL, as the URL is a secret. Whoever is about to send claims the
findings first, so that of two programs at once one sends. A claim is given up after
`CLAIM_SECONDS`: when a program dies between sending and `sent`, people are told twice rather
than never.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from squash_jenkins.store.engine import writing
from squash_jenkins.store.schema import tables
from squash_jenkins.store.write.revisions import take_revision

CLAIM_SECONDS = 600.0
"""A claim of this age was left by a program that died: sending takes seconds."""
_TABLE = tables.notification


def claim(engine: sa.Engine, findings: Collection[int], target: str, when: datetime) -> set[int]:
    """Claim findings for a target; return the keys of those that are the caller's to send.

    Left out is what was sent, what another program has claimed just now, and what is no longer
    stored or was withdrawn meanwhile. `when` (UTC) is now.
    """
    stored = sa.select(tables.finding.c.id).where(
        tables.finding.c.id.in_(findings), sa.not_(tables.finding.c.withdrawn)
    )
    told = sa.select(_TABLE.c.finding_id, _TABLE.c.claimed, _TABLE.c.sent)
    with writing(engine) as connection:
        take_revision(connection)
        there = set(connection.scalars(stored))
        rows = connection.execute(told.where(_named(there, target))).all()
        left = {row.finding_id for row in rows if row.sent is None and _stale(row.claimed, when)}
        fresh = there - {row.finding_id for row in rows}
        connection.execute(sa.delete(_TABLE).where(_named(left, target)))
        mine = left | fresh
        new = [{"finding_id": key, "target": target, "claimed": when} for key in sorted(mine)]
        if new:
            connection.execute(sa.insert(_TABLE), new)
    return mine


def sent(
    engine: sa.Engine, findings: Collection[int], target: str, claimed: datetime, when: datetime
) -> None:
    """Note that a target took findings at `when` that were claimed at `claimed` (both UTC)."""
    mine = _named(findings, target) & (_TABLE.c.claimed == claimed)
    with writing(engine) as connection:
        take_revision(connection)
        connection.execute(sa.update(_TABLE).where(mine).values(sent=when))


def release(engine: sa.Engine, findings: Collection[int], target: str, claimed: datetime) -> None:
    """Take back the claims of `claimed` (UTC): the next run may try again."""
    mine = _named(findings, target) & (_TABLE.c.claimed == claimed) & _TABLE.c.sent.is_(None)
    with writing(engine) as connection:
        take_revision(connection)
        connection.execute(sa.delete(_TABLE).where(mine))


def told(connection: sa.Connection, target: str) -> set[int]:
    """Return the keys of the findings that a target was told of."""
    query = sa.select(_TABLE.c.finding_id)
    return set(
        connection.scalars(query.where(_TABLE.c.target == target, _TABLE.c.sent.is_not(None)))
    )


def _named(findings: Collection[int], target: str) -> sa.ColumnElement[bool]:
    return (_TABLE.c.target == target) & _TABLE.c.finding_id.in_(findings)


def _stale(claimed: datetime, when: datetime) -> bool:
    """Tell whether a claim is old; one of the future comes from a clock that went wrong."""
    return abs(when - claimed) >= timedelta(seconds=CLAIM_SECONDS)
