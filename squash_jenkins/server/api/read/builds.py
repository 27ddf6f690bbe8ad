"""Read jobs, builds, and what came with builds."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from squash_jenkins.server.access import Reads
from squash_jenkins.server.api.cursors import LARGEST
from squash_jenkins.server.api.list_routes import ListRoute, add_list, check_parameters
from squash_jenkins.server.api.problem_responses import ITEM_PROBLEMS
from squash_jenkins.server.api.read import row_models
from squash_jenkins.server.api.urls import UrlBuilder, Urls
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.services import Here
from squash_jenkins.store import Reader
from squash_jenkins.store.lists import (
    BUILDS,
    JOBS,
    MEASUREMENTS,
    PACKAGES,
    QUARANTINE,
    REPORTS,
    ListDefinition,
    ListQuery,
    PageRow,
)
from squash_jenkins.store.rows import BuildRow
from squash_jenkins.verification.missing import BuildFacts, of_build, of_value

router = APIRouter(tags=["read"], dependencies=[Depends(check_parameters)])
Id = Annotated[int, Path(ge=0, le=LARGEST)]
_Many = Sequence[PageRow]


def job_rows(_reader: Reader, urls: UrlBuilder, found: _Many) -> list[dict[str, Any]]:
    """Return jobs with their links."""
    return [
        {**each, **urls.job(each["id"], each["controller"], each["controller_url"], each["name"])}
        for _, each in found
    ]


def build_rows(_reader: Reader, urls: UrlBuilder, found: _Many) -> list[dict[str, Any]]:
    """Return builds with their links."""
    return [
        {
            **each,
            **urls.build(
                each["id"],
                each["controller"],
                each["controller_url"],
                each["job"],
                each["number"],
                each["started"] if each["replaced"] else None,
            ),
        }
        for _, each in found
    ]


def part_rows(_reader: Reader, urls: UrlBuilder, found: _Many) -> list[dict[str, Any]]:
    """Return what belongs to builds, with the URL of each build."""
    return [{**each, "build_url": urls.api(f"builds/{each['build_id']}/")} for _, each in found]


def measurement_rows(reader: Reader, urls: UrlBuilder, found: _Many) -> list[dict[str, Any]]:
    """Return measurements with the URL of each build, and why those without a value have none."""
    rows = part_rows(reader, urls, found)
    return [
        {**each, "missing": of_value(each["extra"]).text if each["value"] is None else None}
        for each in rows
    ]


def _why_nothing(reader: Reader, build: BuildRow) -> str | None:
    presence, rejected = (
        reader.coverage.presence([build.key]),
        reader.contents.rejected([build.key]),
    )
    facts = BuildFacts(build.result, build.provisional, presence[build.key], rejected)
    missing = of_build(facts)
    return missing.text if missing else None


def one(
    reader: Reader,
    listed: ListDefinition,
    shown: Callable[..., Any],
    urls: UrlBuilder,
    **named: int | str,
) -> dict[str, Any]:
    """Return one object of a list.

    Raises
    ------
    Problem
        404 when there is none.

    """
    found = reader.lists.page(listed, ListQuery(listed.default_order, 1, named))
    if not found:
        name = " ".join(str(each) for each in named.values())
        kind = listed.name.removesuffix("s")
        raise Problem(404, f"There is no {kind} {name[:200]!r}: see /api/{listed.name}/.")
    (made,) = shown(reader, urls, found)
    return dict(made)


class CauseOut(BaseModel):
    """Why a build was started."""

    text: str
    user: str | None
    upstream_job: str | None
    upstream_build: int | None


class CommitOut(BaseModel):
    """A commit of Jenkins' change sets."""

    revision: str
    author: str
    message: str
    committed: datetime | None
    paths: list[str]


class VersionOut(BaseModel):
    """The version of a package."""

    name: str
    version: str | None
    revision: str | None
    url: str | None
    branch: str | None


class BuildDetail(row_models.BuildOut):
    """A build with what Jenkins says about it; `measurements_url` lists its measurements.

    `missing` says why it has no report, and is null where it has one.
    """

    parameters: dict[str, Any]
    causes: list[CauseOut]
    changes: list[CommitOut]
    packages: list[VersionOut]
    missing: str | None = Field(examples=["the build ended with FAILURE before it wrote a report"])
    reports_url: str
    measurements_url: str


@router.get(
    "/api/jobs/{id}/",
    responses=ITEM_PROBLEMS,
)
def job(here: Here, who: Reads, urls: Urls, id: Id) -> row_models.JobOut:
    """Return a job."""
    with here.store.reader() as reader:
        return row_models.JobOut(**one(reader, JOBS, job_rows, urls, id=id))


@router.get(
    "/api/builds/{id}/",
    responses=ITEM_PROBLEMS,
)
def build(here: Here, who: Reads, urls: Urls, id: Id) -> BuildDetail:
    """Return a build: what Jenkins says about it, its code changes and its packages."""
    with here.store.reader() as reader:
        fields = one(reader, BUILDS, build_rows, urls, id=id)
        row = reader.builds.get(id)
        changes = [asdict(each) for each in reader.contents.changes([id]).get(id, [])]
        packages = [asdict(each) for each in reader.contents.packages([id]).get(id, {}).values()]
        missing = _why_nothing(reader, row)
    return BuildDetail(
        **fields,
        parameters=dict(row.parameters),
        causes=[CauseOut(**asdict(each)) for each in row.causes],
        changes=[CommitOut(**each) for each in changes],
        packages=[VersionOut(**each) for each in packages],
        missing=missing,
        reports_url=urls.api("reports/", build_id=id),
        measurements_url=urls.api("measurements/", build_id=id),
    )


for _route in (
    ListRoute(
        "jobs",
        JOBS,
        row_models.JobOut,
        job_rows,
        "Jobs",
        "List jobs with stored builds. `/api/job/` has the technote's format.",
    ),
    ListRoute(
        "builds",
        BUILDS,
        row_models.BuildOut,
        build_rows,
        "Builds",
        "List builds. `/api/job/` has the same in the technote's format.",
    ),
    ListRoute("reports", REPORTS, row_models.ReportOut, part_rows, "Reports", "List QA documents."),
    ListRoute(
        "measurements",
        MEASUREMENTS,
        row_models.MeasurementOut,
        measurement_rows,
        "Measurements",
        "List measurements. For plots of one metric, `/api/series/` has columns.",
    ),
    ListRoute(
        "packages",
        PACKAGES,
        row_models.PackageOut,
        part_rows,
        "Packages",
        "List the versions of packages in builds.",
    ),
    ListRoute(
        "quarantine",
        QUARANTINE,
        row_models.QuarantineOut,
        part_rows,
        "Quarantine",
        "List files that could not be read, and why.",
    ),
):
    add_list(router, _route)
