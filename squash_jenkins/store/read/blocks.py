"""Measurements by blocks of builds, from stored arrays and, for newer builds, from rows."""

from collections.abc import Collection, Iterator
from functools import cached_property

import sqlalchemy as sa

from squash_jenkins.store import block_arrays
from squash_jenkins.store.block_arrays import BLOCK, BlockArrays
from squash_jenkins.store.read.measurements import MeasurementReader
from squash_jenkins.store.read.transaction import Part, Transaction
from squash_jenkins.store.rows import BlockState
from squash_jenkins.store.schema import tables

_AT_ONCE = 200
"""Blocks in one query: 3500 metrics take 3 MB each."""


class BlockReader(Part):
    """The measurements of blocks of builds; see `block_arrays`."""

    def __init__(self, transaction: Transaction, measurements: MeasurementReader) -> None:
        super().__init__(transaction)
        self._measurements = measurements

    def states(self, job: int) -> dict[int, BlockState]:
        """Return the current state of each block of a job, in order."""
        build = tables.build
        first = build.c.number - build.c.number % BLOCK
        columns = (first, sa.func.count(), sa.func.max(build.c.revision))
        query = sa.select(*columns).where(build.c.job_id == job).group_by(first)
        rows = sorted(map(tuple, self._connection.execute(query)))
        return {int(number) // BLOCK: BlockState(count, last) for number, count, last in rows}

    def stored_states(self, job: int) -> dict[int, BlockState]:
        """Return the state that the arrays of each block of a job were made from."""
        table = tables.pack
        columns = (table.c.block, table.c.builds, table.c.newest)
        query = sa.select(*columns).where(table.c.job_id == job)
        return {block: BlockState(*state) for block, *state in self._connection.execute(query)}

    def jobs_without(self) -> set[int]:
        """Return the jobs with builds but without stored arrays, as after a migration."""
        stored = sa.exists().where(tables.pack.c.job_id == tables.job.c.id)
        built = sa.exists().where(tables.build.c.job_id == tables.job.c.id)
        return set(self._connection.scalars(sa.select(tables.job.c.id).where(built, ~stored)))

    def read(self, job: int, blocks: Collection[int]) -> Iterator[tuple[int, BlockArrays]]:
        """Yield blocks of a job in order, all up to date."""
        now, known = self._states_of(job)
        wanted = sorted(now.keys() & set(blocks))
        for at in range(0, len(wanted), _AT_ONCE):
            some = wanted[at : at + _AT_ONCE]
            stored = self._stored(job, [block for block in some if block in known])
            for block in some:
                old = stored.get(block)
                if old is None or known[block] != now[block]:
                    old = self._updated(job, block, old, known[block].newest if old else -1)
                yield block, old

    def _states_of(self, job: int) -> tuple[dict[int, BlockState], dict[int, BlockState]]:
        """Return the current and the stored states of the blocks of a job; they are read once."""
        if job not in self._states:
            self._states[job] = (self.states(job), self.stored_states(job))
        return self._states[job]

    @cached_property
    def _states(self) -> dict[int, tuple[dict[int, BlockState], dict[int, BlockState]]]:
        return {}

    def _stored(self, job: int, blocks: Collection[int]) -> dict[int, BlockArrays]:
        table = tables.pack
        query = sa.select(table.c.block, table.c.content).where(table.c.job_id == job)
        found = self._among(query, table.c.block, list(blocks))
        decoded = {block: block_arrays.decoded(content) for block, content in found}
        return {block: arrays for block, arrays in decoded.items() if arrays is not None}

    def _updated(self, job: int, block: int, old: BlockArrays | None, since: int) -> BlockArrays:
        """Return a block with the measurements of the builds that changed after `since`."""
        old = old or block_arrays.empty()
        build = tables.build
        query = sa.select(build.c.id, build.c.revision).where(
            build.c.job_id == job,
            build.c.number >= block * BLOCK,
            build.c.number < (block + 1) * BLOCK,
        )
        rows = self._connection.execute(query.order_by(build.c.id)).all()
        changed = [key for key, last in rows if last > since or key not in old.places]
        measured = self._measurements.of_job(job, sorted(changed))
        return block_arrays.updated([key for key, _ in rows], changed, measured, old)
