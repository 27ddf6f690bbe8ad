"""Select builds of a list by number, time and result."""

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from squash_jenkins.errors import (
    IsFolder,
    JenkinsError,
    NotFound,
    SettingsError,
    SignInRefused,
    Unreachable,
)
from squash_jenkins.models import Build, ListedBuild
from squash_jenkins.models.source import Source

_RANGE = re.compile(r"(\d+)(?:\s*\.\.\s*(\d+))?")
_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which builds are wanted; empty or None means any.

    Attributes
    ----------
    ranges
        First and last number of each wanted range.
    since, until
        The build started at this moment (UTC) or later; before this moment.
    results
        Jenkins' results, such as SUCCESS.

    """

    ranges: Sequence[tuple[int, int]] = ()
    since: datetime | None = None
    until: datetime | None = None
    results: Sequence[str] = ()

    def lists(self, build: ListedBuild) -> bool:
        """Return whether a listed build is wanted, as far as a list shows."""
        return (
            (not self.ranges or any(a <= build.number <= b for a, b in self.ranges))
            and (self.since is None or build.started >= self.since)
            and (self.until is None or build.started < self.until)
        )

    def takes(self, build: Build) -> bool:
        """Return whether a build is wanted by its metadata as well."""
        return not self.results or (build.result or "").upper() in self.results


def read_ranges(text: str) -> tuple[list[tuple[int, int]], list[str]]:
    """Return the ranges in ``100..250,300`` and messages about those that make no sense.

    Raises
    ------
    SettingsError
        No range can be used at all.

    """
    ranges: list[tuple[int, int]] = []
    faults: list[str] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = _RANGE.fullmatch(part)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if first <= last:
            ranges.append((first, last))
        elif found:
            faults.append(f"--builds {part} is the wrong way round: write {last}..{first}.")
        else:
            faults.append(f"--builds {part} is neither a number nor a range such as 100..250.")
    if not ranges:
        raise SettingsError(" ".join(faults) or "--builds selects no build: write 100..250,300.")
    return ranges, faults


class Lister:
    """Find the jobs that names stand for, and list their builds with one request per job.

    Parameters
    ----------
    source
        Where to ask.
    refuse
        Called with the error of each name that leads nowhere; the others are listed.

    """

    def __init__(self, source: Source, refuse: Callable[[JenkinsError], None]) -> None:
        self._source = source
        self._refuse = refuse
        self._all: list[str] | None = None

    def lists(self, names: Sequence[str]) -> Iterator[tuple[str, list[ListedBuild]]]:
        """Yield each job's full name and its builds, newest first.

        A name may be a job's, a folder's (all that is in it, at any depth) or a glob.

        Raises
        ------
        Unreachable, SignInRefused
            Nothing else can be requested either.

        """
        done: set[str] = set()
        waiting = deque((name, _GLOB.search(name) is not None) for name in names)
        while waiting:
            name, is_glob = waiting.popleft()
            if name in done:
                continue
            done.add(name)
            try:
                if is_glob:
                    waiting.extendleft((job, False) for job in reversed(self._matching(name)))
                else:
                    yield from self._list(name, waiting)
            except (Unreachable, SignInRefused):
                raise
            except JenkinsError as error:
                self._refuse(error)

    def _list(
        self, name: str, waiting: deque[tuple[str, bool]]
    ) -> Iterator[tuple[str, list[ListedBuild]]]:
        try:
            listed = self._source.listing(name)
        except IsFolder:
            waiting.extendleft((job, False) for job in reversed(self._inside(name)))
            return
        yield name, listed

    def _matching(self, pattern: str) -> list[str]:
        found = [job for job in self._jobs() if fnmatchcase(job, pattern)]
        if not found:
            raise NotFound(f"No job matches {pattern!r}: * stands for any part of a full name.")
        return found

    def _inside(self, folder: str) -> list[str]:
        found = [job for job in self._jobs() if job.startswith(f"{folder}/")]
        if not found:
            raise NotFound(f"{folder!r} is a folder without any job that this user may see.")
        return found

    def _jobs(self) -> list[str]:
        if self._all is None:
            self._all = self._source.jobs()
        return self._all


def spans(positions: Sequence[int], size: int) -> Iterator[tuple[int, int]]:
    """Yield the pages (start, end) of at most `size` that contain all `positions`, in order."""
    rest = deque(positions)
    while rest:
        start = end = rest[0]
        while rest and rest[0] < start + size:
            end = rest.popleft()
        yield start, end + 1
