"""The routes of lists: one declaration gives the parameters, the response and the paging."""

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
"""Most rows of a page."""
_USUAL = 100


def in_utc(moment: datetime) -> datetime:
    """Return a time in UTC; raise ValueError when that is out of range."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the year is out of range") from None


Moment = Annotated[AwareDatetime, AfterValidator(in_utc)]
Key = Annotated[int, Field(ge=0, le=LARGEST)]
Short = Annotated[str, Field(max_length=1000)]
_KINDS: dict[type, Any] = {str: Short, int: Key, datetime: Moment, bool: bool}
MakeRows = Callable[[Reader, UrlBuilder, Sequence[PageRow]], Sequence[dict[str, Any]]]


@dataclass(frozen=True)
class ListRoute:
    """A list: `path` below the API, the model of its rows, and the function that makes them."""

    path: str
    listed: ListDefinition
    row: type[BaseModel]
    make_rows: MakeRows
    summary: str
    description: str


def add_list(router: APIRouter, route: ListRoute) -> None:
    """Add the routes of a list, with and without a slash at the end.

    The router checks the parameters, see `check_parameters`.
    """
    listed = route.listed
    wanted = _parameters(route)

    def answer(request: Request, here: Here, who: Reads, urls: Urls, asked: Any) -> Any:
        given = _query(listed, asked)
        with here.store.reader() as reader:
            rows = reader.lists.page(listed, given)
            more = len(rows) == given.limit
            rows = rows[: given.limit - 1]
            results = route.make_rows(reader, urls, rows)
        cursor = cursor_of(listed.name, given.order, rows[-1].place) if more else None
        return {"results": results, "next": _next(request, urls, route.path, cursor)}

    answer.__annotations__["asked"] = Annotated[wanted, Query()]  # known only now
    name = route.path.replace("/", "_")
    page = create_model(
        f"{route.row.__name__}Page",
        __doc__="A page; `next` is the URL of the next page, null on the last one.",
        results=(list[route.row], ...),  # type: ignore[name-defined] # known only now
        next=(str | None, None),
    )
    for path, documented in ((f"/api/{route.path}", False), (f"/api/{route.path}/", True)):
        router.add_api_route(
            path,
            answer,
            methods=["GET"],
            response_model=page,
            summary=route.summary,
            description=route.description,
            name=f"list_{name}",
            include_in_schema=documented,
            responses=READ_PROBLEMS,
        )


def check_parameters(request: Request) -> None:
    """Refuse unknown query parameters: a misspelt filter would be ignored.

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
            detail = f"There is no parameter {name[:100]!r}{meant}"
            raise Problem(422, detail, field=name[:100], known=known)


def known_parameters(route: Any) -> list[str]:
    """Return the names of a route's query parameters, sorted."""
    names: set[str] = set()
    for each in route.dependant.query_params:
        model = each.field_info.annotation
        fields = getattr(model, "model_fields", None)
        names |= set(fields) if fields is not None else {each.alias}
    return sorted(names)


def _parameters(route: ListRoute) -> Any:
    """Return the model of a list's query parameters."""
    listed = route.listed
    fields: dict[str, Any] = {
        name: (_KINDS[each.kind] | None, Field(None, description=each.description))
        for name, each in listed.filters.items()
    }
    if listed.search:
        said = "Text to search for; ASCII letters match in either case."
        fields["search"] = (Annotated[str, Field(max_length=200)], Field("", description=said))
    orders = [f"{sign}{name}" for name in listed.orders for sign in ("", "-")]
    said = "Order; a minus reverses it. Rows without a value come last."
    fields["order"] = (Literal[*orders], Field(listed.default_order, description=said))
    said = "Rows per page."
    fields["limit"] = (Annotated[int, Field(ge=1, le=MOST)], Field(_USUAL, description=said))
    said = "Where the page starts; taken from `next` of the previous page."
    fields["cursor"] = (
        Annotated[str, Field(max_length=20_000)] | None,
        Field(None, description=said),
    )
    return create_model(f"{route.row.__name__}ListQuery", **fields)


def _query(listed: ListDefinition, asked: Any) -> ListQuery:
    """Return the query of the store; one row more than the page shows whether there are more."""
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
