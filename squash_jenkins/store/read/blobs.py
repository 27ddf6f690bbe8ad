"""Queries for the tables that came with reports; the blob store has the tables themselves."""

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa

from squash_jenkins.store.read.transaction import Part
from squash_jenkins.store.rows import BlobRow
from squash_jenkins.store.schema import tables


class BlobReader(Part):
    """The tables that came with reports."""

    def of_reports(self, reports: Sequence[int]) -> list[BlobRow]:
        """Return the blobs of reports in the order of their documents."""
        table = tables.blob
        names = {"key": "id", "report": "report_id"}
        query = sa.select(*(table.c[names.get(name, name)] for name in BlobRow._fields))
        found = self._among(query.order_by(table.c.id), table.c.report_id, reports)
        return [BlobRow(*row) for row in found]

    def metrics(self, reports: Sequence[int]) -> dict[int, list[str]]:
        """Return by key of blob the metrics computed from it, sorted; blobs without are missing."""
        table, link = tables.measurement, tables.measurement_blob
        query = sa.select(link.c.blob_id, table.c.metric_id).join_from(table, link).distinct()
        names = self._metric_names
        found: dict[int, set[str]] = defaultdict(set)
        for blob, metric in self._among(query, table.c.report_id, reports):
            found[blob].add(names[metric])
        return {blob: sorted(metrics) for blob, metrics in found.items()}

    def builds_with(self, name: str) -> list[tuple[str, int]]:
        """Return the jobs and numbers of the builds with a table (digest), sorted."""
        blob, report, build, job = tables.blob, tables.report, tables.build, tables.job
        query = sa.select(job.c.name, build.c.number).join_from(blob, report).join(build).join(job)
        rows = self._connection.execute(query.where(blob.c.digest == name)).all()
        return sorted({(str(title), int(number)) for title, number in rows})

    def digests(self) -> list[str]:
        """Return the digests of the tables of all blobs, sorted."""
        digest = tables.blob.c.digest
        query = sa.select(digest).where(digest.is_not(None)).distinct().order_by(digest)
        return list(self._connection.execute(query).scalars())
