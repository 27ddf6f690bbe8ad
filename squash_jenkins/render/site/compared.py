"""Compare builds with the newest builds of their targets, as the settings say."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from squash_jenkins.config import Settings
from squash_jenkins.findings.rules import RuleBook
from squash_jenkins.models import Branch
from squash_jenkins.render.site.changes import ChangedBuilds
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.stored import StoredBuilds
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import BuildRow, JobRow
from squash_jenkins.verification.comparison import Comparison, TargetComparisons
from squash_jenkins.verification.measurements import Verified
from squash_jenkins.verification.placed import Placed
from squash_jenkins.verification.targets import Targets


@dataclass(frozen=True, slots=True)
class Baselines:
    """Hold the settings that say which builds are compared with which, and how."""

    settings: Settings

    @property
    def text(self) -> str:
        """Return all that comparisons follow from, apart from what is stored."""
        jobs = [[job.match, job.baseline, job.formerly] for job in self.settings.jobs]
        return json.dumps([jobs, self.settings.findings.model_dump(mode="json")])


class ComparedBuilds:
    """Compare the builds of a site with the targets of their jobs."""

    def __init__(
        self,
        reader: Reader,
        stored: StoredBuilds,
        changes: ChangedBuilds,
        baselines: Baselines | None,
    ) -> None:
        self._stored, self._changes = stored, changes
        settings = Settings() if baselines is None else baselines.settings
        self._targets = Targets(settings, reader)
        self._make_rules = partial(RuleBook, settings.findings, reader)
        self._comparisons = TargetComparisons(reader, self._targets, lambda: self.rules)

    @cached_property
    def rules(self) -> RuleBook:
        """The rules of all metrics, and which of their values are better."""
        return self._make_rules()

    def of(
        self, build: BuildLine, details: BuildRow, verified: Callable[[], Sequence[Verified]]
    ) -> Comparison | None:
        """Return a build compared with its target; None where its job has none."""
        row = _row(build.job)
        if self._targets.of(row) is None:
            return None
        placed = [Placed(each, "") for each in verified()]
        return self._comparisons.of(row, details, placed) if placed else None

    def target(self, job: JobLine) -> JobLine | None:
        """Return the job that the builds of a job are compared with."""
        found = self._targets.of(_row(job))
        return self._stored.jobs_by_key[found.job.key] if found and found.job else None

    def branch(self, job: JobLine) -> Branch | None:
        """Return the branch or pull request that a job builds; None where that is not known."""
        return self._targets.branch(job.key)

    def affected(self, job: JobLine) -> list[BuildLine]:
        """Return the builds that started after a build of their target that has changed."""
        target = self.target(job) if self._changes.since is not None else None
        places = self._changes.places.get(target.key) if target else None
        if target is None or not places:
            return []
        first = min(self._stored.builds(target)[at].row.started for at in places)
        return [each for each in self._stored.builds(job) if each.row.started > first]


def _row(job: JobLine) -> JobRow:
    return JobRow(job.key, job.controller, job.controller_url, job.name)
