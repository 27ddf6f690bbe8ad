"""Define what the reader returns: tuples with names, cheap enough for tens of thousands.

`key` names a row of the database and stays the same when a build is stored again.
Times are UTC-aware datetimes, durations seconds.
"""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple

from squash_jenkins.models import Build, BuildId, Cause, Change, JsonObject
from squash_jenkins.models.finding import DRIFT, NEUTRAL, Finding, Triage

DOCUMENT = "document"
"""Source of definitions that came with a QA document; every other source holds for all reports."""


class JobRow(NamedTuple):
    """Name one job; `controller` is the short name, `controller_url` the root URL."""

    key: int
    controller: str
    controller_url: str
    name: str


class BuildKey(NamedTuple):
    """Name one build and its job by their keys."""

    key: int
    job: int


class BuildPoint(NamedTuple):
    """Hold the place of one build among those of its job and how it went; see `BuildRow`."""

    key: int
    number: int
    started: datetime
    duration: float | None
    result: str | None
    provisional: bool
    revision: int


class BuildRow(NamedTuple):
    """Hold what Jenkins said of one build; `revision` grows with every change of the store."""

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
        """Return the build as a model; its change sets are stored apart, and artifacts are not."""
        own = {name: getattr(self, name) for name in _OF_BUILD}
        return Build(id, changes=changes, **own)


_OF_BUILD = [field.name for field in fields(Build) if field.name in BuildRow._fields]
"""Names of what is both in a `Build` and in its row."""


class ReportRow(NamedTuple):
    """Hold one QA document of a build, without what was measured."""

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


class MeasurementRow(NamedTuple):
    """Hold one measurement; `value` None is "not measured", `level` is often empty."""

    key: int
    report: int
    build: int
    metric: str
    level: str
    value: float | None
    unit: str | None
    extra: JsonObject


class ReportedMeasurement(NamedTuple):
    """Hold one measurement with what it is to be judged by.

    `specification_set` names what came with its report (None: nothing did), `terms` are the
    report's own. `value` None is "not measured".
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
    """Describe one blob; `digest` names its table in the blob store and is None for no rows.

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
    """Hold one file that was set aside."""

    key: int
    build: int
    path: str
    reason: str
    digest: str | None
    size: int | None
    created: datetime


class DatasetRow(NamedTuple):
    """Describe one dataset."""

    name: str
    camera: str | None
    description: str | None


class DefinitionRow(NamedTuple):
    """Hold a definition of a metric that was in use from `first_seen` to `last_seen`.

    `source` is "document" or what it was loaded as; the times are starts of builds for
    documents, else the moments of loading.
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
    """Hold one finding; builds in it are keys.

    `name` is what people call it by. `withdrawn`: later builds no longer show it. `notified` is
    when people were first told (UTC). `triage` is what was said of it last, None where nothing was.
    """

    key: int
    name: str
    job: int
    revision: int
    withdrawn: bool
    notified: datetime | None
    triage: Triage | None
    finding: Finding

    @property
    def state(self) -> str:
        """Return what people said of it: "open" or another word of ``findings.TRIAGE``."""
        return self.triage.state if self.triage else "open"

    @property
    def open(self) -> bool:
        """Tell whether it still holds and nobody has spoken of it."""
        return self.state == "open" and not self.withdrawn and self.finding.ended is None

    def is_news(self, newest: Collection[int]) -> bool:
        """Tell whether people should know: it is open, good or bad, and of the `newest` builds.

        It began among these builds (keys), or it is a drift that still moved there; and it is
        settled, so that nobody is called for what vanishes again.
        """
        finding = self.finding
        touched = finding.last if finding.kind == DRIFT else finding.build
        concerns = finding.direction != NEUTRAL and finding.settled
        return self.open and concerns and touched in newest


class DetectionRow(NamedTuple):
    """Tell up to which revision a job's findings were made, from how many builds, by what rules."""

    job: int
    revision: int
    builds: int
    digest: str


class CoverageRow(NamedTuple):
    """Tell what is stored of one build; `started` is UTC, `matrix` is for one with runs."""

    number: int
    started: datetime
    result: str | None
    provisional: bool
    matrix: bool
    reports: int
    rejected: int


class Presence(NamedTuple):
    """Tell how many reports and files set aside a build has; `matrix` is for one with runs."""

    matrix: bool
    reports: int
    rejected: int


class DatasetUse(NamedTuple):
    """Tell that a build (key) made a report of a dataset; `filter` is empty where it named none."""

    build: int
    number: int
    dataset: str
    filter: str


class BlockState(NamedTuple):
    """Tell which state of a block something knows: how many builds, and their last change."""

    builds: int
    newest: int


class PointsQuery(NamedTuple):
    """Say which points are wanted: of a job (key) and a metric; None is any, times are UTC."""

    job: int
    metric: str
    dataset: str | None = None
    filter: str | None = None
    level: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class SeriesPart(NamedTuple):
    """Tell a series of the points from the others; None and empty for none."""

    dataset: str | None
    filter: str | None
    level: str
    unit: str | None


class Points(NamedTuple):
    """Hold points in order of start: columns of equal length.

    `started` are milliseconds since 1970 in UTC, `value` None is "not measured". `part` says
    which of `parts` a point belongs to. `whole` tells whether these are all that there are.
    """

    build_id: list[int]
    build: list[int]
    started: list[float]
    value: list[float | None]
    part: list[int]
    parts: list[SeriesPart]
    whole: bool
