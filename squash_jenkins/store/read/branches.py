"""Queries for what the branch sources of Jenkins know about jobs."""

import sqlalchemy as sa

from squash_jenkins.models import Branch
from squash_jenkins.store.read.transaction import Part
from squash_jenkins.store.schema.tables import branch


class BranchReader(Part):
    """The branches and pull requests that jobs build."""

    def of(self, job: int) -> Branch | None:
        """Return the branch that a job builds; None where it is no part of a multibranch job."""
        columns = [branch.c[name] for name in Branch.__match_args__]
        row = self._connection.execute(sa.select(*columns).where(branch.c.job_id == job)).first()
        return None if row is None else Branch(*row)

    def primaries(self) -> frozenset[int]:
        """Return the keys of the jobs that build the primary branch of a repository."""
        return frozenset(
            self._connection.scalars(sa.select(branch.c.job_id).where(branch.c.primary))
        )
