"""The lists that the REST API reads in pages; a query names rows, an order and a place to go on."""

from squash_jenkins.store.read.list_definitions import (
    BUILDS,
    DATASETS,
    FINDINGS,
    JOBS,
    MEASUREMENTS,
    METRICS,
    PACKAGES,
    QUARANTINE,
    REPORTS,
    SPECIFICATIONS,
)
from squash_jenkins.store.read.lists import ListDefinition, ListQuery, PageRow, Place, Scalar

__all__ = [
    "BUILDS",
    "DATASETS",
    "FINDINGS",
    "JOBS",
    "MEASUREMENTS",
    "METRICS",
    "PACKAGES",
    "QUARANTINE",
    "REPORTS",
    "SPECIFICATIONS",
    "ListDefinition",
    "ListQuery",
    "PageRow",
    "Place",
    "Scalar",
]
