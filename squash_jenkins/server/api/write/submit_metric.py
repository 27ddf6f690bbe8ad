"""Store posted definitions of metrics."""

from dataclasses import dataclass, fields
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from squash_jenkins.definitions.manage import difference
from squash_jenkins.models import Metric, Specification
from squash_jenkins.server import audit
from squash_jenkins.server.access import Caller, Submits
from squash_jenkins.server.api.write.examples import METRICS, PROBLEMS, body_of
from squash_jenkins.server.api.write.job_tokens import refuse_sharing
from squash_jenkins.server.api.write.metric_definition import MetricDefinition, read_metrics
from squash_jenkins.server.api.write.request_body import FORM, Posted
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.services import Here, Services
from squash_jenkins.store import Reader

SOURCE = "api"
"""Source of posted definitions; they apply in general, beside those of other sources."""
_DETAILS = {
    "created": "The metric is defined.",
    "changed": "The definition was changed.",
    "unchanged": "The same is already stored; nothing was changed.",
}
router = APIRouter(tags=["submit"])


@router.post("/api/metric", include_in_schema=False)
@router.post(
    "/api/metric/",
    status_code=201,
    responses={**PROBLEMS, 200: {"description": "Already defined like this, or changed"}},
    openapi_extra=body_of(METRICS, "application/json", FORM),
)
def post_metric(here: Here, who: Submits, body: Posted) -> JSONResponse:
    """Define a metric and its specifications; a list defines all or none.

    Numbers may be sent as text. The body replaces the specifications posted earlier: a level that
    is left out ends now, and verdicts of past builds stay. Specifications from other sources stay.
    Names of the science requirements (PA1) get their package (validate_drp.PA1), as in
    measurements.
    """
    root = body.value()
    results = define(here, who, read_metrics(root))
    status = 201 if any(each["result"] == "created" for each in results) else 200
    return JSONResponse(results if isinstance(root, list) else results[0], status)


def define(here: Services, who: Caller, posted: list[MetricDefinition]) -> list[dict[str, Any]]:
    """Store definitions in one transaction, and return the result of each.

    Raises
    ------
    Problem
        403 for callers who may write only some jobs, 400 for a name that occurs twice.
    StoreUnreachable
        Nothing was stored.

    """
    _check(who, posted)
    names = [each.metric.name for each in posted]
    with here.store.reader() as reader:
        asked = reader.definitions.specifications_by_source().get(SOURCE, [])
        before = {name: _before(reader, name, asked) for name in names}
    changed = here.store.load(
        [each.metric for each in posted],
        [entry for each in posted for entry in each.specifications],
        source=SOURCE,
        whole=False,
    )
    results = [_result(before[each.metric.name], each, changed=changed) for each in posted]
    if changed:
        written = {each["metric"]: each for each in results if each["result"] != "unchanged"}
        target = next(iter(written)) if len(written) == 1 else f"{len(written)} metrics"
        audit.record(here, who, "metric.post", target, written)
        here.refresh.soon()
    return results


def _check(who: Caller, posted: list[MetricDefinition]) -> None:
    refuse_sharing(who)
    seen: set[str] = set()
    for at, each in enumerate(posted):
        if each.metric.name in seen:
            raise Problem(400, f"{each.metric.name!r} is defined twice.", field=f"{at}.metric")
        seen.add(each.metric.name)


@dataclass(frozen=True, slots=True)
class _Before:
    """What this source said about a metric."""

    metric: Metric | None
    specifications: list[Specification]


def _before(reader: Reader, name: str, asked: list[Specification]) -> _Before:
    known = bool(reader.definitions.known_metrics([name]))
    rows = (
        [row for row in reader.definitions.of_metric(name) if row.source == SOURCE] if known else []
    )
    metric = None
    if rows:
        row = max(rows, key=lambda each: each.last_seen)
        named = {each.name for each in fields(Metric)} & set(row._fields)
        metric = Metric(name, **{each: getattr(row, each) for each in named})
    return _Before(metric, [each for each in asked if each.metric == name])


def _result(before: _Before, given: MetricDefinition, *, changed: bool) -> dict[str, Any]:
    name = given.metric.name
    new = before.metric is None and not before.specifications
    found = difference(before.specifications, given.specifications)
    words = [] if before.metric is None else _differing(before.metric, given.metric)
    asked = {"new": found.new, "changed": found.changed, "ended": found.gone}
    result = "unchanged"
    if changed and new:
        result = "created"
    elif changed and (words or any(asked.values())):
        result = "changed"
    answer: dict[str, Any] = {"result": result, "detail": _DETAILS[result], "metric": name}
    if result == "changed":
        answer |= {"fields": words, "specifications": asked}
    return answer


def _differing(before: Metric, given: Metric) -> list[str]:
    words = ("unit", "description", "operator", "reference", "tags")
    return [word for word in words if _plain(before, word) != _plain(given, word)]


def _plain(metric: Metric, word: str) -> Any:
    value = getattr(metric, word)
    return list(value) if word == "tags" else value or None
