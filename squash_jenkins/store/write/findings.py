"""Write what was found in the series of a job, and what people say of it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from squash_jenkins.errors import StoreError
from squash_jenkins.models.finding import TRIAGE, Finding, SeriesChange, Triage
from squash_jenkins.store.engine import Also, writing
from squash_jenkins.store.read.reader import Reader
from squash_jenkins.store.rows import DetectionRow, FindingRow
from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import finite
from squash_jenkins.store.write.definitions import add_metrics
from squash_jenkins.store.write.finding_names import unused
from squash_jenkins.store.write.revisions import take_revision
from squash_jenkins.store.write.upsert import chunks, delete

_FINDING, _SERIES, _TRIAGE = tables.finding, tables.finding_series, tables.triage
_NUMBERS = ("before", "after", "sigma", "strength", "p_value")
_WORDS = ("kind", "direction", "dataset", "filter", "level", "unit", "specification", "statistics")


class Plan(NamedTuple):
    """Say what is to become of the findings of a job; builds in them are keys.

    `kept` are findings by the key of the stored one that each is, `new` by the name they are to
    have, `gone` the keys of stored ones that are found no longer.
    """

    kept: Mapping[int, Finding]
    new: Mapping[str, Finding]
    gone: Collection[int]


def write_findings(
    engine: sa.Engine,
    job: int,
    judgement: DetectionRow,
    before: DetectionRow | None,
    plan: Plan,
) -> list[FindingRow] | None:
    """Bring the findings of a job to what was found; return the new ones, the last begun first.

    What is found no longer is deleted, or kept as withdrawn when somebody spoke of it or was
    told. A name that another finding has already is replaced by one that follows from it.

    Parameters
    ----------
    engine
        The database.
    job
        Key of the job.
    judgement
        Which builds and rules the findings follow from; stored with them.
    before
        What was stored in its place when they were read. When something else is stored by now,
        somebody was faster: nothing is written and None returned.
    plan
        The findings.

    """
    with writing(engine) as connection:
        revision = take_revision(connection)
        reader = Reader(connection)
        stored = {row.key: row for row in reader.findings.find(job)}
        if reader.findings.detections().get(job) != before or not plan.kept.keys() <= stored.keys():
            connection.rollback()
            return None
        changes = _changes(connection, stored, plan)
        delete(connection, _FINDING, changes.deleted)
        names = unused(connection, plan.new)
        _withdraw(connection, changes.withdrawn, revision)
        _write(connection, changes.changed, revision)
        _add(connection, job, {names[wish]: each for wish, each in plan.new.items()}, revision)
        _store_judgement(connection, judgement._replace(job=job), before)
        made = set(names.values())
        changed = Reader(connection).findings.find(job, since=revision - 1)
        return [row for row in changed if row.name in made]


@dataclass(frozen=True, slots=True)
class _Changes:
    """Hold what differs from what is stored."""

    changed: Mapping[int, Finding]
    deleted: Collection[int]
    withdrawn: Collection[int]


def _changes(connection: sa.Connection, stored: Mapping[int, FindingRow], plan: Plan) -> _Changes:
    changed = {
        key: finding
        for key, finding in plan.kept.items()
        if stored[key].withdrawn or _told(finding) != _told(stored[key].finding)
    }
    gone = {key for key in plan.gone if key in stored and not stored[key].withdrawn}
    withdrawn = {key for key in gone if stored[key].triage} | _notified(connection, gone)
    return _Changes(changed, gone - withdrawn, withdrawn)


def _notified(connection: sa.Connection, findings: Iterable[int]) -> set[int]:
    """Return those of the findings that somebody was told of, or is being told of just now."""
    owner = tables.notification.c.finding_id
    return {
        key
        for chunk in chunks(findings)
        for key in connection.scalars(sa.select(owner).where(owner.in_(chunk)))
    }


def _told(finding: Finding) -> list[dict[str, Any]]:
    """Return all that is stored of a finding, in a form that can be compared."""
    return [_own(finding), *({"metric": s.metric, **_of_series(s)} for s in finding.series)]


def _own(finding: Finding) -> dict[str, Any]:
    return {"kind": finding.kind, "direction": finding.direction, **_places(finding)}


def _places(of: Finding | SeriesChange) -> dict[str, int | None]:
    return {"build_id": of.build, "first_id": of.first, "last_id": of.last, "ended_id": of.ended}


def _of_series(series: SeriesChange) -> dict[str, Any]:
    words = {name: getattr(series, name) for name in _WORDS}
    return {
        **words,
        **_places(series),
        **{name: finite(getattr(series, name)) for name in _NUMBERS},
    }


def _withdraw(connection: sa.Connection, findings: Collection[int], revision: int) -> None:
    for chunk in chunks(findings):
        here = sa.update(_FINDING).where(_FINDING.c.id.in_(chunk))
        connection.execute(here.values(withdrawn=True, revision=revision))


def _write(connection: sa.Connection, findings: Mapping[int, Finding], revision: int) -> None:
    """Write findings over the stored ones."""
    if not findings:
        return
    rows = [
        {"_key": key, **_own(each), "withdrawn": False, "revision": revision}
        for key, each in findings.items()
    ]
    here = sa.update(_FINDING).where(_FINDING.c.id == sa.bindparam("_key"))
    connection.execute(here, rows)
    for chunk in chunks(findings):
        connection.execute(sa.delete(_SERIES).where(_SERIES.c.finding_id.in_(chunk)))
    _add_series(connection, findings)


def _add(
    connection: sa.Connection, job: int, findings: Mapping[str, Finding], revision: int
) -> None:
    """Add findings by name."""
    if not findings:
        return
    told = {"job_id": job, "withdrawn": False, "revision": revision}
    rows = [{"name": name, **_own(each), **told} for name, each in findings.items()]
    connection.execute(sa.insert(_FINDING), rows)
    query = sa.select(_FINDING.c.id, _FINDING.c.name)
    keys = {
        key: findings[name]
        for chunk in chunks(findings)
        for key, name in connection.execute(query.where(_FINDING.c.name.in_(chunk)))
    }
    _add_series(connection, keys)


def _add_series(connection: sa.Connection, findings: Mapping[int, Finding]) -> None:
    metrics = add_metrics(
        connection, sorted({s.metric for each in findings.values() for s in each.series})
    )
    rows = [
        {
            "finding_id": key,
            "position": position,
            "metric_id": metrics[series.metric],
            **_of_series(series),
        }
        for key, finding in findings.items()
        for position, series in enumerate(finding.series)
    ]
    if rows:
        connection.execute(sa.insert(_SERIES), rows)


def _store_judgement(
    connection: sa.Connection, judgement: DetectionRow, before: DetectionRow | None
) -> None:
    table = tables.judgement
    values = {
        "revision": judgement.revision,
        "builds": judgement.builds,
        "digest": judgement.digest,
    }
    if before is None:
        connection.execute(sa.insert(table).values(job_id=judgement.job, **values))
    else:
        here = sa.update(table).where(table.c.job_id == judgement.job)
        connection.execute(here.values(**values))


def add_triage(engine: sa.Engine, finding: int, triage: Triage, also: Also | None = None) -> None:
    """Add what somebody says of a finding (by key); what was said before stays on record.

    `also` is done in the same transaction.

    Raises
    ------
    StoreError
        When there is no such finding.
    ValueError
        When the state is none of ``findings.TRIAGE``, or the time has no zone.

    """
    if triage.state not in TRIAGE:
        raise ValueError(f"{triage.state!r} is none of {', '.join(TRIAGE)}")
    with writing(engine) as connection:
        revision = take_revision(connection)
        query = sa.select(_FINDING).where(_FINDING.c.id == finding)
        row = connection.execute(query).one_or_none()
        if row is None:
            raise StoreError(
                f"There is no finding with the key {finding} any more; list them again."
            )
        said = {name: getattr(triage, name) for name in Triage.__match_args__}
        connection.execute(sa.insert(_TRIAGE).values(finding_id=finding, **said))
        here = sa.update(_FINDING).where(_FINDING.c.id == finding)
        connection.execute(here.values(revision=revision))
        if also is not None:
            also(connection)
