"""Give tabs read access to what is stored, and tell them what changed since the last run."""

from collections import Counter
from collections.abc import Mapping, MutableMapping
from functools import cached_property
from typing import Any

from squash_jenkins.code_between import Suspecting
from squash_jenkins.findings import Triage
from squash_jenkins.render.lines import BuildLine, JobLine
from squash_jenkins.render.links import Links
from squash_jenkins.render.output import content_key
from squash_jenkins.render.stored import HISTORY, Stored
from squash_jenkins.render.suspicion import (
    LOOKED_BACK,
    LOOKED_ON,
    NEIGHBOURS,
    grounds,
    plain_suspects,
)
from squash_jenkins.store.packs import BLOCK
from squash_jenkins.store.read import Reader
from squash_jenkins.store.rows import FindingRow

COMPARED = 2 * HISTORY
"""So many builds before a build may have told the packages that it is compared with."""
NEAR = 20
"""So many builds before and after a finding begins are drawn on its page."""


class Site(Stored):
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
        self._suspects: dict[int, Mapping[str, Any]] = {}
        self._numbers: dict[int, Mapping[int, int]] = {}
        self._used: dict[int, Counter[int]] = {}

    def changed_jobs(self) -> list[JobLine]:
        """Return the jobs with a build that is new or changed, or of which findings tell anew."""
        if self._since is None:
            return self.jobs
        return [job for job in self.jobs if self._changed.get(job.key)]

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
        numbers = {build.number for build in changed if self._was_used(build)}
        near.update(build.position for build in builds if numbers and build.number in numbers)
        return [builds[at] for at in sorted(near) if 0 <= at < len(builds)]

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

    def changed_findings(self) -> list[FindingRow]:
        """Return the findings whose pages may change: they, builds near them or suspects did.

        The page of a finding shows the builds of `near`.
        """
        changed = []
        for row in self.all_findings:
            builds = [(each.key, each.row.revision, each.replaced) for each in self.near(row)]
            token = content_key(row.revision, builds, self.suspects(row))
            name = f"finding/{row.name}"
            if self._since is None or self._memory.get(name) != token:
                changed.append(row)
            self._memory[name] = token
        return changed

    def near(self, row: FindingRow) -> list[BuildLine]:
        """Return the builds from `NEAR` before a finding may have begun to as many after it."""
        return self._around(row, NEAR, NEAR)

    def said(self, row: FindingRow) -> list[Triage]:
        """Return all that people said of a finding, the oldest first."""
        return self._reader.triage(row.key)

    def suspects(self, row: FindingRow) -> Mapping[str, Any]:
        """Return the code changes that may have led to a finding; see `plain_suspects`."""
        if row.key not in self._suspects:
            builds = self._around(row, LOOKED_BACK, LOOKED_ON)
            at = self._places[row.key]
            beside = self.all_findings[max(0, at - NEIGHBOURS) : at + NEIGHBOURS + 1]
            near = [(other, self._begin(other)) for other in beside if other.job != row.job]
            keys = {build.key for build in builds}
            own = [each for each in self.findings(self.job_of(row)) if each.finding.build in keys]
            also = grounds(row, own, near, self.metrics)
            self._suspects[row.key] = self.remembered(
                f"suspects/{row.name}",
                builds,
                lambda: plain_suspects(self._suspecting.of(row)),
                also,
            )
        return self._suspects[row.key]

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
    def _places(self) -> dict[int, int]:
        return {row.key: at for at, row in enumerate(self.all_findings)}

    @cached_property
    def _suspecting(self) -> Suspecting:
        return Suspecting(self._reader)

    def _begin(self, row: FindingRow) -> BuildLine:
        return self.by_key(self.job_of(row))[row.finding.build]

    def _around(self, row: FindingRow, before: int, after: int) -> list[BuildLine]:
        job, finding = self.job_of(row), row.finding
        own = self.by_key(job)
        places = [own[key].position for key in (finding.first, finding.build, finding.last)]
        return self.builds(job)[max(0, min(places) - before) : max(places) + after + 1]

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
