"""The names of findings that are no longer detected, and what they became."""

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from squash_jenkins.store.rows import FindingRow
from squash_jenkins.store.schema import tables
from squash_jenkins.store.write.upsert import chunks
from squash_jenkins.text.sentences import headline

_FORMER = tables.former_finding
_MOST = 500
"""So many names of a job are stored, the newest."""


def write_former(
    connection: sa.Connection,
    job: int,
    gone: Mapping[str, str | None],
    stored: Mapping[str, FindingRow],
    revision: int,
) -> None:
    """Store the names of findings that are gone, each with the name of its successor."""
    forget(connection, gone)
    rows = [
        {
            "job_id": job,
            "name": name,
            "headline": headline(stored[name].finding),
            "build_id": stored[name].finding.build,
            "successor": successor,
            "revision": revision,
        }
        for name, successor in gone.items()
    ]
    if rows:
        connection.execute(sa.insert(_FORMER), rows)
        own = sa.select(_FORMER.c.id).where(_FORMER.c.job_id == job).order_by(_FORMER.c.id.desc())
        older = connection.scalars(own.offset(_MOST).limit(2**31 - 1)).all()
        for chunk in chunks(older):
            connection.execute(sa.delete(_FORMER).where(_FORMER.c.id.in_(chunk)))


def forget(connection: sa.Connection, names: Collection[str]) -> None:
    """Delete the names of findings that are detected again."""
    for chunk in chunks(names):
        connection.execute(sa.delete(_FORMER).where(_FORMER.c.name.in_(chunk)))
