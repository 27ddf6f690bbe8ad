"""Queries for jobs and builds."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cached_property

import sqlalchemy as sa

from squash_jenkins.errors import StoreError
from squash_jenkins.models import BuildId, Cause
from squash_jenkins.store.build_order import in_order
from squash_jenkins.store.read.transaction import Part, Row
from squash_jenkins.store.rows import BuildPoint, BuildRow, JobRow
from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import name_digest

_BUILD_COLUMNS = [
    tables.build.c[{"key": "id", "job_key": "job_id"}.get(name, name)] for name in BuildRow._fields
]
_POINT_COLUMNS = [tables.build.c["id" if name == "key" else name] for name in BuildPoint._fields]


class BuildReader(Part):
    """Jobs, and what Jenkins reported about their builds."""

    def jobs(self) -> list[JobRow]:
        """Return every job, sorted by controller and name.

        The configurations of a matrix job of a branch are gone with it.
        """
        job, controller, branch = tables.job, tables.controller, tables.branch
        names = (job.c.id, controller.c.name, controller.c.url, job.c.name)
        query = sa.select(*names, branch.c.gone).select_from(
            job.join(controller).outerjoin(branch, branch.c.job_id == job.c.id)
        )
        rows = [JobRow(*row) for row in self._connection.execute(query)]
        gone = {(row.controller, row.name): row.gone for row in rows if row.gone}
        if gone:
            parents = [(row.controller, row.name.rpartition("/")[0]) for row in rows]
            rows = [
                row._replace(gone=row.gone or gone.get(parent))
                for row, parent in zip(rows, parents, strict=True)
            ]
        return sorted(rows, key=lambda row: (row.controller, row.name))

    def of_job(self, job: int) -> list[BuildRow]:
        """Return the builds of a job in order; see `build_order`."""
        return in_order(self._builds(tables.build.c.job_id == job))

    def display_names(self, builds: Collection[int]) -> dict[int, str]:
        """Return by key the names that Jenkins shows for builds, where there are any."""
        build = tables.build
        query = sa.select(build.c.id, build.c.display_name).where(build.c.display_name.is_not(None))
        return {key: name for key, name in self._among(query, build.c.id, list(builds))}

    def outline(self, job: int) -> list[BuildPoint]:
        """Return the builds of a job in order (see `build_order`), with few fields.

        They are read once: do not change the list.
        """
        if job not in self._outlines:
            build = tables.build
            query = sa.select(*_POINT_COLUMNS).where(build.c.job_id == job)
            rows = self._connection.execute(
                query.order_by(build.c.number, build.c.started, build.c.id)
            ).all()
            self._outlines[job] = in_order([BuildPoint(*row) for row in rows])
        return self._outlines[job]

    @cached_property
    def _outlines(self) -> dict[int, list[BuildPoint]]:
        return {}

    def numbers(self, builds: Collection[int]) -> dict[int, int]:
        """Return the numbers of builds by key."""
        build = tables.build
        query = sa.select(build.c.id, build.c.number)
        return {key: number for key, number in self._among(query, build.c.id, sorted(builds))}

    def starts(self, builds: Collection[int]) -> dict[int, datetime]:
        """Return when builds started (UTC), by key."""
        build = tables.build
        query = sa.select(build.c.id, build.c.started)
        return {key: start for key, start in self._among(query, build.c.id, sorted(builds))}

    def newest(self, job: int, count: int, *, until: BuildRow | None = None) -> list[int]:
        """Return the keys of the last `count` builds of a job, newest first.

        With `until`, later builds are left out.
        """
        keys = [build.key for build in self.outline(job)]
        end = len(keys) if until is None else keys.index(until.key) + 1
        return keys[max(0, end - count) : end][::-1]

    def ended_before(self, job: int, moment: datetime, count: int) -> list[BuildPoint]:
        """Return the last `count` builds with reports that ended by a moment, the last one last.

        `moment` is UTC. Builds that were still running when they were stored are left out.
        """
        build, report = tables.build, tables.report
        query = sa.select(*_POINT_COLUMNS).where(
            build.c.job_id == job,
            build.c.started < moment,
            ~build.c.provisional,
            sa.exists().where(report.c.build_id == build.c.id),
        )
        newest = query.order_by(build.c.started.desc(), build.c.id.desc()).limit(2 * count)
        ended = [
            (_end(point), point)
            for point in map(BuildPoint._make, self._connection.execute(newest))
        ]
        return [point for end, point in sorted(ended) if end <= moment][-count:]

    def provisional(self) -> list[BuildRow]:
        """Return the provisional builds: those that were still running when they were stored."""
        return self._builds(tables.build.c.provisional)

    def get(self, key: int) -> BuildRow:
        """Return one build; raise StoreError when there is none with this key."""
        found = self._builds(tables.build.c.id == key)
        if not found:
            raise StoreError(f"The database holds no build with the key {key}; look it up again.")
        return found[0]

    def details(self, builds: Collection[int]) -> dict[int, BuildRow]:
        """Return what Jenkins reported about builds, by key."""
        query = sa.select(*_BUILD_COLUMNS)
        rows = map(_build_row, self._among(query, tables.build.c.id, list(builds)))
        return {row.key: row for row in rows}

    def find(self, controller: str, job: str, number: int) -> BuildRow | None:
        """Return a build by name and number; of a re-created job the one that started last."""
        build = tables.build
        of_job = build.c.job_id == _job_key(controller, job)
        found = self._builds(of_job & (build.c.number == number))
        return found[-1] if found else None

    def stored(
        self, controller: str, job: str, numbers: Collection[int] | None = None
    ) -> dict[tuple[int, datetime], bool]:
        """Return by number and start (UTC) whether builds of a job (default: all) are final."""
        build = tables.build
        columns = (build.c.number, build.c.started, build.c.provisional)
        query = sa.select(*columns).where(build.c.job_id == _job_key(controller, job))
        found = (
            self._connection.execute(query)
            if numbers is None
            else self._among(query, build.c.number, sorted(numbers))
        )
        return {(number, started): not provisional for number, started, provisional in found}

    def _builds(self, condition: sa.ColumnElement[bool]) -> list[BuildRow]:
        query = sa.select(*_BUILD_COLUMNS).where(condition)
        order = query.order_by(tables.build.c.started, tables.build.c.number, tables.build.c.id)
        return [_build_row(row) for row in self._connection.execute(order)]


def _end(build: BuildPoint) -> datetime:
    """Return when a build ended; its start where Jenkins does not know its duration."""
    return build.started + timedelta(seconds=build.duration or 0.0)


def _job_key(controller: str, job: str) -> sa.ScalarSelect[int]:
    return (
        sa.select(tables.job.c.id)
        .join_from(tables.job, tables.controller)
        .where(
            tables.controller.c.name_digest == name_digest(controller),
            tables.job.c.name_digest == name_digest(job),
        )
        .scalar_subquery()
    )


def _build_row(row: Row) -> BuildRow:
    made = BuildRow(*row)
    causes = tuple(Cause(**cause) for cause in made.causes)  # type: ignore[arg-type] # JSON has no types
    runs = tuple(BuildId(**run) for run in made.runs)  # type: ignore[arg-type] # JSON has no types
    return made._replace(causes=causes, runs=runs)
