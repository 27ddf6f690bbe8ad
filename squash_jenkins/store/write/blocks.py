"""Saving of the measurements of blocks of builds as arrays."""

import sqlalchemy as sa

from squash_jenkins.store.block_arrays import BlockArrays
from squash_jenkins.store.engine import reading, writing
from squash_jenkins.store.read.reader import Reader
from squash_jenkins.store.rows import BlockState
from squash_jenkins.store.schema import tables
from squash_jenkins.store.write.revisions import take_revision

_AT_ONCE = 64
"""Blocks that are computed before they are written."""


def store_blocks(engine: sa.Engine, job: int) -> int:
    """Bring the stored blocks of a job up to date with its builds; return how many were written.

    Another run may do the same meanwhile: each block names the state that it was made from, so
    that either result can stay.
    """
    written = 0
    while True:
        with reading(engine) as connection:
            reader = Reader(connection)
            now, known = reader.blocks.states(job), reader.blocks.stored_states(job)
            due = [block for block, state in now.items() if known.get(block) != state][:_AT_ONCE]
            made = {block: (now[block], arrays) for block, arrays in reader.blocks.read(job, due)}
        if not made:
            return written
        _write(engine, job, made)
        written += len(made)


def _write(engine: sa.Engine, job: int, made: dict[int, tuple[BlockState, BlockArrays]]) -> None:
    table = tables.pack
    rows = [
        {"job_id": job, "block": block, **state._asdict(), "content": arrays.encoded()}
        for block, (state, arrays) in made.items()
    ]
    with writing(engine) as connection:
        take_revision(connection, 0)  # one writer at a time
        of_job = table.c.job_id == job
        connection.execute(sa.delete(table).where(of_job, table.c.block.in_(list(made))))
        connection.execute(sa.insert(table), rows)
