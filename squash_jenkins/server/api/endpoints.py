"""List the endpoints of the API."""

from fastapi import APIRouter, Depends

from squash_jenkins.server.api.list_routes import check_parameters
from squash_jenkins.server.api.problem_responses import READ_PROBLEMS
from squash_jenkins.server.api.urls import Urls

router = APIRouter(tags=["read"], dependencies=[Depends(check_parameters)])
_LISTS = (
    *("jobs", "builds", "reports", "metrics", "specifications", "measurements"),
    *("series", "findings", "changes", "datasets", "packages", "quarantine", "status"),
)
_OTHERS = ("job", "metric", "bulk", "notify", "me", "docs")


@router.get("/api", include_in_schema=False)
@router.get(
    "/api/",
    summary="Endpoints",
    responses=READ_PROBLEMS,
)
def endpoints(urls: Urls) -> dict[str, str]:
    """Return the URLs of the endpoints by name; `job` and `metric` also accept POST.

    No sign-in is needed, as in the technote's session: the list reveals nothing that is stored.
    """
    return {name: urls.api(f"{name}/") for name in (*_OTHERS, *_LISTS)}
