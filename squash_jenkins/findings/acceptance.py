"""Find what is meant when somebody accepts the level of a series from a build on.

::

    meant = MeantFinding(reader, row)
    store.accept(meant.job, meant.accepted(Statement("ada", "new compiler")))
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from squash_jenkins.errors import SettingsError
from squash_jenkins.models import SeriesId
from squash_jenkins.models.finding import DRIFT, Acceptance, SeriesChange
from squash_jenkins.store import Reader
from squash_jenkins.store.block_arrays import BLOCK
from squash_jenkins.store.rows import BuildPoint, FindingRow, JobRow

_LONGEST_NOTE = 10_000


@dataclass(frozen=True, slots=True)
class Statement:
    """Who accepts, when (UTC), and why."""

    who: str
    note: str | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        if not self.who.strip():
            raise SettingsError("An acceptance needs the name of a person.")
        if self.note is not None and len(self.note) > _LONGEST_NOTE:
            raise SettingsError(f"The note is longer than {_LONGEST_NOTE} characters: shorten it.")


@dataclass(frozen=True, slots=True)
class SeriesChoice:
    """Which series of a metric are meant; None for all datasets, filters or levels."""

    metric: str
    dataset: str | None = None
    filter: str | None = None
    level: str | None = None

    def takes(self, series: SeriesId) -> bool:
        """Return whether a series is meant."""
        pairs = (
            (self.metric, series.metric),
            (self.dataset, series.dataset),
            (self.filter, series.filter),
            (self.level, series.level),
        )
        return all(wanted is None or wanted == own for wanted, own in pairs)


@dataclass(frozen=True, slots=True)
class MeantFinding:
    """All series of a finding.

    They are accepted from the build numbered `since` on, by default from where the finding began,
    for a drift from where it ends.
    """

    reader: Reader
    row: FindingRow
    since: int | None = None

    @property
    def job(self) -> int:
        """The key of its job."""
        return self.row.job

    @property
    def text(self) -> str:
        """Its name."""
        return self.row.name

    def accepted(self, statement: Statement) -> list[Acceptance]:
        """Return the acceptances to store.

        Raises
        ------
        SettingsError
            When the build is not stored, or came before the finding.

        """
        row, since = self.row, self.since
        builds = self.reader.builds.outline(row.job)
        places = {build.key: place for place, build in enumerate(builds)}
        chosen = None if since is None else _numbered(builds, since)
        begin = row.finding.last if row.finding.kind == DRIFT else row.finding.first
        if chosen is not None and places[chosen.key] < places[begin]:
            raise SettingsError(
                f"Build #{since} came before the finding: accept it from "
                f"#{builds[places[begin]].number} or a later build on."
            )
        own = {each.series: chosen or builds[places[_begin(each)]] for each in row.finding.series}
        return [_acceptance(series, build, statement) for series, build in own.items()]

    def known(self) -> list[tuple[SeriesId, int]]:
        """Return the series that were accepted, with the builds (keys) from which on."""
        series = {each.series for each in self.row.finding.series}
        ends = {_begin(each) for each in self.row.finding.series}
        if self.row.accepted is not None:
            ends.add(self.row.accepted.build)
        return [
            (each.series, each.build)
            for each in self.reader.findings.acceptances().get(self.row.job, ())
            if each.series in series and each.build in ends
        ]


@dataclass(frozen=True, slots=True)
class MeantSeries:
    """Series of a metric in a job, from the build numbered `since` on."""

    reader: Reader
    line: JobRow
    choice: SeriesChoice
    since: int

    @property
    def job(self) -> int:
        """The key of the job."""
        return self.line.key

    @property
    def text(self) -> str:
        """The metric and the job."""
        return f"{self.choice.metric} in {self.line.name}"

    def accepted(self, statement: Statement) -> list[Acceptance]:
        """Return the acceptances to store.

        Raises
        ------
        SettingsError
            When the build is not stored, or nothing of the metric was measured in it or later.

        """
        builds = self.reader.builds.outline(self.job)
        build = _numbered(builds, self.since)
        later = builds[builds.index(build) :]
        measured = set(_measured(self.reader, self.line, later, self.choice))
        if not measured:
            raise SettingsError(
                f"{self.line.name} has no measurements of {self.choice.metric!r} (with this "
                f"dataset, filter and level) in #{self.since} or later: "
                "`squash-jenkins metrics list` lists the metrics."
            )
        found = sorted(measured, key=lambda each: each.by_metric)
        return [_acceptance(series, build, statement) for series in found]

    def known(self) -> list[tuple[SeriesId, int]]:
        """Return the series that were accepted, with the builds (keys) from which on."""
        return [
            (each.series, each.build)
            for each in self.reader.findings.acceptances().get(self.job, ())
            if each.number == self.since and self.choice.takes(each.series)
        ]


Meant = MeantFinding | MeantSeries


def _begin(change: SeriesChange) -> int:
    return change.last if change.kind == DRIFT else change.build


def _acceptance(series: SeriesId, build: BuildPoint, statement: Statement) -> Acceptance:
    note = statement.note or None
    return Acceptance(
        series, build.key, build.number, statement.who.strip(), statement.created, note
    )


def _numbered(builds: Sequence[BuildPoint], number: int) -> BuildPoint:
    """Return the newest build with a number."""
    found = [build for build in builds if build.number == number]
    if found:
        return found[-1]
    stored = f"#{builds[0].number} to #{builds[-1].number}" if builds else "none"
    raise SettingsError(f"There is no stored build #{number} of this job (stored: {stored}).")


def _measured(
    reader: Reader, job: JobRow, builds: Sequence[BuildPoint], choice: SeriesChoice
) -> Iterator[SeriesId]:
    for _, arrays in reader.blocks.read(job.key, {build.number // BLOCK for build in builds}):
        columns = [arrays.places[build.key] for build in builds if build.key in arrays.places]
        for row, series in enumerate(arrays.series):
            values = arrays.values[row, columns]
            if choice.takes(series.id) and (values == values).any():  # NaN is not itself
                yield series.id
