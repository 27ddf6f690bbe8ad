"""Find the builds that are to be read, job by job."""

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

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
from squash_jenkins.models import Build, BuildId, Listed
from squash_jenkins.models.source import Source
from squash_jenkins.store import Store

_PAGE = 100
"""Builds whose metadata comes with one request."""
_CHUNK = 1000
_ROUNDS = 3
"""So often a list is asked for anew when builds were not found where the list had them."""


@dataclass(frozen=True, slots=True)
class JobListed:
    """Say what a job's list says: how many builds are wanted, stored already, still running."""

    job: str
    wanted: int
    already: int
    running: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Name a build that the list wanted and its metadata does not, as its result differs."""

    job: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Name a build that Jenkins lists and cannot show."""

    id: BuildId
    error: JenkinsError


@dataclass(frozen=True, slots=True)
class Vanished:
    """Name a build that Jenkins listed and then no longer had."""

    job: str
    number: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Name a job that could not be listed; `last` when nothing more can be asked."""

    error: JenkinsError
    last: bool = False


@dataclass(frozen=True, slots=True)
class Fed:
    """Say that all families are handed over, and how many."""

    families: int


Emit = Callable[[object], None]
Key = tuple[int, datetime]
"""Number and start, which together name a build of a job."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Hold what is wanted of where, and where it is looked up what is stored already."""

    source: Source
    store: Store
    names: Sequence[str]
    selection: Selection
    force: bool = False

    def families(self, emit: Emit, stopped: threading.Event) -> Iterator[list[Build]]:
        """Yield the families to read, job after job, the newest first."""
        lister = Lister(self.source, lambda error: emit(Refused(error)))
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
                    emit(Refused(error))
        except JenkinsError as error:
            emit(Refused(error, last=True))

    def plan(self, emit: Emit) -> None:
        """Count what would be read; metadata is asked for only when the selection needs it."""
        if self.selection.results:
            for _ in self.families(emit, threading.Event()):
                continue
            return
        lister = Lister(self.source, lambda error: emit(Refused(error)))
        try:
            for job, listed in lister.lists(self.names):
                self._wanted(job, listed, emit)
        except JenkinsError as error:
            emit(Refused(error, last=True))

    def _wanted(self, job: str, listed: Sequence[Listed], emit: Emit) -> set[Key]:
        """Return the keys of the listed builds that are selected, done and not stored as final."""
        chosen = [build for build in listed if self.selection.lists(build)]
        done = [build for build in chosen if not build.running]
        wanted = self._missing(job, done)
        emit(JobListed(job, len(wanted), len(done) - len(wanted), len(chosen) - len(done)))
        return wanted

    def _missing(self, job: str, done: Sequence[Listed]) -> set[Key]:
        found: set[Key] = set()
        with self.store.reader() as reader:
            for start in range(0, len(done), _CHUNK):
                chunk = done[start : start + _CHUNK]
                found |= _keys(missing(reader, self.source.name, job, chunk, again=self.force))
        return found

    def _of_job(
        self, job: str, listed: Sequence[Listed], wanted: set[Key], emit: Emit
    ) -> Iterator[list[Build]]:
        """Yield the wanted families of a job.

        Builds that start meanwhile push the others back in Jenkins' list, deleted ones pull
        them forward: what was not met is looked for in a new list.
        """
        for _ in range(_ROUNDS):
            yield from self._met(job, listed, wanted, emit)
            if not wanted:
                return
            listed = self.source.listing(job)
        for number, _ in sorted(wanted):
            emit(Vanished(job, number))

    def _met(
        self, job: str, listed: Sequence[Listed], wanted: set[Key], emit: Emit
    ) -> Iterator[list[Build]]:
        """Yield the wanted families that are where the list has them; take them off `wanted`."""
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
                    emit(LeftOut(job))


class _Pages:
    """Read the pages of a job that hold wanted builds; of a bad page all builds but the bad one.

    `positions` are those of the wanted builds in Jenkins' list. What cannot be read is told and
    taken off `wanted`.
    """

    def __init__(
        self, source: Source, job: str, listed: Sequence[Listed], wanted: set[Key], emit: Emit
    ) -> None:
        self._source, self._job, self._wanted, self._emit = source, job, wanted, emit
        self._places = {_place(b, at): b for at, b in enumerate(listed) if _key(b) in wanted}
        self.positions = list(self._places)
        self.read = Halving(partial(source.page, job), self._alone, self._holds).read

    def _holds(self, start: int, end: int) -> bool:
        return bisect_left(self.positions, start) < bisect_left(self.positions, end)

    def _alone(self, position: int, _: UnexpectedAnswer) -> Sequence[list[Build]]:
        """Return the build at a position, which is asked for by its number now, or tell of it."""
        build = self._places[position]
        id = BuildId(self._source.name, self._job, build.number)
        try:
            return [self._source.family(id)]
        except BuildMissing:
            return ()  # the list has shifted: it is looked for in a new one
        except UnexpectedAnswer as error:
            self._wanted.discard(_key(build))
            self._emit(Unreadable(id, error))
            return ()


def _key(build: Listed) -> Key:
    return build.number, build.started


def _place(build: Listed, at: int) -> int:
    """Return the place in Jenkins' list, of which lines may be passed over."""
    return at if build.position is None else build.position


def _keys(builds: Iterable[Listed]) -> set[Key]:
    return set(map(_key, builds))
