"""Queries for what has changed: every change of the store has a revision."""

import sqlalchemy as sa

from squash_jenkins.store.read.transaction import Part
from squash_jenkins.store.rows import BuildKey
from squash_jenkins.store.schema import tables


class RevisionReader(Part):
    """Revisions of builds and definitions."""

    def newest(self) -> int:
        """Return the revision of the last change of the store."""
        return self._counter(tables.REVISION_COUNTER)

    def definitions(self) -> int:
        """Return the revision of the last change of loaded definitions; 0 for none."""
        return self._counter(tables.DEFINITIONS_COUNTER)

    def changed_since(self, revision: int) -> list[BuildKey]:
        """Return the builds that changed after a revision, the earliest change first."""
        build = tables.build
        query = sa.select(build.c.id, build.c.job_id).where(build.c.revision > revision)
        rows = self._connection.execute(query.order_by(build.c.revision))
        return [BuildKey(*row) for row in rows]

    def by_job(self) -> dict[int, int]:
        """Return by job (key) the highest revision of its builds."""
        build = tables.build
        query = sa.select(build.c.job_id, sa.func.max(build.c.revision)).group_by(build.c.job_id)
        return {job: revision for job, revision in self._connection.execute(query)}

    def of_job(self, job: int) -> tuple[int, int]:
        """Return the highest revision and the number of the builds of a job (key)."""
        build = tables.build
        columns = (sa.func.coalesce(sa.func.max(build.c.revision), 0), sa.func.count())
        revision, count = self._connection.execute(
            sa.select(*columns).where(build.c.job_id == job)
        ).one()
        return int(revision), int(count)

    def _counter(self, name: str) -> int:
        """Return the value of a counter."""
        table = tables.counter
        query = sa.select(table.c.value).where(table.c.name == name)
        return int(self._connection.execute(query).scalar_one())
