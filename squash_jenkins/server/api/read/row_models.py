"""The models of rows in lists."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class JobOut(BaseModel):
    """A job; `newest` is when its newest build started (UTC)."""

    id: int = Field(examples=[3])
    controller: str = Field(examples=["main"])
    name: str = Field(examples=["folder/ci_hsc"])
    builds: int = Field(examples=[412])
    newest: datetime | None
    url: str
    page: str
    jenkins: str | None


class BuildOut(BaseModel):
    """A build; `duration` is in seconds, null if unknown.

    `replaced`: its number was reused after its job had been re-created.
    """

    id: int = Field(examples=[1041])
    controller: str = Field(examples=["main"])
    job: str = Field(examples=["folder/ci_hsc"])
    job_id: int = Field(examples=[3])
    number: int = Field(examples=[412])
    started: datetime
    duration: float | None = Field(examples=[3671.5])
    result: str | None = Field(examples=["SUCCESS"])
    provisional: bool
    node: str | None
    display_name: str | None
    description: str | None
    revision: int = Field(description="Increases with every change in the store.")
    replaced: bool
    url: str
    page: str
    jenkins: str | None


class MetricOut(BaseModel):
    """A metric, as defined by the definition that counts."""

    id: int
    name: str = Field(examples=["validate_drp.PA1"])
    package: str = Field(examples=["validate_drp"])
    unit: str | None = Field(examples=["mmag"])
    description: str | None
    operator: str | None
    reference: dict[str, Any]
    tags: list[str]
    url: str
    page: str


class SpecificationOut(BaseModel):
    """A specification of a metric: a threshold, or a range up to `upper`.

    With the `source` document it applies to the reports that came with it, otherwise to all builds
    from `since` to `until`, until it is `withdrawn`.
    """

    id: int
    metric: str = Field(examples=["validate_drp.PA1"])
    name: str
    level: str = Field(examples=["design"])
    operator: str = Field(examples=["<="])
    threshold: float | None = Field(examples=[5.0])
    upper: float | None
    unit: str | None = Field(examples=["mmag"])
    filters: list[str]
    query: dict[str, Any]
    tags: list[str]
    since: datetime | None
    until: datetime | None
    source: str
    version: int
    withdrawn: datetime | None
    metric_url: str


class DatasetOut(BaseModel):
    """A dataset that builds process."""

    id: int
    name: str = Field(examples=["cfht"])
    camera: str | None
    description: str | None
    url: str


class OfBuild(BaseModel):
    """Something that belongs to a build."""

    id: int
    build_id: int = Field(examples=[1041])
    controller: str = Field(examples=["main"])
    job: str = Field(examples=["folder/ci_hsc"])
    build: int = Field(examples=[412], description="Number of the build.")
    started: datetime = Field(description="When the build started.")
    build_url: str


class ReportOut(OfBuild):
    """A QA document of a build; `size` in bytes, `digest` its SHA-256."""

    path: str
    format: str
    size: int
    digest: str
    dataset: str | None
    filter: str | None
    terms: dict[str, Any]


class MeasurementOut(OfBuild):
    """A measurement; a `value` of null means "not measured", and `missing` says why."""

    report_id: int
    metric: str = Field(examples=["validate_drp.PA1"])
    dataset: str | None
    filter: str | None
    level: str
    value: float | None = Field(examples=[14.9])
    missing: str | None = Field(examples=[None])
    unit: str | None = Field(examples=["mmag"])
    extra: dict[str, Any]


class PackageOut(OfBuild):
    """The version of a package in a build; `source` is the URL of its code."""

    name: str = Field(examples=["afw"])
    source: str | None
    version: str | None
    revision: str | None
    branch: str | None


class QuarantineOut(OfBuild):
    """A file of a build that could not be read, and why."""

    path: str
    reason: str
    digest: str | None
    size: int | None
    created: datetime
