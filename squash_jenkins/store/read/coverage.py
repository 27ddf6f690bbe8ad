"""Queries for what is stored of each build, without its measurements."""

from collections.abc import Sequence

import sqlalchemy as sa

from squash_jenkins.store.build_order import in_order
from squash_jenkins.store.read.transaction import Part
from squash_jenkins.store.rows import CoverageRow, DatasetUse, Presence
from squash_jenkins.store.schema import tables


class CoverageReader(Part):
    """How much is stored of builds, and which datasets they processed."""

    def of_job(self, job: int) -> list[CoverageRow]:
        """Return the builds of a job (by key) in order; see `build_order`."""
        build = tables.build
        query = (
            sa.select(
                build.c.number,
                build.c.started,
                build.c.result,
                build.c.provisional,
                build.c.runs,
                rows_of_build(tables.report),
                rows_of_build(tables.quarantine),
            )
            .where(build.c.job_id == job)
            .order_by(build.c.number, build.c.started)
        )
        rows = (CoverageRow(*row) for row in self._connection.execute(query))
        return in_order(row._replace(matrix=bool(row.matrix)) for row in rows)

    def presence(self, builds: Sequence[int]) -> dict[int, Presence]:
        """Return by build (key) how much is stored of it."""
        build = tables.build
        counted = (rows_of_build(tables.report), rows_of_build(tables.quarantine))
        query = sa.select(build.c.id, build.c.runs, *counted)
        rows = self._among(query, build.c.id, builds)
        return {key: Presence(bool(runs), *numbers) for key, runs, *numbers in rows}

    def dataset_uses(self, job: int, first: int, last: int) -> list[DatasetUse]:
        """Return the datasets that the builds of a job (key) numbered `first` to `last` processed.

        This uses the index of builds by job and number and that of reports by build.
        """
        report, build, names = tables.report, tables.build, self._dataset_names()
        columns = (build.c.id, build.c.number, report.c.dataset_id, report.c.filter)
        query = sa.select(*columns).join_from(build, report)
        of_job = (build.c.job_id == job) & build.c.number.between(first, last)
        rows = self._connection.execute(query.where(of_job, report.c.dataset_id.is_not(None)))
        return sorted({DatasetUse(key, number, names[of], name) for key, number, of, name in rows})


def rows_of_build(table: sa.Table) -> sa.ScalarSelect[int]:
    """Return the number of a build's rows; both tables have an index that begins with it."""
    return (
        sa.select(sa.func.count())
        .select_from(table)
        .where(table.c.build_id == tables.build.c.id)
        .correlate(tables.build)
        .scalar_subquery()
    )
