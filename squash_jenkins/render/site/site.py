"""Give tabs read access to what is stored, and tell them what changed since the last run."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Mapping, MutableMapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from squash_jenkins.findings.suspects import Suspecting
from squash_jenkins.models.finding import Triage
from squash_jenkins.render.links import Links
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.stored import HISTORY
from squash_jenkins.render.site.suspects import LOOKED_BACK, LOOKED_ON, NEIGHBOURS, plain_suspects
from squash_jenkins.render.site.usage import Usage
from squash_jenkins.store.read.block_arrays import BLOCK
from squash_jenkins.store.read.reader import Reader
from squash_jenkins.store.read.rows import FindingRow

if TYPE_CHECKING:
    from squash_jenkins.render.site.lines import Tables

COMPARED = 2 * HISTORY
"""So many builds before a build may have told the packages that it is compared with."""
DRILLED = 12
"""Of so many newest builds of a job that have tables a static site keeps these."""
NEAR = 20
"""So many builds before and after a finding begins are drawn on its page."""


class Site(Usage):
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
        What was kept from earlier runs; is changed.

    """

    def __init__(
        self, reader: Reader, links: Links, since: int | None, memory: MutableMapping[str, Any]
    ) -> None:
        super().__init__(reader, links, memory)
        self._since = since
        self._numbers: dict[int, Mapping[int, int]] = {}
        self._moves: dict[int, Collection[int]] = {}
        self._used: dict[int, Counter[int]] = {}
        self.pooled: Callable[[], Mapping[str, Any]] = lambda: {"pools": []}
        """What the page of pooled tables can show: whoever makes the pages knows."""
        self.tables: Tables | None = None
        """The tables that came with builds; None where they cannot be had."""
        self.points = 20_000
        """Of a table with more rows pages are given a sample of so many."""
        self.kept_tables: int | None = DRILLED
        """Of so many newest builds of a job the tables are shown; None for all."""

    def title_of(self, job: JobLine) -> str:
        """Return the name of a job that no other job of the site has."""
        alike = sum(each.name == job.name for each in self.jobs)
        return job.name if alike < 2 else f"{job.name} on {job.controller}"

    def changed_jobs(self) -> list[JobLine]:
        """Return the jobs with a build that is new or changed, or of which findings tell anew."""
        if self._since is None:
            return self.jobs
        return [
            job for job in self.jobs if self._changed.get(job.key) or self.findings_changed(job)
        ]

    def changed_builds(self, job: JobLine) -> list[BuildLine]:
        """Return the builds whose pages may change: changed ones, the one before, some after.

        The page of a build tells of the next one and is compared with builds before it. Where a
        number was used again, the build that had it before has another page now.
        """
        builds = self.builds(job)
        if self._since is None:
            return list(builds)
        changed = [self.by_key(job)[key] for key in self._changed.get(job.key, ())]
        near: set[int] = set()
        for build in changed:
            near.update(range(build.position - 1, build.position + COMPARED + 1))
        near.update(self._moved(job))
        numbers = {build.number for build in changed if self._was_used(build)}
        near.update(build.position for build in builds if numbers and build.number in numbers)
        return [builds[at] for at in sorted(near) if 0 <= at < len(builds)]

    def _moved(self, job: JobLine) -> Collection[int]:
        """Return the places of builds whose wrong clock is corrected otherwise than before."""
        if job.key not in self._moves:
            name, builds = f"moments/{job.key}", self.builds(job)
            now = {str(b.key): b.milliseconds for b in builds if b.moment != b.row.started}
            before = self.noted(name) or {}
            self.note(name, now)
            moved = {key for key, _ in now.items() ^ before.items()}
            self._moves[job.key] = [b.position for b in builds if str(b.key) in moved]
        return self._moves[job.key]

    def is_new(self, name: str, token: object) -> bool:
        """Tell whether `token`, which JSON can hold, differs from that of the last run.

        Where everything is to be made, everything is new.
        """
        return super().is_new(name, token) or self._since is None

    def noted(self, name: str) -> Any:
        """Return what `note` kept in the last run; None where everything is to be made."""
        return None if self._since is None else self._memory.get(name)

    def note(self, name: str, value: object) -> None:
        """Keep a plain value for the next run."""
        self._memory[name] = value

    def changed_blocks(self, job: JobLine) -> list[int]:
        """Return the blocks in which builds changed, or are compared with such that did."""
        if self._since is None:
            return list(self.blocks(job))
        return sorted({build.number // BLOCK for build in self.changed_builds(job)})

    def numbers(self, job: JobLine) -> Mapping[int, int]:
        """Return the numbers of the builds of a job by their keys."""
        if job.key not in self._numbers:
            self._numbers[job.key] = {build.key: build.number for build in self.builds(job)}
        return self._numbers[job.key]

    def findings(self, job: JobLine) -> list[FindingRow]:
        """Return what was found in the series of a job, the newest beginning first."""
        return self._findings.get(job.key, [])

    @cached_property
    def all_findings(self) -> list[FindingRow]:
        """What was found in all jobs, the newest beginning first."""
        return self._reader.findings()

    @cached_property
    def changed_findings(self) -> list[FindingRow]:
        """The findings whose pages may change: they, builds near them or suspects did.

        The page of a finding shows the builds of `near`, its suspects rest on some more and on
        the findings that began at about the same time.
        """
        if self._since is None:
            return self.all_findings
        rows = self.all_findings
        places = {at for at, row in enumerate(rows) if self._is_touched(row)}
        for at, row in enumerate(rows):
            if row.revision > self._since:
                beside = range(max(0, at - NEIGHBOURS), min(len(rows), at + NEIGHBOURS + 1))
                places.update(other for other in beside if rows[other].job != row.job)
        return [rows[at] for at in sorted(places)]

    def remembered_of(self, name: str, row: FindingRow, compute: Callable[[], Any]) -> Any:
        """Return what `compute` gives of a finding, from memory while nothing it tells changed.

        `compute` gives plain values.
        """
        name = f"{name}/{row.name}"
        kept = self._memory.get(name)
        if kept is None or kept[0] != row.revision or row.key in self._changed_keys:
            self._memory[name] = kept = [row.revision, compute()]
        return kept[1]

    @cached_property
    def _changed_keys(self) -> set[int]:
        return {row.key for row in self.changed_findings}

    def findings_changed(self, job: JobLine) -> bool:
        """Tell whether anything that is told of the findings of a job may have changed."""
        return job.key in self._told_anew

    @cached_property
    def _told_anew(self) -> set[int]:
        found = {row.job for row in self.changed_findings}
        for job in self.jobs:
            names = [[row.name, row.revision] for row in self.findings(job)]
            if self.is_new(f"findings/{job.key}", names):
                found.add(job.key)
        return found

    def near(self, row: FindingRow) -> list[BuildLine]:
        """Return the builds from `NEAR` before a finding may have begun to as many after it."""
        return self._around(row, NEAR, NEAR)

    def said(self, row: FindingRow) -> list[Triage]:
        """Return all that people said of a finding, the oldest first."""
        return self._reader.triage(row.key)

    def suspects(self, row: FindingRow) -> Mapping[str, Any]:
        """Return the code changes that may have led to a finding; see `plain_suspects`."""
        name = f"suspects/{row.name}"
        kept = self._memory.get(name)
        if kept is None or (row.key in self._suspected_anew and not self._stands(row, kept)):
            self._suspected_anew.discard(row.key)
            self._memory[name] = kept = dict(plain_suspects(self._suspecting.of(row)))
        found: Mapping[str, Any] = kept
        return found

    def _stands(self, row: FindingRow, kept: Mapping[str, Any]) -> bool:
        """Tell whether suspects cannot change: builds that came in after them tell nothing new."""
        changed = self._changed_places.get(row.job, [0])
        unchanged = self._since is not None and row.revision <= self._since
        return unchanged and kept["closed"] and changed[0] > self._span(row)[1]

    def job_of(self, row: FindingRow) -> JobLine:
        """Return the job of a finding."""
        return self._jobs_by_key[row.job]

    @cached_property
    def _findings(self) -> dict[int, list[FindingRow]]:
        found: dict[int, list[FindingRow]] = {}
        for row in self.all_findings:
            found.setdefault(row.job, []).append(row)
        return found

    @cached_property
    def _jobs_by_key(self) -> dict[int, JobLine]:
        return {job.key: job for job in self.jobs}

    @cached_property
    def _suspected_anew(self) -> set[int]:
        return {row.key for row in self.changed_findings}

    @cached_property
    def _suspecting(self) -> Suspecting:
        return Suspecting(self._reader)

    def _is_touched(self, row: FindingRow) -> bool:
        """Tell whether a finding changed, or builds that it or its suspects rest on."""
        if self._since is not None and row.revision > self._since:
            return True
        changed = self._changed_places.get(row.job)
        if not changed:
            return False
        low, high = self._span(row)
        at = bisect_left(changed, low - LOOKED_BACK)
        return at < len(changed) and changed[at] <= high + max(LOOKED_ON, NEAR)

    @cached_property
    def _changed_places(self) -> dict[int, list[int]]:
        return {
            key: sorted(self.by_key(self._jobs_by_key[key])[each].position for each in builds)
            for key, builds in self._changed.items()
        }

    def _span(self, row: FindingRow) -> tuple[int, int]:
        """Return the first and the last place of what a finding tells."""
        own, finding = self.by_key(self.job_of(row)), row.finding
        places = [own[key].position for key in (finding.first, finding.build, finding.last)]
        return min(places), max(places)

    def _around(self, row: FindingRow, before: int, after: int) -> list[BuildLine]:
        low, high = self._span(row)
        return list(self.builds(self.job_of(row))[max(0, low - before) : high + after + 1])

    @cached_property
    def _changed(self) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for changed in self._reader.changed_since(self._since or 0):
            found.setdefault(changed.job, set()).add(changed.key)
        return found

    def _was_used(self, build: BuildLine) -> bool:
        """Tell whether another build of the job has the same number."""
        counts = self._used.setdefault(
            build.job.key, Counter(each.number for each in self.builds(build.job))
        )
        return counts[build.number] > 1
