"""Answer series in columns, ready for a plot: JSON, CSV or Arrow."""

import re
from collections.abc import Hashable
from contextlib import suppress
from threading import Lock
from typing import Annotated, Literal, NamedTuple

from cachetools import LRUCache
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from squash_jenkins.server.access import Reads
from squash_jenkins.server.api.list_routes import Moment, Short, check_parameters
from squash_jenkins.server.api.problem_responses import ITEM_PROBLEMS
from squash_jenkins.server.api.read.code import job_named
from squash_jenkins.server.api.read.series_formats import ARROW, CSV, as_arrow, as_csv, as_json
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.services import Here
from squash_jenkins.store.rows import PointsQuery

MOST = 100_000
_USUAL = 20_000
_LONGEST = 1000
"""So much of an `Accept` header is read."""
_WISH = re.compile(r"(0(\.[0-9]{0,3})?|1(\.0{0,3})?)")
_KEPT = 32 << 20
"""Bytes of answers that are kept while nothing of their job changes."""


class ColumnsOut(BaseModel):
    """Columns of equal length, in order of start; `started` in milliseconds since 1970, UTC."""

    build_id: list[int] = Field(examples=[[1040, 1041]])
    build: list[int] = Field(examples=[[411, 412]])
    started: list[float] = Field(examples=[[1_777_608_600_000, 1_777_695_000_000]])
    value: list[float | None] = Field(examples=[[14.9, None]])


class SeriesPartOut(BaseModel):
    """What was measured of one dataset and filter at one level, in one unit."""

    dataset: str | None = Field(examples=["cfht"])
    filter: str | None = Field(examples=["r"])
    level: str
    unit: str | None = Field(examples=["mmag"])
    columns: ColumnsOut


class SeriesOut(BaseModel):
    """What a metric measured in a job; `whole` is false where older points were left out."""

    controller: str
    job: str
    metric: str
    whole: bool
    series: list[SeriesPartOut]


_OTHERS = {
    "content": {
        "application/json": {},
        CSV: {"schema": {"type": "string"}},
        ARROW: {"schema": {"type": "string", "format": "binary"}},
    }
}
Form = Literal["json", "csv", "arrow"]
_FORMS = {"json": as_json, "csv": as_csv, "arrow": as_arrow}
_TYPES = {"json": "application/json", "csv": f"{CSV}; charset=utf-8", "arrow": ARROW}


class _Kept(NamedTuple):
    """Hold a response, and the state of the job that it was made in."""

    state: Hashable
    content: bytes
    whole: bool


def router() -> APIRouter:
    """Return the routes; answers that were made are kept as long as nothing changes."""
    made = APIRouter(tags=["read"], dependencies=[Depends(check_parameters)])
    cache: LRUCache[Hashable, _Kept] = LRUCache(_KEPT, getsizeof=lambda each: len(each.content))
    lock = Lock()

    @made.get("/api/series", include_in_schema=False)
    @made.get(
        "/api/series/",
        summary="Series",
        response_model=SeriesOut,
        responses={200: _OTHERS, **ITEM_PROBLEMS},
    )
    def series(
        request: Request,
        here: Here,
        who: Reads,
        job: Short,
        metric: Short,
        controller: Short | None = None,
        dataset: Short | None = None,
        filter: Short | None = None,
        level: Short | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = _USUAL,
        format: Form | None = None,
    ) -> Response:
        """Tell what a metric measured in the builds of a job, in columns.

        An empty dataset, filter or level means those without one. Values are in the unit that
        each report had: another unit is another series. Of more points than `limit` the newest
        are told, and `whole` is false (the header `X-Whole` of CSV and Arrow). CSV and Arrow (a
        stream) hold all series in one table. Without `format` the header `Accept` chooses.
        """
        form = format or accepted(request.headers.get("accept", ""))
        with here.store.reader() as reader:
            row = job_named(reader, job, controller)
            if not reader.definitions.known_metrics([metric]):
                raise Problem(404, f"There is no metric {metric!r}: GET /api/metrics/ lists all.")
            wanted = PointsQuery(row.key, metric, dataset, filter, level, since, until)
            state, key = reader.revisions.of_job(row.key), (wanted, limit, form)
            with lock:
                answer = cache.get(key)
            if answer is None or answer.state != state:
                points = reader.measurements.points(wanted, limit)
                head = {"controller": row.controller, "job": row.name, "metric": metric}
                answer = _Kept(state, _FORMS[form](head, points), points.whole)
                with lock, suppress(ValueError):  # larger than everything that may be kept
                    cache[key] = answer
        headers = {"X-Whole": str(answer.whole).lower(), "Vary": "Accept"}
        return Response(answer.content, headers=headers, media_type=_TYPES[form])

    return made


def accepted(header: str) -> Form:
    """Return the form that an `Accept` header likes best; JSON unless it names another."""
    best: Form = "json"
    most = 0.0
    kinds: dict[str, Form] = {"application/json": "json", CSV: "csv", ARROW: "arrow"}
    for each in header[:_LONGEST].split(","):
        kind, *asked = (part.strip().lower() for part in each.split(";"))
        wish = _wish(asked)
        if kind in kinds and wish > most:
            best, most = kinds[kind], wish
    return best


def _wish(asked: list[str]) -> float:
    """Return how much something is liked, from 0 to 1; 0 where that cannot be read."""
    said = next((part.removeprefix("q=") for part in asked if part.startswith("q=")), "1")
    return float(said) if _WISH.fullmatch(said) else 0.0
