"""Read definitions of metrics that programs post."""

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from squash_jenkins.definitions.plain import default_name
from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.fields import Field, labels, listed, name_or_none, text_or_none
from squash_jenkins.formats.lsst.levels import qualified
from squash_jenkins.formats.measured import once
from squash_jenkins.formats.thresholds import read_operator
from squash_jenkins.models import LEVELS, Metric, Specification
from squash_jenkins.server.api.write.request_body import wrong

_ASKED = (*LEVELS, "user")
"""Levels given beside the name: those of the requirements, and a user's own."""
_KEYS = {
    *("metric", "name", "description", "unit", "units", "operator", "tags", "reference"),
    *("specs", "parameters", "links", *_ASKED),
}
_LONGEST = 100_000
"""Most characters of a list or object sent as text."""


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """A metric and its specifications."""

    metric: Metric
    specifications: tuple[Specification, ...]


def read_metrics(root: Any) -> list[MetricDefinition]:
    """Read one definition, or a list of them.

    Raises
    ------
    Problem
        400, with the wrong field.

    """
    try:
        if isinstance(root, list):
            return [_read(field) for field in Field(root).items()]
        return [_read(Field(root))]
    except DocumentError as error:
        raise wrong(error) from None


def _read(field: Field) -> MetricDefinition:
    for key, member in field.members():
        if key not in _KEYS:
            raise member.fault(f"no such field; known are {', '.join(sorted(_KEYS))}")
    named = field.get("metric") or field.get("name") or field.need("metric")
    metric = Metric(
        name=qualified(named.name()),
        unit=_either(field, "unit", "units"),
        description=text_or_none(field, "description"),
        reference=_reference(field),
        tags=labels(field, "tags"),
        operator=_operator(field),
    )
    read = [*_levels(field, metric), *_specifications(field, metric)]
    return MetricDefinition(metric, once(read, lambda each: each.name))


def _either(field: Field, *keys: str) -> str | None:
    found = [member for key in keys if (member := field.get(key)) is not None]
    return found[0].label() if found else None


def _operator(field: Field) -> str | None:
    found = field.get("operator")
    return None if found is None or found.value == "" else read_operator(found)


def _levels(field: Field, metric: Metric) -> Iterator[tuple[Field, Specification]]:
    for level in _ASKED:
        member = field.get(level)
        if member is not None and member.value != "":
            yield member, _asked(metric, level, _number(member))


def _specifications(field: Field, metric: Metric) -> Iterator[tuple[Field, Specification]]:
    """Yield what documents of 2016-17 list as ``specs``."""
    for entry in listed(_parsed(field, "specs"), "specs"):
        made = replace(
            _asked(metric, entry.need("name").name(), _number(entry.need("value"))),
            filters=labels(entry, "filter_names"),
            unit=name_or_none(entry, "unit") or metric.unit,
        )
        yield entry, replace(made, name=default_name(made))


def _asked(metric: Metric, level: str, threshold: float) -> Specification:
    operator = metric.operator or "<="  # the default of the first dashboards
    made = Specification(metric.name, "", level, operator, threshold, metric.unit or None)
    return replace(made, name=default_name(made))


def _number(field: Field) -> float:
    """Return a number, which forms send as text."""
    if not isinstance(field.value, str):
        return field.finite()
    try:
        return field.beside(float(field.value)).finite()
    except ValueError:
        raise field.fault("a number") from None


def _reference(field: Field) -> Mapping[str, Any]:
    found = _parsed(field, "reference").get("reference")
    return {} if found is None else {name: each.stored() for name, each in found.members()}


def _parsed(field: Field, key: str) -> Field:
    """Return the object with a member parsed if it was sent as text.

    The interface of 2016-17 returned lists and objects in Python's notation, so documents have
    both; only literals are read.
    """
    member = field.get(key)
    if member is None or not isinstance(member.value, str):
        return field
    if not member.value.strip():
        return field.beside({**field.mapping(), key: None})
    if len(member.value) > _LONGEST:
        raise member.fault(f"at most {_LONGEST} characters")
    return field.beside({**field.mapping(), key: _literal(member)})


def _literal(field: Field) -> Any:
    try:
        return json.loads(field.text())
    except (ValueError, RecursionError):
        pass
    try:
        found = _written(ast.parse(field.text().strip(), mode="eval").body)
        return json.loads(json.dumps(found))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise field.fault("a list or an object, as JSON") from None


def _written(node: ast.expr) -> Any:
    """Return the value of Python literals; nothing is evaluated."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_written(node.operand)
    if isinstance(node, ast.List | ast.Tuple):
        return [_written(each) for each in node.elts]
    if isinstance(node, ast.Dict) and None not in node.keys:
        keys = [_written(each) for each in node.keys if each is not None]
        return dict(zip(keys, map(_written, node.values), strict=True))
    raise ValueError("more than lists, objects, texts and numbers")
