"""Check that what a format returns can be stored: plug-ins are foreign code."""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from squash_jenkins.models import Blob, Column, Measurement, Metric, Package, Report, Specification
from squash_jenkins.models.metric_rules import read_rules

MOST = 100_000
"""Measurements of a document; the largest real ones have some hundreds."""
_KINDS: dict[str, type[Any]] = {
    "measurements": Measurement,
    "metrics": Metric,
    "specifications": Specification,
    "blobs": Blob,
    "packages": Package,
}
_CELLS = {float, int, str, bool, type(None), list, dict}


def breach(reports: Any) -> str | None:
    """Return what is wrong with what a format returned; None where all of it can be stored."""
    if not isinstance(reports, list | tuple) or not reports:
        return f"it gives {reports!r:.80}; expected a list of at least one Report"
    return next((fault for report in reports for fault in _faults(report)), None)


def _faults(report: Any) -> Iterator[str]:
    if not isinstance(report, Report):
        yield f"it gives a list with {report!r:.80}; expected Reports"
        return
    for name, kind in _KINDS.items():
        entries = getattr(report, name)
        if not isinstance(entries, Sequence) or not all(isinstance(each, kind) for each in entries):
            yield f"{name} of a report is {entries!r:.80}; expected a list of {kind.__name__}"
            return
    if len(report.measurements) > MOST:
        yield f"it gives {len(report.measurements)} measurements; {MOST} are stored of a file"
    yield from _texts("report", report, ("path", "format", "digest"), ("dataset", "filter"))
    if type(report.size) is not int:
        yield f"the size of a report is {report.size!r:.80}; expected a whole number"
    for each in report.measurements:
        yield from _measured(each)
    for metric in report.metrics:
        yield from _defined(metric)
    for package in report.packages:
        yield from _texts("package", package, ("name",), ("version", "revision", "url", "branch"))
    for specification in report.specifications:
        yield from _specified(specification)
    for blob in report.blobs:
        yield from _table(blob)
    yield from _storable("terms", report.terms)
    yield from _storable("extra", report.extra)
    yield from _repeated("measures", ((each.metric, each.level) for each in report.measurements))
    yield from _repeated("has the blob", (blob.identifier for blob in report.blobs))


def _repeated(what: str, names: Iterable[Any]) -> Iterator[str]:
    seen = set()
    for name in names:
        if name in seen:
            yield f"it {what} {name!r:.80} twice"
            return
        seen.add(name)


def _measured(measurement: Measurement) -> Iterator[str]:
    yield from _texts("measurement", measurement, ("metric",), ("unit",))
    level: Any = measurement.level
    if not isinstance(level, str):
        yield f"the level of {measurement.metric} is {level!r:.80}; expected text"
    if measurement.value is not None and not _is_finite(measurement.value):
        yield (
            f"{measurement.metric} is {measurement.value!r:.80}; expected a finite float or None"
        )
    if measurement.extra:
        yield from _storable(f"extra of {measurement.metric}", measurement.extra)


def _defined(metric: Metric) -> Iterator[str]:
    yield from _texts("metric", metric, ("name",), ("unit", "description", "operator"))
    try:
        read_rules(metric.rules)
    except (ValueError, TypeError, AttributeError) as error:
        yield f"the rules of {metric.name} are {metric.rules!r:.80}: {error}"


def _specified(specification: Specification) -> Iterator[str]:
    yield from _texts(
        "specification", specification, ("metric", "name", "level", "operator"), ("unit",)
    )
    if not _is_finite(specification.threshold):
        yield f"the threshold of {specification.name} is {specification.threshold!r:.80}"
    yield from _storable(f"query of {specification.name}", specification.query)


def _table(blob: Blob) -> Iterator[str]:
    yield from _texts("blob", blob, ("identifier", "name"), ())
    yield from _storable(f"parameters of blob {blob.name}", blob.parameters)
    lengths = set()
    for name, column in blob.columns.items():
        if not isinstance(column, Column) or not isinstance(column.values, list | tuple):
            yield f"the column {name!r:.80} of blob {blob.name} is no Column with a list of values"
            return
        kinds = {*map(type, column.values)}
        kinds |= {*map(type, chain.from_iterable(v for v in column.values if type(v) is list))}
        if not kinds <= _CELLS:
            yield f"the column {name!r:.80} of blob {blob.name} has values of other types than JSON"
        lengths.add(len(column.values))
    if len(lengths) > 1:
        yield f"the columns of blob {blob.name} differ in length: {lengths}"


def _texts(
    what: str, entry: object, needed: Iterable[str], optional: Iterable[str]
) -> Iterator[str]:
    """Report fields that are no text, or missing where there must be one."""
    for name in needed:
        value = getattr(entry, name)
        if not isinstance(value, str) or not value:
            yield f"the {name} of a {what} is {value!r:.80}; expected text"
    for name in optional:
        value = getattr(entry, name)
        if value is not None and not isinstance(value, str):
            yield f"the {name} of a {what} is {value!r:.80}; expected text or None"


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and type(value) is not bool and math.isfinite(value)


def _storable(what: str, value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{what} is {value!r:.80}; expected a dict"
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        yield f"{what} cannot be stored as JSON: {error}"
