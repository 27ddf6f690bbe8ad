"""Give tabs read access to the store, and to what changed since the last run."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

from squash_jenkins.analysis.code_changes import PackageChange
from squash_jenkins.config import FindingsSettings
from squash_jenkins.models import Change, Metric
from squash_jenkins.models.metric_rules import Direction
from squash_jenkins.render.links import Links
from squash_jenkins.render.site.changes import ChangedBuilds
from squash_jenkins.render.site.compared import Baselines, ComparedBuilds
from squash_jenkins.render.site.details import BuildDetails
from squash_jenkins.render.site.findings import DetectedFindings
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.measured import Measurements
from squash_jenkins.render.site.memory import RunMemory
from squash_jenkins.render.site.missing import MissingReasons
from squash_jenkins.render.site.packages import BuildPackages
from squash_jenkins.render.site.stored import StoredBuilds
from squash_jenkins.render.site.tables import ShownTables
from squash_jenkins.render.site.usage import Usage
from squash_jenkins.store import Reader
from squash_jenkins.store.block_arrays import BLOCK
from squash_jenkins.store.rows import BuildRow, FindingRow
from squash_jenkins.text.names import short_names
from squash_jenkins.verification.comparison import Comparison
from squash_jenkins.verification.measurements import Verified

_Value = TypeVar("_Value")
NO_TABLES = ShownTables()


def _nothing_pooled(_: "Site") -> Mapping[str, Any]:
    return {"pools": []}


class Site:
    """Give tabs access to one moment of the store.

    The methods are what most tabs need; the parts have the rest.

    Parameters
    ----------
    reader
        An open reader of the store.
    links
        The maker of paths.
    since
        Revision of the store that the site already shows; None to render everything.
    memory
        The values kept from earlier runs; is changed.
    tables
        The tables that pages show.
    pooled
        Returns what the page of pooled tables can show.
    reads_ahead
        Each page that a tab yields will be rendered, so `prefetch` reads what they need.
    baselines
        Which builds are compared with which; None: as without settings.

    Attributes
    ----------
    stored, measured, missing, build_details, packages, usage, detected, changes, compared, memory
        The parts: which builds there are, what they measured and why not, what Jenkins reported,
        their packages, datasets and findings, what changed since the last run, the comparisons with
        their targets, what it stored.

    """

    def __init__(
        self,
        reader: Reader,
        links: Links,
        since: int | None,
        memory: MutableMapping[str, Any],
        *,
        tables: ShownTables = NO_TABLES,
        pooled: Callable[["Site"], Mapping[str, Any]] = _nothing_pooled,
        reads_ahead: bool = True,
        baselines: Baselines | None = None,
    ) -> None:
        self._reader, self._pooled, self._reads_ahead = reader, pooled, reads_ahead
        self.links, self.tables = links, tables
        self._baselines = baselines
        self.memory = RunMemory(memory, fresh=since is None)
        self.stored = StoredBuilds(reader.builds, links)
        self.measured = Measurements(reader, self.stored, self.memory)
        self.build_details = BuildDetails(reader)
        self.missing = MissingReasons(reader, self.measured, self.build_details)
        self.packages = BuildPackages(reader.contents, self.stored)
        self.usage = Usage(reader, self.stored, self.measured, self.memory)
        self.changes = ChangedBuilds(reader.revisions, self.stored, self.memory, since)
        self.compared = ComparedBuilds(reader, self.stored, self.changes, baselines)
        self.detected = DetectedFindings(reader, self.stored, self.changes, self.memory)

    @property
    def jobs(self) -> list[JobLine]:
        """Every job, sorted by controller and name."""
        return self.stored.jobs

    @property
    def current_jobs(self) -> list[JobLine]:
        """The jobs without those whose branch is gone in Jenkins, which lists leave out."""
        return [job for job in self.jobs if job.gone is None]

    def builds(self, job: JobLine) -> list[BuildLine]:
        """Return the builds of a job in order."""
        return self.stored.builds(job)

    def title_of(self, job: JobLine) -> str:
        """Return the name of a job that no other job of the site has."""
        return job.name if self._names[job.name] < 2 else f"{job.name} on {job.controller}"

    @cached_property
    def has_controllers(self) -> bool:
        """Whether the jobs are of more than one controller."""
        return len({job.controller for job in self.jobs}) > 1

    @cached_property
    def _names(self) -> Counter[str]:
        return Counter(job.name for job in self.jobs)

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """Every metric by name."""
        return self._reader.definitions.metrics()

    def direction(self, metric: str) -> Direction:
        """Return which values of a metric are better as of now, and how that is known."""
        return self.compared.rules.direction(metric)

    @cached_property
    def short_names(self) -> Mapping[str, str]:
        """The shortest unique name of every metric."""
        return short_names(self.metrics)

    @cached_property
    def counts(self) -> dict[str, int]:
        """The number of rows by table of the store: job, build, dataset, measurement, metric."""
        return {
            **self._reader.counts(("dataset", "metric")),
            "job": len(self.jobs),
            "build": sum(len(self.builds(job)) for job in self.jobs),
            "measurement": sum(self.measured.catalogue(job).measurements for job in self.jobs),
        }

    def details(self, build: BuildLine) -> BuildRow:
        """Return all that Jenkins reported of a build."""
        return self.build_details.of(build)

    def commits(self, build: BuildLine) -> list[Change]:
        """Return the commits of Jenkins' own change sets."""
        return self.build_details.commits(build)

    def package_changes(self, build: BuildLine) -> tuple[BuildLine | None, list[PackageChange]]:
        """Return the packages that changed, and the build compared with (None: unknown)."""
        return self.packages.changes(build)

    def verified(self, builds: Sequence[BuildLine]) -> dict[int, list[Verified]]:
        """Return by build key its measurements with their verdicts, sorted by series."""
        return self.measured.verified(builds)

    def findings(self, job: JobLine) -> list[FindingRow]:
        """Return the findings of a job, those that began last first."""
        return self.detected.of(job)

    @property
    def all_findings(self) -> list[FindingRow]:
        """The findings of the current jobs, those that began last first."""
        jobs = self.stored.jobs_by_key
        return [row for row in self.detected.all if jobs[row.job].gone is None]

    def ticket_url(self, ticket: str) -> str:
        """Return the address of a ticket; empty where the settings give none."""
        own = self._baselines
        return (FindingsSettings() if own is None else own.settings.findings).ticket_url(ticket)

    def suspects(self, row: FindingRow) -> Mapping[str, Any]:
        """Return the code changes that may have led to a finding; see `plain_suspects`."""
        return self.detected.suspects(row)

    def changed_jobs(self) -> list[JobLine]:
        """Return the jobs with a build or finding that is new or changed."""
        return [
            job
            for job in self.jobs
            if self.changes.has_changed(job)
            or self.detected.have_changed(job)
            or self.compared.affected(job)
        ]

    def changed_builds(self, job: JobLine) -> list[BuildLine]:
        """Return the builds whose pages may change, those compared with changed ones included."""
        found = {build.position: build for build in self.changes.builds(job)}
        found |= {build.position: build for build in self.compared.affected(job)}
        return [found[at] for at in sorted(found)]

    def comparison(self, build: BuildLine) -> Comparison | None:
        """Return a build compared with the target of its job; None where it has none."""
        return self.compared.of(
            build, self.details(build), lambda: self.verified([build])[build.key]
        )

    def changed_blocks(self, job: JobLine) -> list[int]:
        """Return the blocks with builds that changed or are compared with changed ones."""
        return sorted({build.number // BLOCK for build in self.changes.builds(job)})

    def remembered(
        self,
        name: str,
        builds: Iterable[BuildLine],
        compute: Callable[[], _Value],
        also: object = None,
    ) -> _Value:
        """Return what `compute` gives, from memory while no build has changed: see `computed`."""
        return self.memory.computed(name, builds, compute, also)

    def pooled(self) -> Mapping[str, Any]:
        """Return what the page of pooled tables can show."""
        return self._pooled(self)

    def prefetch(self, builds: Sequence[BuildLine]) -> None:
        """Read at once what the pages of many builds need, unless they are only listed."""
        if self._reads_ahead:
            self.build_details.prefetch(builds)
            self.packages.prefetch(builds)
