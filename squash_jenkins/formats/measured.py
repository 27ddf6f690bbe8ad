"""Read the parts that several formats share: values, tables, packages; make the reports."""

import json
import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Document
from squash_jenkins.formats.fields import (
    Field,
    label_or_none,
    listed,
    name_or_none,
    text_or_none,
)
from squash_jenkins.models import Blob, Column, Measurement, Package, Report
from squash_jenkins.text.one_line import node_name

T = TypeVar("T")
DATA_ID = ("arch", "tract", "patch", "visit", "exposure", "detector", "ccd", "ccdnum")
"""Keys by which a document says which part of a dataset, or which machine, it is about."""
_INT64 = range(-(2**63), 2**63)


def value_of(field: Field) -> tuple[float | None, dict[str, Any]]:
    """Return a measured value, and the word that stood there when it is no finite number."""
    value = field.number()
    return value, {} if value is not None else {"as_written": field.word()}


@dataclass(frozen=True, slots=True)
class Found:
    """Hold a measurement, the filter it was made in, and its name in the document."""

    measurement: Measurement
    written: Field
    filter: str | None = None


def check_unique(found: Iterable[Found]) -> None:
    """Refuse two measurements of one metric at one level in one filter.

    Raises
    ------
    DocumentError
        There are two; the text names the metric and both places.
    """
    seen: dict[tuple[str, str, str | None], Found] = {}
    for each in found:
        measurement = each.measurement
        first = seen.setdefault((measurement.metric, measurement.level, each.filter), each)
        if first is not each:
            at_level = f" at level {measurement.level}" if measurement.level else ""
            raise DocumentError(
                f"{each.written.path} measures {json.dumps(measurement.metric)[:200]}{at_level} a "
                f"second time; {first.written.path} did before; expected one measurement of each"
            )


def read_blob(field: Field) -> Blob:
    """Read a blob of the shape ``{identifier, name, data: {name: {value, unit, …}}}``."""
    data = dict(field.need("data").members())
    return make_blob(field.need("identifier").name(), field.need("name").name(), data)


def read_blobs(parent: Field) -> dict[str, Blob]:
    """Read the list of blobs by identifier, empty where it is absent or null."""
    blobs: dict[str, Blob] = {}
    for field in listed(parent, "blobs"):
        blob = read_blob(field)
        if blob.identifier in blobs:
            raise field.need("identifier").fault("an identifier that no other blob has")
        blobs[blob.identifier] = blob
    return blobs


def known_references(refs: Sequence[str], blobs: Mapping[str, Blob]) -> tuple[str, ...]:
    """Return those references that lead to a blob: a job may be sent without its blobs."""
    return tuple(dict.fromkeys(ref for ref in refs if ref in blobs))


def make_blob(identifier: str, name: str, data: Mapping[str, Field]) -> Blob:
    """Make a blob of named data: the longest arrays become columns, the rest parameters.

    Parameters
    ----------
    identifier, name
        What the blob is called within the document.
    data
        Objects with a ``value`` and perhaps ``unit``, ``label``, ``description``.
        Arrays that share the greatest length (at least 2) and hold values of
        one kind become columns.
    """
    lengths = [len(value) for field in data.values() if (value := _array(field)) is not None]
    rows = max(lengths, default=0)
    columns: dict[str, Column] = {}
    parameters: dict[str, Any] = {}
    for key, field in data.items():
        array = _array(field)
        values = _column(array, field) if array is not None and len(array) == rows >= 2 else None
        if values is None:
            parameters[key] = read_parameter(field)
        else:
            columns[key] = Column(values, **_about(field))
    return Blob(identifier, name, columns, parameters)


def read_parameter(field: Field) -> dict[str, Any]:
    """Return ``{value, unit, label, description}`` as standard JSON can hold it."""
    return {"value": field.need("value").stored(), **_about(field)}


def _array(field: Field) -> list[Any] | None:
    value = field.need("value").value
    return value if isinstance(value, list) else None


