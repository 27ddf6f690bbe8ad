"""Read results of airspeed velocity (asv), versions 1 and 2, and its list of benchmarks."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from squash_jenkins.formats.base import Document, JsonFormat
from squash_jenkins.formats.contract import MOST
from squash_jenkins.formats.fields import Field, listed, name_or_none
from squash_jenkins.formats.measured import machine
from squash_jenkins.formats.results import Result, measured, number_or_none, result_report
from squash_jenkins.models import Measurement, Report
from squash_jenkins.models.metric_rules import LOWER
from squash_jenkins.text.one_line import one_line

_UNITS = {"time": "s", "timeraw": "s", "mem": "bytes", "peakmem": "bytes"}
"""Units by the first word of a benchmark's name."""
_SPELLED = {"seconds": "s"}
_TRACK = "track"
_COLUMNS = {
    "low": "stats_q_25",
    "high": "stats_q_75",
    "ci_99_low": "stats_ci_99_a",
    "ci_99_high": "stats_ci_99_b",
    "number": "stats_number",
    "repeat": "stats_repeat",
}
_OLD = {"low": "q_25", "high": "q_75", "number": "number", "repeat": "repeat"}


class Asv(JsonFormat):
    """Read each combination of parameters as a metric: ``sums.Sums.time_sum(100, 'list')``."""

    name = "asv"
    order = 120

    def recognises(self, root: Any) -> bool:
        """Return whether results belong to a commit, or it is the list of benchmarks."""
        if not isinstance(root, dict):
            return False
        return {"commit_hash", "results"} <= root.keys() or _lists_benchmarks(root)

    def read(self, document: Document) -> list[Report]:
        """Read the results of one commit in one environment, or what the benchmarks are."""
        root = Field(document.json)
        if "results" not in root.mapping():
            report = result_report(document, self.name, _benchmarks(root))
            return [replace(report, measurements=())]
        params = root.get("params") or Field({})
        commit = root.need("commit_hash").name()
        of = _with_columns if "result_columns" in root.mapping() else _old
        return [
            result_report(
                document,
                self.name,
                of(root),
                dataset=name_or_none(root, "env_name"),
                terms={"commit": commit, **_cpu(params)},
                node=machine(params, "machine"),
            )
        ]

    def complete(self, reports: Sequence[Report]) -> Sequence[Report]:
        """Add the units that the list of benchmarks has; it is another file of the same build."""
        units = {
            metric.name: metric.unit
            for report in reports
            if not report.measurements
            for metric in report.metrics
        }
        return [_with_units(report, units) for report in reports]


def _lists_benchmarks(root: Mapping[str, Any]) -> bool:
    own = [each for key, each in root.items() if key != "version"]
    return bool(own) and all(
        isinstance(each, dict) and {"code", "param_names", "type", "unit"} <= each.keys()
        for each in own
    )


def _cpu(params: Field) -> dict[str, Any]:
    cpu = machine(params, "cpu")
    return {"machine": cpu} if cpu else {}


def _with_units(report: Report, units: Mapping[str, str | None]) -> Report:
    def completed(each: Measurement) -> Measurement:
        return each if each.unit else replace(each, unit=units.get(each.metric))

    return replace(report, measurements=[completed(each) for each in report.measurements])


def _benchmarks(root: Field) -> Iterator[Result]:
    for key, field in root.members():
        if key == "version":
            continue
        unit = name_or_none(field, "unit")
        described = name_or_none(field, "pretty_name")
        for name in _names(key, [list(each.items()) for each in listed(field, "params")]):
            yield Result(
                name, None, _SPELLED.get(unit or "", unit), _direction(key), description=described
            )


def _with_columns(root: Field) -> Iterator[Result]:
    """Read version 2: a row of columns for each benchmark, cut off at the right when empty."""
    columns = [each.name() for each in root.need("result_columns").items()]
    for key, field in root.need("results").members():
        cells = [] if field.value is None else list(field.items())
        row = dict(zip(columns, cells, strict=False))
        params = row.get("params")
        spread = {
            word: row[column]
            for word, column in _COLUMNS.items()
            if column in row and row[column].value is not None
        }
        yield from _results(key, row.get("result"), params, spread)


def _old(root: Field) -> Iterator[Result]:
    """Read version 1: a number, or an object with numbers and parameters."""
    for key, field in root.need("results").members():
        if not isinstance(field.value, dict):
            yield from _results(key, field, None, {})
            continue
        found = list(_results(key, field.get("result"), field.get("params"), {}))
        stats = listed(field, "stats")
        for at, each in enumerate(found):
            own = stats[at] if at < len(stats) and stats[at].value is not None else Field({})
            yield replace(each, extra=_spread({k: number_or_none(own, v) for k, v in _OLD.items()}))


def _results(
    key: str, result: Field | None, params: Field | None, spread: Mapping[str, Field]
) -> Iterator[Result]:
    """Yield a result for each combination of parameters, the last of which changes fastest."""
    choices = [list(each.items()) for each in params.items()] if params else []
    names = _names(key, choices)
    values = _cells(result, len(names))
    beside = {word: _cells(field, len(names)) for word, field in spread.items()}
    for at, name in enumerate(names):
        own = {word: measured(cells[at]) for word, cells in beside.items()}
        value = measured(values[at])
        if value is not None and value < 0 and _unit(key) is not None:
            raise values[at].fault("a time or size, which is not negative")
        yield Result(name, value, _unit(key), _direction(key), _spread(own))


def _cells(field: Field | None, count: int) -> list[Field]:
    """Return one field for each combination; null stands for all: the benchmark failed."""
    if field is None or field.value is None:
        return [Field(None)] * count
    cells = list(field.items()) if isinstance(field.value, list) else [field]
    if len(cells) != count:
        raise field.fault(f"{count} values, one for each combination of its parameters")
    return cells


def _spread(own: dict[str, float | None]) -> dict[str, Any]:
    number, repeat = own.pop("number", None), own.pop("repeat", None)
    repeats = None if repeat is None else repeat * (number or 1)
    return {**own, "repeats": repeats}


def _names(key: str, choices: Sequence[Sequence[Field]]) -> list[str]:
    name = key if "." in key else f"asv.{key}"
    if not choices:
        return [name]
    count = math.prod(len(each) for each in choices)
    if count > MOST:
        raise choices[0][0].fault(f"at most {MOST} combinations of parameters")
    words = product(*([_word(each) for each in choice] for choice in choices))
    return [one_line(f"{name}({', '.join(each)})", None) for each in words]


def _word(field: Field) -> str:
    return field.name() if isinstance(field.value, str) else field.word()


def _kind(key: str) -> str:
    return key.rpartition(".")[2].partition("_")[0].lower()


def _unit(key: str) -> str | None:
    return _UNITS.get(_kind(key))


def _direction(key: str) -> str | None:
    """Return which values are better: asv itself takes the lower ones for better, always."""
    return LOWER if _kind(key) in (*_UNITS, _TRACK) else None
