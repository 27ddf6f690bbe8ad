"""Read the JSON of JMH, the Java Microbenchmark Harness (-rf json)."""

from collections.abc import Iterator
from typing import Any

from squash_jenkins.formats.base import Document, JsonFormat
from squash_jenkins.formats.fields import Field, label_or_none, listed
from squash_jenkins.formats.results import (
    Result,
    bracketed,
    by_unit,
    check_one_kind,
    measured,
    number_or_none,
    result_report,
)
from squash_jenkins.models import Report
from squash_jenkins.models.metric_rules import HIGHER, LOWER

_OWN = ("benchmark", "primaryMetric")
_MODES = {"thrpt": HIGHER, "avgt": LOWER, "sample": LOWER, "ss": LOWER}


class Jmh(JsonFormat):
    """Read the score of each benchmark, set of parameters and mode."""

    name = "jmh"
    order = 150

    def recognises(self, root: Any) -> bool:
        """Return whether it is a list with benchmarks that have a primary metric."""
        return isinstance(root, list) and any(
            isinstance(each, dict) and each.keys() >= {*_OWN} for each in root
        )

    def read(self, document: Document) -> list[Report]:
        """Read one report."""
        fields = list(Field(document.json).items())
        check_one_kind(fields, ("name", "unit", "value"), "a list of github-action-benchmark")
        results = [result for each in fields for result in _results(each)]
        return [result_report(document, self.name, results)]


def _results(field: Field) -> Iterator[Result]:
    mode = field.need("mode").name()
    name = bracketed(field.need("benchmark").name(), field.get("params"))
    name = f"{name if '.' in name.partition(' ')[0] else f'jmh.{name}'} [{mode}]"
    yield _result(name, field.need("primaryMetric"), mode)
    for key, each in (field.get("secondaryMetrics") or Field({})).members():
        yield _result(f"{name} {key.lstrip('·')}", each, None)


def _result(name: str, field: Field, mode: str | None) -> Result:
    unit = label_or_none(field, "scoreUnit") or None
    value = measured(field.need("score"))
    better = _better(unit, mode)
    if value is not None and value < 0 and better is not None and mode is not None:
        raise field.need("score").fault("a time or rate, which is not negative")
    ends = listed(field, "scoreConfidence")
    low, high = (measured(ends[0]), measured(ends[1])) if len(ends) == 2 else (None, None)
    percentiles = field.get("scorePercentiles") or Field({})
    extra = {
        "low": low,
        "high": high,
        "error": number_or_none(field, "scoreError"),
        "median": number_or_none(percentiles, "50.0"),
        "min": number_or_none(percentiles, "0.0"),
        "max": number_or_none(percentiles, "100.0"),
        "repeats": sum(len(list(each.items())) for each in listed(field, "rawData")) or None,
    }
    return Result(name, value, unit, better, extra)


def _better(unit: str | None, mode: str | None) -> str | None:
    """Return which values are better; the unit counts, as some writers name a wrong mode."""
    return by_unit(unit) if mode is None else by_unit(unit) or _MODES.get(mode)
