"""Saving what the branch sources of Jenkins know about jobs."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import sqlalchemy as sa

from squash_jenkins.models import Branch, BuildId, ListedBranch
from squash_jenkins.store.engine import reading, writing
from squash_jenkins.store.schema.tables import branch, build, controller, job
from squash_jenkins.store.schema.types import name_digest
from squash_jenkins.store.write.revisions import take_revision

_NAMES = Branch.__match_args__


def write_branches(engine: sa.Engine, branches: Mapping[BuildId, Branch]) -> int:
    """Save the branches that the jobs of builds build; return how many rows were written.

    What is unknown now stays as it was: only a build itself knows its target, while Jenkins'
    answer says no more than that it builds a branch. Pages of a job show its branch and target:
    all its builds get a new revision.
    """
    by_job = {(id.controller, id.job): each for id, each in branches.items()}
    with reading(engine) as connection:  # usually there is nothing to write
        if not _changed(connection, by_job):
            return 0
    with writing(engine) as connection:
        revision = take_revision(connection)
        changed = _changed(connection, by_job)
        for key, (known, values) in changed.items():
            change = sa.update(branch).where(branch.c.job_id == key) if known else sa.insert(branch)
            connection.execute(change.values(job_id=key, **values))
            _touch(connection, key, revision)
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


def _touch(connection: sa.Connection, job_key: int, revision: int) -> None:
    """Give the builds of a job a new revision, so that their pages are made again."""
    builds = sa.update(build).where(build.c.job_id == job_key)
    connection.execute(builds.values(revision=revision))


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


def write_listed_branches(
    engine: sa.Engine,
    controller_name: str,
    project: str,
    listed: Mapping[str, ListedBranch],
    now: datetime,
) -> int:
    """Save which branches of a project Jenkins has; return how many have appeared or gone.

    `listed` is by the name of the job within the project. Pages of branches that have appeared
    or gone change: their builds get a new revision.
    """
    with reading(engine) as connection:  # usually there is nothing to write
        if not _news(connection, controller_name, project, listed, now):
            return 0
    with writing(engine) as connection:
        revision = take_revision(connection)
        news = _news(connection, controller_name, project, listed, now)
        for key, values in news.items():
            connection.execute(sa.update(branch).where(branch.c.job_id == key).values(values))
            if "gone" in values:
                _touch(connection, key, revision)
        return sum("gone" in values for values in news.values())


def _news(
    connection: sa.Connection,
    controller_name: str,
    project: str,
    listed: Mapping[str, ListedBranch],
    now: datetime,
) -> dict[int, dict[str, Any]]:
    """Return by job what is not stored yet."""
    by_name = {unquote(name): each for name, each in listed.items()}  # in several forms
    some_primary = any(each.primary for each in listed.values())
    columns = (job.c.id, job.c.name, branch.c.primary, branch.c.url, branch.c.gone)
    query = sa.select(*columns).select_from(branch.join(job).join(controller))
    within = job.c.name.startswith(f"{project}/", autoescape=True)  # in any case on SQLite
    named = controller.c.name_digest == name_digest(controller_name)
    found: dict[int, dict[str, Any]] = {}
    for key, name, *stored in connection.execute(query.where(named, within)):
        parent, _, last = name.rpartition("/")
        if parent != project:
            continue
        each = by_name.get(unquote(last), ListedBranch(alive=False))
        primary = each.primary if some_primary else stored[0]
        values = (primary, stored[1] or each.url, None if each.alive else stored[2] or now)
        pairs = zip(("primary", "url", "gone"), values, stored, strict=True)
        changed = {column: value for column, value, old in pairs if value != old}
        if changed:
            found[key] = changed
    return found
