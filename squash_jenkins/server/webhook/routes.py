"""Routes of the webhook: queue builds, and report what became of them."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse

from squash_jenkins.ingest.saving import root_url
from squash_jenkins.jenkins.names import jenkins_build_url
from squash_jenkins.models import BuildId
from squash_jenkins.render.links import build_page_url
from squash_jenkins.server import audit
from squash_jenkins.server.access import Reads, Submits
from squash_jenkins.server.api.write.examples import PROBLEMS, body_of
from squash_jenkins.server.api.write.request_body import FORM, Body, Posted
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.services import Here, Services
from squash_jenkins.server.webhook.webhook_request import DELETED, OVER, parse_request
from squash_jenkins.store.service.build_queue import QueuedBuild

router = APIRouter(prefix="/api/notify", tags=["notify"])
_EXAMPLES = {
    "names": {
        "summary": "Controller, job and build",
        "value": {"controller": "main", "job": "folder/ci_hsc", "build": 12},
    },
    "pull request": {
        "summary": "With the node and the variables of a pull request, as the hooks send them",
        "value": {
            "controller": "main",
            "job": "team/repo/PR-7",
            "build": 1,
            "node": "agent-2",
            "BRANCH_NAME": "PR-7",
            "CHANGE_ID": "7",
            "CHANGE_TARGET": "main",
            "CHANGE_URL": "https://git.example.org/team/repo/pull/7",
        },
    },
    "url": {
        "summary": "The URL of a build, as $BUILD_URL",
        "value": {"url": "https://ci.example.org/job/folder/job/ci_hsc/12/"},
    },
    "plugin": {
        "summary": "Jenkins' Notification plugin",
        "value": {
            "name": "ci_hsc",
            "url": "job/ci_hsc/",
            "build": {
                "full_url": "https://ci.example.org/job/ci_hsc/12/",
                "number": 12,
                "phase": "FINALIZED",
                "status": "SUCCESS",
            },
        },
    },
}


class QueuedBuildOut(BaseModel):
    """A build in the queue; times are UTC, `page` and `jenkins` are URLs of the build."""

    id: str
    url: str
    controller: str
    job: str
    build: int
    state: Literal["waiting", "running", "done", "failed"]
    tries: int
    created: datetime
    due: datetime
    ended: datetime | None
    outcome: str | None
    page: str
    jenkins: str | None


class QueuedBuildList(BaseModel):
    """The newest builds of the queue, newest first."""

    results: list[QueuedBuildOut]


@router.post("", include_in_schema=False)
@router.post(
    "/",
    summary="Announce a build",
    status_code=202,
    response_model=QueuedBuildOut,
    responses={**PROBLEMS, 200: {"description": "This event needs no action"}},
    openapi_extra=body_of(_EXAMPLES, "application/json", FORM),
)
def queue_build(request: Request, here: Here, who: Submits, body: Posted) -> JSONResponse:
    """Queue a build to be ingested from Jenkins; answers at once.

    Name it by controller, job and build, by its URL, or send what Jenkins' Notification plugin
    sends. Only configured controllers are ever contacted. A build that already waits is not
    queued twice; a running build is stored as far as it is, and again when it has ended. Jenkins'
    API does not name the node of a Pipeline and the target of a pull request: a request may.
    """
    found = parse_request(_content(body), here.settings)
    if not who.may_write(found.id.job):
        raise Problem(403, f"{who.name} may not write to {found.id.job}.", field="job")
    if found.event not in OVER:
        return _ignored(found.event, found.id)
    now = datetime.now(UTC)
    row = here.store.build_queue.add(found.id, found.source, now, found.node, found.branch)
    audit.record(here, who, "notice.post", str(found.id), {"notice": row.name, "as": found.source})
    here.queued.set()
    answer = _queued(row, request, here).model_dump(mode="json")
    return JSONResponse(answer, 202, {"Location": answer["url"]})


@router.get("/", summary="Notices", responses=PROBLEMS)
def list_queue(
    request: Request,
    here: Here,
    who: Reads,
    state: Literal["waiting", "running", "done", "failed"] | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> QueuedBuildList:
    """List the newest builds of the queue."""
    rows = here.store.build_queue.newest(limit, state)
    return QueuedBuildList(results=[_queued(row, request, here) for row in rows])


@router.get("/{id}", include_in_schema=False)
@router.get("/{id}/", summary="One notice", responses=PROBLEMS)
def queued_build(
    request: Request, here: Here, who: Reads, id: Annotated[str, Path(max_length=64)]
) -> QueuedBuildOut:
    """Return a build of the queue, and what became of it."""
    row = here.store.build_queue.get(id)
    if row is None:
        raise Problem(
            404, f"There is no queued build {id!r}; ended ones are deleted after a month."
        )
    return _queued(row, request, here)


def _content(body: Body) -> Any:
    """Return the body; plain text is the URL of a build."""
    if body.kind == "text/plain":
        return {"url": body.content.decode("utf-8", "replace")}
    return body.value()


def _ignored(event: str, id: BuildId) -> JSONResponse:
    kept = "what is stored stays" if event == DELETED else "it is ingested when it has ended"
    return JSONResponse({"state": "ignored", "detail": f"{id}: {event[:40]}; {kept}."}, 200)


def _queued(row: QueuedBuild, request: Request, here: Services) -> QueuedBuildOut:
    root = str(request.base_url)
    return QueuedBuildOut(
        id=row.name,
        url=f"{root}api/notify/{row.name}/",
        controller=row.controller,
        job=row.job,
        build=row.number,
        state=row.state,  # type: ignore[arg-type] # pydantic checks it
        tries=row.tries,
        created=row.created,
        due=row.due,
        ended=row.ended,
        outcome=row.outcome,
        page=_page(here, row.id, root),
        jenkins=_jenkins(here, row.id),
    )


def _page(here: Services, id: BuildId, root: str) -> str:
    public, index = here.settings.public_url, here.settings.index_links
    first = here.settings.controller_names[0]
    return build_page_url(
        public or root, id.job, id.number, id.controller, first, index=bool(public) and index
    )


def _jenkins(here: Services, id: BuildId) -> str | None:
    """Return the build's URL in Jenkins; None when its controller is no longer configured."""
    root = root_url(here.settings, here.store, id.controller)
    return jenkins_build_url(root, id.job, id.number) if root else None
