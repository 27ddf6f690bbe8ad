"""Find the status of a build: its verified measurements, their previous values, its findings.

The summary, the JUnit file, the Markdown summary and ``--fail-on`` are made from this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from squash_jenkins.analysis.code_changes import changes
from squash_jenkins.analysis.specifications.timeline import by_metric
from squash_jenkins.analysis.specifications.verdicts import Verdict
from squash_jenkins.models import SeriesId
from squash_jenkins.models.finding import WORSE, builds_of
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import BuildRow, FindingRow, JobRow, ReportRow
from squash_jenkins.text.names import short_names
from squash_jenkins.verification.comparison import Compared, Comparison, TargetComparisons
from squash_jenkins.verification.measurements import Verified, verified_row
from squash_jenkins.verification.placed import Earlier, Placed

RECENT = 10
"""How many of the newest builds count as new, unless the settings say otherwise."""
BACK = 30
"""How many earlier builds are searched for the previous value of a series."""
_NEAR = 3


class Code(NamedTuple):
    """Count what changed in the code: packages and commits since the build of number `since`."""

    packages: int
    commits: int
    since: int


@dataclass(frozen=True, slots=True)
class BuildStatus:
    """Hold the status of one build.

    Attributes
    ----------
    measurements
        In order of series.
    news
        The findings that people should know of, what got worse first: they still hold, nobody
        has triaged them, and they began at this build or at one of the few before it.
    begun
        Every finding that begins at this build, except withdrawn ones.
    numbers
        The numbers of the builds that these findings name, by key.
    starts
        When these builds started (UTC), by key.
    code
        None where nothing is known of it, or it was not requested.
    configurations
        The status of the builds of a matrix build's configurations, as far as they are stored.
    comparison
        The build compared with the target of its job; None where it has none, or it was not
        requested.

    """

    job: JobRow
    build: BuildRow
    measurements: Sequence[Placed] = ()
    news: Sequence[FindingRow] = ()
    begun: Sequence[FindingRow] = ()
    numbers: Mapping[int, int] = field(default_factory=dict)
    starts: Mapping[int, datetime] = field(default_factory=dict)
    code: Code | None = None
    configurations: Sequence["BuildStatus"] = ()
    comparison: Comparison | None = None

    @property
    def title(self) -> str:
        """Return job and number, as Jenkins writes them."""
        return f"{self.job.name} #{self.build.number}"

    @property
    def regressions(self) -> list[FindingRow]:
        """Return the new findings of what got worse."""
        return [row for row in self.news if row.finding.direction == WORSE]

    @property
    def misses(self) -> list[tuple[Placed, Verdict]]:
        """Return each measurement that misses a level, with the verdict that says so."""
        return [
            (placed, verdict)
            for placed in self.measurements
            for verdict in placed.verified.verdicts
            if verdict.met is False
        ]

    def checked(self, limit: str) -> bool:
        """Return whether a level could be checked; of ``regression``, whether it was measured."""
        if limit == "regression":
            return any(placed.verified.value is not None for placed in self.measurements)
        return any(
            verdict.specification.level == limit and verdict.met is not None
            for placed in self.measurements
            for verdict in placed.verified.verdicts
        )

    def fails(self, limit: str) -> bool:
        """Return whether a level is missed; of ``regression``, whether there is news of one.

        Being worse than the target counts as a regression, too.
        """
        if limit == "regression":
            return bool(self.regressions or self.worse)
        return any(verdict.specification.level == limit for _, verdict in self.misses)

    @property
    def worse(self) -> list[Compared]:
        """Return the measurements that are worse than is usual for the target."""
        return self.comparison.of(WORSE) if self.comparison else []


class BuildStatuses:
    """Find the status of several builds; what they share is read once.

    Parameters
    ----------
    reader
        An open reader of the store.
    recent
        A finding is news when it began among so many builds, this one and those before it.
    comparisons
        Compare builds with the targets of their jobs; by default none is compared.

    """

    def __init__(
        self,
        reader: Reader,
        recent: int = RECENT,
        comparisons: TargetComparisons | None = None,
    ) -> None:
        self._reader, self._recent, self._comparisons = reader, recent, comparisons
        self._findings: dict[int, list[FindingRow]] = {}

    def of(self, build: int, *, back: int = BACK) -> BuildStatus:
        """Return the status of a stored build (by key); StoreError when there is none.

        `back` builds before it are searched for previous values. With 0 these, the changes of
        the code and the comparison with the target are left out, which is enough for a line.
        """
        row = self._reader.builds.get(build)
        newest = self._reader.builds.newest(row.job_key, max(self._recent, back + 1), until=row)
        earlier = newest[1 : back + 1]
        findings = self._findings_of(row.job_key)
        news = [each for each in findings if each.is_news(newest[: self._recent])]
        begun = [each for each in findings if each.finding.build == build and not each.withdrawn]
        named = {each.key: each.finding for each in (*news, *begun)}
        placed = self._placed(row, earlier)
        return BuildStatus(
            self._jobs[row.job_key],
            row,
            placed,
            sorted(news, key=lambda each: each.finding.direction != WORSE),
            begun,
            self._reader.builds.numbers(builds_of(named.values())),
            self._reader.builds.starts(builds_of(named.values())),
            self._code(row, earlier),
            [self.of(key, back=0) for key in self._configurations(row)],
            self._comparison(row, placed) if back else None,
        )

    def _comparison(self, build: BuildRow, placed: Sequence[Placed]) -> Comparison | None:
        if self._comparisons is None or not placed:
            return None
        return self._comparisons.of(self._jobs[build.job_key], build, placed)

    @cached_property
    def _jobs(self) -> dict[int, JobRow]:
        return {job.key: job for job in self._reader.builds.jobs()}

    def _configurations(self, build: BuildRow) -> list[int]:
        rows = [self._reader.builds.find(*astuple(run)) for run in build.runs]
        return [row.key for row in rows if row is not None]

    def _findings_of(self, job: int) -> list[FindingRow]:
        if job not in self._findings:
            self._findings[job] = self._reader.findings.find(job)
        return self._findings[job]

    def _placed(self, build: BuildRow, earlier: Sequence[int]) -> list[Placed]:
        reports = {report.key: report for report in self._reader.contents.reports([build.key])}
        verified = self._verified(build, reports)
        measured = {each.series for each in verified if each.value is not None}
        before = self._before(build.job_key, earlier, measured)
        shown = short_names(each.metric for each in verified)
        found = [
            Placed(each, reports[each.report].path, before.get(each.series), shown[each.metric])
            for each in verified
        ]
        return sorted(found, key=lambda each: (each.verified.series.by_dataset, each.path))

    def _verified(self, build: BuildRow, reports: Mapping[int, ReportRow]) -> list[Verified]:
        own = self._reader.definitions.specifications(list(reports))
        specifications = {key: by_metric(own.get(key, ())) for key in reports}
        return [
            verified_row(row, reports[row.report], build.started, specifications[row.report])
            for row in self._reader.measurements.of_builds([build.key])
        ]

    def _before(
        self, job: int, earlier: Sequence[int], wanted: set[SeriesId]
    ) -> dict[SeriesId, Earlier]:
        """Return by series its latest value in the builds before.

        Nearly all were measured in one of the last few; only for the others is more read.
        """
        ages = {key: age for age, key in enumerate(earlier)}
        found: dict[SeriesId, tuple[int, float, str | None]] = {}
        for builds in (earlier[:_NEAR], earlier[_NEAR:]):
            if wanted <= found.keys():
                break
            for row in self._reader.measurements.of_job(job, builds):
                series = SeriesId(row.dataset or "", row.filter or "", row.metric, row.level)
                age = ages[row.build]
                if row.value is not None and (series not in found or age < found[series][0]):
                    found[series] = (age, row.value, row.unit)
        numbers = {age: self._number(earlier[age]) for age in {age for age, *_ in found.values()}}
        return {
            series: Earlier(value, unit, numbers[age])
            for series, (age, value, unit) in found.items()
            if series in wanted
        }

    def _number(self, build: int) -> int:
        return self._reader.builds.get(build).number

    def _code(self, build: BuildRow, earlier: Sequence[int]) -> Code | None:
        """Compare the packages with those of the latest earlier build that reported them."""
        own = self._reader.contents.packages([build.key]).get(build.key) if earlier else None
        if own is None:
            return None
        for at, key in enumerate(earlier):
            found = changes(self._reader.contents.packages([key]).get(key), own)
            if found is not None:
                commits = self._reader.contents.changes([build.key, *earlier[:at]])
                count = sum(len(each) for each in commits.values())
                return Code(len(found), count, self._number(key))
        return None
