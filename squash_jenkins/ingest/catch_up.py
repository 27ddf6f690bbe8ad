"""Find and ingest builds that are over and not stored as final: missed, or stored while running."""

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from squash_jenkins.config import Settings
from squash_jenkins.errors import BuildMissing, JenkinsError, StoreError, Unreachable
from squash_jenkins.formats.base import Format
from squash_jenkins.ingest.artifacts import FileReader
from squash_jenkins.ingest.outcome import Outcome
from squash_jenkins.ingest.saving import refused, save_builds
from squash_jenkins.ingest.workspace import archived_differently
from squash_jenkins.jenkins.answers import RUN_CLASS
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import Build, BuildId, ListedBuild
from squash_jenkins.models.source import Family
from squash_jenkins.store import Reader, Saved, Store

_LINKED_LATER = 5
"""Missing links that one run adds: each takes two requests."""
Missed = tuple[BuildId, datetime]
"""A build by name and start (UTC)."""


def catch_up(
    settings: Settings,
    formats: Sequence[Format],
    client: JenkinsClient,
    store: Store,
    outcome: Outcome,
) -> None:
    """Ingest what was missed of the job that a run asked for; of a configuration's matrix job, too.

    How many of the newest builds are looked at is the setting ``catch_up``. Nothing is raised: the
    build that was asked for is stored already.
    """
    run = _CatchUp(settings, formats, client, store, outcome)
    build = outcome.records[0].build
    run.ingest_missed(build.id.job)
    outcome.parent = _parent_of(build)
    if outcome.parent:
        run.ingest_parent(outcome.parent)
        run.ingest_missed(outcome.parent.job)


def _parent_of(build: Build) -> BuildId | None:
    """Return the matrix build that the build of a configuration belongs to; None for all others."""
    job = build.id.job.rpartition("/")[0]
    is_run = build.extra.get("class") == RUN_CLASS
    return BuildId(build.id.controller, job, build.id.number) if is_run else None


@dataclass(frozen=True, slots=True)
class _CatchUp:
    """One run that catches up; what it does is noted in the outcome."""

    settings: Settings
    formats: Sequence[Format]
    client: JenkinsClient
    store: Store
    outcome: Outcome

    def ingest_missed(self, job: str) -> None:
        """Ingest the missed and the provisional ones among the newest builds of a job."""
        if not self.settings.catch_up:
            return
        try:
            with _alone(self.settings.spool) as alone:
                if alone:
                    self._ingest_missed(job)
        except (JenkinsError, StoreError, OSError) as error:
            self.outcome.warnings.append(
                f"Missed builds of {job} are left to the next run: {error}"
            )

    def ingest_parent(self, parent: BuildId) -> None:
        """Ingest a matrix build, with its configurations once it is over.

        While it runs, its configurations are left to their own steps.
        """
        try:
            family = self.client.family(parent)
            with self.store.reader() as reader:
                final = reader.builds.stored(parent.controller, parent.job, [parent.number])
            if not final.get((parent.number, family[0].started)):
                self._ingest(family[:1] if family[0].provisional else family)
        except (JenkinsError, StoreError) as error:
            self.outcome.warnings.append(
                f"The matrix build {parent} is left to the next run: {error}"
            )

    def _ingest_missed(self, job: str) -> None:
        listed = self.client.newest(job, self.settings.catch_up)
        self.outcome.warnings += self.client.faults
        for missed in self._missed(job, listed):
            self._ingest_or_close(missed)
        if self.settings.link_older:
            self._note_unlinked(job, listed)

    def _missed(self, job: str, listed: list[ListedBuild]) -> list[Missed]:
        name = self.client.name
        with self.store.reader() as reader:
            lacking = missing(reader, name, job, listed)
            older = unfinished(reader, name, {job: listed})
        return [*older, *((BuildId(name, job, each.number), each.started) for each in lacking)]

    def _ingest_or_close(self, missed: Missed) -> None:
        """Ingest one build; what is stored of one that Jenkins lost while it ran becomes final."""
        id, started = missed
        try:
            family = self.client.family(id)
            if family[0].started != started:  # the job was created anew and counts from 1 again
                self.store.close_lost(id, started)
            if not family[0].provisional:
                self._ingest(family)
        except BuildMissing:
            self.store.close_lost(id, started)
        except Unreachable:
            raise
        except JenkinsError as error:
            self.outcome.failed[id] = str(error)

    def _ingest(self, family: Family) -> None:
        records = FileReader(self.settings, self.formats).read_family(self.client, family)
        self.outcome.warnings += archived_differently(self.store, records)
        for record, stored in zip(
            records, save_builds(self.settings, self.store, records), strict=True
        ):
            self.outcome.saved.setdefault(record.build.id, stored.saved)
            self.outcome.warnings += refused(record, stored)

    def _note_unlinked(self, job: str, listed: Sequence[ListedBuild]) -> None:
        """Note stored builds without a link, as after a crash between storing and linking."""
        name = self.client.name
        ids = [BuildId(name, job, each.number) for each in listed if each.linked is False]
        with self.store.reader() as reader:
            rows = {id: reader.builds.find(name, job, id.number) for id in ids[:_LINKED_LATER]}
        for id, row in rows.items():
            if row is not None and not row.provisional:
                self.outcome.saved.setdefault(id, Saved(row.key, changed=False))
                self.outcome.unlinked.append(id)


def missing(
    reader: Reader, controller: str, job: str, listed: Iterable[ListedBuild], *, again: bool = False
) -> list[ListedBuild]:
    """Return the listed builds that are over but not stored as final, the lowest number first.

    Number and start identify a build, so those of a re-created job are missing until they are
    stored themselves; where the start is only a guess, the number decides. No number counts as
    reached, as builds end out of order. With `again` final builds are returned as well.
    """
    done = [each for each in listed if not each.running]
    stored = reader.builds.stored(controller, job, [each.number for each in done])
    numbers = {number for number, _ in stored}
    lacking = []
    for each in done:
        key = (each.number, each.started)
        if each.guessed and key not in stored and each.number in numbers:
            continue  # stored with the start that it really had
        if again or not stored.get(key):
            lacking.append(each)
    return sorted(lacking, key=lambda each: each.number)


def unfinished(
    reader: Reader, controller: str, listed: dict[str, list[ListedBuild]]
) -> list[Missed]:
    """Return the builds of these jobs that are stored as provisional and no longer listed."""
    jobs = {row.key: row.name for row in reader.builds.jobs() if row.controller == controller}
    found = []
    for build in reader.builds.provisional():
        job = jobs.get(build.job_key)
        near = {(each.number, each.started) for each in listed.get(job or "", ())}
        if job in listed and (build.number, build.started) not in near:
            found.append((BuildId(controller, str(job), build.number), build.started))
    return found


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Return whether no other process is catching up; of many hooks at once only one does."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".catch-up", opener=_shared) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _shared(path: str, flags: int) -> int:
    """Open a file for locking; no write permission is needed, it may be of another account."""
    return os.open(path, flags | os.O_CREAT, 0o644)
