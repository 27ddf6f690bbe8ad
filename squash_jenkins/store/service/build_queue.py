"""The queue of builds to ingest, for any number of processes that work on it.

A build that is waiting or being read has one row (`pending`). Whoever claims a row works on it;
it renews its claim while it does. When that process dies, the claim is given up after
`CLAIM_SECONDS` and another takes the build: reading a build twice changes nothing, so it is rather
read twice than never.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from squash_jenkins.models import Branch, BuildId
from squash_jenkins.store.engine import reading, writing
from squash_jenkins.store.schema import tables
from squash_jenkins.store.write.digests import sha256_of
from squash_jenkins.store.write.revisions import take_revision

WAITING, RUNNING, DONE, FAILED = STATES = ("waiting", "running", "done", "failed")
CLAIM_SECONDS = 120.0
"""A claim that was not renewed for this time comes from a process that died."""
_TABLE = tables.notice


class QueuedBuild(NamedTuple):
    """A build in the queue; times are UTC, `tries` counts how often it was claimed.

    `node` is the machine that the build runs on, `branch` what it builds, where the request named
    them.
    """

    key: int
    name: str
    controller: str
    job: str
    number: int
    source: str
    state: str
    again: bool
    tries: int
    created: datetime
    due: datetime
    claimed: datetime | None
    ended: datetime | None
    outcome: str | None
    node: str | None
    branch: Branch | None

    @property
    def id(self) -> BuildId:
        """The build."""
        return BuildId(self.controller, self.job, self.number)


_COLUMNS = [_TABLE.c["id" if name == "key" else name] for name in QueuedBuild._fields]
_QUERY = sa.select(*_COLUMNS)


class BuildQueue:
    """The queue; may be shared by threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(
        self,
        id: BuildId,
        source: str,
        now: datetime,
        node: str | None = None,
        branch: Branch | None = None,
    ) -> QueuedBuild:
        """Queue a build unless it is waiting already.

        A build that is being read just now is read once more afterwards.
        """
        pending = sha256_of([id.controller, id.job, id.number])
        with writing(self._engine) as connection:
            take_revision(connection, 0)  # one writer at a time; no page shows the queue
            known = _first(connection, _TABLE.c.pending == pending)
            if known is None:
                values = {**_new(id, source, pending, now), **_given(node, branch)}
                connection.execute(sa.insert(_TABLE).values(values))
            elif known.state == RUNNING:
                _set(connection, known.key, again=True, **_given(node, branch, known))
            else:
                due = min(known.due, now)
                _set(connection, known.key, due=due, tries=0, **_given(node, branch, known))
            row = _first(connection, _TABLE.c.pending == pending)
        assert row is not None  # noqa: S101 - written or found in this transaction
        return row

    def claim(self, now: datetime, without: Collection[str] = ()) -> QueuedBuild | None:
        """Claim the build that has been due the longest; return None if nothing is due.

        Builds of the controllers `without` are left waiting.
        """
        left = now - timedelta(seconds=CLAIM_SECONDS)
        waits = sa.and_(_TABLE.c.state == WAITING, _TABLE.c.due <= now)
        lost = sa.and_(_TABLE.c.state == RUNNING, _TABLE.c.claimed <= left)
        wanted = sa.and_(sa.or_(waits, lost), _TABLE.c.controller.not_in(without))
        with reading(self._engine) as connection:  # mostly nothing: others need not wait for that
            if _first(connection, wanted) is None:
                return None
        with writing(self._engine) as connection:
            take_revision(connection, 0)
            row = _first(connection, wanted)
            if row is None:
                return None
            _set(connection, row.key, state=RUNNING, claimed=now, tries=row.tries + 1)
            return _first(connection, _TABLE.c.id == row.key)

    def renew(self, row: QueuedBuild, now: datetime) -> QueuedBuild:
        """Renew a claim while the build is being read; return the row to continue with."""
        with writing(self._engine) as connection:
            take_revision(connection, 0)
            if _is_still_claimed(connection, row) is None:
                return row
            _set(connection, row.key, claimed=now)
            return _first(connection, _TABLE.c.id == row.key) or row

    def finish(self, row: QueuedBuild, outcome: str, now: datetime) -> None:
        """Mark a claimed build as done; if it was queued again meanwhile, it waits again."""
        self._end(row, now, state=DONE, outcome=outcome)

    def fail(self, row: QueuedBuild, outcome: str, now: datetime) -> None:
        """Mark a claimed build as failed, in the same way as `finish`."""
        self._end(row, now, state=FAILED, outcome=outcome)

    def put_back(self, row: QueuedBuild, outcome: str, due: datetime) -> None:
        """Give up a claim: the build waits until it is due again."""
        with writing(self._engine) as connection:
            take_revision(connection, 0)
            if _is_still_claimed(connection, row):
                values: dict[str, Any] = {"state": WAITING, "claimed": None, "again": False}
                _set(connection, row.key, due=due, outcome=outcome, **values)

    def get(self, name: str) -> QueuedBuild | None:
        """Return a queued build by its name."""
        with reading(self._engine) as connection:
            return _first(connection, _TABLE.c.name == name)

    def newest(self, many: int, state: str | None = None) -> list[QueuedBuild]:
        """Return queued builds, newest first."""
        query = _QUERY.order_by(_TABLE.c.id.desc()).limit(many)
        if state is not None:
            query = query.where(_TABLE.c.state == state)
        with reading(self._engine) as connection:
            return [_read(row) for row in connection.execute(query)]

    def forget(self, before: datetime) -> int:
        """Delete builds that ended before a time; return how many."""
        with writing(self._engine) as connection:
            take_revision(connection, 0)
            return connection.execute(sa.delete(_TABLE).where(_TABLE.c.ended < before)).rowcount

    def _end(self, row: QueuedBuild, now: datetime, *, state: str, outcome: str) -> None:
        with writing(self._engine) as connection:
            take_revision(connection, 0)
            current = _is_still_claimed(connection, row)
            if current is None:
                return
            values: Mapping[str, Any] = {"state": state, "pending": None, "ended": now}
            if current.again:
                values = {"state": WAITING, "again": False, "due": now, "tries": 0}
            _set(connection, row.key, claimed=None, outcome=outcome, **values)


