"""Store a posted job: the measurements of a build, in one request."""

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
        200: {"description": "Already stored, or replaced an earlier one"},
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
    """Store the measurements of a build, in one transaction.

    The body is a job of the first prototype (name, build, runtime, url, status, measurements), of
    2016-17 (ci_id, ci_name, ci_dataset, ...) or of lsst.verify. The parameters name the build if
    the document does not. Every metric must be defined, see /api/metric/. Posting the same again
    changes nothing. In a form, measurements must be JSON text in one field; better send JSON.
    """
    asked = {"name": name, "build": build, "runtime": runtime, "url": url, "status": status}
    sent = parse_document(body.value(), here.settings, here.plugins.formats, asked)
    (ingested,) = ingest_documents(here, who, [sent])
    if isinstance(ingested, Problem):
        raise ingested
    if ingested.result != "unchanged":
        here.refresh.soon()
    return JSONResponse(ingested.as_json(), ingested.status)
