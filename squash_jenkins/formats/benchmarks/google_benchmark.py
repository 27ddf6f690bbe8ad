"""Read the JSON of Google Benchmark: --benchmark_format=json or --benchmark_out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Any, NamedTuple

from squash_jenkins.formats.base import Document, JsonFormat
from squash_jenkins.formats.fields import Field, name_or_none
from squash_jenkins.formats.measured import machine
from squash_jenkins.formats.results import Result, entries, measured, result_report, time_or_none
from squash_jenkins.models import Report
from squash_jenkins.models.metric_rules import HIGHER, LOWER

_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
_FIXED = frozenset(
    "name family_index per_family_instance_index run_name run_type repetitions threads iterations"  # noqa: SIM905 - words read better
    " repetition_index real_time cpu_time time_unit aggregate_name aggregate_unit label big_o rms"
    " error_occurred error_message skipped skip_message cpu_coefficient real_coefficient".split()
)
"""Keys of the tool; any other number is a counter of the user."""
_RATES = {"bytes_per_second": "B/s", "items_per_second": "1/s"}
_OLD_AGGREGATE = re.compile(r"(.+)_(mean|median|stddev|cv|min|max|BigO|RMS)", re.DOTALL)
_FITTED = ("BigO", "RMS")


class _Entry(NamedTuple):
    """An entry of the list: a repetition, or what the tool calculated of several."""

    run: str
    aggregate: str
    field: Field


class GoogleBenchmark(JsonFormat):
    """Read the median real time of each benchmark, its CPU time and its counters."""

    name = "google-benchmark"
    order = 110

    def recognises(self, root: Any) -> bool:
        """Return whether there are benchmarks with a context, or entries that say what they are."""
        if not isinstance(root, dict) or not isinstance(root.get("benchmarks"), list):
            return False
        first = next(iter(root["benchmarks"]), None)
        return isinstance(root.get("context"), dict) or (
            isinstance(first, dict) and "run_type" in first
        )

    def read(self, document: Document) -> list[Report]:
        """Read one report; its machine is the ``host_name`` of the context."""
        root = Field(document.json)
        context = root.get("context") or Field({})
        runs: dict[str, list[_Entry]] = {}
        for each in _entries(entries(root, "benchmarks")):
            runs.setdefault(each.run, []).append(each)
        results = (result for run, own in runs.items() for result in _results(run, own))
        build = name_or_none(context, "library_build_type")
        return [
            result_report(
                document,
                self.name,
                results,
                node=machine(context, "host_name"),
                extra={"library_build_type": build} if build else {},
            )
        ]


def _entries(fields: Sequence[Field]) -> list[_Entry]:
    names = {name_or_none(each, "name") for each in fields}
    return [_entry(each, names) for each in fields]


def _entry(field: Field, names: set[str | None]) -> _Entry:
    name = field.need("name").name()
    if name_or_none(field, "run_type") == "aggregate":
        run = name_or_none(field, "run_name")
        aggregate = field.need("aggregate_name").name()
        return _Entry(run or name.removesuffix(f"_{aggregate}"), aggregate, field)
    old = None if "run_type" in field.mapping() else _OLD_AGGREGATE.fullmatch(name)
    if old is not None and old[1] in names:
        return _Entry(old[1], old[2], field)
    return _Entry(name_or_none(field, "run_name") or name, "", field)


def _results(run: str, found: Sequence[_Entry]) -> Iterator[Result]:
    """Yield the results of one benchmark."""
    single = [each.field for each in found if not each.aggregate]
    of = {each.aggregate: each.field for each in found if each.aggregate not in ("", *_FITTED)}
    name = f"google_benchmark.{run}"
    failed = next((each for each in single if _failed(each)), None)
    if failed is not None:
        message = name_or_none(failed, "error_message") or name_or_none(failed, "skip_message")
        yield Result(name, None, "s", LOWER, {"as_written": (message or "error")[:200]})
        return
    if not single and not of:
        return
    yield Result(name, *_time("real_time", single, of))
    yield Result(f"{name} cpu_time", *_time("cpu_time", single, of))
    counters = (key for each in [*single, *of.values()] for key in _counters(each))
    for key in dict.fromkeys(counters):
        values = [_value(each, key) for each in single if key in each.mapping()]
        unit = _RATES.get(key) or ("1/s" if key.endswith("_per_second") else None)
        value = _value(of["median"], key) if "median" in of else _median(values)
        yield Result(f"{name} {key}", value, unit, HIGHER if unit else None)


def _failed(field: Field) -> bool:
    members = field.mapping()
    return bool(members.get("error_occurred") or members.get("skipped"))


def _counters(field: Field) -> Iterable[str]:
    return (
        key
        for key, value in field.mapping().items()
        if key not in _FIXED and isinstance(value, int | float) and not isinstance(value, bool)
    )


def _time(
    key: str, single: Sequence[Field], of: dict[str, Field]
) -> tuple[float | None, str, str, dict[str, Any]]:
    """Return the median of a time in s, with its unit, direction and spread."""
    values = [_seconds(each, key) for each in single]
    known = [each for each in values if each is not None]
    extra: dict[str, Any] = {}
    if len(known) > 1:
        extra = {"min": min(known), "max": max(known), "low": min(known), "high": max(known)}
    for word in ("mean", "stddev"):
        if word in of:
            extra[word] = _seconds(of[word], key)
    if "cv" in of:
        extra["cv"] = measured(of["cv"].need(key))  # a ratio, whatever its time_unit says
    value = _median(values)
    for word in ("mean", "median"):
        if word in of and (word == "median" or not known):
            value = _seconds(of[word], key)
            extra["statistic"] = "mean" if word == "mean" else None
    extra["repeats"] = len(known) or _repeats(of)
    return value, "s", LOWER, extra


def _repeats(of: dict[str, Field]) -> float | None:
    counts = (time_or_none(each, "iterations") for each in of.values())
    return next((count for count in counts if count), None)


def _seconds(field: Field, key: str) -> float | None:
    unit = field.get("time_unit") or field.beside("ns")
    factor = _SECONDS.get(unit.label())
    if factor is None:
        raise unit.fault("one of ns, us, ms, s")
    field.need(key)
    value = time_or_none(field, key)
    return None if value is None else value * factor


def _value(field: Field, key: str) -> float | None:
    return measured(field.need(key)) if key in field.mapping() else None


def _median(values: Iterable[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return median(known) if known else None
