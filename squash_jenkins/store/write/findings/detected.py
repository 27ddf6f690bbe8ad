"""Saving of the findings of a job."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from squash_jenkins.models.finding import Finding, NodeDependence, SeriesChange
from squash_jenkins.store.engine import writing
from squash_jenkins.store.read.reader import Reader
from squash_jenkins.store.rows import DetectionRow, FindingRow
from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import finite
from squash_jenkins.store.write.definitions import add_metrics
from squash_jenkins.store.write.findings.former import forget, write_former
from squash_jenkins.store.write.findings.names import unused
from squash_jenkins.store.write.findings.triage import reopen_grown
from squash_jenkins.store.write.revisions import take_revision
from squash_jenkins.store.write.upsert import chunks, delete

_FINDING, _SERIES = tables.finding, tables.finding_series
_NUMBERS = ("before", "after", "sigma", "strength", "p_value")
_WORDS = (
    *("kind", "direction", "dataset", "filter", "level", "unit"),
    *("specification", "statistics", "nodes"),
)


_NONE: Mapping[int, int | str] = {}


class Plan(NamedTuple):
    """How the findings of a job change; builds in them are keys.

    `kept` are findings by the key of the stored one that each continues, `new` are findings by
    their preferred name, `gone` the keys of stored ones that were not detected again. A finding
    that is gone may have a successor: the key of a stored finding, or the name of a new one.
    `dependences` are the series that depend on the node, None where nothing was searched.
    """

    kept: Mapping[int, Finding]
    new: Mapping[str, Finding]
    gone: Collection[int]
    successors: Mapping[int, int | str] = _NONE
    dependences: Sequence[NodeDependence] | None = None


def write_findings(
    engine: sa.Engine,
    job: int,
    detection: DetectionRow,
    before: DetectionRow | None,
    plan: Plan,
) -> list[FindingRow] | None:
    """Update the findings of a job; return the new ones, the last begun first.

    A finding that was not detected again is deleted, or marked as withdrawn if it has triage or
    was sent to somebody; its name and its successor are stored. A name that is in use is replaced
    by one derived from it.

    Parameters
    ----------
    engine
        The database.
    job
        Key of the job.
    detection
        The builds and rules that the findings follow from; stored with them.
    before
        What was stored in its place when the series were read. If something else is stored by now,
        another program was faster: nothing is written, and None is returned.
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
        reopen_grown(connection, job, changes.changed)
        _write_names(connection, job, plan, stored, names, revision)
        _add(connection, job, {names[wish]: each for wish, each in plan.new.items()}, revision)
        if plan.dependences is not None:
            _store_dependences(connection, job, plan.dependences)
        _store_detection(connection, detection._replace(job=job), before)
        made = set(names.values())
        changed = Reader(connection).findings.find(job, since=revision - 1)
        return [row for row in changed if row.name in made]


@dataclass(frozen=True, slots=True)
class _Changes:
    """What differs from what is stored."""

    changed: Mapping[int, Finding]
    deleted: Collection[int]
    withdrawn: Collection[int]


def _changes(connection: sa.Connection, stored: Mapping[int, FindingRow], plan: Plan) -> _Changes:
    changed = {
        key: finding
        for key, finding in plan.kept.items()
        if stored[key].withdrawn or _values(finding) != _values(stored[key].finding)
    }
    gone = {key for key in plan.gone if key in stored and not stored[key].withdrawn}
    withdrawn = _with_statements(connection, gone)
    return _Changes(changed, gone - withdrawn, withdrawn)


def _write_names(
    connection: sa.Connection,
    job: int,
    plan: Plan,
    stored: Mapping[int, FindingRow],
    names: Mapping[str, str],
    revision: int,
) -> None:
    """Store what became of the names of findings that are gone."""
    known = {key: row.name for key, row in stored.items()}
    forget(connection, [*(known[key] for key in plan.kept), *names.values()])
    gone = {}
    for key in plan.gone:
        if key in stored:
            heir = plan.successors.get(key)
            gone[known[key]] = names.get(heir) if isinstance(heir, str) else known.get(heir or 0)
    write_former(connection, job, gone, {row.name: row for row in stored.values()}, revision)


def _with_statements(connection: sa.Connection, findings: Collection[int]) -> set[int]:
    """Return those of the findings that people triaged or wrote about, or that were sent."""
    owners = [
        table.c.finding_id for table in (tables.triage, tables.finding_comment, tables.notification)
    ]
    return {
        key
        for owner in owners
        for chunk in chunks(findings)
        for key in connection.scalars(sa.select(owner).where(owner.in_(chunk)))
    }


def _values(finding: Finding) -> list[dict[str, Any]]:
    """Return everything that is stored of a finding, in a form that can be compared."""
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
        "evidence": None if series.evidence is None else asdict(series.evidence),
    }


def _withdraw(connection: sa.Connection, findings: Collection[int], revision: int) -> None:
    for chunk in chunks(findings):
        here = sa.update(_FINDING).where(_FINDING.c.id.in_(chunk))
        connection.execute(here.values(withdrawn=True, revision=revision))


def _write(connection: sa.Connection, findings: Mapping[int, Finding], revision: int) -> None:
    """Update stored findings."""
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
    shared = {"job_id": job, "withdrawn": False, "revision": revision}
    rows = [{"name": name, **_own(each), **shared} for name, each in findings.items()]
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


def _store_dependences(
    connection: sa.Connection, job: int, found: Sequence[NodeDependence]
) -> None:
    """Replace what is stored of how series of a job depend on nodes."""
    table = tables.node_effect
    connection.execute(sa.delete(table).where(table.c.job_id == job))
    metrics = add_metrics(connection, sorted({each.series.metric for each in found}))
    rows = [
        {
            "job_id": job,
            "metric_id": metrics[each.series.metric],
            "dataset": each.series.dataset,
            "filter": each.series.filter,
            "level": each.series.level,
            "unit": each.unit,
            "reference": each.reference,
            "effects": dict(each.effects),
            "factors": each.factors,
            "text": each.text,
        }
        for each in found
    ]
    if rows:
        connection.execute(sa.insert(table), rows)


def _store_detection(
    connection: sa.Connection, detection: DetectionRow, before: DetectionRow | None
) -> None:
    table = tables.judgement
    values = {
        "revision": detection.revision,
        "builds": detection.builds,
        "digest": detection.digest,
    }
    if before is None:
        connection.execute(sa.insert(table).values(job_id=detection.job, **values))
    else:
        here = sa.update(table).where(table.c.job_id == detection.job)
        connection.execute(here.values(**values))
