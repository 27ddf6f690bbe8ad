"""Read the JSON of pytest-benchmark (3 to 5), of --benchmark-json and --benchmark-save."""

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

_SPREAD = ("mean", "stddev", "min", "max", "iqr", "rounds", "iterations")
_UNKNOWN = ("unversioned", "unknown", "(unknown)")


class PytestBenchmark(JsonFormat):
    """Read the median time of each benchmark; the single rounds are not stored."""

    name = "pytest-benchmark"
    order = 100

    def recognises(self, root: Any) -> bool:
        """Return whether a list of benchmarks is beside what is known of the machine."""
        return isinstance(root, dict) and {"benchmarks", "machine_info"} <= root.keys()

    def read(self, document: Document) -> list[Report]:
        """Read one report; its machine is that of pytest-benchmark's ``machine_info``."""
        root = Field(document.json)
        results = [_result(each) for each in entries(root, "benchmarks")]
        terms = _terms(root)
        node = machine(root.get("machine_info"), "node")
        return [result_report(document, self.name, results, terms=terms, node=node)]


def _result(field: Field) -> Result:
    stats = field.need("stats")
    value, statistic = median_or_mean(stats, "median", "mean")
    extra = {key: number_or_none(stats, key) for key in _SPREAD}
    rounds, iterations = extra["rounds"], extra["iterations"]
    extra |= {"low": number_or_none(stats, "q1"), "high": number_or_none(stats, "q3")}
    extra["repeats"] = None if rounds is None else rounds * (iterations or 1)
    return Result(_name(field), value, "s", LOWER, {**extra, **statistic})


def _name(field: Field) -> str:
    """Return ``<group>.<name>``, else module, classes and name as JUnit files have them."""
    group = name_or_none(field, "group")
    if group:
        return f"{group}.{field.need('name').name()}"
    module, colons, name = (name_or_none(field, "fullname") or "").partition("::")
    if not colons:
        return f"pytest-benchmark.{field.need('name').name()}"
    classes, bracket, parameters = name.partition("[")
    dotted = module.removesuffix(".py").replace("\\", "/").strip("/").replace("/", ".")
    return f"{dotted}.{classes.replace('::', '.')}{bracket}{parameters}"


def _terms(root: Field) -> dict[str, Any]:
    commit = root.get("commit_info") or Field({})
    cpu = (root.get("machine_info") or Field({})).get("cpu")
    named = {
        "commit": name_or_none(commit, "id"),
        "branch": name_or_none(commit, "branch"),
        "machine": machine(cpu, "brand_raw", "brand") if _is_object(cpu) else None,
    }
    return {key: word for key, word in named.items() if word and word not in _UNKNOWN}


def _is_object(field: Field | None) -> bool:
    return field is not None and isinstance(field.value, dict)
