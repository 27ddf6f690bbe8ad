"""Queries for what the branch sources of Jenkins know about jobs."""

import sqlalchemy as sa

from squash_jenkins.models import Branch
from squash_jenkins.store.read.transaction import Part
from squash_jenkins.store.schema.tables import branch


class BranchReader(Part):
    """The branches and pull requests that jobs build."""

    def all(self) -> dict[int, Branch]:
        """Return the branches by the job that builds them; other jobs have none."""
        columns = [branch.c[name] for name in Branch.__match_args__]
        rows = self._connection.execute(sa.select(branch.c.job_id, *columns))
        return {job: Branch(*values) for job, *values in rows}