def _about(field: Field) -> dict[str, str | None]:
    return {key: text_or_none(field, key) for key in ("unit", "label", "description")}


def _column(values: list[Any], field: Field) -> list[Any] | None:
    """Return the values as a column of one kind; None when they are of several kinds."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float}:
        return _numbers(values, field)
    if kinds in ({str}, {bool}):
        return values
    if kinds == {list} and all(_all_numbers(value) for value in values if value is not None):
        return [None if value is None else _floats(value, field) for value in values]
    return None


def _all_numbers(values: list[Any]) -> bool:
    return {type(value) for value in values} <= {int, float, type(None)}


def _numbers(values: list[Any], field: Field) -> list[Any]:
    if all(type(value) is int and value in _INT64 for value in values):
        return values
    return _floats(values, field)


def _floats(values: list[Any], field: Field) -> list[float]:
    try:
        return [math.nan if value is None else float(value) for value in values]
    except OverflowError:
        raise field.need("value").fault("numbers that fit double precision") from None


def read_package(field: Field, names: Mapping[str, str], name: str | None = None) -> Package:
    """Read one package; `names` maps fields of `Package` to the document's own keys."""
    values = {ours: name_or_none(field, theirs) for ours, theirs in names.items()}
    return Package(name=name or field.need("name").name(), **values)


def once(read: Iterable[tuple[Field, T]], key: Callable[[T], Hashable]) -> tuple[T, ...]:
    """Return the things that were read, each once.

    Raises
    ------
    DocumentError
        Two of them have the same key and differ; the text names both places.
    """
    kept: dict[Hashable, tuple[Field, T]] = {}
    for field, thing in read:
        first, same = kept.setdefault(key(thing), (field, thing))
        if same != thing:
            raise DocumentError(
                f"{field.path} contradicts {first.path}: both define "
                f"{json.dumps(key(thing), ensure_ascii=False)[:200]}; expected one definition"
            )
    return tuple(thing for _, thing in kept.values())


def known_dataset(parent: Field | None, *keys: str) -> str | None:
    """Return the first of these members that names a dataset; ``unknown`` names none."""
    names = [label_or_none(parent, key) for key in keys] if parent else []
    return next((name for name in names if name and name != "unknown"), None)


def data_id(parent: Field) -> dict[str, Any]:
    """Return what of `DATA_ID` a document names; what is no text and no whole number is none."""
    members = ((key, parent.mapping().get(key)) for key in DATA_ID)
    return {
        key: value
        for key, value in members
        if isinstance(value, str | int) and not isinstance(value, bool) and value != ""
    }


def machine(parent: Field | None, *keys: str) -> str | None:
    """Return the machine that the first of these members names, whatever stands there else."""
    named = (node_name(parent.mapping().get(key)) for key in keys) if parent else ()
    return next((name for name in named if name), None)


def new_report(document: Document, format_name: str) -> Report:
    """Return a report that knows its document and nothing else yet."""
    return Report(document.path, format_name, document.digest, document.size)


def by_filter(report: Report, found: Sequence[Found], blobs: Mapping[str, Blob]) -> list[Report]:
    """Return one report for each filter that was measured, at least one.

    Each gets its own measurements and the blobs they refer to; a blob that no
    measurement refers to goes with the first report. Packages go with every one.
    """
    filters = list(dict.fromkeys(each.filter for each in found)) or [report.filter]
    used = {identifier for each in found for identifier in each.measurement.blobs}
    reports = []
    for place, name in enumerate(filters):
        mine = [each.measurement for each in found if each.filter == name]
        wanted = {identifier for measurement in mine for identifier in measurement.blobs}
        kept = [
            blob
            for identifier, blob in blobs.items()
            if identifier in wanted or (place == 0 and identifier not in used)
        ]
        reports.append(replace(report, filter=name, measurements=tuple(mine), blobs=tuple(kept)))
    return reports
