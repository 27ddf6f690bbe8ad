"""Take the jobs that programs post: what a build measured, in one request."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse

from squash_jenkins.server.access import Submits
from squash_jenkins.server.api.write.examples import JOBS, PROBLEMS, body_of
from squash_jenkins.server.api.write.ingest import ingest_documents
from squash_jenkins.server.api.write.posted_document import parse_document
from squash_jenkins.server.api.write.request_body import FORM, Posted
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.services import Here

router = APIRouter(tags=["submit"])
Said = Annotated[str, Query(max_length=10_000)]


@router.post("/api/job", include_in_schema=False)
@router.post(
    "/api/job/",
    status_code=201,
    responses={
        **PROBLEMS,
        200: {"description": "It is stored already, or took an earlier one's place"},
    },
    openapi_extra=body_of(JOBS, "application/json", FORM),
)
def post_job(
    here: Here,
    who: Submits,
    body: Posted,
    name: Said = "",
    build: Said = "",
    runtime: Said = "",
    url: Said = "",
    status: Said = "",
) -> JSONResponse:
    """Store what a build measured, in one transaction.

    The body is the job of the first prototype (name, build, runtime, url, status, measurements),
    that of 2016-17 (ci_id, ci_name, ci_dataset, ...) or a job of lsst.verify. The parameters say
    which build it is where the document does not. Every metric must be known, see /api/metric/.
    Posting the same again changes nothing and says so. A form cannot hold measurements but as
    JSON text in one field: send JSON.
    """
    asked = {"name": name, "build": build, "runtime": runtime, "url": url, "status": status}
    sent = parse_document(body.value(), here.settings, here.plugins.formats, asked)
    (taken,) = ingest_documents(here, who, [sent])
    if isinstance(taken, Problem):
        raise taken
    if taken.result != "unchanged":
        here.refresh.soon()
    return JSONResponse(taken.told(), taken.status)
