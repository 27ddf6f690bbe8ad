"""Queries for findings, their triage, and the revision up to which they were detected."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from squash_jenkins.analysis.series.growth import growth_of
from squash_jenkins.models import SeriesId
from squash_jenkins.models.finding import (
    Acceptance,
    Comment,
    CoveredSeries,
    Evidence,
    Finding,
    NodeDependence,
    SeriesChange,
    Triage,
    accepted_by,
)
from squash_jenkins.store.read.transaction import Part, Row
from squash_jenkins.store.rows import DetectionRow, FindingRow, FormerFinding
from squash_jenkins.store.schema import tables
from squash_jenkins.text.names import short_names

_FINDING, _SERIES, _TRIAGE = tables.finding, tables.finding_series, tables.triage
_BUILDS = ("build", "first", "last", "ended")
_SERIES_COLUMNS = [
    _SERIES.c[{name: f"{name}_id" for name in ("metric", *_BUILDS)}.get(name, name)]
    for name in SeriesChange.__match_args__
]
_SERIES_OF_ACCEPTANCE = ("job_id", "metric_id", "dataset", "filter", "level")
_TRIAGE_COLUMNS = [_TRIAGE.c[name] for name in Triage.__match_args__]


class _Beside(NamedTuple):
    """What other tables contain about findings, by key of the finding."""

    series: dict[int, list[SeriesChange]]
    triage: dict[int, Triage]
    accepted: dict[int, list[Acceptance]]
    notified: dict[int, datetime]
    covers: dict[int, list[CoveredSeries]]


class FindingReader(Part):
    """Findings and what belongs to them."""

    def find(
        self,
        job: int | None = None,
        *,
        name: str | None = None,
        since: int | None = None,
        keys: Collection[int] | None = None,
    ) -> list[FindingRow]:
        """Return findings, those that began last first, including withdrawn ones.

        Parameters
        ----------
        job
            Key of the job (default: every job).
        name
            Beginning of their name.
        since
            The revision after which they changed.
        keys
            Their keys, a few hundred at most.

        """
        conditions: list[sa.ColumnElement[bool]] = []
        if job is not None:
            conditions.append(_FINDING.c.job_id == job)
        if name is not None:
            conditions.append(_FINDING.c.name.startswith(name.lower(), autoescape=True))
        if since is not None:
            conditions.append(_FINDING.c.revision > since)
        if keys is not None:
            conditions.append(_FINDING.c.id.in_(keys))
        rows = self._connection.execute(_query(conditions)).all()
        beside = self._beside([row.id for row in rows])
        return [_finding_row(row, beside) for row in rows]

    def triage(self, finding: int) -> list[Triage]:
        """Return the triage of a finding, the oldest first."""
        query = sa.select(*_TRIAGE_COLUMNS).where(_TRIAGE.c.finding_id == finding)
        return [Triage(*row) for row in self._connection.execute(query.order_by(_TRIAGE.c.id))]

    def comments(self, finding: int) -> list[Comment]:
        """Return what people wrote about a finding, the oldest first."""
        table = tables.finding_comment
        query = sa.select(table.c.id, table.c.who, table.c.created, table.c.note)
        query = query.where(table.c.finding_id == finding).order_by(table.c.id)
        return [Comment(*row) for row in self._connection.execute(query)]

    def covers(self, findings: Iterable[int]) -> dict[int, list[CoveredSeries]]:
        """Return what the latest triage of findings (keys) covers, where it silences them."""
        query = sa.select(_TRIAGE.c.finding_id, _TRIAGE.c.state, _TRIAGE.c.covers)
        query = query.where(_TRIAGE.c.undone.is_(None))
        rows = self._among(query.order_by(_TRIAGE.c.id), _TRIAGE.c.finding_id, list(findings))
        latest = {key: [] if state == "open" else covers for key, state, covers in rows}
        return {
            key: [CoveredSeries(**each) for each in covers]
            for key, covers in latest.items()
            if covers
        }

    def acceptances(self) -> dict[int, list[Acceptance]]:
        """Return by job (key) the accepted levels of its series, the earliest build first."""
        table, build = tables.acceptance, tables.build
        columns = [table.c[name] for name in _SERIES_OF_ACCEPTANCE]
        rest = (table.c.build_id, build.c.number, table.c.who, table.c.created, table.c.note)
        query = sa.select(*columns, *rest).join_from(table, build, table.c.build_id == build.c.id)
        rows = self._connection.execute(query.order_by(build.c.started, build.c.number)).all()
        names = self._metric_names if rows else {}
        found: dict[int, list[Acceptance]] = defaultdict(list)
        for job, metric, dataset, filter_, level, *others in rows:
            series = SeriesId(dataset, filter_, names[metric], level)
            found[job].append(Acceptance(series, *others))
        return dict(found)

    def former(self, name: str | None = None) -> list[FormerFinding]:
        """Return the findings that are no longer detected, or the one of this name."""
        table, build = tables.former_finding, tables.build
        names = ("name", "job_id", "headline", "build_id")
        columns = [table.c[each] for each in names] + [build.c.number, build.c.started]
        query = sa.select(*columns, table.c.successor, table.c.revision).join_from(table, build)
        if name is not None:
            query = query.where(table.c.name == name.lower())
        rows = self._connection.execute(query.order_by(table.c.id))
        return [FormerFinding._make(row) for row in rows]

    def node_dependences(self) -> dict[int, list[NodeDependence]]:
        """Return by job (key) the series whose newest values depend on the node."""
        table = tables.node_effect
        columns = [table.c[name] for name in _SERIES_OF_ACCEPTANCE]
        rest = (table.c[name] for name in ("unit", "reference", "effects", "factors", "text"))
        rows = self._connection.execute(sa.select(*columns, *rest).order_by(table.c.id)).all()
        names = self._metric_names if rows else {}
        found: dict[int, list[NodeDependence]] = defaultdict(list)
        for job, metric, dataset, filter_, level, *others in rows:
            series = SeriesId(dataset, filter_, names[metric], level)
            found[job].append(NodeDependence(series, *others))
        return dict(found)

    def detections(self) -> dict[int, DetectionRow]:
        """Return by job (key) up to which revision its findings were detected."""
        table = tables.judgement
        query = sa.select(table.c.job_id, table.c.revision, table.c.builds, table.c.digest)
        return {row.job_id: DetectionRow(*row) for row in self._connection.execute(query)}

    def _beside(self, keys: list[int]) -> _Beside:
        notes = sa.select(_TRIAGE.c.finding_id, *_TRIAGE_COLUMNS).order_by(_TRIAGE.c.id)
        notes = notes.where(_TRIAGE.c.undone.is_(None))
        triage = {
            key: Triage(*rest) for key, *rest in self._among(notes, _TRIAGE.c.finding_id, keys)
        }
        table = tables.notification
        sent = sa.select(table.c.finding_id, sa.func.min(table.c.sent))
        query = sent.where(table.c.sent.is_not(None)).group_by(table.c.finding_id)
        notified = {key: moment for key, moment in self._among(query, table.c.finding_id, keys)}
        accepted = self.acceptances() if keys else {}
        covers = self.covers(triage)
        return _Beside(self._series_of(keys), triage, accepted, notified, covers)

    def _series_of(self, keys: list[int]) -> dict[int, list[SeriesChange]]:
        owner = _SERIES.c.finding_id
        query = sa.select(owner, *_SERIES_COLUMNS).order_by(owner, _SERIES.c.position)
        names = self._metric_names if keys else {}
        shown = short_names(names.values())
        found: dict[int, list[SeriesChange]] = defaultdict(list)
        for key, kind, direction, metric, *rest in self._among(query, owner, keys):
            rest[-1] = _evidence(rest[-1])
            name = names[metric]
            change = SeriesChange(kind, direction, name, *rest)
            found[key].append(replace(change, shown=shown[name]))
        return found


def _evidence(stored: Mapping[str, Any] | None) -> Evidence | None:
    """Return evidence as it was before JSON turned its tuples into lists."""
    if stored is None:
        return None
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
    }
    return Evidence(**values)


def _query(conditions: Iterable[sa.ColumnElement[bool]]) -> sa.Select[*tuple[Any, ...]]:
    build = tables.build
    query = sa.select(_FINDING).join_from(_FINDING, build, _FINDING.c.build_id == build.c.id)
    order = (build.c.started.desc(), build.c.number.desc(), _FINDING.c.name)
    return query.where(*conditions).order_by(*order)


def _finding_row(row: Row, beside: _Beside) -> FindingRow:
    key = row.id
    builds = (row.build_id, row.first_id, row.last_id)
    series = tuple(beside.series[key])
    finding = Finding(row.kind, row.direction, *builds, series, row.ended_id)
    notified, triage = beside.notified.get(key), beside.triage.get(key)
    accepted = accepted_by(finding, beside.accepted.get(row.job_id, ()))
    own = (key, row.name, row.job_id, row.revision, row.withdrawn, notified, triage, finding)
    grown = row.grown_id
    growth = None if grown is None else growth_of(beside.covers.get(key, ()), finding)
    return FindingRow(*own, accepted, growth, grown)
