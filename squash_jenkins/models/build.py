"""What Jenkins and QA documents contain, as frozen dataclasses; no input or output here.

Times are UTC-aware datetimes, durations are seconds. A column of a table in
``store/schema/tables.py`` has the name of the field that it holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from squash_jenkins.models.branch import Branch

JsonObject = Mapping[str, Any]
STARTED_FROM = "started_from"
"""Key in the `extra` of a build whose start is a guess: where it was taken from."""
POSTED = "posted:"
"""Prefix of the path of a report that a program posted: no file of Jenkins has it."""
DATASET_TERM = "dataset"
"""Key in the `terms` of a report: its dataset, if its series have a longer name."""
LEVELS = ("minimum", "design", "stretch")
"""The three levels of the science requirements, from the loosest to the tightest."""
WITHIN = "within"
"""Operator of a specification that is a range."""


class FastPickle:
    """A base of dataclasses that makes them fast to send to another process.

    The default of frozen dataclasses with slots looks up the fields for every single object.
    """

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Return its class and the values of its fields in order."""
        kind: Any = type(self)
        return kind, tuple(getattr(self, name) for name in kind.__match_args__)


@dataclass(frozen=True, slots=True, order=True)
class BuildId(FastPickle):
    """The identity of a build: controller (short name), job (full name) and number."""

    controller: str
    job: str
    number: int

    def __str__(self) -> str:
        """Return ``job #number``, as Jenkins writes it."""
        return f"{self.job} #{self.number}"


@dataclass(frozen=True, slots=True)
class Artifact(FastPickle):
    """An archived file: its path below the build's archive, not URL-encoded."""

    path: str


@dataclass(frozen=True, slots=True)
class Cause(FastPickle):
    """Why a build was started; upstream fields are set if another build started it."""

    text: str
    user: str | None = None
    upstream_job: str | None = None
    upstream_build: int | None = None


@dataclass(frozen=True, slots=True)
class Change(FastPickle):
    """A commit in Jenkins' own change sets. `committed` is UTC."""

    revision: str
    author: str
    message: str
    committed: datetime | None = None
    paths: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Build(FastPickle):
    """What Jenkins knows about a build.

    `started` is UTC, `duration` is in seconds. `result` is Jenkins' word
    (SUCCESS, UNSTABLE, FAILURE, NOT_BUILT, ABORTED) or None. `provisional` is
    True while Jenkins still says ``building``. `runs` are the builds of the
    matrix configurations of a matrix parent. `root` is the root URL that Jenkins
    reports; it is not part of the build. Nor is `branch`, which belongs to the job.
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
    branch: Branch | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ListedBuild:
    """A line of Jenkins' list of builds: enough to tell whether the build is stored.

    `started` is UTC. Number and start together identify a build: a re-created job counts from 1
    again. `guessed` means that the exact start is unknown (files of an archive): the number alone
    identifies such a build. `linked` tells whether its description has our link; None: not asked.
    `position` is its place in Jenkins' list, where invalid lines are skipped; None: as listed.
    """

    number: int
    started: datetime
    running: bool = False
    guessed: bool = field(default=False, compare=False)
    linked: bool | None = field(default=None, compare=False)
    position: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Metric(FastPickle):
    """The definition of a metric. `name` is ``package.name``; `reference` has doc, page, url.

    `document_name` is the name that a document used where that differs
    (``validate_drp.AD1_design`` for the metric ``validate_drp.AD1``). `rules` say which of its
    changes are findings: see `metric_rules`.
    """

    name: str
    unit: str | None = None
    description: str | None = None
    reference: JsonObject = field(default_factory=dict)
    tags: Sequence[str] = ()
    operator: str | None = None
    document_name: str | None = None
    rules: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Specification(FastPickle):
    """A threshold: a measurement meets it when ``value <operator> threshold``.

    The operator `WITHIN` stands for a range: ``threshold <= value <= upper``; no other uses
    `upper`. Empty `filters` mean any filter. `query` holds further terms that a
    report's own terms (instrument, dataset_name …) must match. `since` and `until` (UTC)
    limit its validity; None means no limit.
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
    """The value of a metric in a report; None means "not measured".

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
    """A column of a blob: numbers, strings or lists, one for each row."""

    values: Sequence[Any]
    unit: str | None = None
    label: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Blob(FastPickle):
    """A named table that came with a report.

    `columns` all have the same number of rows. `parameters` are what the
    document has besides them: ``{name: {value, unit, label, description}}``.
    Once the table is in the blob store, it is identified by `digest` and has its number of `rows`;
    its columns then keep unit, label and description, but no values.
    """

    identifier: str
    name: str
    columns: Mapping[str, Column] = field(default_factory=dict)
    parameters: JsonObject = field(default_factory=dict)
    digest: str | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Package(FastPickle):
    """The version of a software package in a build; `revision` is its commit."""

    name: str
    version: str | None = None
    revision: str | None = None
    url: str | None = None
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class Report(FastPickle):
    """A QA document of a build.

    `path` is the artifact's path, `digest` the SHA-256 (hex) of the unpacked
    document, `size` its bytes as archived. `terms` are the document's own
    metadata that specifications select by (instrument, dataset_repo_url …). `node` is the machine
    that the document names, None where it names none.
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
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected(FastPickle):
    """A file that could not be read, and why."""

    path: str
    reason: str
    digest: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class BuildRecord(FastPickle):
    """Everything that is saved of a build in one transaction.

    `notes` are sentences about its files, which are not stored. `doubtful` are paths of rejected
    files that no setting names and that could not be downloaded: they may contain no QA.
    """

    build: Build
    reports: Sequence[Report] = ()
    rejected: Sequence[Rejected] = ()
    notes: Sequence[str] = ()
    doubtful: Sequence[str] = ()
