"""Describe a metric: its unit and what it means; the pages of metrics have a form for it."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from squash_jenkins.models import Metric as Described
from squash_jenkins.server import audit
from squash_jenkins.server.access import Administers, Reads
from squash_jenkins.server.api.list_routes import check_parameters
from squash_jenkins.server.api.problem_responses import ITEM_PROBLEMS, problem
from squash_jenkins.server.api.read.builds import one
from squash_jenkins.server.api.read.definitions import metric_rows
from squash_jenkins.server.api.urls import UrlBuilder, Urls
from squash_jenkins.server.services import Here
from squash_jenkins.store import Reader
from squash_jenkins.store.lists import METRICS
from squash_jenkins.text.one_line import one_line

router = APIRouter(tags=["submit"], dependencies=[Depends(check_parameters)])
_PROBLEMS = {**ITEM_PROBLEMS, 400: problem("The body is not JSON"), 413: problem("Too large")}
_SHOWN: dict[str, Any] = {"unit": "ms", "description": "Time until the first page is there."}
Metric = Annotated[str, Path(max_length=1000)]


class DescriptionIn(BaseModel):
    """Unit and description of a metric; what is empty follows from other sources."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _SHOWN})

    unit: str | None = Field(
        None, max_length=100, description="Unit of values that come without one."
    )
    description: str | None = Field(None, max_length=10_000, description="What is measured.")


class DescriptionOut(BaseModel):
    """Unit and description of a metric in effect."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"metric": "shop.first_page", **_SHOWN}}
    )

    metric: str
    unit: str | None
    description: str | None


@router.get("/api/descriptions/{name:path}/", tags=["read"], responses=ITEM_PROBLEMS)
def description(here: Here, who: Reads, urls: Urls, name: Metric) -> DescriptionOut:
    """Return the unit and the description of a metric."""
    with here.store.reader() as reader:
        return _said(_found(reader, urls, name)[1])


@router.put("/api/descriptions/{name:path}/", responses=_PROBLEMS)
def describe(
    here: Here, who: Administers, urls: Urls, name: Metric, body: DescriptionIn
) -> DescriptionOut:
    """Set the unit and the description of a metric. Stored values stay as they are."""
    with here.store.reader() as reader:
        key, metric = _found(reader, urls, name)
    words = {
        "unit": one_line(body.unit or "", None) or None,
        "description": (body.description or "").strip() or None,
    }
    kept = {"reference": dict(metric.reference), "tags": list(metric.tags)}
    also = audit.recording(who, "metric.describe", name, words)
    here.store.editor.describe_metric(key, {**words, **kept}, datetime.now(UTC), also)
    here.refresh.soon()
    with here.store.reader() as reader:
        return _said(_found(reader, urls, name)[1])


def _found(reader: Reader, urls: UrlBuilder, name: str) -> tuple[int, Described]:
    key = int(one(reader, METRICS, metric_rows, urls, name=name)["id"])
    return key, reader.definitions.metrics()[name]


def _said(metric: Described) -> DescriptionOut:
    return DescriptionOut(
        metric=metric.name, unit=metric.unit or None, description=metric.description or None
    )
