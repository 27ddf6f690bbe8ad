"""Read the lists of github-action-benchmark's tools customSmallerIsBetter and customBiggerIsBetter.

The file does not say which of the two it is: `direction` in ``[findings]`` does.
"""

import re
from typing import Any

from squash_jenkins.formats.base import Document, JsonFormat
from squash_jenkins.formats.fields import Field, label_or_none, text_or_none
from squash_jenkins.formats.results import Result, check_one_kind, measured, result_report
from squash_jenkins.models import Report
from squash_jenkins.text.one_line import one_line

_OWN = {"name", "unit", "value"}
_RANGE = re.compile(r"\s*(?:±|\+/-|\+-)?\s*([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)\s*(%?)\s*")
_NOTE = 1000


class ActionBenchmark(JsonFormat):
    """Read each entry as a metric of its name."""

    name = "github-action-benchmark"
    order = 190

    def recognises(self, root: Any) -> bool:
        """Return whether it is a list with entries that have name, unit and value."""
        return isinstance(root, list) and any(
            isinstance(each, dict) and each.keys() >= _OWN for each in root
        )

    def read(self, document: Document) -> list[Report]:
        """Read one report."""
        fields = list(Field(document.json).items())
        check_one_kind(fields, ("benchmark", "primaryMetric"), "JMH")
        return [result_report(document, self.name, map(_result, fields))]


def _result(field: Field) -> Result:
    name = one_line(field.need("name").name(), None)
    if not name:
        raise field.need("name").fault("a name")
    value = measured(field.need("value"))
    note = text_or_none(field, "extra")
    extra = {**_ends(field, value), "note": note[:_NOTE] if note else None}
    return Result(name, value, label_or_none(field, "unit") or None, None, extra)


def _ends(field: Field, value: float | None) -> dict[str, Any]:
    """Return the ends of a range such as ``5%`` or ``± 3`` about the value."""
    written = field.get("range")
    if written is None:
        return {}
    text = written.word() if isinstance(written.value, int | float) else written.label()
    found = _RANGE.fullmatch(text)
    if found is None or value is None:
        return {"range": text}
    half = float(found[1]) * (abs(value) / 100 if found[2] else 1)
    return {"range": text, "low": value - half, "high": value + half}
