"""Saving what the branch sources of Jenkins know about jobs."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from squash_jenkins.models import Branch, BuildId
from squash_jenkins.store.engine import reading, writing
from squash_jenkins.store.schema.tables import branch, controller, job
from squash_jenkins.store.schema.types import name_digest
from squash_jenkins.store.write.revisions import take_revision

_NAMES = Branch.__match_args__


def write_branches(engine: sa.Engine, branches: Mapping[BuildId, Branch]) -> int:
    """Save the branches that the jobs of builds build; return how many rows were written.

    What is unknown now stays as it was: only a build itself knows its target, while Jenkins'
    answer says no more than that it builds a branch.
    """
    by_job = {(id.controller, id.job): each for id, each in branches.items()}
    with reading(engine) as connection:  # usually there is nothing to write
        if not _changed(connection, by_job):
            return 0
    with writing(engine) as connection:
        take_revision(connection, 0)  # the write lock
        changed = _changed(connection, by_job)
        for key, (known, values) in changed.items():
            change = sa.update(branch).where(branch.c.job_id == key) if known else sa.insert(branch)
            connection.execute(change.values(job_id=key, **values))
        return len(changed)


def _changed(
    connection: sa.Connection, branches: Mapping[tuple[str, str], Branch]
) -> dict[int, tuple[bool, dict[str, Any]]]:
    """Return by job whether it has a row, and the values of that which are not stored."""
    found: dict[int, tuple[bool, dict[str, Any]]] = {}
    for (controller_name, name), each in branches.items():
        row = _stored(connection, controller_name, name)
        if row is not None:
            key, known, *values = row
            old = Branch() if known is None else Branch(*values)
            new = old.updated(each)
            if known is None or new != old:
                found[key] = (known is not None, asdict(new))
    return found


def _stored(connection: sa.Connection, controller_name: str, name: str) -> Any:
    """Return the key of a job, that of its row, and what this holds; None without the job."""
    columns = (job.c.id, branch.c.id, *(branch.c[each] for each in _NAMES))
    query = sa.select(*columns).select_from(job.join(controller).outerjoin(branch))
    return connection.execute(
        query.where(
            controller.c.name_digest == name_digest(controller_name),
            job.c.name_digest == name_digest(name),
        )
    ).first()