def _new(id: BuildId, source: str, pending: str, now: datetime) -> dict[str, Any]:
    return {
        "name": secrets.token_hex(8),
        "controller": id.controller,
        "job": id.job,
        "number": id.number,
        "source": source,
        "pending": pending,
        "state": WAITING,
        "again": False,
        "tries": 0,
        "created": now,
        "due": now,
    }


def _given(
    node: str | None, branch: Branch | None, known: QueuedBuild | None = None
) -> dict[str, Any]:
    """Return what requests named, as columns; what the newest one does not name stays."""
    if known is not None:
        node = node or known.node
        branch = (known.branch or Branch()).updated(branch or Branch())
    return {"node": node, "branch": asdict(branch) if branch else None}


def _read(row: Any) -> QueuedBuild:
    queued = QueuedBuild(*row)
    return queued._replace(branch=Branch(**row.branch) if row.branch else None)


def _first(connection: sa.Connection, where: sa.ColumnElement[bool]) -> QueuedBuild | None:
    query = _QUERY.where(where).order_by(_TABLE.c.due, _TABLE.c.id).limit(1)
    row = connection.execute(query).first()
    return _read(row) if row else None


def _set(connection: sa.Connection, key: int, **values: Any) -> None:
    connection.execute(sa.update(_TABLE).where(_TABLE.c.id == key).values(**values))


def _is_still_claimed(connection: sa.Connection, row: QueuedBuild) -> QueuedBuild | None:
    """Return the current row, or None if another process took it over."""
    mine = sa.and_(
        _TABLE.c.id == row.key, _TABLE.c.state == RUNNING, _TABLE.c.claimed == row.claimed
    )
    return _first(connection, mine)
