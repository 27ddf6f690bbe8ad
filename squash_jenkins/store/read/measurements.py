"""Answer questions about reports: what was measured, and the blobs that came with it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from squash_jenkins.models import JsonObject
from squash_jenkins.store.read.asking import Asking, none_if_empty
from squash_jenkins.store.rows import BlobRow, MeasurementRow, Reported, ReportRow
from squash_jenkins.store.schema import tables

_REPORT = ReportRow._fields
_Origin = tuple[int, str | None, str | None, int | None, JsonObject]
"""Build, dataset, filter, set of specifications and terms of a report."""


class AskMeasured(Asking):
    """Read reports, measurements and blobs."""

    def reports(self, builds: Sequence[int]) -> list[ReportRow]:
        """Return the reports of builds, sorted by build key, path and filter."""
        report, dataset = tables.report, tables.dataset
        special = {
            "key": report.c.id,
            "build": report.c.build_id,
            "dataset": dataset.c.name,
            "filter": none_if_empty(report.c.filter),
        }
        columns = [special[name] if name in special else report.c[name] for name in _REPORT]
        query = sa.select(*columns).join_from(report, dataset, isouter=True)
        rows = [ReportRow(*row) for row in self._among(query, report.c.build_id, builds)]
        return sorted(rows, key=lambda row: (row.build, row.path, row.filter or ""))

    def measurements(
        self, builds: Sequence[int] | None = None, *, metric: str | None = None
    ) -> list[MeasurementRow]:
        """Return the measurements of builds, or of a metric, or of both; by key of report."""
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

    def job_series(self, job: int, builds: Sequence[int]) -> list[Reported]:
        """Return every measurement of these builds of a job, by key of build, path and filter.

        Rows of one report share its `terms`.
        """
        reports = self._reports_of(job, builds)
        table, names = tables.measurement, self._metric_names
        columns = (table.c.report_id, table.c.metric_id, table.c.level, table.c.value, table.c.unit)
        order = table.c.report_id, table.c.metric_id, table.c.level_digest
        rows = self._among(sa.select(*columns).order_by(*order), table.c.report_id, list(reports))
        found: dict[int, list[Reported]] = {key: [] for key in reports}
        for report, metric, level, value, unit in rows:
            build, dataset, band, own, terms = reports[report]
            found[report].append(
                Reported(build, names[metric], dataset, band, level, value, unit, own, terms)
            )
        return [row for of_report in found.values() for row in of_report]

    def _reports_of(self, job: int, builds: Sequence[int]) -> dict[int, _Origin]:
        """Return where the reports of builds come from, by key, sorted as they are to be told."""
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

    def blobs(self, reports: Sequence[int]) -> list[BlobRow]:
        """Return the blobs of reports in the order of their documents."""
        table = tables.blob
        names = {"key": "id", "report": "report_id"}
        query = sa.select(*(table.c[names.get(name, name)] for name in BlobRow._fields))
        found = self._among(query.order_by(table.c.id), table.c.report_id, reports)
        return [BlobRow(*row) for row in found]

    def blob_metrics(self, reports: Sequence[int]) -> dict[int, list[str]]:
        """Return by key of blob the metrics that were made from it, sorted; absent for none."""
        table, link = tables.measurement, tables.measurement_blob
        query = sa.select(link.c.blob_id, table.c.metric_id).join_from(table, link).distinct()
        names = self._metric_names
        found: dict[int, set[str]] = defaultdict(set)
        for blob, metric in self._among(query, table.c.report_id, reports):
            found[blob].add(names[metric])
        return {blob: sorted(metrics) for blob, metrics in found.items()}

    def builds_with_table(self, name: str) -> list[tuple[str, int]]:
        """Return the jobs and numbers of the builds that have a table (digest), sorted."""
        blob, report, build, job = tables.blob, tables.report, tables.build, tables.job
        query = sa.select(job.c.name, build.c.number).join_from(blob, report).join(build).join(job)
        rows = self._connection.execute(query.where(blob.c.digest == name)).all()
        return sorted({(str(title), int(number)) for title, number in rows})

    def table_names(self) -> list[str]:
        """Return the digests of the tables of all blobs, sorted."""
        digest = tables.blob.c.digest
        query = sa.select(digest).where(digest.is_not(None)).distinct().order_by(digest)
        return list(self._connection.execute(query).scalars())
