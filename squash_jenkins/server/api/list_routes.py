"""Make the routes of lists: one declaration gives the parameters, the answer and the paging."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, create_model
from starlette.requests import Request

from squash_jenkins.server.access import Reads
from squash_jenkins.server.api.cursors import LARGEST, cursor_of, place_of
from squash_jenkins.server.api.problem_responses import READ_PROBLEMS
from squash_jenkins.server.api.urls import UrlBuilder, Urls
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.services import Here
from squash_jenkins.store import Reader
from squash_jenkins.store.lists import ListDefinition, ListQuery, PageRow

MOST = 1000
"""Rows of a page at most."""
_USUAL = 100


def in_utc(moment: datetime) -> datetime:
    """Return a moment in UTC; raise ValueError for one that UTC has no year for."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("this year is out of reach") from None


Moment = Annotated[AwareDatetime, AfterValidator(in_utc)]
Key = Annotated[int, Field(ge=0, le=LARGEST)]
Short = Annotated[str, Field(max_length=1000)]
_KINDS: dict[type, Any] = {str: Short, int: Key, datetime: Moment, bool: bool}
Shown = Callable[[Reader, UrlBuilder, Sequence[PageRow]], Sequence[dict[str, Any]]]


@dataclass(frozen=True)
class ListRoute:
    """Say how a list is shown: `path` below the API, the model of its rows, and what makes them."""

    path: str
    listed: ListDefinition
    row: type[BaseModel]
    shown: Shown
    summary: str
    describes: str


def add_list(router: APIRouter, lister: ListRoute) -> None:
    """Add the routes of a list, with and without a slash at the end.

    The router checks the parameters, see `check_parameters`.
    """
    listed = lister.listed
    wanted = _parameters(lister)

    def answer(request: Request, here: Here, who: Reads, urls: Urls, asked: Any) -> Any:
        given = _asked(listed, asked)
        with here.store.reader() as reader:
            rows = reader.lists.page(listed, given)
            more = len(rows) == given.limit
            rows = rows[: given.limit - 1]
            results = lister.shown(reader, urls, rows)
        cursor = cursor_of(listed.name, given.order, rows[-1].place) if more else None
        return {"results": results, "next": _next(request, urls, lister.path, cursor)}

    answer.__annotations__["asked"] = Annotated[wanted, Query()]  # known only now
    name = lister.path.replace("/", "_")
    page = create_model(
        f"{lister.row.__name__}Page",
        __doc__="Hold a page; `next` is the URL of the one after it, null at the end.",
        results=(list[lister.row], ...),  # type: ignore[name-defined] # known only now
        next=(str | None, None),
    )
    for path, shown in ((f"/api/{lister.path}", False), (f"/api/{lister.path}/", True)):
        router.add_api_route(
            path,
            answer,
            methods=["GET"],
            response_model=page,
            summary=lister.summary,
            description=lister.describes,
            name=f"list_{name}",
            include_in_schema=shown,
            responses=READ_PROBLEMS,
        )


def check_parameters(request: Request) -> None:
    """Refuse parameters that the route does not know: a misspelt filter would choose nothing.

    Raises
    ------
    Problem
        422 that names the nearest known one.

    """
    known = known_parameters(request.scope["route"])
    for name in request.query_params:
        if name not in known:
            near = get_close_matches(name, known, 1, 0.0)
            meant = f"; did you mean {near[0]!r}?" if near else "."
            told = f"There is no parameter {name[:100]!r}{meant}"
            raise Problem(422, told, field=name[:100], known=known)


def known_parameters(route: Any) -> list[str]:
    """Return the names of the parameters of a route's query, sorted."""
    names: set[str] = set()
    for each in route.dependant.query_params:
        model = each.field_info.annotation
        fields = getattr(model, "model_fields", None)
        names |= set(fields) if fields is not None else {each.alias}
    return sorted(names)


def _parameters(lister: ListRoute) -> Any:
    """Return the model of the parameters of a list."""
    listed = lister.listed
    fields: dict[str, Any] = {
        name: (_KINDS[each.kind] | None, Field(None, description=each.says))
        for name, each in listed.filters.items()
    }
    if listed.search:
        said = "Text that is looked for; capital and small letters of ASCII are alike."
        fields["search"] = (Annotated[str, Field(max_length=200)], Field("", description=said))
    orders = [f"{sign}{name}" for name in listed.orders for sign in ("", "-")]
    said = "Order; a minus turns it about. What has no value comes last."
    fields["order"] = (Literal[*orders], Field(listed.usual, description=said))
    said = "Rows of a page."
    fields["limit"] = (Annotated[int, Field(ge=1, le=MOST)], Field(_USUAL, description=said))
    said = "Where the page begins, as `next` of the page before has it."
    fields["cursor"] = (
        Annotated[str, Field(max_length=20_000)] | None,
        Field(None, description=said),
    )
    return create_model(f"{lister.row.__name__}ListQuery", **fields)


def _asked(listed: ListDefinition, asked: Any) -> ListQuery:
    """Return what is wanted of the store: a row more than the page has tells that more come."""
    chosen = {name: value for name in listed.filters if (value := getattr(asked, name)) is not None}
    after = None
    if asked.cursor is not None:
        after = place_of(listed, asked.order, asked.cursor)
    return ListQuery(asked.order, asked.limit + 1, chosen, getattr(asked, "search", ""), after)


def _next(request: Request, urls: UrlBuilder, path: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    asked = [pair for pair in request.query_params.multi_items() if pair[0] != "cursor"]
    query = urlencode([*asked, ("cursor", cursor)])
    return f"{urls.api(f'{path}/')}?{query}"
