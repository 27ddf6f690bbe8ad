"""Read the findings, and find those whose pages may change."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from squash_jenkins.findings.suspects import SuspectFinder
from squash_jenkins.models.finding import Acceptance, Comment, NodeDependence, Triage
from squash_jenkins.render.site.changes import ChangedBuilds
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.memory import RunMemory
from squash_jenkins.render.site.stored import StoredBuilds
from squash_jenkins.render.site.suspects import LOOKED_BACK, LOOKED_ON, NEIGHBOURS, plain_suspects
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import FindingRow, FormerFinding

NEAR = 20
"""So many builds before and after a finding begins are drawn on its page."""


class DetectedFindings:
    """Read the findings of all jobs, and the code changes that are suspected."""

    def __init__(
        self, reader: Reader, stored: StoredBuilds, changes: ChangedBuilds, memory: RunMemory
    ) -> None:
        self._reader, self._stored, self._changes = reader, stored, changes
        self._memory = memory

    @cached_property
    def all(self) -> list[FindingRow]:
        """The findings of all jobs, those that began last first."""
        return self._reader.findings.find()

    @cached_property
    def former(self) -> list[FormerFinding]:
        """The findings that are no longer detected, and have no page of their own any more."""
        names, jobs = {row.name for row in self.all}, self._stored.jobs_by_key
        return [
            each for each in self._former.values() if each.name not in names and each.job in jobs
        ]

    def successor(self, row: FindingRow) -> str | None:
        """Return the name of the finding that a withdrawn one became; None for none."""
        former = self._former.get(row.name) if row.withdrawn else None
        return None if former is None else former.successor

    @cached_property
    def _former(self) -> dict[str, FormerFinding]:
        return {each.name: each for each in self._reader.findings.former()}

    def of(self, job: JobLine) -> list[FindingRow]:
        """Return the findings of a job, those that began last first."""
        return self._by_job.get(job.key, [])

    def job_of(self, row: FindingRow) -> JobLine:
        """Return the job of a finding."""
        return self._stored.jobs_by_key[row.job]

    def near(self, row: FindingRow) -> list[BuildLine]:
        """Return the builds from `NEAR` before a finding may have begun to as many after it."""
        low, high = self._span(row)
        return list(self._stored.builds(self.job_of(row))[max(0, low - NEAR) : high + NEAR + 1])

    def triage(self, row: FindingRow) -> list[Triage]:
        """Return the triage of a finding, the oldest first."""
        return self._reader.findings.triage(row.key)

    def comments(self, row: FindingRow) -> list[Comment]:
        """Return what people wrote about a finding, the oldest first."""
        return self._reader.findings.comments(row.key)

    def accepted(self, job: JobLine) -> list[Acceptance]:
        """Return the levels of the series of a job that people accepted."""
        return self._accepted.get(job.key, [])

    def dependences(self, job: JobLine) -> list[NodeDependence]:
        """Return the series of a job whose newest values depend on the node."""
        return self._dependences.get(job.key, [])

    @cached_property
    def _dependences(self) -> dict[int, list[NodeDependence]]:
        return self._reader.findings.node_dependences()

    @cached_property
    def _accepted(self) -> dict[int, list[Acceptance]]:
        return self._reader.findings.acceptances()

    @cached_property
    def changed(self) -> list[FindingRow]:
        """The findings whose pages may change, because they, nearby builds or suspects changed.

        The page of a finding shows the builds of `near`, its suspects rest on some more and on
        the findings that began at about the same time.
        """
        rows = self.all
        if self._changes.since is None:
            return rows
        places = {at for at, row in enumerate(rows) if self._is_touched(row)}
        for at, row in enumerate(rows):
            if self._changes.is_after(row.revision):
                beside = range(max(0, at - NEIGHBOURS), min(len(rows), at + NEIGHBOURS + 1))
                places.update(other for other in beside if rows[other].job != row.job)
        return [rows[at] for at in sorted(places)]

    def have_changed(self, job: JobLine) -> bool:
        """Return whether what pages show of the findings of a job may have changed."""
        return job.key in self._changed_jobs

    def computed(self, name: str, row: FindingRow, compute: Callable[[], Any]) -> Any:
        """Return what `compute` returns, from memory while the finding has not changed.

        `compute` returns plain values.
        """
        name = f"{name}/{row.name}"
        kept = self._memory.recall(name)
        if kept is None or kept[0] != row.revision or row.key in self._changed_keys:
            kept = [row.revision, compute()]
            self._memory.note(name, kept)
        return kept[1]

    def suspects(self, row: FindingRow) -> Mapping[str, Any]:
        """Return the code changes that may have led to a finding; see `plain_suspects`."""
        name = f"suspects/{row.name}"
        found: Mapping[str, Any] | None = self._memory.recall(name)
        if found is None or (row.key in self._outdated and not self._stands(row, found)):
            self._outdated.discard(row.key)
            found = dict(plain_suspects(self._suspect_finder.of(row)))
            self._memory.note(name, found)
        return found

    def _stands(self, row: FindingRow, kept: Mapping[str, Any]) -> bool:
        """Return whether suspects are final: later builds do not affect them."""
        changed = self._changes.places.get(row.job, [0])
        unchanged = not self._changes.is_after(row.revision)
        return unchanged and kept["closed"] and changed[0] > self._span(row)[1]

    def _is_touched(self, row: FindingRow) -> bool:
        """Return whether a finding changed, or builds that it or its suspects depend on."""
        if self._changes.is_after(row.revision):
            return True
        changed = self._changes.places.get(row.job)
        if not changed:
            return False
        low, high = self._span(row)
        at = bisect_left(changed, low - LOOKED_BACK)
        return at < len(changed) and changed[at] <= high + max(LOOKED_ON, NEAR)

    def _span(self, row: FindingRow) -> tuple[int, int]:
        """Return the first and the last place of the builds of a finding."""
        own, finding = self._stored.by_key(self.job_of(row)), row.finding
        places = [own[key].position for key in (finding.first, finding.build, finding.last)]
        return min(places), max(places)

    @cached_property
    def _by_job(self) -> dict[int, list[FindingRow]]:
        found: dict[int, list[FindingRow]] = {}
        for row in self.all:
            found.setdefault(row.job, []).append(row)
        return found

    @cached_property
    def _changed_keys(self) -> frozenset[int]:
        return frozenset(row.key for row in self.changed)

    @cached_property
    def _outdated(self) -> set[int]:
        """Keys of the findings whose suspects are not looked for yet."""
        return set(self._changed_keys)

    @cached_property
    def _changed_jobs(self) -> set[int]:
        found = {row.job for row in self.changed}
        for job in self._stored.jobs:
            name = f"findings/{job.key}"
            token: list[Any] = [[row.name, row.revision] for row in self.of(job)]
            token += [[*each.series.by_metric, each.build, each.who] for each in self.accepted(job)]
            token += [[*each.series.by_metric, each.text] for each in self.dependences(job)]
            if self._memory.differs(name, token):
                found.add(job.key)
            self._memory.remember(name, token)
        return found

    @cached_property
    def _suspect_finder(self) -> SuspectFinder:
        return SuspectFinder(self._reader)
