"""Which finding was sent to which target: each is sent to each target once.

One that grew beyond its triage is sent once more.

A target is the SHA-256 of its URL, as the URL is a secret. A program claims findings before it
sends them, so that of two programs at once only one sends. A claim expires after
`CLAIM_SECONDS`: when a program dies between sending and `sent`, people are notified twice rather
than never.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from squash_jenkins.store.engine import reading, writing
from squash_jenkins.store.read.transaction import Row
from squash_jenkins.store.schema import tables
from squash_jenkins.store.write.revisions import take_revision

CLAIM_SECONDS = 600.0
"""A claim of this age comes from a program that died: sending takes seconds."""
_TABLE = tables.notification


class Notifications:
    """Claims of findings for targets, and what was sent; may be shared by threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def claim(self, findings: Collection[int], target: str, when: datetime) -> set[int]:
        """Claim findings for a target; return the keys of those that the caller is to send.

        Findings are left out that were sent, that another program has just claimed, and that
        were deleted or withdrawn meanwhile. `when` (UTC) is now. One that grew beyond its triage
        is sent again, once.
        """
        stored = sa.select(tables.finding.c.id).where(
            tables.finding.c.id.in_(findings), sa.not_(tables.finding.c.withdrawn)
        )
        claims = sa.select(_TABLE.c.finding_id, _TABLE.c.claimed, _TABLE.c.sent)
        with writing(self._engine) as connection:
            take_revision(connection)
            there = set(connection.scalars(stored))
            rows = connection.execute(claims.where(_named(there, target))).all()
            grown = _triaged(connection, there)
            expired = {
                row.finding_id
                for row in rows
                if (row.sent is None and _expired(row.claimed, when)) or _is_again(row, grown)
            }
            fresh = there - {row.finding_id for row in rows}
            connection.execute(sa.delete(_TABLE).where(_named(expired, target)))
            mine = expired | fresh
            new = [{"finding_id": key, "target": target, "claimed": when} for key in sorted(mine)]
            if new:
                connection.execute(sa.insert(_TABLE), new)
        return mine

    def sent(
        self, findings: Collection[int], target: str, claimed: datetime, when: datetime
    ) -> None:
        """Record that findings claimed at `claimed` were sent at `when` (both UTC)."""
        mine = _named(findings, target) & (_TABLE.c.claimed == claimed)
        with writing(self._engine) as connection:
            take_revision(connection)
            connection.execute(sa.update(_TABLE).where(mine).values(sent=when))

    def release(self, findings: Collection[int], target: str, claimed: datetime) -> None:
        """Give up the claims of `claimed` (UTC): the next run may try again."""
        mine = _named(findings, target) & (_TABLE.c.claimed == claimed) & _TABLE.c.sent.is_(None)
        with writing(self._engine) as connection:
            take_revision(connection)
            connection.execute(sa.delete(_TABLE).where(mine))

    def sent_to(self, target: str) -> set[int]:
        """Return the keys of the findings that were sent to a target and need not be sent again."""
        query = sa.select(_TABLE.c.finding_id, _TABLE.c.sent)
        sent = query.where(_TABLE.c.target == target, _TABLE.c.sent.is_not(None))
        with reading(self._engine) as connection:
            rows = connection.execute(sent).all()
            grown = _triaged(connection, {row.finding_id for row in rows})
            return {row.finding_id for row in rows if not _is_again(row, grown)}


def _named(findings: Collection[int], target: str) -> sa.ColumnElement[bool]:
    return (_TABLE.c.target == target) & _TABLE.c.finding_id.in_(findings)


def _triaged(connection: sa.Connection, findings: Collection[int]) -> dict[int, datetime]:
    """Return when those of the findings (keys) were triaged that grew beyond that since."""
    triage = tables.triage
    grown = tables.finding.c.grown_id.is_not(None) & triage.c.undone.is_(None)
    query = sa.select(triage.c.finding_id, sa.func.max(triage.c.created)).join(tables.finding)
    found = connection.execute(query.where(grown).group_by(triage.c.finding_id))
    return {key: created for key, created in found if key in findings}


def _is_again(row: Row, grown: Mapping[int, datetime]) -> bool:
    """Return whether a finding was sent before the triage that it grew beyond."""
    triaged = grown.get(row.finding_id)
    return triaged is not None and row.sent is not None and row.sent < triaged


def _expired(claimed: datetime, when: datetime) -> bool:
    """Return whether a claim is old; one in the future comes from a clock that was wrong."""
    return abs(when - claimed) >= timedelta(seconds=CLAIM_SECONDS)
