"""The rows that a reader returns: named tuples, cheap enough for tens of thousands.

`key` identifies a row of the database and stays the same when a build is saved again.
Times are UTC-aware datetimes, durations seconds.
"""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple

from squash_jenkins.models import Build, BuildId, Cause, Change, JsonObject
from squash_jenkins.models.finding import DRIFT, NEUTRAL, Acceptance, Finding, Growth, Triage

DOCUMENT = "document"
"""Source of definitions that came with a QA document; every other source holds for all reports."""


class JobRow(NamedTuple):
    """A job; `controller` is the short name, `controller_url` the root URL.

    `gone` is when it was noticed that Jenkins no longer has the branch that it builds (UTC).
    """

    key: int
    controller: str
    controller_url: str
    name: str
    gone: datetime | None = None


class BuildKey(NamedTuple):
    """The keys of a build and its job."""

    key: int
    job: int


class BuildPoint(NamedTuple):
    """A build with few fields; see `BuildRow`."""

    key: int
    number: int
    started: datetime
    duration: float | None
    result: str | None
    provisional: bool
    revision: int


class BuildRow(NamedTuple):
    """What Jenkins reported about a build; `revision` grows with every change of the store."""

    key: int
    job_key: int
    number: int
    started: datetime
    duration: float | None
    result: str | None
    provisional: bool
    node: str | None
    display_name: str | None
    description: str | None
    parameters: JsonObject
    causes: Sequence[Cause]
    runs: Sequence[BuildId]
    extra: JsonObject
    revision: int

    def build(self, id: BuildId, changes: Sequence[Change]) -> Build:
        """Return the build as a model with these change sets; artifacts are not stored."""
        own = {name: getattr(self, name) for name in _OF_BUILD}
        return Build(id, changes=changes, **own)


_OF_BUILD = [field.name for field in fields(Build) if field.name in BuildRow._fields]
"""Fields that a `Build` and its row have in common."""


class ReportRow(NamedTuple):
    """A QA document of a build, without its measurements."""

    key: int
    build: int
    path: str
    format: str
    dataset: str | None
    filter: str | None
    terms: JsonObject
    size: int
    digest: str
    extra: JsonObject
    node: str | None


class MeasurementRow(NamedTuple):
    """A measurement; `value` None means "not measured", `level` is often empty."""

    key: int
    report: int
    build: int
    metric: str
    level: str
    value: float | None
    unit: str | None
    extra: JsonObject


class ReportedMeasurement(NamedTuple):
    """A measurement with what selects its specifications.

    `specification_set` is the set that came with its report (None: none did), `terms` are those of
    the report. `value` None means "not measured".
    """

    build: int
    metric: str
    dataset: str | None
    filter: str | None
    level: str
    value: float | None
    unit: str | None
    specification_set: int | None
    terms: JsonObject


class BlobRow(NamedTuple):
    """A blob; `digest` names its table in the blob store and is None for an empty one.

    `columns` is ``{name: {unit, label, description}}``.
    """

    key: int
    report: int
    identifier: str
    name: str
    digest: str | None
    rows: int
    columns: dict[str, Any]
    parameters: dict[str, Any]


class RejectedRow(NamedTuple):
    """A rejected file, which is in quarantine."""

    key: int
    build: int
    path: str
    reason: str
    digest: str | None
    size: int | None
    created: datetime


class DatasetRow(NamedTuple):
    """A dataset."""

    name: str
    camera: str | None
    description: str | None


class DefinitionRow(NamedTuple):
    """A definition of a metric that was in use from `first_seen` to `last_seen`.

    `source` is "document" or the name that it was loaded under; the times are starts of builds for
    documents, and times of loading otherwise.
    """

    source: str
    unit: str | None
    description: str | None
    reference: JsonObject
    tags: Sequence[str]
    operator: str | None
    first_seen: datetime
    last_seen: datetime


class FindingRow(NamedTuple):
    """A finding; builds in it are keys.

    `name` is its name for people. `withdrawn`: it is no longer detected. `notified` is when
    somebody was first notified (UTC). `triage` is the latest one, or None. `accepted` says who
    accepted the level from which build on, so that it is over; None when nobody did. `growth`
    says how it grew beyond its triage, noticed when the build `grown` was the newest: the triage
    does not count then.
    """

    key: int
    name: str
    job: int
    revision: int
    withdrawn: bool
    notified: datetime | None
    triage: Triage | None
    finding: Finding
    accepted: Acceptance | None = None
    growth: Growth | None = None
    grown: int | None = None

    @property
    def state(self) -> str:
        """Return the state of its triage: "open" or another word of ``finding.TRIAGE``."""
        return self.triage.state if self.triage and self.grown is None else "open"

    @property
    def open(self) -> bool:
        """Return whether it still holds and has no triage."""
        return self.state == "open" and not self.withdrawn and self.finding.ended is None

    def is_news(self, newest: Collection[int]) -> bool:
        """Return whether to notify people: it is open, worse or better, and in the `newest` builds.

        It began in these builds (keys), it is a drift that continued there, or it grew there beyond
        its triage. It is settled, so that nobody is notified of what vanishes again.
        """
        finding = self.finding
        touched = finding.last if finding.kind == DRIFT else finding.build
        concerns = finding.direction != NEUTRAL and finding.settled
        return self.open and concerns and (touched in newest or self.grown in newest)


class FormerFinding(NamedTuple):
    """The name of a finding that is no longer detected; `build` (key) is where it began.

    `successor` is the name of the finding that shows its series now; None where none does. That
    name may be a former one, too.
    """

    name: str
    job: int
    headline: str
    build: int
    number: int
    started: datetime
    successor: str | None
    revision: int


class DetectionRow(NamedTuple):
    """Up to which revision a job's findings were detected, in how many builds, by which rules."""

    job: int
    revision: int
    builds: int
    digest: str


class CoverageRow(NamedTuple):
    """How much is stored of a build; `started` is UTC, `matrix` means that it has runs."""

    number: int
    started: datetime
    result: str | None
    provisional: bool
    matrix: bool
    reports: int
    rejected: int


class Presence(NamedTuple):
    """How many reports and rejected files a build has; `matrix` means that it has runs."""

    matrix: bool
    reports: int
    rejected: int


class DatasetUse(NamedTuple):
    """A dataset that a build (key) has a report of; `filter` is empty if the report has none."""

    build: int
    number: int
    dataset: str
    filter: str


class BlockState(NamedTuple):
    """A state of a block: the number of its builds, and their highest revision."""

    builds: int
    newest: int


class PointsQuery(NamedTuple):
    """Which points to read: of a job (key) and a metric; None means any, times are UTC."""

    job: int
    metric: str
    dataset: str | None = None
    filter: str | None = None
    level: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class SeriesPart(NamedTuple):
    """One of the series of points; None and an empty level stand for none."""

    dataset: str | None
    filter: str | None
    level: str
    unit: str | None


class Points(NamedTuple):
    """Points in order of start: columns of equal length.

    `started` is in milliseconds since 1970 in UTC, `value` None means "not measured"; only such
    points have `extra`. `part` is the index of a point's series in `parts`. `whole` tells whether
    these are all points.
    """

    build_id: list[int]
    build: list[int]
    started: list[float]
    value: list[float | None]
    extra: list[JsonObject | None]
    part: list[int]
    parts: list[SeriesPart]
    whole: bool
