"""The end of builds that Jenkins has lost while they ran: nothing more will come of them."""

from datetime import datetime

import sqlalchemy as sa

from squash_jenkins.models import BuildId
from squash_jenkins.store.engine import writing
from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import name_digest
from squash_jenkins.store.write.revisions import take_revision


def close_lost(engine: sa.Engine, id: BuildId, started: datetime) -> int:
    """Make a provisional build final as it is stored; return how many rows changed.

    `started` (UTC) distinguishes it from a build of the same number of a job that was re-created.
    """
    build, job, controller = tables.build, tables.job, tables.controller
    jobs = (
        sa.select(job.c.id)
        .join_from(job, controller)
        .where(
            controller.c.name_digest == name_digest(id.controller),
            job.c.name_digest == name_digest(id.job),
        )
    )
    named = build.c.job_id.in_(jobs) & (build.c.number == id.number)
    meant = named & (build.c.started == started) & build.c.provisional
    with writing(engine) as connection:
        revision = take_revision(connection)
        changed = connection.execute(
            sa.update(build).where(meant).values(provisional=False, revision=revision)
        )
        return changed.rowcount
