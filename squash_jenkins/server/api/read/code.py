"""Read which code changed between two builds of a job."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from squash_jenkins.findings.as_json import code_facts
from squash_jenkins.findings.suspects import code_between
from squash_jenkins.server.access import Reads
from squash_jenkins.server.api.cursors import LARGEST
from squash_jenkins.server.api.list_routes import Short, check_parameters
from squash_jenkins.server.api.problem_responses import ITEM_PROBLEMS
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.services import Here
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import BuildPoint, JobRow

router = APIRouter(tags=["read"], dependencies=[Depends(check_parameters)])
Number = Annotated[int, Query(ge=0, le=LARGEST)]


class PackageChangeOut(BaseModel):
    """A changed package; `url` compares its versions if the host can."""

    name: str
    kind: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    url: str | None


class CommitOfBuild(BaseModel):
    """A commit of Jenkins' change sets, with the number of its build."""

    build: int
    revision: str
    author: str
    message: str
    committed: datetime | None
    paths: list[str]


class CodeOut(BaseModel):
    """Code changes after build `after` up to build `until`; `packages` is null if unknown."""

    after: int | None = Field(examples=[411])
    until: int = Field(examples=[412])
    compared: list[int] | None
    backwards: bool
    reason: str | None
    packages: list[PackageChangeOut] | None
    commits: list[CommitOfBuild]


class CodeOfJob(CodeOut):
    """Code changes of a job."""

    controller: str
    job: str


@router.get("/api/changes", include_in_schema=False)
@router.get(
    "/api/changes/",
    summary="Code changes",
    responses=ITEM_PROBLEMS,
)
def changes(
    here: Here,
    who: Reads,
    job: Short,
    controller: Short | None = None,
    first: Annotated[int | None, Query(alias="from", ge=0, le=LARGEST)] = None,
    last: Annotated[int | None, Query(alias="to", ge=0, le=LARGEST)] = None,
) -> CodeOfJob:
    """Return which code changed between two builds of a job, given by their numbers.

    `to` defaults to the newest build, `from` to the build before `to`. If `from` is the later one,
    the changes are reversed.
    """
    with here.store.reader() as reader:
        row = job_named(reader, job, controller)
        builds = reader.builds.outline(row.key)
        end = builds[-1] if last is None else _numbered(builds, last, "to")
        place = builds.index(end)
        before = builds[place - 1] if place else None
        begin = before if first is None else _numbered(builds, first, "from")
        code = code_between(reader, row.key, begin.key if begin else None, end.key)
    numbers = {build.key: build.number for build in builds}
    facts = code_facts(code, numbers)
    return CodeOfJob(controller=row.controller, job=row.name, **facts)


def job_named(reader: Reader, name: str, controller: str | None) -> JobRow:
    """Return the job of this name that has builds.

    Raises
    ------
    Problem
        404 when there is none, 422 when several controllers have one.

    """
    found = [
        job
        for job in reader.builds.jobs()
        if job.name == name and controller in (None, job.controller)
    ]
    found = [job for job in found if reader.builds.newest(job.key, 1)]
    if not found:
        raise Problem(404, f"There is no job {name[:200]!r}: see /api/jobs/.")
    if len(found) > 1:
        names = ", ".join(job.controller for job in found)
        detail = f"Several controllers have {name!r}: give one of {names}."
        raise Problem(422, detail, field="controller")
    return found[0]


def _numbered(builds: list[BuildPoint], number: int, field: str) -> BuildPoint:
    """Return the build of this number; if a job was re-created, the one that started last."""
    found = [build for build in builds if build.number == number]
    if not found:
        raise Problem(404, f"Build {number} is not stored: see /api/builds/.", field=field)
    return found[-1]
