"""Read the rules of a metric (which of its changes are findings); administrators set them."""

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field, field_validator

from squash_jenkins.findings import statements
from squash_jenkins.findings.rules import RuleBook
from squash_jenkins.models.metric_rules import (
    DIRECTIONS,
    MetricRules,
    plain_rules,
    read_rules,
    read_smallest,
)
from squash_jenkins.server import audit
from squash_jenkins.server.access import Administers, Caller, Reads
from squash_jenkins.server.api.list_routes import check_parameters
from squash_jenkins.server.api.problem_responses import ITEM_PROBLEMS, problem
from squash_jenkins.server.api.read.builds import one
from squash_jenkins.server.api.read.definitions import metric_rows
from squash_jenkins.server.api.urls import UrlBuilder, Urls
from squash_jenkins.server.services import Here, Services
from squash_jenkins.store import Reader
from squash_jenkins.store.lists import METRICS

router = APIRouter(tags=["submit"], dependencies=[Depends(check_parameters)])
_PROBLEMS = {**ITEM_PROBLEMS, 400: problem("The body is not JSON"), 413: problem("Too large")}
_SHOWN: dict[str, Any] = {"smallest": "2 %", "direction": "lower", "ignore": False}
Metric = Annotated[str, Path(max_length=1000)]


class RulesIn(BaseModel):
    """Which changes of a metric are findings; what is left out follows from other sources."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _SHOWN})

    smallest: Annotated[str, Field(max_length=100)] | float | None = Field(
        None, description="Smallest change: percent as a number, or a text such as 2 %, 5 ms."
    )
    direction: Literal[DIRECTIONS] | None = Field(  # type: ignore[valid-type] # the words are kept in one place
        None, description="Which values are better."
    )
    ignore: bool | None = Field(None, description="True: no findings at all.")

    @field_validator("smallest")
    @classmethod
    def _readable(cls, value: str | float | None) -> str | float | None:
        if value is not None:
            read_smallest(value)
        return value


class RulesOut(BaseModel):
    """The rules of a metric: what administrators set, and what holds with all other sources."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "metric": "validate_drp.PA1",
                "set": {"smallest": "2 %"},
                "in_effect": _SHOWN,
                "better": "lower",
                "better_by": "rule",
                "metric_url": "https://qa.example.org/api/metrics/validate_drp.PA1/",
            }
        }
    )

    metric: str
    set: dict[str, Any] = Field(description="Set by administrators; these count first.")
    in_effect: dict[str, Any] = Field(description="With those of the settings and definitions.")
    better: str | None = Field(description="higher, lower or none; null where that is not known.")
    better_by: str = Field(description="rule, operator, specification or guess; empty: not known.")
    metric_url: str


@router.get("/api/rules/{name:path}/", tags=["read"], responses=ITEM_PROBLEMS)
def rules(here: Here, who: Reads, urls: Urls, name: Metric) -> RulesOut:
    """Return the rules of a metric: which of its changes are findings."""
    with here.store.reader() as reader:
        _key(reader, urls, name)
        return _rules(here, reader, urls, name)


@router.put("/api/rules/{name:path}/", responses=_PROBLEMS)
def set_rules(here: Here, who: Administers, urls: Urls, name: Metric, body: RulesIn) -> RulesOut:
    """Set the rules of a metric; they replace those set before. Findings are detected again."""
    return _set(here, who, urls, name, read_rules(body.model_dump()))


@router.delete("/api/rules/{name:path}/", responses=ITEM_PROBLEMS)
def remove_rules(here: Here, who: Administers, urls: Urls, name: Metric) -> RulesOut:
    """Remove the rules that administrators set; the settings and the definition hold again."""
    return _set(here, who, urls, name, MetricRules())


def _set(here: Services, who: Caller, urls: UrlBuilder, name: str, rules: MetricRules) -> RulesOut:
    with here.store.reader() as reader:
        key = _key(reader, urls, name)
    statements.set_rules(here.store, (key, name), rules, who.name, partial(audit.recording, who))
    here.refresh.soon()
    with here.store.reader() as reader:
        return _rules(here, reader, urls, name)


def _key(reader: Reader, urls: UrlBuilder, name: str) -> int:
    return int(one(reader, METRICS, metric_rows, urls, name=name)["id"])


def _rules(here: Services, reader: Reader, urls: UrlBuilder, name: str) -> RulesOut:
    own = reader.definitions.rules().get(name, MetricRules())
    book = RuleBook(here.settings.findings, reader)
    direction = book.direction(name)
    return RulesOut(
        metric=name,
        set=plain_rules(own),
        in_effect=plain_rules(book.of(name)),
        better=direction.better,
        better_by=direction.source,
        metric_url=urls.named("metrics", name),
    )
