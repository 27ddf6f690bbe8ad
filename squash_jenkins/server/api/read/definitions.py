"""Answer what is measured, what is asked of it, and what is processed."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from squash_jenkins.server.access import Reads
from squash_jenkins.server.api.list_routes import ListRoute, add_list, check_parameters
from squash_jenkins.server.api.problem_responses import ITEM_PROBLEMS
from squash_jenkins.server.api.read import row_models
from squash_jenkins.server.api.read.builds import Id, one
from squash_jenkins.server.api.urls import UrlBuilder, Urls
from squash_jenkins.server.services import Here
from squash_jenkins.store import Reader
from squash_jenkins.store.lists import DATASETS, METRICS, SPECIFICATIONS, ListQuery, PageRow

router = APIRouter(tags=["read"], dependencies=[Depends(check_parameters)])
_Many = Sequence[PageRow]
_MOST = 1000
"""Specifications that are told with a metric."""


def shown_metrics(_reader: Reader, urls: UrlBuilder, found: _Many) -> list[dict[str, Any]]:
    """Return metrics with their links."""
    return [{**each, **urls.metric(each["name"])} for _, each in found]


def shown_specifications(_reader: Reader, urls: UrlBuilder, found: _Many) -> list[dict[str, Any]]:
    """Return specifications with the URLs of their metrics."""
    return [{**each, "metric_url": urls.named("metrics", each["metric"])} for _, each in found]


def shown_datasets(_reader: Reader, urls: UrlBuilder, found: _Many) -> list[dict[str, Any]]:
    """Return datasets with their URLs."""
    return [{**each, "url": urls.api(f"datasets/{each['id']}/")} for _, each in found]


class MetricDetail(row_models.MetricOut):
    """A metric with what is asked of it now, for everyone."""

    specifications: list[row_models.SpecificationOut]


class DatasetDetail(row_models.DatasetOut):
    """A dataset; `reports_url` lists what was made of it."""

    reports_url: str


Name = Annotated[str, Path(max_length=1000)]


@router.get(
    "/api/metrics/{name:path}/",
    responses=ITEM_PROBLEMS,
)
def metric(here: Here, who: Reads, urls: Urls, name: Name) -> MetricDetail:
    """Return a metric by its name, and what is asked of it now for everyone."""
    with here.store.reader() as reader:
        told = one(reader, METRICS, shown_metrics, urls, name=name)
        asked = ListQuery("id", _MOST, {"metric": name, "withdrawn": False})
        found = reader.lists.page(SPECIFICATIONS, asked)
        own = shown_specifications(reader, urls, found)
    general = [row_models.SpecificationOut(**each) for each in own if each["source"] != "document"]
    return MetricDetail(**told, specifications=general)


@router.get(
    "/api/datasets/{id}/",
    responses=ITEM_PROBLEMS,
)
def dataset(here: Here, who: Reads, urls: Urls, id: Id) -> DatasetDetail:
    """Return a dataset."""
    with here.store.reader() as reader:
        told = one(reader, DATASETS, shown_datasets, urls, id=id)
    return DatasetDetail(**told, reports_url=urls.api("reports/", dataset=told["name"]))


for _route in (
    ListRoute(
        "metrics",
        METRICS,
        row_models.MetricOut,
        shown_metrics,
        "Metrics",
        "List what is measured. `/api/metric/` tells the same in the technote's words.",
    ),
    ListRoute(
        "specifications",
        SPECIFICATIONS,
        row_models.SpecificationOut,
        shown_specifications,
        "Specifications",
        "List what is asked of metrics, now and in the past.",
    ),
    ListRoute(
        "datasets",
        DATASETS,
        row_models.DatasetOut,
        shown_datasets,
        "Datasets",
        "List what is processed.",
    ),
):
    add_list(router, _route)
