"""Find and take in builds that are done and not stored: missed, or stored while they ran."""

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from squash_jenkins.config import Settings
from squash_jenkins.errors import BuildMissing, JenkinsError, StoreError, Unreachable
from squash_jenkins.formats.base import Format
from squash_jenkins.ingest.artifacts import Reader as Files
from squash_jenkins.ingest.saving import refused, save_builds
from squash_jenkins.ingest.workspace import compared
from squash_jenkins.jenkins.answers import RUN_CLASS
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import Build, BuildId, BuildRecord, Listed
from squash_jenkins.store import Reader, Saved, Store

_LINKED_LATER = 5
"""So many links are made up for in one run: each takes two requests."""
Missed = tuple[BuildId, datetime]
"""A build by name and start (UTC)."""


@dataclass(slots=True)
class Caught:
    """Tell what was taken in, what could not be read and why, and what else went wrong.

    `unlinked` are builds that were stored earlier, and whose page in Jenkins lacks the link.
    """

    unlinked: dict[BuildId, int] = field(default_factory=dict)
    saved: dict[BuildId, Saved] = field(default_factory=dict)
    failed: dict[BuildId, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def catch_up(
    settings: Settings, formats: Sequence[Format], client: JenkinsClient, job: str, store: Store
) -> Caught:
    """Take in the missed and the provisional ones among the newest builds of a job.

    How many are looked at is the setting ``catch_up``. Nothing is raised: the build that
    called for it is stored already.
    """
    caught = Caught()
    if not settings.catch_up:
        return caught
    try:
        with _alone(settings.spool) as nobody_else:
            if nobody_else:
                _look(settings, formats, client, job, store, caught)
    except (JenkinsError, StoreError, OSError) as error:
        caught.faults.append(f"Missed builds of {job} are left to the next run: {error}")
    return caught


def parent_of(build: Build) -> BuildId | None:
    """Return the matrix build that the build of a configuration belongs to; None for all others."""
    job = build.id.job.rpartition("/")[0]
    is_run = build.extra.get("class") == RUN_CLASS
    return BuildId(build.id.controller, job, build.id.number) if is_run else None


def ingest_parent(
    settings: Settings,
    formats: Sequence[Format],
    client: JenkinsClient,
    parent: BuildId,
    store: Store,
) -> Caught:
    """Take in a matrix build; nothing is raised, as in `catch_up`.

    While it runs, its configurations are left to their own steps; when it is over, they come along.
    """
    caught = Caught()
    try:
        family = client.family(parent)
        with store.reader() as reader:
            final = reader.stored(parent.controller, parent.job, [parent.number])
        if not final.get((parent.number, family[0].started)):
            chosen = family[:1] if family[0].provisional else family
            _save(settings, Files(settings, formats).read_family(client, chosen), store, caught)
    except (JenkinsError, StoreError) as error:
        caught.faults.append(f"The matrix build {parent} is left to the next run: {error}")
    return caught


def _save(settings: Settings, records: Sequence[BuildRecord], store: Store, caught: Caught) -> None:
    caught.faults += compared(store, records)
    for record, kept in zip(records, save_builds(settings, store, records), strict=True):
        caught.saved[record.build.id] = kept.saved
        caught.faults += refused(record, kept)


def _look(
    settings: Settings,
    formats: Sequence[Format],
    client: JenkinsClient,
    job: str,
    store: Store,
    caught: Caught,
) -> None:
    listed = client.newest(job, settings.catch_up)
    caught.faults += client.faults
    for build in _missed(client.name, job, listed, store):
        _take(settings, formats, client, build, store, caught)
    caught.unlinked = _unlinked(client.name, job, listed, store)


def _missed(controller: str, job: str, listed: list[Listed], store: Store) -> list[Missed]:
    with store.reader() as reader:
        lacking = missing(reader, controller, job, listed)
        older = unfinished(reader, controller, {job: listed})
    return [*older, *((BuildId(controller, job, each.number), each.started) for each in lacking)]


def _unlinked(
    controller: str, job: str, listed: Sequence[Listed], store: Store
) -> dict[BuildId, int]:
    """Return stored builds without a link, as after a crash between storing and linking."""
    ids = [BuildId(controller, job, each.number) for each in listed if each.linked is False]
    with store.reader() as reader:
        rows = {id: reader.find_build(controller, job, id.number) for id in ids[:_LINKED_LATER]}
    return {id: row.key for id, row in rows.items() if row is not None and not row.provisional}


def _take(
    settings: Settings,
    formats: Sequence[Format],
    client: JenkinsClient,
    missed: Missed,
    store: Store,
    caught: Caught,
) -> None:
    """Store one build; one that Jenkins has lost while it ran is as final as it gets."""
    id, started = missed
    try:
        family = client.family(id)
        if family[0].started != started:  # the job was created anew, and counts from 1 again
            store.close_lost(id, started)
        if family[0].provisional:
            return
        records = Files(settings, formats).read_family(client, family)
    except BuildMissing:
        store.close_lost(id, started)
    except Unreachable:
        raise
    except JenkinsError as error:
        caught.failed[id] = str(error)
    else:
        _save(settings, records, store, caught)


def missing(
    reader: Reader, controller: str, job: str, listed: Iterable[Listed], *, again: bool = False
) -> list[Listed]:
    """Return the listed builds that are done but not stored as final, the lowest number first.

    Builds are told apart by number and start, so those of a re-created job are missing until
    they are stored themselves; where the start is only a guess, the number decides. No number
    counts as reached: builds end out of order. With `again` the final ones are returned, too.
    """
    done = [each for each in listed if not each.running]
    stored = reader.stored(controller, job, [each.number for each in done])
    numbers = {number for number, _ in stored}
    lacking = []
    for each in done:
        key = (each.number, each.started)
        if each.guessed and key not in stored and each.number in numbers:
            continue  # stored with the start that it really had
        if again or not stored.get(key):
            lacking.append(each)
    return sorted(lacking, key=lambda each: each.number)


def unfinished(reader: Reader, controller: str, listed: dict[str, list[Listed]]) -> list[Missed]:
    """Return the builds of these jobs that are stored as provisional and not listed any more."""
    jobs = {row.key: row.name for row in reader.jobs() if row.controller == controller}
    found = []
    for build in reader.provisional():
        job = jobs.get(build.job_key)
        near = {(each.number, each.started) for each in listed.get(job or "", ())}
        if job in listed and (build.number, build.started) not in near:
            found.append((BuildId(controller, str(job), build.number), build.started))
    return found


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Tell whether no other process catches up now; many hooks at once leave it to one."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".catch-up", opener=_shared) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _shared(path: str, flags: int) -> int:
    """Open a file to lock it, which takes no right to write; it may be of another account."""
    return os.open(path, flags | os.O_CREAT, 0o644)
