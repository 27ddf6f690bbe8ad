"""Answer questions about what is stored; every answer of one Reader is of one moment."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from squash_jenkins.errors import StoreError
from squash_jenkins.models import BuildId, Cause, Change, Metric, Package, Specification
from squash_jenkins.store import judge, schema
from squash_jenkins.store.coverage import CoverageRow, coverage
from squash_jenkins.store.rows import (
    BlobRow,
    BuildKey,
    BuildRow,
    DatasetRow,
    DefinitionRow,
    JobRow,
    MeasurementRow,
    RejectedRow,
    ReportRow,
    SeriesRow,
)
from squash_jenkins.store.types import Words, name_digest

_Row = sa.Row[*tuple[Any, ...]]
_REPORT = ReportRow._fields
_CHUNK = 1000
"""Keys in one IN list; SQLite takes 32766 at most."""

_BUILD_COLUMNS = [
    schema.build.c[{"key": "id", "job_key": "job_id"}.get(name, name)] for name in BuildRow._fields
]


class Reader:
    """Read within one transaction; made by ``Store.reader``.

    Functions that take keys take any number of them, in any order; unknown keys are passed over.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def revision(self) -> int:
        """Return the number of the last change of any build."""
        query = sa.select(schema.counter.c.value).where(
            schema.counter.c.name == schema.REVISION_COUNTER
        )
        return int(self._connection.execute(query).scalar_one())

    def jobs(self) -> list[JobRow]:
        """Return every job, sorted by controller and name."""
        job, controller = schema.job, schema.controller
        query = sa.select(job.c.id, controller.c.name, controller.c.url, job.c.name)
        rows = self._connection.execute(query.join_from(job, controller))
        return sorted((JobRow(*row) for row in rows), key=lambda row: (row.controller, row.name))

    def changed_since(self, revision: int) -> list[BuildKey]:
        """Return the builds that changed after `revision`, the earliest change first."""
        build = schema.build
        query = sa.select(build.c.id, build.c.job_id).where(build.c.revision > revision)
        rows = self._connection.execute(query.order_by(build.c.revision))
        return [BuildKey(*row) for row in rows]

    def builds(self, job: int) -> list[BuildRow]:
        """Return the builds of a job in order of start and number."""
        return self._builds(schema.build.c.job_id == job)

    def newest(self, job: int, count: int) -> list[int]:
        """Return the keys of the `count` builds of a job that started last, the newest first."""
        build = schema.build
        query = sa.select(build.c.id).where(build.c.job_id == job).limit(count)
        order = query.order_by(build.c.started.desc(), build.c.number.desc())
        return list(self._connection.scalars(order))

    def provisional(self) -> list[BuildRow]:
        """Return the builds that were still running when they were stored."""
        return self._builds(schema.build.c.provisional)

    def build(self, key: int) -> BuildRow:
        """Return one build; raise StoreError when there is none with this key."""
        found = self._builds(schema.build.c.id == key)
        if not found:
            raise StoreError(f"The database holds no build with the key {key}; look it up again.")
        return found[0]

    def find_build(self, controller: str, job: str, number: int) -> BuildRow | None:
        """Return the build of this name; of a re-created job's the one that started last."""
        build = schema.build
        of_job = build.c.job_id == _job_key(controller, job)
        found = self._builds(of_job & (build.c.number == number))
        return found[-1] if found else None

    def stored(
        self, controller: str, job: str, numbers: Collection[int] | None = None
    ) -> dict[tuple[int, datetime], bool]:
        """Return by number and start (UTC) of a job's builds (default: all) which are final."""
        build = schema.build
        columns = (build.c.number, build.c.started, build.c.provisional)
        query = sa.select(*columns).where(build.c.job_id == _job_key(controller, job))
        found = (
            self._connection.execute(query)
            if numbers is None
            else self._among(query, build.c.number, sorted(numbers))
        )
        return {(number, started): not provisional for number, started, provisional in found}

    def coverage(self, job: int) -> list[CoverageRow]:
        """Return what there is of each build of a job; see `coverage.coverage`."""
        return coverage(self._connection, job)

    def _builds(self, condition: sa.ColumnElement[bool]) -> list[BuildRow]:
        query = sa.select(*_BUILD_COLUMNS).where(condition)
        order = query.order_by(schema.build.c.started, schema.build.c.number)
        return [_build_row(row) for row in self._connection.execute(order)]

    def reports(self, builds: Sequence[int]) -> list[ReportRow]:
        """Return the reports of builds, sorted by build key, path and filter."""
        report, dataset = schema.report, schema.dataset
        special = {
            "key": report.c.id,
            "build": report.c.build_id,
            "dataset": dataset.c.name,
            "filter": _none_if_empty(report.c.filter),
        }
        columns = [special[name] if name in special else report.c[name] for name in _REPORT]
        query = sa.select(*columns).join_from(report, dataset, isouter=True)
        rows = [ReportRow(*row) for row in self._among(query, report.c.build_id, builds)]
        return sorted(rows, key=lambda row: (row.build, row.path, row.filter or ""))

    def measurements(
        self, builds: Sequence[int] | None = None, *, metric: str | None = None
    ) -> list[MeasurementRow]:
        """Return the measurements of builds, or of a metric, or of both; by key of report."""
        table, report = schema.measurement, schema.report
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

    def series(self, metric: str) -> list[SeriesRow]:
        """Return every measurement of a metric in order of start and number of its build."""
        table, report = schema.measurement, schema.report
        build, dataset = schema.build, schema.dataset
        columns: list[Any] = [table.c.id, build.c.id, build.c.job_id]
        columns += [build.c.number, build.c.started]
        filter_name = _none_if_empty(report.c.filter)
        columns += [dataset.c.name, filter_name, table.c.level, table.c.value, table.c.unit]
        query = sa.select(*columns).where(table.c.metric_id == self._metric_key(metric))
        query = query.select_from(table.join(report).join(build).outerjoin(dataset))
        order = query.order_by(build.c.started, build.c.number, table.c.id)
        return [SeriesRow(*row) for row in self._connection.execute(order)]

    def specifications(self, reports: Sequence[int]) -> dict[int, list[Specification]]:
        """Return by report what it is to be judged by, also in later years.

        That are the specifications that its document carried and, for metrics of which
        the document says nothing, those that were loaded for everyone.
        Reports with the same specifications share one list.
        """
        report = schema.report
        query = sa.select(report.c.id, report.c.specification_set_id)
        sets = dict(map(tuple, self._among(query, report.c.id, reports)))
        lists = judge.by_set(self._connection, set(sets.values()), self._metric_names)
        return {key: lists[number] for key, number in sets.items()}

    def packages(self, builds: Sequence[int]) -> dict[int, dict[str, Package]]:
        """Return by build its packages by name; a build without such data is absent."""
        use, package = schema.build_package, schema.package
        columns = [use.c.build_id, package.c.name, use.c.version, use.c.revision]
        query = sa.select(*columns, package.c.url, use.c.branch).join_from(use, package)
        found: dict[int, dict[str, Package]] = defaultdict(dict)
        for build, name, *rest in self._among(query, use.c.build_id, builds):
            found[build][name] = Package(name, *rest)
        return {build: dict(sorted(named.items())) for build, named in found.items()}

    def changes(self, builds: Sequence[int]) -> dict[int, list[Change]]:
        """Return by build the commits of Jenkins' change sets in Jenkins' order."""
        table = schema.change_set
        columns = [table.c.revision, table.c.author, table.c.message, table.c.committed]
        query = sa.select(table.c.build_id, *columns, table.c.paths).order_by(table.c.position)
        found: dict[int, list[Change]] = defaultdict(list)
        for build, *words in self._among(query, table.c.build_id, builds):
            revision, author, message, committed, paths = words
            found[build].append(Change(revision, author, message, committed, tuple(paths)))
        return dict(found)

    def rejected(self, builds: Sequence[int] | None = None) -> list[RejectedRow]:
        """Return the files of builds (default: of all) that were set aside, newest first."""
        table = schema.quarantine
        names = {"key": "id", "build": "build_id"}
        query = sa.select(*(table.c[names.get(name, name)] for name in RejectedRow._fields))
        found = (
            self._connection.execute(query)
            if builds is None
            else self._among(query, table.c.build_id, builds)
        )
        rows = sorted((RejectedRow(*row) for row in found), key=lambda row: row.path)
        return sorted(rows, key=lambda row: row.created, reverse=True)

    def blobs(self, reports: Sequence[int]) -> list[BlobRow]:
        """Return the blobs of reports in the order of their documents."""
        table = schema.blob
        names = {"key": "id", "report": "report_id"}
        query = sa.select(*(table.c[names.get(name, name)] for name in BlobRow._fields))
        found = self._among(query.order_by(table.c.id), table.c.report_id, reports)
        return [BlobRow(*row) for row in found]

    def blobs_of(self, measurements: Sequence[int]) -> dict[int, list[int]]:
        """Return by measurement the keys of the blobs it was made from; absent for none."""
        link = schema.measurement_blob
        query = sa.select(link.c.measurement_id, link.c.blob_id).order_by(link.c.blob_id)
        found: dict[int, list[int]] = defaultdict(list)
        for measurement, blob in self._among(query, link.c.measurement_id, measurements):
            found[measurement].append(blob)
        return dict(found)

    def metrics(self) -> dict[str, Metric]:
        """Return every metric by name, as it is defined now."""
        table = schema.metric
        names = [field.name for field in fields(Metric) if field.name in table.c]
        rows = self._connection.execute(sa.select(*(table.c[name] for name in names)))
        found = [dict(zip(names, row, strict=True)) for row in rows]
        return {
            row["name"]: Metric(**{**row, "tags": tuple(row["tags"])})
            for row in sorted(found, key=lambda row: row["name"])
        }

    def definitions(self, metric: str) -> list[DefinitionRow]:
        """Return every definition of a metric that was seen, the earliest first."""
        table = schema.metric_definition
        query = sa.select(*(table.c[name] for name in DefinitionRow._fields))
        query = query.where(table.c.metric_id == self._metric_key(metric))
        rows = self._connection.execute(query.order_by(table.c.first_seen, table.c.id))
        return [DefinitionRow(*row) for row in rows]

    def datasets(self) -> list[DatasetRow]:
        """Return every dataset, sorted by name."""
        columns = (schema.dataset.c[name] for name in DatasetRow._fields)
        return sorted(DatasetRow(*row) for row in self._connection.execute(sa.select(*columns)))

    def counts(self) -> dict[str, int]:
        """Return the number of rows by table."""
        count = sa.select(sa.func.count())
        return {
            table.name: self._connection.execute(count.select_from(table)).scalar_one()
            for table in schema.metadata.sorted_tables
        }

    @cached_property
    def _metric_names(self) -> dict[int, str]:
        query = sa.select(schema.metric.c.id, schema.metric.c.name)
        return {key: name for key, name in self._connection.execute(query)}

    def _metric_key(self, name: str) -> int:
        """Return the key of a metric; 0, which no row has, for an unknown one."""
        table = schema.metric
        query = sa.select(table.c.id).where(table.c.name_digest == name_digest(name))
        return self._connection.execute(query).scalar() or 0

    def _among(
        self, query: sa.Select[*tuple[Any, ...]], column: sa.ColumnElement[int], keys: Sequence[int]
    ) -> Iterator[_Row]:
        for start in range(0, len(keys), _CHUNK):
            chunk = column.in_(keys[start : start + _CHUNK])
            yield from self._connection.execute(query.where(chunk))


def _job_key(controller: str, job: str) -> sa.ScalarSelect[int]:
    return (
        sa.select(schema.job.c.id)
        .join_from(schema.job, schema.controller)
        .where(
            schema.controller.c.name_digest == name_digest(controller),
            schema.job.c.name_digest == name_digest(job),
        )
        .scalar_subquery()
    )


def _none_if_empty(column: sa.ColumnElement[str]) -> sa.ColumnElement[str | None]:
    return sa.func.nullif(column, "", type_=Words)


def _build_row(row: _Row) -> BuildRow:
    made = BuildRow(*row)
    causes = tuple(Cause(**cause) for cause in made.causes)  # type: ignore[arg-type] # JSON has no types
    runs = tuple(BuildId(**run) for run in made.runs)  # type: ignore[arg-type] # JSON has no types
    return made._replace(causes=causes, runs=runs)
