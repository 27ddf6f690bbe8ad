"""Read the metric format of Bencher: ``{benchmark: {measure: {"value": 1.5}}}``."""

from typing import Any

from squash_jenkins.formats.base import Document, JsonFormat
from squash_jenkins.formats.fields import Field
from squash_jenkins.formats.results import Result, measured, number_or_none, result_report
from squash_jenkins.models import Report
from squash_jenkins.models.metric_rules import HIGHER, LOWER

_MEASURES = {
    "latency": ("ns", LOWER),
    "throughput": ("ops/s", HIGHER),
    "build-time": ("s", LOWER),
    "file-size": ("B", LOWER),
}
"""Measures that Bencher defines, with unit and direction."""
_KEYS = {"value", "lower_value", "upper_value"}


class Bencher(JsonFormat):
    """Read each measure of each benchmark as the metric ``<benchmark>.<measure>``."""

    name = "bencher"
    order = 900

    def recognises(self, root: Any) -> bool:
        """Return whether everything is a benchmark with measures; "metrics" is the plain format."""
        return (
            isinstance(root, dict)
            and len(root) > 0
            and "metrics" not in root
            and all(isinstance(each, dict) and "value" not in each for each in root.values())
            and any(_is_measure(each) for of in root.values() for each in of.values())
        )

    def read(self, document: Document) -> list[Report]:
        """Read one report."""
        results = [
            _result(benchmark, measure, field)
            for benchmark, measures in Field(document.json).members()
            for measure, field in measures.members()
        ]
        return [result_report(document, self.name, results)]


def _is_measure(value: Any) -> bool:
    return isinstance(value, dict) and "value" in value and value.keys() <= _KEYS


def _result(benchmark: str, measure: str, field: Field) -> Result:
    unit, better = _MEASURES.get(measure, (None, None))
    value = measured(field.need("value"))
    for key in field.mapping():
        if key not in _KEYS:
            raise field.need(key).fault("value, lower_value and upper_value only")
    if value is not None and value < 0 and better is not None:
        raise field.need("value").fault("a number that is not negative")
    extra = {
        "low": number_or_none(field, "lower_value"),
        "high": number_or_none(field, "upper_value"),
    }
    name = f"{field.beside(benchmark).name()}.{field.beside(measure).name()}"
    return Result(name, value, unit, better, extra)
