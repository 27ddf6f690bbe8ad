"""Read what is stored of jobs and builds, with the places of their pages."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, TypeVar

from squash_jenkins.analysis.code_changes import PackageChange, changes
from squash_jenkins.models import Change, Metric, Package
from squash_jenkins.render.judged import Judge, Judged
from squash_jenkins.render.lines import BuildLine, JobLine, build_lines, job_line
from squash_jenkins.render.links import Links
from squash_jenkins.render.output import content_key
from squash_jenkins.store.read import Reader
from squash_jenkins.store.rows import RejectedRow, ReportRow

HISTORY = 30
"""So many builds before a build are drawn on its page; a changed build renews so many after it."""
BLOCK = 256
"""Builds whose numbers share a data file."""
_Value = TypeVar("_Value")


class Stored:
    """Answer what is stored; everything is of one moment of the store.

    Parameters
    ----------
    reader
        An open reader of the store.
    links
        The maker of paths.
    memory
        What `remembered` kept from earlier runs; is changed.

    """

    def __init__(self, reader: Reader, links: Links, memory: dict[str, Any]) -> None:
        self._reader = reader
        self._memory = memory
        self._judge = Judge()
        self._builds: dict[int, list[BuildLine]] = {}
        self._by_key: dict[int, dict[int, BuildLine]] = {}
        self._judged: dict[int, list[Judged]] = {}
        self._packages: dict[int, Mapping[str, Package] | None] = {}
        self.links = links

    @cached_property
    def jobs(self) -> list[JobLine]:
        """Every job, sorted by controller and name."""
        return [job_line(row, self.links) for row in self._reader.jobs()]

    @cached_property
    def counts(self) -> dict[str, int]:
        """The number of rows by table of the store."""
        return self._reader.counts()

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """Every metric by name."""
        return self._reader.metrics()

    def builds(self, job: JobLine) -> list[BuildLine]:
        """Return the builds of a job in order of start."""
        if job.key not in self._builds:
            self._builds[job.key] = build_lines(job, self._reader.builds(job.key))
        return self._builds[job.key]

    def by_key(self, job: JobLine) -> dict[int, BuildLine]:
        """Return the builds of a job by their key."""
        if job.key not in self._by_key:
            self._by_key[job.key] = {build.key: build for build in self.builds(job)}
        return self._by_key[job.key]

    def blocks(self, job: JobLine) -> dict[int, list[BuildLine]]:
        """Return the builds of a job by the data file they belong to (`number // BLOCK`)."""
        found: dict[int, list[BuildLine]] = {}
        for build in self.builds(job):
            found.setdefault(build.number // BLOCK, []).append(build)
        return dict(sorted(found.items()))

    def series(self, job: JobLine) -> list[tuple[str, str, str, str]]:
        """Return every series that a job ever had: metric, dataset, filter and level, sorted."""
        found: set[tuple[str, str, str, str]] = set()
        for number, builds in self.blocks(job).items():
            listed = self.remembered(
                f"catalogue/{job.key}/{number}", builds, partial(self._series_in, builds)
            )
            found.update((metric, dataset, name, level) for metric, dataset, name, level in listed)
        return sorted(found)

    def before(self, build: BuildLine, many: int = HISTORY) -> list[BuildLine]:
        """Return up to `many` builds of the same job that started before `build`, in order."""
        return self.builds(build.job)[max(0, build.position - many) : build.position]

    def judged(self, builds: Sequence[BuildLine]) -> dict[int, list[Judged]]:
        """Return by build key its measurements with their verdicts, sorted by series."""
        wanted = [build for build in builds if build.key not in self._judged]
        if len(self._judged) > 4 * BLOCK:
            self._judged.clear()
            wanted = list(builds)
        self._judged.update(self._judge_all(wanted))
        return {build.key: self._judged[build.key] for build in builds}

    def package_changes(self, build: BuildLine) -> tuple[BuildLine | None, list[PackageChange]]:
        """Return the packages that changed, and the build compared with (None: nothing to tell).

        That is the latest earlier build of the job that told its packages: a failed build
        in between hides nothing.
        """
        own = self._packages_of([build])[build.key]
        if own is None:
            return None, []
        for earlier in reversed(self.before(build, 2 * HISTORY)):
            known = self._packages_of([earlier])[earlier.key]
            if known is not None:
                return earlier, changes(known, own) or []
        return None, []

    def prefetch(self, builds: Sequence[BuildLine]) -> None:
        """Read measurements and packages of many builds at once; a matter of speed only."""
        self.judged(builds)
        self._packages_of(builds)

    def reports(self, build: BuildLine) -> list[ReportRow]:
        """Return the QA documents of a build."""
        return self._reader.reports([build.key])

    def commits(self, build: BuildLine) -> list[Change]:
        """Return the commits of Jenkins' own change sets."""
        return self._reader.changes([build.key]).get(build.key, [])

    def rejected(self, build: BuildLine) -> list[RejectedRow]:
        """Return the files of a build that were set aside."""
        return self._reader.rejected([build.key])

    def remembered(
        self,
        name: str,
        builds: Iterable[BuildLine],
        compute: Callable[[], _Value],
        also: object = None,
    ) -> _Value:
        """Return what `compute` gives, from memory while none of the builds has changed.

        `compute` may depend on the builds and their measurements only, and on `also`, which
        holds plain values; it gives plain values.
        """
        token = content_key([(each.key, each.row.revision, each.page) for each in builds], also)
        kept = self._memory.get(name)
        if kept is None or kept[0] != token:
            self._memory[name] = kept = [token, compute()]
        value: _Value = kept[1]
        return value

    def _series_in(self, builds: Sequence[BuildLine]) -> list[list[str]]:
        judged = self.judged(builds)
        series = {each.series for measurements in judged.values() for each in measurements}
        return [[metric, dataset, name, level] for dataset, name, metric, level in sorted(series)]

    def _judge_all(self, builds: Sequence[BuildLine]) -> dict[int, list[Judged]]:
        keys = [build.key for build in builds]
        found: dict[int, list[Judged]] = {key: [] for key in keys}
        if not keys:
            return found
        reports = {report.key: report for report in self._reader.reports(keys)}
        specifications = self._reader.specifications(list(reports))
        started = {build.key: build.row.started for build in builds}
        for row in self._reader.measurements(keys):
            report = reports[row.report]
            own = specifications.get(row.report, ())
            found[row.build].append(self._judge.judged(row, report, started[row.build], own))
        for judged in found.values():
            judged.sort(key=lambda each: each.series)
        return found

    def _packages_of(self, builds: Sequence[BuildLine]) -> dict[int, Mapping[str, Package] | None]:
        wanted = [build.key for build in builds if build.key not in self._packages]
        if wanted:
            if len(self._packages) > 4 * BLOCK:
                self._packages.clear()
                wanted = [build.key for build in builds]
            told = self._reader.packages(wanted)
            self._packages.update({key: told.get(key) for key in wanted})
        return {build.key: self._packages[build.key] for build in builds}
