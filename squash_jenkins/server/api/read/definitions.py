"""Read metrics, specifications and datasets."""

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
"""Most specifications returned with a metric."""


def metric_rows(_reader: Reader, urls: UrlBuilder, found: _Many) -> list[dict[str, Any]]:
    """Return metrics with their links."""
    return [{**each, **urls.metric(each["name"])} for _, each in found]


def specification_rows(_reader: Reader, urls: UrlBuilder, found: _Many) -> list[dict[str, Any]]:
    """Return specifications with the URLs of their metrics."""
    return [{**each, "metric_url": urls.named("metrics", each["metric"])} for _, each in found]


def dataset_rows(_reader: Reader, urls: UrlBuilder, found: _Many) -> list[dict[str, Any]]:
    """Return datasets with their URLs."""
    return [{**each, "url": urls.api(f"datasets/{each['id']}/")} for _, each in found]


class MetricDetail(row_models.MetricOut):
    """A metric with its current general specifications; `rules_url` leads to its rules."""

    specifications: list[row_models.SpecificationOut]
    rules_url: str


class DatasetDetail(row_models.DatasetOut):
    """A dataset; `reports_url` lists its reports."""

    reports_url: str


Name = Annotated[str, Path(max_length=1000)]


@router.get(
    "/api/metrics/{name:path}/",
    responses=ITEM_PROBLEMS,
)
def metric(here: Here, who: Reads, urls: Urls, name: Name) -> MetricDetail:
    """Return a metric by its name, with its current general specifications."""
    with here.store.reader() as reader:
        fields = one(reader, METRICS, metric_rows, urls, name=name)
        asked = ListQuery("id", _MOST, {"metric": name, "withdrawn": False})
        found = reader.lists.page(SPECIFICATIONS, asked)
        own = specification_rows(reader, urls, found)
    general = [row_models.SpecificationOut(**each) for each in own if each["source"] != "document"]
    return MetricDetail(**fields, specifications=general, rules_url=urls.named("rules", name))


@router.get(
    "/api/datasets/{id}/",
    responses=ITEM_PROBLEMS,
)
def dataset(here: Here, who: Reads, urls: Urls, id: Id) -> DatasetDetail:
    """Return a dataset."""
    with here.store.reader() as reader:
        fields = one(reader, DATASETS, dataset_rows, urls, id=id)
    return DatasetDetail(**fields, reports_url=urls.api("reports/", dataset=fields["name"]))


for _route in (
    ListRoute(
        "metrics",
        METRICS,
        row_models.MetricOut,
        metric_rows,
        "Metrics",
        "List metrics. `/api/metric/` has the technote's format.",
    ),
    ListRoute(
        "specifications",
        SPECIFICATIONS,
        row_models.SpecificationOut,
        specification_rows,
        "Specifications",
        "List specifications, current and past.",
    ),
    ListRoute(
        "datasets",
        DATASETS,
        row_models.DatasetOut,
        dataset_rows,
        "Datasets",
        "List datasets.",
    ),
):
    add_list(router, _route)
