"""Queries for measurements: of builds, of a job, and as columns for plots."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from squash_jenkins.models import JsonObject, SeriesId
from squash_jenkins.store.read.transaction import Part, none_if_empty
from squash_jenkins.store.rows import (
    MeasurementRow,
    Points,
    PointsQuery,
    ReportedMeasurement,
    SeriesPart,
)
from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import name_digest

_Origin = tuple[int, str | None, str | None, int | None, JsonObject]
"""Build, dataset, filter, set of specifications and terms of a report."""


class MeasurementReader(Part):
    """Measurements as rows and as points."""

    def of_builds(
        self, builds: Sequence[int] | None = None, *, metric: str | None = None
    ) -> list[MeasurementRow]:
        """Return the measurements of builds, of a metric, or of both, sorted by report."""
        table, report = tables.measurement, tables.report
        columns: list[Any] = [table.c.id, table.c.report_id, report.c.build_id, table.c.metric_id]
        columns += [table.c.level, table.c.value, table.c.unit, table.c.extra]
        query = sa.select(*columns).join_from(table, report)
        if metric is not None:
            query = query.where(table.c.metric_id == self._metric_key(metric))
        names = self._metric_names
        found = (
            self._connection.execute(query)
            if builds is None
            else self._among(query, report.c.build_id, builds)
        )
        rows = [
            MeasurementRow(key, of, build, names[about], level, value, unit, extra)
            for key, of, build, about, level, value, unit, extra in found
        ]
        return sorted(rows, key=lambda row: (row.report, row.metric, row.level))

    def of_job(self, job: int, builds: Sequence[int]) -> list[ReportedMeasurement]:
        """Return the measurements of these builds of a job, sorted by build, path and filter.

        Rows of one report share its `terms`.
        """
        reports = self._reports_of(job, builds)
        table, names = tables.measurement, self._metric_names
        columns = (table.c.report_id, table.c.metric_id, table.c.level, table.c.value, table.c.unit)
        order = table.c.report_id, table.c.metric_id, table.c.level_digest
        rows = self._among(sa.select(*columns).order_by(*order), table.c.report_id, list(reports))
        found: dict[int, list[ReportedMeasurement]] = {key: [] for key in reports}
        for report, metric, level, value, unit in rows:
            build, dataset, band, own, terms = reports[report]
            found[report].append(
                ReportedMeasurement(
                    build, names[metric], dataset, band, level, value, unit, own, terms
                )
            )
        return [row for of_report in found.values() for row in of_report]

    def without_value(self, builds: Sequence[int]) -> dict[tuple[int, SeriesId], JsonObject]:
        """Return by build and series what measurements without a value have besides: `extra`."""
        table, report, dataset = tables.measurement, tables.report, tables.dataset
        columns: list[Any] = [report.c.build_id, dataset.c.name, report.c.filter]
        columns += [table.c.metric_id, table.c.level, table.c.extra]
        source = table.join(report).outerjoin(dataset)
        query = sa.select(*columns).select_from(source).where(table.c.value.is_(None))
        names = self._metric_names
        return {
            (build, SeriesId(place or "", band, names[metric], level)): extra
            for build, place, band, metric, level, extra in self._among(
                query, report.c.build_id, builds
            )
        }

    def _reports_of(self, job: int, builds: Sequence[int]) -> dict[int, _Origin]:
        """Return the origin of the reports of builds by key, in the order of the result."""
        report, dataset, build = tables.report, tables.dataset, tables.build
        columns: list[Any] = [report.c.id, report.c.path, report.c.build_id, dataset.c.name]
        columns += [none_if_empty(report.c.filter), report.c.specification_set_id, report.c.terms]
        query = sa.select(*columns).select_from(report.join(build).outerjoin(dataset))
        of_job = query.where(build.c.job_id == job)
        rows = sorted(
            self._among(of_job, report.c.build_id, builds),
            key=lambda row: (row[2], row[1], row[4] or ""),
        )
        return {key: (build_key, *rest) for key, _, build_key, *rest in rows}

    def points(self, asked: PointsQuery, most: int) -> Points:
        """Return the newest points, at most `most`, in order of start.

        One metric of one job is found by the index of measurements by metric; blocks would contain
        thousands of other metrics.
        """
        build = tables.build
        chosen = _chosen(asked, self._metric_key(asked.metric))
        own = tables.measurement
        columns: list[Any] = [build.c.id, build.c.number, _milliseconds(self._connection)]
        columns += [sa.type_coerce(own.c.value, sa.Double)]
        columns += [sa.case((own.c.value.is_(None), own.c.extra)), tables.report.c.dataset_id]
        columns += [tables.report.c.filter, own.c.level, own.c.unit]
        source = own.join(tables.report).join(build)
        order = (build.c.started.desc(), build.c.number.desc(), own.c.id.desc())
        query = sa.select(*columns).select_from(source).where(*chosen)
        rows = self._connection.execute(query.order_by(*order).limit(most + 1)).all()
        found = rows[:most][::-1]
        plain = _plain(self._connection)
        return _columns(found, self._dataset_names(), plain=plain, whole=len(rows) <= most)


def _chosen(asked: PointsQuery, metric: int) -> list[sa.ColumnElement[bool]]:
    report, build, own = tables.report, tables.build, tables.measurement
    chosen = [own.c.metric_id == metric, build.c.job_id == asked.job]
    if asked.dataset is not None:
        named = sa.select(tables.dataset.c.id)
        digest = name_digest(asked.dataset)
        key = named.where(tables.dataset.c.name_digest == digest).scalar_subquery()
        chosen.append(
            report.c.dataset_id == key if asked.dataset else report.c.dataset_id.is_(None)
        )
    if asked.filter is not None:
        chosen.append(report.c.filter_digest == name_digest(asked.filter))
    if asked.level is not None:
        chosen.append(own.c.level_digest == name_digest(asked.level))
    if asked.since is not None:
        chosen.append(build.c.started >= asked.since)
    if asked.until is not None:
        chosen.append(build.c.started < asked.until)
    return chosen


def _milliseconds(connection: sa.Connection) -> sa.ColumnElement[Any]:
    """Return the start as SQLite stores it; parsing all at once saves a third of the time."""
    started = tables.build.c.started
    return sa.type_coerce(started, sa.String) if _plain(connection) else started


def _plain(connection: sa.Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _columns(
    rows: Sequence[sa.Row[Any]], datasets: Mapping[int, str], *, plain: bool, whole: bool
) -> Points:
    parts: dict[tuple[Any, ...], int] = {}
    if not rows:
        return Points([], [], [], [], [], [], [], whole)
    keys, numbers, started, values, extra, *names = map(list, zip(*rows, strict=True))
    part = [parts.setdefault(each, len(parts)) for each in zip(*names, strict=True)]
    series = [
        SeriesPart(datasets.get(key), band or None, level, unit or None)
        for key, band, level, unit in parts
    ]
    return Points(keys, numbers, _times(started, plain=plain), values, extra, part, series, whole)


def _times(started: Sequence[Any], *, plain: bool) -> list[float]:
    """Return milliseconds since 1970."""
    import numpy as np

    if not plain:
        return [moment.timestamp() * 1000 for moment in started]
    found: list[float] = (np.array(started, "datetime64[us]").astype(np.int64) / 1000).tolist()
    return found
