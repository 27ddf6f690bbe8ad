"""The join of a job that was renamed in Jenkins with the builds stored under its old name."""

import sqlalchemy as sa

from squash_jenkins.store.engine import reading, writing
from squash_jenkins.store.schema import finding_tables, tables
from squash_jenkins.store.schema.types import name_digest
from squash_jenkins.store.write.revisions import note_definitions, take_revision

_JOB, _BUILD, _FINDING = tables.job, tables.build, finding_tables.finding
_DERIVED = (
    *(tables.pack, tables.file_group, tables.branch),
    *(finding_tables.judgement, finding_tables.node_effect),
)
"""What is derived from the builds of a job, and is computed again or comes with the next one."""
_ACCEPTANCE, _FORMER = finding_tables.acceptance, finding_tables.former_finding
_OF_BUILDS = ("build_id", "first_id", "last_id", "ended_id")
_REFERRING = {
    _FINDING: (*_OF_BUILDS, "grown_id"),
    finding_tables.finding_series: _OF_BUILDS,
    _ACCEPTANCE: ("build_id",),
    _FORMER: ("build_id",),
}


def join_renamed(engine: sa.Engine, old: str, new: str) -> int:
    """Move the builds stored under the job name `old` to `new`; return how many there are.

    Builds stored under both names (same number and start) are the same: those of the old name
    stay, with the triage of their findings. This is done on each controller.
    """
    here = _JOB.c.name_digest == name_digest(old)
    with reading(engine) as connection:  # usually nothing: an earlier run did it
        if connection.execute(sa.select(_JOB.c.id).where(here)).first() is None:
            return 0
    with writing(engine) as connection:
        revision = take_revision(connection)
        jobs = connection.execute(sa.select(_JOB.c.id, _JOB.c.controller_id).where(here)).all()
        joined = sum(_join(connection, *job, new, revision) for job in jobs)
        note_definitions(
            connection, revision
        )  # pages of the old name are removed, others get new links
        return joined


def _join(connection: sa.Connection, old: int, controller: int, new: str, revision: int) -> int:
    same = (_JOB.c.controller_id == controller) & (_JOB.c.name_digest == name_digest(new))
    known = connection.execute(sa.select(_JOB.c.id).where(same)).scalar()
    for job in [old] if known is None else [old, known]:
        for table in _DERIVED:
            connection.execute(sa.delete(table).where(table.c.job_id == job))
    if known is not None:
        _move_builds(connection, known, old)
        connection.execute(sa.delete(_JOB).where(_JOB.c.id == known))
    values = {"name": new, "name_digest": name_digest(new)}
    connection.execute(sa.update(_JOB).where(_JOB.c.id == old).values(**values))
    touched = sa.update(_BUILD).where(_BUILD.c.job_id == old).values(revision=revision)
    return connection.execute(touched).rowcount


def _move_builds(connection: sa.Connection, source: int, target: int) -> None:
    """Move the builds and findings of one job to another; of builds in both one stays."""
    twin = _BUILD.alias()
    pairs = sa.select(_BUILD.c.id, twin.c.id).where(
        _BUILD.c.job_id == source,
        twin.c.job_id == target,
        _BUILD.c.number == twin.c.number,
        _BUILD.c.started == twin.c.started,
    )
    for double, kept in connection.execute(pairs).all():
        for table, names in _REFERRING.items():
            for name in names:
                here = sa.update(table).where(table.c[name] == double)
                connection.execute(here.values({name: kept}))
        connection.execute(sa.delete(_BUILD).where(_BUILD.c.id == double))
    _drop_twins(connection, source, target)
    for table in (_BUILD, _FINDING, _ACCEPTANCE, _FORMER):
        moved = sa.update(table).where(table.c.job_id == source).values(job_id=target)
        connection.execute(moved)


def _drop_twins(connection: sa.Connection, source: int, target: int) -> None:
    """Delete what was accepted in both jobs from that of the source."""
    twin = _ACCEPTANCE.alias()
    same = [_ACCEPTANCE.c[name] == twin.c[name] for name in ("metric_id", "series_digest")]
    same += [_ACCEPTANCE.c.build_id == twin.c.build_id, twin.c.job_id == target]
    query = sa.select(_ACCEPTANCE.c.id).join_from(_ACCEPTANCE, twin, sa.and_(*same))
    keys = connection.scalars(query.where(_ACCEPTANCE.c.job_id == source)).all()
    connection.execute(sa.delete(_ACCEPTANCE).where(_ACCEPTANCE.c.id.in_(keys)))
