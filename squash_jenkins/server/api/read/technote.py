"""The interface of the first prototype, in which a job is a build with its measurements."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from squash_jenkins.render.links import web_link
from squash_jenkins.server.api.list_routes import ListRoute, add_list, check_parameters
from squash_jenkins.server.api.read.builds import build_rows
from squash_jenkins.server.api.urls import UrlBuilder
from squash_jenkins.store import Reader
from squash_jenkins.store.lists import BUILDS, METRICS, PageRow

router = APIRouter(tags=["technote"], dependencies=[Depends(check_parameters)])
_LEVELS = ("minimum", "design", "stretch", "user")


class TechnoteMeasurement(BaseModel):
    """The value of a metric; null means "not measured"."""

    metric: str = Field(examples=["validate_drp.PA1"])
    value: float | None = Field(examples=[5.0])


class TechnoteJob(BaseModel):
    """A build; `url` is its page in Jenkins, `status` 0 for success, else 1, null while it runs."""

    name: str = Field(examples=["ci_cfht"])
    build: str = Field(examples=["1"])
    runtime: datetime = Field(examples=["2016-04-24T19:26:12.561564Z"])
    url: str | None = Field(examples=["https://ci.example.org/job/ci_cfht/1/"])
    status: int | None = Field(examples=[0])
    measurements: list[TechnoteMeasurement]


class TechnoteMetric(BaseModel):
    """A metric with the thresholds of its levels that apply in general now."""

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
    extra = {
        key: row.extra for key, row in details.items()
    }  # the URL of builds that are not from Jenkins
    return [
        {
            "name": each["job"],
            "build": str(each["number"]),
            "runtime": each["started"],
            "url": each["jenkins"] or web_link(extra[each["id"]].get("url")) or None,
            "status": None if each["result"] is None else int(each["result"] != "SUCCESS"),
            "measurements": measured[each["id"]],
        }
        for each in build_rows(reader, urls, found)
    ]


def _metrics(reader: Reader, _urls: UrlBuilder, found: Sequence[PageRow]) -> list[dict[str, Any]]:
    thresholds: dict[str, dict[str, float | None]] = defaultdict(dict)
    for source, specifications in reader.definitions.specifications_by_source().items():
        for each in specifications if source != "document" else ():
            if not each.filters:
                thresholds[each.metric].setdefault(each.level, each.threshold)
    return [
        {
            "metric": each["name"],
            "description": each["description"],
            "units": each["unit"],
            **{level: thresholds[each["name"]].get(level) for level in _LEVELS},
        }
        for _, each in found
    ]


for _route in (
    ListRoute(
        "job",
        BUILDS,
        TechnoteJob,
        _jobs,
        "Builds, in the technote's format",
        "List builds with their measurements, as the first prototype's jobs. `/api/builds/` and "
        "`/api/jobs/` list builds and jobs.",
    ),
    ListRoute(
        "metric",
        METRICS,
        TechnoteMetric,
        _metrics,
        "Metrics, in the technote's format",
        "List metrics in the format in which they are posted. `/api/metrics/` has more fields.",
    ),
):
    add_list(router, _route)
