"""JobListing how jobs stand: what is newest, what is missing, what waits to be stored."""

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
    """How each job stands; as `squash-jenkins status --json` has it, but for the tables."""

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
    """Tell how each job stands: newest builds, lag, gaps and why, what waits in the spool.

    With `ask` Jenkins is asked of each job, as the command does; that takes a submitter. Without
    it, gaps that only Jenkins can explain are "not asked".
    """
    if ask and who.role < Role.SUBMITTER:
        raise Problem(403, "Jenkins is asked for submitters only.", field="ask")
    from squash_jenkins.job_status.report import (
        status_of_jobs,
    )  # brings what speaks to Jenkins along

    told = status_of_jobs(here.settings, here.store, not ask)
    spool = told["spool"]
    spool["damaged"] = [Path(name).name for name in spool["damaged"]]  # no path of this machine
    return StatusOut(**told)
