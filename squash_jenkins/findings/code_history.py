"""Find which code changed between builds of one job: package versions and Jenkins' change sets.

Packages are read of the builds that are asked for only, and each build's once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from squash_jenkins.analysis.code_changes import PackageChange, changes
from squash_jenkins.errors import StoreError
from squash_jenkins.models import Change, Package
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import BuildPoint


@dataclass(frozen=True, slots=True)
class CodeBetween:
    """Hold which code changed between two builds of a job.

    Attributes
    ----------
    after, until
        Keys of the two builds; `after` is None where there is none to compare with.
    packages
        What became of each package, by name; None when that is not known. No change is an
        empty list.
    reason
        Why `packages` is None, or which other builds replace those that reported nothing.
    commits
        Key of a build and a commit of its change set, the earliest build first; a commit that
        several builds name is listed with the first. Going backwards they are what is taken back.
    compared
        Keys of the builds whose packages were compared, None for none.
    builds
        The builds in (after, until] in order, going backwards those in (until, after].
    """

    after: int | None
    until: int
    packages: Sequence[PackageChange] | None
    reason: str
    commits: Sequence[tuple[int, Change]]
    compared: tuple[int, int] | None
    builds: Sequence[BuildPoint]

    @property
    def backwards(self) -> bool:
        """Return whether `until` is the earlier build, so that all is taken back."""
        return bool(self.builds) and self.builds[-1].key == self.after


REACH = 60
"""A build that reported its packages replaces others at most so many builds away."""


class CodeHistory:
    """Hold the builds of one job, and the packages of those that were asked for.

    Parameters
    ----------
    reader
        An open reader.
    job
        Key of the job.
    builds
        All its builds in order; read where they are not given.

    """

    def __init__(
        self, reader: Reader, job: int, builds: Sequence[BuildPoint] | None = None
    ) -> None:
        self._reader, self.job = reader, job
        self._given = builds
        self._packages: dict[int, dict[str, Package] | None] = {}

    @cached_property
    def builds(self) -> Sequence[BuildPoint]:
        """Return the builds of the job in order."""
        return self._reader.builds.outline(self.job) if self._given is None else self._given

    @cached_property
    def _places(self) -> dict[int, int]:
        return {build.key: place for place, build in enumerate(self.builds)}

    def place(self, key: int) -> int:
        """Return the place of a build in its job, from 0.

        Raises
        ------
        StoreError
            When the job has no such build.

        """
        if key not in self._places:
            raise StoreError(
                f"The build with the key {key} is not of this job: compare builds of one job."
            )
        return self._places[key]

    def number(self, place: int) -> int:
        """Return the number of the build at a place."""
        return self.builds[place].number

    def between(self, after: int | None, until: int) -> CodeBetween:
        """Return the code changes between two builds (keys), whichever came first."""
        end = self.place(until)
        if after is None:
            reason = f"There is no build before #{self.number(end)} to compare with."
            return self._code(None, end, None, reason)
        begin = self.place(after)
        silent = [place for place in dict.fromkeys((begin, end)) if not self.packages(place)]
        if not silent:
            return self._code(begin, end, (begin, end), "")
        numbers = " and ".join(f"#{self.number(place)}" for place in silent)
        verb = "does" if len(silent) == 1 else "do"
        return self._code(begin, end, None, f"{numbers} {verb} not report the packages.")

    def around(self, begin: int, end: int) -> CodeBetween:
        """Return the changes between two builds (places), from builds that reported their packages.

        Where one did not, the nearest that did replaces it: before the begin and after the end,
        else the nearest between them.
        """
        reporting = self.reporting(begin, end)
        if len(reporting) < 2:
            reason = "No two builds report their packages, so versions cannot be compared."
            return self._code(begin, end, None, reason)
        first, last = reporting[0], reporting[-1]
        reason = ""
        if (first, last) != (begin, end):
            asked = f"#{self.number(begin)} and #{self.number(end)}"
            stand_ins = f"#{self.number(first)} and #{self.number(last)}"
            reason = f"Packages are compared between {stand_ins}: not both {asked} reported them."
        return self._code(begin, end, (first, last), reason)

    def reporting(self, begin: int, end: int) -> list[int]:
        """Return the places of the builds that show what came in between two places.

        These are all between them that reported their packages, and the nearest on either side,
        at most `REACH` builds away.
        """
        self._read(range(begin, end + 1))
        inner = [place for place in range(begin, end + 1) if self.packages(place)]
        first, last = max(0, begin - REACH), min(len(self.builds), end + 1 + REACH)
        before = [] if begin in inner else self._nearest(range(begin - 1, first - 1, -1))
        after = [] if end in inner else self._nearest(range(end + 1, last))
        return [*before, *inner, *after]

    def packages(self, place: int) -> dict[str, Package] | None:
        """Return the packages of a build by name, None where it reported none."""
        self._read([place])
        return self._packages[self.builds[place].key]

    def changed(self, begin: int, end: int) -> list[PackageChange]:
        """Return the package changes between two builds (places) that reported their packages."""
        return changes(self.packages(begin), self.packages(end)) or []

    def steps(self, reporting: Sequence[int]) -> Iterator[tuple[int, int, list[PackageChange]]]:
        """Yield each two neighbours of `reporting` with what changed between them."""
        self._read(reporting)
        for begin, end in pairwise(reporting):
            yield begin, end, self.changed(begin, end)

    def commits(self, begin: int, end: int) -> list[tuple[int, Change]]:
        """Return the commits of the builds at the places begin + 1 to end, each once."""
        keys = [build.key for build in self.builds[begin + 1 : end + 1]]
        found = self._reader.contents.changes(keys)
        seen: set[tuple[object, ...]] = set()
        unique = []
        for key in keys:
            for change in found.get(key, ()):
                name = (change.revision,) if change.revision else (change.message, change.committed)
                if name not in seen:
                    seen.add(name)
                    unique.append((key, change))
        return unique

    def _nearest(self, places: range) -> list[int]:
        """Return the first of `places` whose build reported its packages, at most one."""
        size = 2
        while places:
            self._read(places[:size])
            reported = [place for place in places[:size] if self.packages(place)]
            if reported:
                return reported[:1]
            places, size = places[size:], min(2 * size, 64)
        return []

    def _read(self, places: Iterable[int]) -> None:
        keys = [self.builds[place].key for place in places]
        new = [key for key in keys if key not in self._packages]
        if new:
            found = self._reader.contents.packages(new)
            self._packages |= {key: found.get(key) for key in new}

    def _code(
        self, begin: int | None, end: int, compared: tuple[int, int] | None, reason: str
    ) -> CodeBetween:
        low, high = (end - 1, end) if begin is None else (min(begin, end), max(begin, end))
        builds = self.builds
        return CodeBetween(
            None if begin is None else builds[begin].key,
            builds[end].key,
            self.changed(*compared) if compared else None,
            reason,
            self.commits(low, high),
            (builds[compared[0]].key, builds[compared[1]].key) if compared else None,
            builds[low + 1 : high + 1],
        )
