"""Read metrics and their levels from one plain file, YAML or JSON.

::

    shop.latency:
      unit: s
      description: How long an order takes
      operator: "<="
      minimum: 600
      design: {value: 300, filters: [r], dataset: cfht}
      stretch:
        - {value: 200, until: 2026-07-01}
        - {value: 100, since: 2026-07-01}
      weekly: {range: [1, 5]}
      levels: {any other name: 7}

Apart from what `definitions.verify_metrics` reads of a metric, every key is a level: a number, an
object or a list of these. An object has a `value` or a `range`, and perhaps `operator` and `unit`
(else the metric's), `filters`, `dataset`, `query`, `tags`, `since`, `until` and the
specification's own `name`. A metric that is measured without a package is named without one. A
level whose name is almost that of a key counts as a typing error; it belongs below `levels`.
A file of analysis_tools is read, too: see `definitions.metric_information`.
"""

from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from squash_jenkins.definitions.metric_information import is_information, read_information
from squash_jenkins.definitions.verify_metrics import (
    check_keys,
    json_object,
    read_metric,
    read_tags,
)
from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.fields import Field, label_or_none, labels, name_or_none
from squash_jenkins.formats.measured import once
from squash_jenkins.formats.strict_json import parse
from squash_jenkins.formats.strict_yaml import documents
from squash_jenkins.formats.thresholds import Bounds, read_bounds, read_moment
from squash_jenkins.models import LEVELS, Metric, Specification
from squash_jenkins.models.metric_rules import RULES

METRIC_KEYS = ("description", "unit", "operator", "reference", "tags", "levels", *RULES)
_LEVEL_KEYS = frozenset(
    [
        "value",
        "range",
        "operator",
        "unit",
        "filters",
        "dataset",
        "query",
        "tags",
        "since",
        "until",
        "name",
    ]
)


def load_plain(file: Path) -> tuple[list[Metric], list[Specification]]:
    """Read all definitions of one file, in their order.

    Raises
    ------
    DocumentError
        The file is neither YAML nor JSON, a field is wrong or unknown, or two definitions of one
        name differ. The text names the file and the field.
    """
    metrics: list[tuple[Field, Metric]] = []
    specifications: list[tuple[Field, Specification]] = []
    for root in _roots(file):
        if is_information(root.value):
            own, asked = read_information(root)
            metrics += own
            specifications += asked
            continue
        for name, field in root.members():
            if "." not in name and file.parent.name == "metrics":
                raise field.beside(name).fault(
                    "package.metric; a folder with metrics/ and specs/ is given as a whole"
                )
            metrics.append((field, read_metric(field, name)))
            specifications += _levels(field, metrics[-1][1])
    found = once(metrics, lambda each: each.name)
    return list(found), list(once(specifications, lambda each: each.name))


def default_name(specification: Specification) -> str:
    """Return the name of a specification without one: its metric, level and conditions."""
    query, since = specification.query, specification.since
    parts = [specification.level, *specification.filters]
    parts += [str(query["dataset"])] if "dataset" in query else []
    parts += [f"{since:%Y-%m-%d}"] if since else []
    return f"{specification.metric}.{'_'.join(parts)}"


def is_near_key(level: str) -> bool:
    """Return whether a level beside the metric's own keys would be mistaken for one of them."""
    known = (*METRIC_KEYS, *LEVELS)
    return level not in LEVELS and bool(get_close_matches(level, known, 1, 0.75))


def _roots(file: Path) -> Iterator[Field]:
    if file.suffix == ".json":
        try:
            found = [parse(file.read_bytes())]
        except (DocumentError, OSError) as error:
            raise DocumentError(f"{file}: {error}") from None
    else:
        found = documents(file)
    for number, root in enumerate(found, 1):
        yield Field(root, f"{file.name}, document {number}: $" if len(found) > 1 else f"{file}: $")


def _levels(field: Field, metric: Metric) -> Iterator[tuple[Field, Specification]]:
    for key, member in field.members():
        if key == "levels":
            for level, entry in member.members():
                yield from _level(level, entry, metric)
        elif key not in METRIC_KEYS:
            if is_near_key(key):
                check_keys(field, {*METRIC_KEYS, *LEVELS}, "; a level of that name is for `levels`")
            yield from _level(key, member, metric)


def _level(level: str, field: Field, metric: Metric) -> Iterator[tuple[Field, Specification]]:
    entries = field.items() if isinstance(field.value, list) else [field]
    for entry in entries:
        number = isinstance(entry.value, int | float)
        whole = entry.beside({"value": entry.value}) if number else entry
        yield entry, _specification(level, whole, metric)


def _specification(level: str, field: Field, metric: Metric) -> Specification:
    check_keys(field, _LEVEL_KEYS)
    bounds = _bounds(field, metric)
    unnamed = Specification(
        metric=metric.name,
        name="",
        level=field.beside(level).name(),
        operator=bounds.operator,
        threshold=bounds.threshold,
        upper=bounds.upper,
        unit=bounds.unit,
        filters=labels(field, "filters"),
        query=_query(field),
        tags=read_tags(field),
        since=read_moment(field.get("since")),
        until=read_moment(field.get("until")),
    )
    return replace(unnamed, name=name_or_none(field, "name") or default_name(unnamed))


def _bounds(field: Field, metric: Metric) -> Bounds:
    named = "unit" in field.mapping()
    unit = label_or_none(field, "unit") if named else metric.unit
    ends = field.get("range")
    if ends is not None:
        if not field.mapping().keys().isdisjoint(("value", "operator")):
            raise field.fault("a value or a range, not both")
        return read_bounds(ends, None, unit)
    operator = field.get("operator") or field.beside(metric.operator)
    if operator.value is None:
        raise field.fault("an operator here or beside the metric's unit")
    return read_bounds(field, operator, unit)


def _query(field: Field) -> dict[str, Any]:
    dataset = name_or_none(field, "dataset")
    query = json_object(field, "query")
    return {**query, "dataset": dataset} if dataset else query
