"""Read which jobs and builds are stored, with the places of their pages."""

from collections.abc import Mapping
from functools import cached_property

from squash_jenkins.render.links import Links
from squash_jenkins.render.site.lines import BuildLine, JobLine, build_lines, job_line
from squash_jenkins.store import BuildReader

HISTORY = 30
"""So many builds before a build are looked at for what it is compared with."""


class StoredBuilds:
    """Hold the jobs and builds of one moment of the store; each job is read once."""

    def __init__(self, reader: BuildReader, links: Links) -> None:
        self._reader, self._links = reader, links
        self._builds: dict[int, list[BuildLine]] = {}
        self._by_key: dict[int, dict[int, BuildLine]] = {}
        self._numbers: dict[int, Mapping[int, int]] = {}

    @cached_property
    def jobs(self) -> list[JobLine]:
        """Every job, sorted by controller and name."""
        return [job_line(row, self._links) for row in self._reader.jobs()]

    @cached_property
    def jobs_by_key(self) -> Mapping[int, JobLine]:
        """Every job by its key."""
        return {job.key: job for job in self.jobs}

    def builds(self, job: JobLine) -> list[BuildLine]:
        """Return the builds of a job in order."""
        if job.key not in self._builds:
            self._builds[job.key] = build_lines(job, self._reader.outline(job.key))
        return self._builds[job.key]

    def by_key(self, job: JobLine) -> dict[int, BuildLine]:
        """Return the builds of a job by their key."""
        if job.key not in self._by_key:
            self._by_key[job.key] = {build.key: build for build in self.builds(job)}
        return self._by_key[job.key]

    def numbers(self, job: JobLine) -> Mapping[int, int]:
        """Return the numbers of the builds of a job by their keys."""
        if job.key not in self._numbers:
            self._numbers[job.key] = {build.key: build.number for build in self.builds(job)}
        return self._numbers[job.key]

    def before(self, build: BuildLine, many: int = HISTORY) -> list[BuildLine]:
        """Return up to `many` builds of the same job that started before `build`, in order."""
        return self.builds(build.job)[max(0, build.position - many) : build.position]
