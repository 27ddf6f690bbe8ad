"""Answer in the words of the first prototype: a job is a build with what it measured."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from squash_jenkins.render.links import web_link
from squash_jenkins.server.api.list_routes import ListRoute, add_list, check_parameters
from squash_jenkins.server.api.read.builds import shown_builds
from squash_jenkins.server.api.urls import UrlBuilder
from squash_jenkins.store import Reader
from squash_jenkins.store.lists import BUILDS, METRICS, PageRow

router = APIRouter(tags=["technote"], dependencies=[Depends(check_parameters)])
_LEVELS = ("minimum", "design", "stretch", "user")


class TechnoteMeasurement(BaseModel):
    """What was measured of a metric; null is "not measured"."""

    metric: str = Field(examples=["validate_drp.PA1"])
    value: float | None = Field(examples=[5.0])


class TechnoteJob(BaseModel):
    """A build; `url` is that of Jenkins, `status` 0 for a success, else 1, null while it runs."""

    name: str = Field(examples=["ci_cfht"])
    build: str = Field(examples=["1"])
    runtime: datetime = Field(examples=["2016-04-24T19:26:12.561564Z"])
    url: str | None = Field(examples=["https://ci.example.org/job/ci_cfht/1/"])
    status: int | None = Field(examples=[0])
    measurements: list[TechnoteMeasurement]


class TechnoteMetric(BaseModel):
    """A metric and the thresholds of its levels that hold for everyone now."""

    metric: str = Field(examples=["validate_drp.PA1"])
    description: str | None = Field(examples=["Photometric Repeatability"])
    units: str | None = Field(examples=["millimag"])
    minimum: float | None
    design: float | None
    stretch: float | None
    user: float | None


def _jobs(reader: Reader, urls: UrlBuilder, found: Sequence[PageRow]) -> list[dict[str, Any]]:
    measured: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in reader.measurements.of_builds([each["id"] for _, each in found]):
        measured[row.build].append({"metric": row.metric, "value": row.value})
    details = reader.builds.details([each["id"] for _, each in found])
    extra = {key: row.extra for key, row in details.items()}  # of builds of no Jenkins, their URL
    return [
        {
            "name": each["job"],
            "build": str(each["number"]),
            "runtime": each["started"],
            "url": each["jenkins"] or web_link(extra[each["id"]].get("url")) or None,
            "status": None if each["result"] is None else int(each["result"] != "SUCCESS"),
            "measurements": measured[each["id"]],
        }
        for each in shown_builds(reader, urls, found)
    ]


def _metrics(reader: Reader, _urls: UrlBuilder, found: Sequence[PageRow]) -> list[dict[str, Any]]:
    asked: dict[str, dict[str, float | None]] = defaultdict(dict)
    for source, specifications in reader.definitions.specifications_by_source().items():
        for each in specifications if source != "document" else ():
            if not each.filters:
                asked[each.metric].setdefault(each.level, each.threshold)
    return [
        {
            "metric": each["name"],
            "description": each["description"],
            "units": each["unit"],
            **{level: asked[each["name"]].get(level) for level in _LEVELS},
        }
        for _, each in found
    ]


for _route in (
    ListRoute(
        "job",
        BUILDS,
        TechnoteJob,
        _jobs,
        "Builds, in the technote's words",
        "List builds with what they measured as the first prototype's jobs. `/api/builds/` and "
        "`/api/jobs/` tell builds and jobs apart, as everything else here does.",
    ),
    ListRoute(
        "metric",
        METRICS,
        TechnoteMetric,
        _metrics,
        "Metrics, in the technote's words",
        "List metrics as they are posted. `/api/metrics/` has more of them.",
    ),
):
    add_list(router, _route)
