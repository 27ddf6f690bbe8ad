"""Read the status of jobs: newest builds, gaps, and what waits in the spool."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from squash_jenkins.server.access import Reads, Role
from squash_jenkins.server.api.list_routes import check_parameters
from squash_jenkins.server.api.problem_responses import READ_PROBLEMS
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.services import Here

router = APIRouter(tags=["read"], dependencies=[Depends(check_parameters)])


class StatusOut(BaseModel):
    """The status of each job, as in `squash-jenkins status --json` without the tables."""

    complete: bool
    jobs: list[dict[str, Any]]
    spool: dict[str, Any]
    quarantine: dict[str, int]


@router.get("/api/status", include_in_schema=False)
@router.get(
    "/api/status/",
    summary="Status",
    responses=READ_PROBLEMS,
)
def status(here: Here, who: Reads, ask: bool = False) -> StatusOut:
    """Return the status of each job: newest builds, lag, gaps and their reasons, the spool.

    With `ask`, Jenkins is queried about each job, as the command does; this needs the role
    submitter. Without it, gaps that only Jenkins can explain are "not asked".
    """
    if ask and who.role < Role.SUBMITTER:
        raise Problem(403, "Only submitters may have Jenkins queried.", field="ask")
    from squash_jenkins.job_status.report import (
        status_of_jobs,
    )  # also imports the Jenkins client

    found = status_of_jobs(here.settings, here.store, not ask)
    spool = found["spool"]
    spool["damaged"] = [Path(name).name for name in spool["damaged"]]  # no paths of the server
    return StatusOut(**found)
