"""Read series in columns, ready to plot: JSON, CSV or Arrow."""

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
"""Characters of an `Accept` header that are read."""
_QUALITY = re.compile(r"(0(\.[0-9]{0,3})?|1(\.0{0,3})?)")
_KEPT = 32 << 20
"""Bytes of responses that are cached until their job changes."""


class ColumnsOut(BaseModel):
    """Columns of equal length, ordered by start; `started` in milliseconds since 1970, UTC."""

    build_id: list[int] = Field(examples=[[1040, 1041]])
    build: list[int] = Field(examples=[[411, 412]])
    started: list[float] = Field(examples=[[1_777_608_600_000, 1_777_695_000_000]])
    value: list[float | None] = Field(examples=[[14.9, None]])


class SeriesPartOut(BaseModel):
    """Measurements of one dataset and filter at one level, in one unit.

    `missing` says why values are null, by their place in the columns.
    """

    dataset: str | None = Field(examples=["cfht"])
    filter: str | None = Field(examples=["r"])
    level: str
    unit: str | None = Field(examples=["mmag"])
    columns: ColumnsOut
    missing: dict[int, str] = Field(examples=[{1: "NaN in the report"}])


class SeriesOut(BaseModel):
    """A metric measured in a job; `whole` is false if older points were left out."""

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


class _Cached(NamedTuple):
    """A response, and the state of the job in which it was made."""

    state: Hashable
    content: bytes
    whole: bool


def router() -> APIRouter:
    """Return the routes, with a cache of responses."""
    made = APIRouter(tags=["read"], dependencies=[Depends(check_parameters)])
    cache: LRUCache[Hashable, _Cached] = LRUCache(_KEPT, getsizeof=lambda each: len(each.content))
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
        """Return the measurements of a metric in the builds of a job, in columns.

        An empty dataset, filter or level selects measurements without one. Values are in the unit
        of their report: another unit is another series. If there are more points than `limit`, the
        newest are returned and `whole` is false (the header `X-Whole` for CSV and Arrow). CSV and
        Arrow (a stream) hold all series in one table. Without `format`, `Accept` decides.
        """
        form = format or accepted(request.headers.get("accept", ""))
        with here.store.reader() as reader:
            row = job_named(reader, job, controller)
            if not reader.definitions.known_metrics([metric]):
                raise Problem(404, f"There is no metric {metric!r}: see /api/metrics/.")
            wanted = PointsQuery(row.key, metric, dataset, filter, level, since, until)
            state, key = reader.revisions.of_job(row.key), (wanted, limit, form)
            with lock:
                answer = cache.get(key)
            if answer is None or answer.state != state:
                points = reader.measurements.points(wanted, limit)
                head = {"controller": row.controller, "job": row.name, "metric": metric}
                answer = _Cached(state, _FORMS[form](head, points), points.whole)
                with lock, suppress(ValueError):  # larger than the whole cache
                    cache[key] = answer
        headers = {"X-Whole": str(answer.whole).lower(), "Vary": "Accept"}
        return Response(answer.content, headers=headers, media_type=_TYPES[form])

    return made


def accepted(header: str) -> Form:
    """Return the format that an `Accept` header prefers; JSON unless it names another."""
    best: Form = "json"
    most = 0.0
    kinds: dict[str, Form] = {"application/json": "json", CSV: "csv", ARROW: "arrow"}
    for each in header[:_LONGEST].split(","):
        kind, *parameters = (part.strip().lower() for part in each.split(";"))
        quality = _quality(parameters)
        if kind in kinds and quality > most:
            best, most = kinds[kind], quality
    return best


def _quality(parameters: list[str]) -> float:
    """Return the quality value of a media type, from 0 to 1; 0 if it is malformed."""
    said = next((part.removeprefix("q=") for part in parameters if part.startswith("q=")), "1")
    return float(said) if _QUALITY.fullmatch(said) else 0.0
