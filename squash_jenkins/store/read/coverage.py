"""Tell of each build of a job what there is of it, without reading any of it."""

import sqlalchemy as sa

from squash_jenkins.store.build_order import in_order
from squash_jenkins.store.rows import CoverageRow
from squash_jenkins.store.schema import tables


def coverage(connection: sa.Connection, job: int) -> list[CoverageRow]:
    """Return the builds of a job (by key) in order; see `lives`."""
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
    return in_order(
        CoverageRow(number, started, result, provisional, bool(runs), reports, rejected)
        for number, started, result, provisional, runs, reports, rejected in connection.execute(
            query
        )
    )


def rows_of_build(table: sa.Table) -> sa.ScalarSelect[int]:
    """Return the number of a build's rows; both tables have an index that begins with it."""
    return (
        sa.select(sa.func.count())
        .select_from(table)
        .where(table.c.build_id == tables.build.c.id)
        .correlate(tables.build)
        .scalar_subquery()
    )
