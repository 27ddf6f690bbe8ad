"""Hold the words of the field as frozen dataclasses; no input or output here.

Times are UTC-aware datetimes, durations are seconds. A column of a table in
``store/schema.py`` carries the name of the field it holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

JsonObject = Mapping[str, Any]
STARTED_FROM = "started_from"
"""Key in the `extra` of a build whose start is a guess: where it was taken from."""
POSTED = "posted:"
"""What the path of a report begins with that a program posted: no file of Jenkins' has it."""
DATASET_TERM = "dataset"
"""Key in the `terms` of a report: its dataset, where more than that names its series."""
LEVELS = ("minimum", "design", "stretch")
"""The three levels of the science requirements, from the loosest to the tightest."""
WITHIN = "within"
"""Operator of a specification that is a range."""


class FastPickle:
    """Make a dataclass cheap to send to another process.

    What `dataclass` gives frozen ones with slots looks up their fields for every single object.
    """

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Return how to make it anew: its class and the values of its fields in order."""
        kind: Any = type(self)
        return kind, tuple(getattr(self, name) for name in kind.__match_args__)


@dataclass(frozen=True, slots=True, order=True)
class BuildId(FastPickle):
    """Name one build: controller (short name), job (full name) and number."""

    controller: str
    job: str
    number: int

    def __str__(self) -> str:
        """Return ``job #number``, as Jenkins writes it."""
        return f"{self.job} #{self.number}"


@dataclass(frozen=True, slots=True)
class Artifact(FastPickle):
    """Name one archived file by its path below the build's archive, not URL-encoded."""

    path: str


@dataclass(frozen=True, slots=True)
class Cause(FastPickle):
    """Tell why a build was started; upstream fields are set for a build started by another."""

    text: str
    user: str | None = None
    upstream_job: str | None = None
    upstream_build: int | None = None


@dataclass(frozen=True, slots=True)
class Change(FastPickle):
    """Hold one commit of Jenkins' own change sets. `committed` is UTC."""

    revision: str
    author: str
    message: str
    committed: datetime | None = None
    paths: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Build(FastPickle):
    """Hold what Jenkins knows of one build.

    `started` is UTC, `duration` is in seconds. `result` is Jenkins' word
    (SUCCESS, UNSTABLE, FAILURE, NOT_BUILT, ABORTED) or None. `provisional` is
    True while Jenkins still says ``building``. `runs` are the builds of the
    matrix configurations of a matrix parent. `root` is the root URL that Jenkins
    says it has; it is no part of the build.
    """

    id: BuildId
    started: datetime
    duration: float | None = None
    result: str | None = None
    provisional: bool = False
    node: str | None = None
    display_name: str | None = None
    description: str | None = None
    parameters: JsonObject = field(default_factory=dict)
    causes: Sequence[Cause] = ()
    changes: Sequence[Change] = ()
    artifacts: Sequence[Artifact] = ()
    runs: Sequence[BuildId] = ()
    extra: JsonObject = field(default_factory=dict)
    root: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ListedBuild:
    """Hold one line of Jenkins' list of builds: enough to tell whether the build is stored.

    `started` is UTC. Number and start together name a build: a re-created job counts from 1 again.
    `guessed` is for a start that nothing told exactly (files of an archive): the number alone
    names such a build. `linked` tells whether its description has our link; None: not asked.
    `position` is its place in Jenkins' list, of which odd lines are passed over; None: as listed.
    """

    number: int
    started: datetime
    running: bool = False
    guessed: bool = field(default=False, compare=False)
    linked: bool | None = field(default=None, compare=False)
    position: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Metric(FastPickle):
    """Define what is measured. `name` is ``package.name``; `reference` has doc, page, url.

    `document_name` is the name that a document used where that differs
    (``validate_drp.AD1_design`` for the metric ``validate_drp.AD1``).
    """

    name: str
    unit: str | None = None
    description: str | None = None
    reference: JsonObject = field(default_factory=dict)
    tags: Sequence[str] = ()
    operator: str | None = None
    document_name: str | None = None


@dataclass(frozen=True, slots=True)
class Specification(FastPickle):
    """Hold one threshold: a measurement meets it when ``value <operator> threshold``.

    The operator `WITHIN` is for a range: ``threshold <= value <= upper``; no other has an `upper`.
    `filters` empty means any filter. `query` holds further terms that a
    report's own terms (instrument, dataset_name …) must all equal. `since` and `until` (UTC)
    bound its validity; None is open.
    """

    metric: str
    name: str
    level: str
    operator: str
    threshold: float
    unit: str | None = None
    filters: Sequence[str] = ()
    query: JsonObject = field(default_factory=dict)
    tags: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class Measurement(FastPickle):
    """Hold the value of a metric in a report; None is "not measured".

    `level` is the specification level that a level-dependent metric was
    measured for, else the empty string. `blobs` are identifiers of blobs of the same report.
    """

    metric: str
    value: float | None
    unit: str | None = None
    level: str = ""
    blobs: Sequence[str] = ()
    extra: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column(FastPickle):
    """Hold one column of a blob: a list of numbers, strings or lists, one entry a row."""

    values: Sequence[Any]
    unit: str | None = None
    label: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Blob(FastPickle):
    """Hold a named table that came with a report.

    `columns` all have the same number of rows. `parameters` are what the
    document gave beside them: ``{name: {value, unit, label, description}}``.
    Once the table is in the blob store it is known by `digest` and its number of `rows`; its
    columns then keep unit, label and description, and hold no values.
    """

    identifier: str
    name: str
    columns: Mapping[str, Column] = field(default_factory=dict)
    parameters: JsonObject = field(default_factory=dict)
    digest: str | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Package(FastPickle):
    """Hold the version of one software package in a build; `revision` is its commit."""

    name: str
    version: str | None = None
    revision: str | None = None
    url: str | None = None
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class Report(FastPickle):
    """Hold one QA document found in a build.

    `path` is the artifact's path, `digest` the SHA-256 (hex) of the unpacked
    document, `size` its bytes as archived. `terms` are the document's own
    metadata that specifications ask for (instrument, dataset_repo_url …).
    """

    path: str
    format: str
    digest: str
    size: int
    dataset: str | None = None
    filter: str | None = None
    terms: JsonObject = field(default_factory=dict)
    measurements: Sequence[Measurement] = ()
    metrics: Sequence[Metric] = ()
    specifications: Sequence[Specification] = ()
    blobs: Sequence[Blob] = ()
    packages: Sequence[Package] = ()
    extra: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejected(FastPickle):
    """Hold one file that was set aside, and why."""

    path: str
    reason: str
    digest: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class BuildRecord(FastPickle):
    """Hold everything that is stored of one build in one transaction.

    `notes` are sentences about its files, which are not stored. `doubtful` are paths among those
    set aside of files that nobody named and that could not be had: they may hold no QA.
    """

    build: Build
    reports: Sequence[Report] = ()
    rejected: Sequence[Rejected] = ()
    notes: Sequence[str] = ()
    doubtful: Sequence[str] = ()
