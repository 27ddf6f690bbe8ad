"""Prepare builds for storing, and find which of them are stored already."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from squash_jenkins.models import STARTED_FROM, BuildRecord
from squash_jenkins.store.blobs.detach import Tables, detached
from squash_jenkins.store.schema import tables as schema
from squash_jenkins.store.schema.types import name_digest, utc
from squash_jenkins.store.write.definition_cache import Carried, CarriedMetrics, CarriedSet
from squash_jenkins.store.write.digests import record_digest
from squash_jenkins.store.write.upsert import chunks


class Identity(NamedTuple):
    """Tell builds apart: digests of controller and job, number, start (UTC)."""

    controller: str
    job: str
    number: int
    started: datetime


@dataclass(slots=True)
class Entry:
    """Hold one build that is to be stored; `tables` are not in the blob store yet."""

    record: BuildRecord
    identity: Identity
    digest: str
    metrics: CarriedMetrics
    sets: Sequence[CarriedSet]
    tables: Tables


class Stored(NamedTuple):
    """Hold what is stored of a build, and the root URL of its controller."""

    key: int
    digest: str
    provisional: bool
    url: str


def prepared(record: BuildRecord, carried: Carried) -> Entry:
    """Return the build with its digest, without looking into the database."""
    record, tables = detached(record)
    metrics = carried.metrics(record.reports)
    sets = [carried.specifications(report) for report in record.reports]
    digest = record_digest(record, metrics.digest, [each.digest for each in sets])
    build = record.build
    names = (name_digest(build.id.controller), name_digest(build.id.job))
    identity = Identity(*names, build.id.number, utc(build.started))
    return Entry(record, identity, digest, metrics, sets, tables)


def rounds(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Yield the builds in their order, in as few lists as hold no build twice."""
    found: dict[Identity, Entry] = {}
    for entry in entries:
        if entry.identity in found:
            yield list(found.values())
            found = {}
        found[entry.identity] = entry
    yield list(found.values())


def stored(connection: sa.Connection, entries: Sequence[Entry]) -> dict[Identity, Stored]:
    """Return what is stored of the builds; absent for the others."""
    build, job, controller = schema.build, schema.job, schema.controller
    columns: list[Any] = [controller.c.name_digest, job.c.name_digest, build.c.number]
    columns += [build.c.started, build.c.id, build.c.digest, build.c.provisional]
    query = sa.select(*columns, controller.c.url).select_from(build.join(job).join(controller))
    found: dict[Identity, Stored] = {}
    for chunk in chunks(entry.identity for entry in entries):
        wanted = (
            controller.c.name_digest.in_({each.controller for each in chunk}),
            job.c.name_digest.in_({each.job for each in chunk}),
            build.c.number.in_({each.number for each in chunk}),
        )
        for row in connection.execute(query.where(*wanted)):
            controller_digest, job_digest, number, started, *rest = row
            found[Identity(controller_digest, job_digest, number, started)] = Stored(*rest)
    return found


def guesses(
    connection: sa.Connection, entries: Sequence[Entry], found: dict[Identity, Stored]
) -> dict[Identity, int]:
    """Return the keys of builds whose stored start is a guess, by those that tell it exactly."""
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


def settled(entries: Sequence[Entry], found: dict[Identity, Stored], url: str) -> list[int | None]:
    """Return by build the key of the stored one when there is nothing to write, else None.

    It tells what would be found when the builds were stored one after the other: once one of
    them is written, its controller has the new URL.
    """
    moved: set[str] = set()
    keys: list[int | None] = []
    for entry in entries:
        known = found.get(entry.identity)
        controller = entry.identity.controller
        here = controller in moved or (known is not None and known.url == url)
        keys.append(known.key if known is not None and _is_settled(entry, known, here) else None)
        if keys[-1] is None:
            moved.add(controller)
    return keys


def _is_settled(entry: Entry, known: Stored, here: bool) -> bool:
    same = known.digest == entry.digest and here
    return same or (entry.record.build.provisional and not known.provisional)
