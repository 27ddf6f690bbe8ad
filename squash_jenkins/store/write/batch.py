"""Builds that are prepared for saving, and which of them are stored already."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from squash_jenkins.models import STARTED_FROM, BuildRecord
from squash_jenkins.store.blobs.detach import Tables, detached
from squash_jenkins.store.schema import tables as schema
from squash_jenkins.store.schema.types import name_digest, utc
from squash_jenkins.store.write.definition_cache import (
    DefinitionCache,
    MetricDefinitions,
    SpecificationSet,
)
from squash_jenkins.store.write.digests import record_digest
from squash_jenkins.store.write.upsert import chunks


class BuildIdentity(NamedTuple):
    """What identifies a build: digests of controller and job, number, start (UTC)."""

    controller: str
    job: str
    number: int
    started: datetime


@dataclass(slots=True)
class PendingBuild:
    """One build to save; `tables` are not in the blob store yet."""

    record: BuildRecord
    identity: BuildIdentity
    digest: str
    metrics: MetricDefinitions
    sets: Sequence[SpecificationSet]
    tables: Tables


class Stored(NamedTuple):
    """A stored build, and the root URL of its controller."""

    key: int
    digest: str
    provisional: bool
    node: str | None
    url: str


def prepared(record: BuildRecord, definitions: DefinitionCache) -> PendingBuild:
    """Return the build with its digest, without looking into the database."""
    record, tables = detached(record)
    metrics = definitions.metrics(record.reports)
    sets = [definitions.specifications(report) for report in record.reports]
    digest = record_digest(record, metrics.digest, [each.digest for each in sets])
    build = record.build
    names = (name_digest(build.id.controller), name_digest(build.id.job))
    identity = BuildIdentity(*names, build.id.number, utc(build.started))
    return PendingBuild(record, identity, digest, metrics, sets, tables)


def without_repetition(entries: Sequence[PendingBuild]) -> Iterator[list[PendingBuild]]:
    """Yield the builds in their order, in as few lists as possible that contain no build twice."""
    found: dict[BuildIdentity, PendingBuild] = {}
    for entry in entries:
        if entry.identity in found:
            yield list(found.values())
            found = {}
        found[entry.identity] = entry
    yield list(found.values())


def stored(
    connection: sa.Connection, entries: Sequence[PendingBuild]
) -> dict[BuildIdentity, Stored]:
    """Return those of the builds that are stored."""
    build, job, controller = schema.build, schema.job, schema.controller
    columns: list[Any] = [controller.c.name_digest, job.c.name_digest, build.c.number]
    columns += [build.c.started, build.c.id, build.c.digest, build.c.provisional]
    columns.append(build.c.node)
    query = sa.select(*columns, controller.c.url).select_from(build.join(job).join(controller))
    found: dict[BuildIdentity, Stored] = {}
    for chunk in chunks(entry.identity for entry in entries):
        wanted = (
            controller.c.name_digest.in_({each.controller for each in chunk}),
            job.c.name_digest.in_({each.job for each in chunk}),
            build.c.number.in_({each.number for each in chunk}),
        )
        for row in connection.execute(query.where(*wanted)):
            controller_digest, job_digest, number, started, *rest = row
            found[BuildIdentity(controller_digest, job_digest, number, started)] = Stored(*rest)
    return found


def guessed_starts(
    connection: sa.Connection, entries: Sequence[PendingBuild], found: dict[BuildIdentity, Stored]
) -> dict[BuildIdentity, int]:
    """Return the keys of stored builds with a guessed start, by the build with the exact one."""
    others = {
        each.identity: [
            stored.key for other, stored in found.items() if other[:3] == each.identity[:3]
        ]
        for each in entries
        if each.identity not in found and STARTED_FROM not in each.record.build.extra
    }
    build = schema.build
    keys = {key for known in others.values() for key in known}
    guessed: set[int] = set()
    for chunk in chunks(keys):
        query = sa.select(build.c.id, build.c.extra).where(build.c.id.in_(chunk))
        guessed |= {key for key, extra in connection.execute(query) if STARTED_FROM in extra}
    return {each: key for each, known in others.items() for key in known if key in guessed}


def unchanged(
    entries: Sequence[PendingBuild], found: dict[BuildIdentity, Stored], url: str
) -> list[int | None]:
    """Return by build the key of the stored one if there is nothing to write, else None.

    The result is as if the builds were saved one after the other: once one of them is written, its
    controller has the new URL.
    """
    moved: set[str] = set()
    keys: list[int | None] = []
    for entry in entries:
        known = found.get(entry.identity)
        controller = entry.identity.controller
        here = controller in moved or (known is not None and known.url == url)
        keys.append(known.key if known is not None and _is_unchanged(entry, known, here) else None)
        if keys[-1] is None:
            moved.add(controller)
    return keys


def _is_unchanged(entry: PendingBuild, known: Stored, here: bool) -> bool:
    node = entry.record.build.node
    same = known.digest == entry.digest and here and node in (None, known.node)
    return same or (entry.record.build.provisional and not known.provisional)
