"""Read plain metrics: ``{"latency": 0.31, "size": {"value": 12, "unit": "MB"}}``."""

from dataclasses import replace
from typing import Any

from squash_jenkins.formats.base import Document, JsonFormat
from squash_jenkins.formats.fields import Field, label_or_none, name_or_none, text_or_none
from squash_jenkins.formats.measured import new_report, value_of
from squash_jenkins.models import Measurement, Metric, Report

_ENVELOPE = {"metrics", "dataset", "filter"}
_VALUE_OBJECT = {"value", "unit", "description"}


class Plain(JsonFormat):
    """Read one object of metrics, or ``{"metrics": {…}, "dataset": "…", "filter": "…"}``.

    Names are taken as they are. It is asked last, and strict: any value that is
    neither a number, null nor ``{"value": …}`` makes it another kind of file.
    """

    name = "plain"
    order = 1000

    def recognises(self, root: Any) -> bool:
        """Tell whether every value is one, or the envelope holds at least one."""
        if not isinstance(root, dict):
            return False
        if _is_envelope(root):
            return any(_is_value(value) for value in root["metrics"].values())
        return len(root) > 0 and all(_is_value(value) for value in root.values())

    def read(self, document: Document) -> list[Report]:
        """Read all values into one report."""
        root = Field(document.json)
        envelope = root if _is_envelope(root.mapping()) else Field({})
        values = list((envelope.get("metrics") or root).members())
        report = replace(
            new_report(document, self.name),
            dataset=name_or_none(envelope, "dataset"),
            filter=name_or_none(envelope, "filter"),
            measurements=tuple(_measurement(name, field) for name, field in values),
            metrics=tuple(_metric(name, field) for name, field in values if _is_object(field)),
        )
        return [report]


def _is_envelope(root: Any) -> bool:
    return isinstance(root.get("metrics"), dict) and root.keys() <= _ENVELOPE


def _is_value(value: Any) -> bool:
    if isinstance(value, dict):
        return "value" in value and value.keys() <= _VALUE_OBJECT
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _is_object(field: Field) -> bool:
    return isinstance(field.value, dict)


def _measurement(name: str, field: Field) -> Measurement:
    # A name is a key here, so it is checked as if it were a value standing at its own place.
    field.beside(name).name()
    value, extra = value_of(field.need("value") if _is_object(field) else field)
    unit = label_or_none(field, "unit") if _is_object(field) else None
    return Measurement(metric=name, value=value, unit=unit, extra=extra)


def _metric(name: str, field: Field) -> Metric:
    return Metric(
        name=name,
        unit=label_or_none(field, "unit"),
        description=text_or_none(field, "description"),
    )
