"""Read the JSON of BenchmarkDotNet (full and brief exporters)."""

from collections.abc import Iterator
from typing import Any

from squash_jenkins.formats.base import Document, JsonFormat
from squash_jenkins.formats.fields import Field, name_or_none
from squash_jenkins.formats.measured import machine
from squash_jenkins.formats.results import (
    Result,
    entries,
    median_or_mean,
    number_or_none,
    result_report,
)
from squash_jenkins.models import Report
from squash_jenkins.models.metric_rules import LOWER

_SPREAD = {
    "mean": "Mean",
    "stddev": "StandardDeviation",
    "min": "Min",
    "max": "Max",
    "low": "Q1",
    "high": "Q3",
    "repeats": "N",
}
_MEMORY = "BytesAllocatedPerOperation"


class BenchmarkDotNet(JsonFormat):
    """Read the median time and the allocated memory of each method and set of parameters."""

    name = "benchmarkdotnet"
    order = 170

    def recognises(self, root: Any) -> bool:
        """Return whether benchmarks are beside what is known of the host."""
        return isinstance(root, dict) and {"Benchmarks", "HostEnvironmentInfo"} <= root.keys()

    def read(self, document: Document) -> list[Report]:
        """Read one report; methods that several jobs ran are numbered."""
        root = Field(document.json)
        host = root.get("HostEnvironmentInfo") or Field({})
        cpu = host.get("ProcessorName")
        boxed = cpu is not None and isinstance(cpu.value, dict)
        name = machine(cpu, "Value") if boxed else machine(host, "ProcessorName")
        terms = {"machine": name} if name else {}
        fields = entries(root, "Benchmarks")
        results = [result for each in fields for result in _results(each)]
        return [result_report(document, self.name, results, terms=terms)]


def _results(field: Field) -> Iterator[Result]:
    parts = (name_or_none(field, key) for key in ("Namespace", "Type", "Method"))
    name = ".".join(part for part in parts if part) or field.need("Method").name()
    parameters = name_or_none(field, "Parameters")
    name = f"{name} ({parameters})" if parameters else name
    field.need("Statistics")
    statistics = field.get("Statistics")
    if statistics is None:
        yield Result(name, None, "ns", LOWER, {"as_written": "null"})
    else:
        value, extra = median_or_mean(statistics, "Median", "Mean")
        extra |= {word: number_or_none(statistics, key) for word, key in _SPREAD.items()}
        yield Result(name, value, "ns", LOWER, extra)
    memory = field.get("Memory")
    if memory is not None and _MEMORY in memory.mapping():
        yield Result(f"{name} allocated", number_or_none(memory, _MEMORY), "B", LOWER)
