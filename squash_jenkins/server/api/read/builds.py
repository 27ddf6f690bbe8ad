"""Answer which jobs and builds there are, and what came with builds."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel

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

router = APIRouter(tags=["read"], dependencies=[Depends(check_parameters)])
Id = Annotated[int, Path(ge=0, le=LARGEST)]
_Many = Sequence[PageRow]


def shown_jobs(_reader: Reader, urls: UrlBuilder, found: _Many) -> list[dict[str, Any]]:
    """Return jobs with their links."""
    return [
        {**each, **urls.job(each["id"], each["controller"], each["controller_url"], each["name"])}
        for _, each in found
    ]


def shown_builds(_reader: Reader, urls: UrlBuilder, found: _Many) -> list[dict[str, Any]]:
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


def shown_parts(_reader: Reader, urls: UrlBuilder, found: _Many) -> list[dict[str, Any]]:
    """Return what belongs to builds, with the URL of each build."""
    return [{**each, "build_url": urls.api(f"builds/{each['build_id']}/")} for _, each in found]


def one(
    reader: Reader,
    listed: ListDefinition,
    shown: Callable[..., Any],
    urls: UrlBuilder,
    **named: int | str,
) -> dict[str, Any]:
    """Return the one thing of a list that is named.

    Raises
    ------
    Problem
        404 when there is none.

    """
    found = reader.lists.page(listed, ListQuery(listed.usual, 1, named))
    if not found:
        name = " ".join(str(each) for each in named.values())
        kind = listed.name.removesuffix("s")
        raise Problem(404, f"There is no {kind} {name[:200]!r}: GET /api/{listed.name}/ lists all.")
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
    """A build with what Jenkins said of it; what was measured is listed by `measurements_url`."""

    parameters: dict[str, Any]
    causes: list[CauseOut]
    changes: list[CommitOut]
    packages: list[VersionOut]
    reports_url: str
    measurements_url: str


@router.get(
    "/api/jobs/{id}/",
    responses=ITEM_PROBLEMS,
)
def job(here: Here, who: Reads, urls: Urls, id: Id) -> row_models.JobOut:
    """Return a job."""
    with here.store.reader() as reader:
        return row_models.JobOut(**one(reader, JOBS, shown_jobs, urls, id=id))


@router.get(
    "/api/builds/{id}/",
    responses=ITEM_PROBLEMS,
)
def build(here: Here, who: Reads, urls: Urls, id: Id) -> BuildDetail:
    """Return a build: what Jenkins said of it, its code changes and its packages."""
    with here.store.reader() as reader:
        told = one(reader, BUILDS, shown_builds, urls, id=id)
        row = reader.builds.get(id)
        changes = [asdict(each) for each in reader.contents.changes([id]).get(id, [])]
        packages = [asdict(each) for each in reader.contents.packages([id]).get(id, {}).values()]
    return BuildDetail(
        **told,
        parameters=dict(row.parameters),
        causes=[CauseOut(**asdict(each)) for each in row.causes],
        changes=[CommitOut(**each) for each in changes],
        packages=[VersionOut(**each) for each in packages],
        reports_url=urls.api("reports/", build_id=id),
        measurements_url=urls.api("measurements/", build_id=id),
    )


for _route in (
    ListRoute(
        "jobs",
        JOBS,
        row_models.JobOut,
        shown_jobs,
        "Jobs",
        "List the jobs of which builds are stored. `/api/job/` speaks the technote's words.",
    ),
    ListRoute(
        "builds",
        BUILDS,
        row_models.BuildOut,
        shown_builds,
        "Builds",
        "List builds: runs of jobs. `/api/job/` tells the same in the technote's words.",
    ),
    ListRoute(
        "reports", REPORTS, row_models.ReportOut, shown_parts, "Reports", "List QA documents."
    ),
    ListRoute(
        "measurements",
        MEASUREMENTS,
        row_models.MeasurementOut,
        shown_parts,
        "Measurements",
        "List measurements. For a plot of one metric, `/api/series/` has columns.",
    ),
    ListRoute(
        "packages",
        PACKAGES,
        row_models.PackageOut,
        shown_parts,
        "Packages",
        "List which versions of packages builds had.",
    ),
    ListRoute(
        "quarantine",
        QUARANTINE,
        row_models.QuarantineOut,
        shown_parts,
        "Files set aside",
        "List files of builds that could not be read, and why.",
    ),
):
    add_list(router, _route)
