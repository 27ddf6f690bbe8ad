"""Check formats."""

# ruff: noqa: S101 -- a check that tests call is made of assertions

import copy
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Document, Format
from squash_jenkins.formats.contract import breach
from squash_jenkins.models import Blob, Report

_WRONG_VALUES: tuple[Any, ...] = (
    None,
    True,
    "<script>",
    -1,
    math.nan,
    10**400,
    [],
    [[]],
    {},
    {"": 1},
)
_MOST_PLACES = 60


def check_format(format: Format, document: Document) -> list[Report]:
    """Check that a format keeps the contract, and return what it read from the sample.

    Parameters
    ----------
    format
        The format to check.
    document
        A sample that the format recognises and can read.

    Raises
    ------
    AssertionError
        The contract is broken; the text says how: the sample is not recognised,
        reading it twice differs, a report does not know its file, a value is not
        a finite number or None, something cannot be stored, or a damaged sample
        raises anything else than `DocumentError`.
    """
    assert format.name, "a format needs a name"
    assert format.matches(document) is True, f"{format.name} does not recognise {document.path}"
    reports = format.read(document)
    assert isinstance(reports, list) and reports, "read() must give a list of at least one Report"
    assert repr(reports) == repr(format.read(document)), (
        "reading a document twice must give the same"
    )
    for report in reports:
        _check_report(format, document, report)
    filters = [report.filter for report in reports]
    assert len(set(filters)) == len(filters), f"two reports are of one filter: {filters}"
    for damaged in _damaged(document):
        _check_refusal(format, damaged)
    return reports


def report_summary(report: Report) -> dict[str, Any]:
    """Return what matters of a report as plain JSON, for a comparison with expected figures.

    Measurements are keyed by metric, or ``metric level`` where they were made for
    a level; blobs by name with the number of rows of their columns.
    """
    return {
        "dataset": report.dataset,
        "filter": report.filter,
        "terms": dict(report.terms),
        "measurements": {f"{m.metric} {m.level}".strip(): m.value for m in report.measurements},
        "units": {f"{m.metric} {m.level}".strip(): m.unit for m in report.measurements},
        "metrics": sorted({metric.name for metric in report.metrics}),
        "directions": {
            metric.name: metric.rules["direction"]
            for metric in report.metrics
            if "direction" in metric.rules
        },
        "specifications": {each.name: each.threshold for each in report.specifications},
        "levels": {each.name: each.level for each in report.specifications},
        "blobs": {blob.name: _rows(blob) for blob in report.blobs},
        "packages": {each.name: each.version for each in report.packages},
        "extra": dict(report.extra),
        "node": report.node,
    }


def _rows(blob: Blob) -> int:
    return max((len(column.values) for column in blob.columns.values()), default=0)


def _check_report(format: Format, document: Document, report: Report) -> None:
    actual = (report.path, report.format, report.digest, report.size)
    expected = (document.path, format.name, document.digest, document.size)
    assert actual == expected, f"path, format, digest and size are {actual}, not {expected}"
    series = [(each.metric, each.level) for each in report.measurements]
    assert len(set(series)) == len(series), "a metric is measured twice at one level"
    identifiers = {blob.identifier for blob in report.blobs}
    assert len(identifiers) == len(report.blobs), "two blobs share an identifier"
    wrong = breach([report])
    assert wrong is None, wrong
    for each in report.measurements:
        assert identifiers.issuperset(each.blobs), f"{each.metric} refers to an unknown blob"


def _check_refusal(format: Format, document: Document) -> None:
    try:
        if format.matches(document):
            for report in format.read(document):
                _check_report(format, document, report)
    except DocumentError as error:
        assert str(error), "a DocumentError must give its reason"
    except AssertionError:
        raise
    except Exception as error:
        text = document.content[:300].decode("utf-8", "replace")
        raise AssertionError(f"{error!r} instead of a DocumentError for {text}") from error


def _damaged(document: Document) -> Iterator[Document]:
    """Yield a sample cut off, and with wrong values at many places if it is JSON."""
    yield _with(document, b"")
    yield _with(document, document.content[: len(document.content) // 2])
    yield _with(document, b"\xff\xfe\x00" + document.content)
    if not document.is_json:
        return
    places = list(_places(document.json))
    for path in places[:: len(places) // _MOST_PLACES + 1]:
        for wrong in _WRONG_VALUES:
            yield _with(document, json.dumps(_changed(document.json, path, wrong)).encode())


def _with(document: Document, content: bytes) -> Document:
    return replace(document, content=content, digest=sha256(content).hexdigest(), size=len(content))


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value; of a list of many only the first two entries."""
    yield path
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _places(entry, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value[:2]):
            yield from _places(entry, (*path, index))


def _changed(value: Any, path: tuple[Any, ...], wrong: Any) -> Any:
    if not path:
        return wrong
    changed = copy.copy(value)
    changed[path[0]] = _changed(value[path[0]], path[1:], wrong)
    return changed
