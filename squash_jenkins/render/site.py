"""Give tabs read access to what is stored, and tell them what changed since the last run."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from squash_jenkins.analysis.code_changes import PackageChange, changes
from squash_jenkins.models import Change, Metric, Package
from squash_jenkins.render.judged import Judge, Judged
from squash_jenkins.render.links import (
    Links,
    jenkins_artifact_url,
    jenkins_build_url,
    jenkins_job_url,
)
from squash_jenkins.render.output import content_key
from squash_jenkins.store.read import Reader
from squash_jenkins.store.rows import BuildRow, JobRow, RejectedRow, ReportRow

HISTORY = 30
"""So many builds before a build are drawn on its page; a changed build renews so many after it."""
BLOCK = 256
"""Builds whose numbers share a data file."""
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class JobLine:
    """Hold one job and where its pages are."""

    key: int
    name: str
    controller: str
    controller_url: str
    page: str
    links: Links

    @property
    def jenkins(self) -> str | None:
        """Return the job's URL in Jenkins."""
        return jenkins_job_url(self.controller_url, self.name)

    def data(self, name: str) -> str:
        """Return the path of the job's data file `name`."""
        return self.links.job_data(self.controller, self.name, name)


@dataclass(frozen=True, slots=True)
class BuildLine:
    """Hold one build, its place among the builds of its job (from 0) and where its page is."""

    row: BuildRow
    job: JobLine
    position: int
    page: str
    replaced: bool
    """A later build has the same number: the job was made anew."""

    @property
    def key(self) -> int:
        """Return the key of the build in the store."""
        return self.row.key

    @property
    def number(self) -> int:
        """Return Jenkins' number."""
        return self.row.number

    @property
    def finished(self) -> datetime:
        """Return when the build ended (UTC), or started where its duration is not known."""
        return self.row.started + timedelta(seconds=self.row.duration or 0)

    @property
    def failed(self) -> bool:
        """Tell whether Jenkins counts the build as failed or broken off."""
        return self.row.result in ("FAILURE", "ABORTED", "NOT_BUILT")

    @property
    def jenkins(self) -> str | None:
        """Return the build's URL in Jenkins, from the controller's configured root."""
        return jenkins_build_url(self.job.controller_url, self.job.name, self.number)

    def artifact(self, path: str) -> str | None:
        """Return the URL of an archived file in Jenkins."""
        return jenkins_artifact_url(self.job.controller_url, self.job.name, self.number, path)


class Site:
    """Answer what tabs ask; everything is of one moment of the store.

    Parameters
    ----------
    reader
        An open reader of the store.
    links
        The maker of paths.
    since
        Revision of the store that the site shows already; None when everything is to be made.
    memory
        What `remembered` kept from earlier runs; is changed.

    """

    def __init__(
        self, reader: Reader, links: Links, since: int | None, memory: dict[str, Any]
    ) -> None:
        self._reader = reader
        self._since = since
        self._memory = memory
        self._judge = Judge()
        self._builds: dict[int, list[BuildLine]] = {}
        self._judged: dict[int, list[Judged]] = {}
        self._packages: dict[int, Mapping[str, Package] | None] = {}
        self.links = links

    @cached_property
    def jobs(self) -> list[JobLine]:
        """Every job, sorted by controller and name."""
        return [self._job_line(row) for row in self._reader.jobs()]

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
            self._builds[job.key] = self._build_lines(job, self._reader.builds(job.key))
        return self._builds[job.key]

    def changed_jobs(self) -> list[JobLine]:
        """Return the jobs with a build that is new or changed."""
        return [job for job in self.jobs if self._since is None or self._changed.get(job.key)]

    def changed_builds(self, job: JobLine) -> list[BuildLine]:
        """Return the builds whose pages may change: changed ones, the one before, some after.

        The page of a build tells of the next one and draws `HISTORY` builds before it.
        """
        builds = self.builds(job)
        if self._since is None:
            return builds
        changed: set[int] = self._changed.get(job.key, set())
        if any(build.key in changed and self._number_was_used(build) for build in builds):
            return builds
        near: set[int] = set()
        for build in builds:
            if build.key in changed:
                near.update(range(build.position - 1, build.position + HISTORY + 1))
        return [builds[at] for at in sorted(near) if 0 <= at < len(builds)]

    def blocks(self, job: JobLine) -> dict[int, list[BuildLine]]:
        """Return the builds of a job by the data file they belong to (`number // BLOCK`)."""
        found: dict[int, list[BuildLine]] = {}
        for build in self.builds(job):
            found.setdefault(build.number // BLOCK, []).append(build)
        return dict(sorted(found.items()))

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
        self, name: str, builds: Iterable[BuildLine], compute: Callable[[], _Value]
    ) -> _Value:
        """Return what `compute` gives, from memory while none of the builds has changed.

        `compute` may depend on the builds and their measurements only, and gives plain values.
        """
        token = content_key([(build.key, build.row.revision, build.page) for build in builds])
        kept = self._memory.get(name)
        if kept is None or kept[0] != token:
            self._memory[name] = kept = [token, compute()]
        value: _Value = kept[1]
        return value

    @cached_property
    def _changed(self) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for changed in self._reader.changed_since(self._since or 0):
            found.setdefault(changed.job, set()).add(changed.key)
        return found

    def _number_was_used(self, build: BuildLine) -> bool:
        same = [other for other in self.builds(build.job) if other.number == build.number]
        return len(same) > 1

    def _job_line(self, row: JobRow) -> JobLine:
        page = self.links.job(row.controller, row.name)
        return JobLine(row.key, row.name, row.controller, row.controller_url, page, self.links)

    def _build_lines(self, job: JobLine, rows: Sequence[BuildRow]) -> list[BuildLine]:
        newest = {row.number: row.key for row in rows}
        lines = []
        for position, row in enumerate(rows):
            replaced = newest[row.number] != row.key
            start = row.started if replaced else None
            page = self.links.build(job.controller, job.name, row.number, start)
            lines.append(BuildLine(row, job, position, page, replaced))
        return lines

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
