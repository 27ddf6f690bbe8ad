"""Read the JSON of hyperfine (--export-json)."""

from collections.abc import Iterator
from statistics import median
from typing import Any

from squash_jenkins.formats.base import Document, JsonFormat
from squash_jenkins.formats.fields import Field, listed
from squash_jenkins.formats.results import (
    Result,
    bracketed,
    entries,
    measured,
    median_or_mean,
    number_or_none,
    result_report,
    time_or_none,
)
from squash_jenkins.models import Report
from squash_jenkins.models.metric_rules import LOWER
from squash_jenkins.text.one_line import one_line

_SPREAD = ("mean", "stddev", "min", "max")
_OWN = ("command", "mean")


class Hyperfine(JsonFormat):
    """Read the median time of each command, its CPU times and its memory."""

    name = "hyperfine"
    order = 130

    def recognises(self, root: Any) -> bool:
        """Return whether there is nothing but results, each with a command and a mean."""
        if not isinstance(root, dict) or root.keys() != {"results"}:
            return False
        results = root["results"]
        return (
            isinstance(results, list)
            and len(results) > 0
            and any(isinstance(each, dict) and each.keys() >= {*_OWN} for each in results)
        )

    def read(self, document: Document) -> list[Report]:
        """Read one report; commands of one name and one set of parameters are numbered."""
        fields = entries(Field(document.json), "results")
        results = [result for each in fields for result in _results(each)]
        return [result_report(document, self.name, results)]


def _results(field: Field) -> Iterator[Result]:
    command = one_line(field.need("command").name(), None) or "command"
    name = bracketed(f"hyperfine.{command}", field.get("parameters"))
    field.need("mean")
    value, extra = median_or_mean(field, "median", "mean")
    extra |= {key: number_or_none(field, key) for key in _SPREAD}
    extra |= {"low": extra["min"], "high": extra["max"]}
    extra["repeats"] = len(listed(field, "times")) or None
    code = _failure(field)
    if code is not None:
        # With --ignore-failure: how long a command took to fail is not the time it takes.
        yield Result(name, None, "s", LOWER, {"as_written": f"failed with exit code {code}"})
        return
    yield Result(name, value, "s", LOWER, extra)
    for key in ("user", "system"):
        if key in field.mapping():
            yield Result(f"{name} {key}", time_or_none(field, key), "s", LOWER)
    memory = [each for each in map(measured, listed(field, "memory_usage_byte")) if each]
    if memory:
        yield Result(f"{name} memory", median(memory), "B", LOWER, {"max": max(memory)})


def _failure(field: Field) -> str | None:
    """Return the first exit code that is not 0; null stands for a command that was killed."""
    codes = (each.value for each in listed(field, "exit_codes"))
    return next((str(code) for code in codes if code != 0), None)
