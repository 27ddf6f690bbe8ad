"""Find the builds to read, job by job."""

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from squash_jenkins.backfill.events import (
    BacklogEvent,
    BuildSkipped,
    BuildUnreadable,
    BuildVanished,
    JobListed,
    JobRefused,
)
from squash_jenkins.backfill.selection import Lister, Selection, spans
from squash_jenkins.errors import (
    BuildMissing,
    JenkinsError,
    SignInRefused,
    UnexpectedAnswer,
    Unreachable,
)
from squash_jenkins.ingest.catch_up import missing
from squash_jenkins.jenkins.halving import Halving
from squash_jenkins.models import Build, BuildId, ListedBuild
from squash_jenkins.models.source import Source
from squash_jenkins.store import Store

_PAGE = 100
"""Builds whose metadata comes with one request."""
_CHUNK = 1000
"""Builds that are looked up in the store with one query."""
_LISTINGS = 3
"""Times a job is listed before builds that are not where its list had them count as vanished."""


Emit = Callable[[BacklogEvent], None]
Key = tuple[int, datetime]
"""Number and start, which together identify a build of a job."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """The builds that a source has, a selection wants and the store lacks.

    With `force` it does not matter what is stored.
    """

    source: Source
    store: Store
    names: Sequence[str]
    selection: Selection
    force: bool = False

    def families(self, emit: Emit, stopped: threading.Event) -> Iterator[list[Build]]:
        """Yield the families to read, job by job, newest first."""
        lister = Lister(self.source, lambda error: emit(JobRefused(error)))
        try:
            for job, listed in lister.lists(self.names):
                if stopped.is_set():
                    return
                wanted = self._wanted(job, listed, emit)
                try:
                    yield from self._of_job(job, listed, wanted, emit)
                except (Unreachable, SignInRefused):
                    raise
                except JenkinsError as error:
                    emit(JobRefused(error))
        except JenkinsError as error:
            emit(JobRefused(error, last=True))

    def plan(self, emit: Emit) -> None:
        """Count what would be read; metadata is requested only when the selection needs it."""
        if self.selection.results:
            for _ in self.families(emit, threading.Event()):
                continue
            return
        lister = Lister(self.source, lambda error: emit(JobRefused(error)))
        try:
            for job, listed in lister.lists(self.names):
                self._wanted(job, listed, emit)
        except JenkinsError as error:
            emit(JobRefused(error, last=True))

    def _wanted(self, job: str, listed: Sequence[ListedBuild], emit: Emit) -> set[Key]:
        """Return the keys of the listed builds that are selected, over and not stored as final."""
        chosen = [build for build in listed if self.selection.lists(build)]
        done = [build for build in chosen if not build.running]
        wanted = self._missing(job, done)
        emit(JobListed(job, len(wanted), len(done) - len(wanted), len(chosen) - len(done)))
        return wanted

    def _missing(self, job: str, done: Sequence[ListedBuild]) -> set[Key]:
        found: set[Key] = set()
        with self.store.reader() as reader:
            for start in range(0, len(done), _CHUNK):
                chunk = done[start : start + _CHUNK]
                found |= _keys(missing(reader, self.source.name, job, chunk, again=self.force))
        return found

    def _of_job(
        self, job: str, listed: Sequence[ListedBuild], wanted: set[Key], emit: Emit
    ) -> Iterator[list[Build]]:
        """Yield the wanted families of a job.

        Builds that start meanwhile push others back in Jenkins' list, and deleted builds pull
        them forward: what is not found at its place is looked up in a new list.
        """
        for _ in range(_LISTINGS):
            yield from self._at_their_places(job, listed, wanted, emit)
            if not wanted:
                return
            listed = self.source.listing(job)
        for number, _ in sorted(wanted):
            emit(BuildVanished(job, number))

    def _at_their_places(
        self, job: str, listed: Sequence[ListedBuild], wanted: set[Key], emit: Emit
    ) -> Iterator[list[Build]]:
        """Yield the wanted families that are where the list has them; remove them from `wanted`."""
        pages = _Pages(self.source, job, listed, wanted, emit)
        for start, end in spans(pages.positions, _PAGE):
            for family in pages.read(start, end):
                build = (family[0].id.number, family[0].started)
                if build not in wanted:
                    continue
                wanted.discard(build)
                if self.selection.takes(family[0]):
                    yield family
                else:
                    emit(BuildSkipped(job))


class _Pages:
    """Pages of a job's builds that hold wanted ones; of a bad page all builds but the bad one.

    `positions` are those of the wanted builds in Jenkins' list. A build that cannot be read is
    emitted as unreadable and removed from `wanted`.
    """

    def __init__(
        self, source: Source, job: str, listed: Sequence[ListedBuild], wanted: set[Key], emit: Emit
    ) -> None:
        self._source, self._job, self._wanted, self._emit = source, job, wanted, emit
        self._places = {_place(b, at): b for at, b in enumerate(listed) if _key(b) in wanted}
        self.positions = list(self._places)
        self.read = Halving(partial(source.page, job), self._alone, self._holds).read

    def _holds(self, start: int, end: int) -> bool:
        return bisect_left(self.positions, start) < bisect_left(self.positions, end)

    def _alone(self, position: int, _: UnexpectedAnswer) -> Sequence[list[Build]]:
        """Return the build at a position, requested by its number; emit one that is unreadable."""
        build = self._places[position]
        id = BuildId(self._source.name, self._job, build.number)
        try:
            return [self._source.family(id)]
        except BuildMissing:
            return ()  # the list has shifted: it is looked up in a new one
        except UnexpectedAnswer as error:
            self._wanted.discard(_key(build))
            self._emit(BuildUnreadable(id, error))
            return ()


def _key(build: ListedBuild) -> Key:
    return build.number, build.started


def _place(build: ListedBuild, at: int) -> int:
    """Return the position in Jenkins' list, some lines of which may have been skipped."""
    return at if build.position is None else build.position


def _keys(builds: Iterable[ListedBuild]) -> set[Key]:
    return set(map(_key, builds))
