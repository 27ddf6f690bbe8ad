"""Read the summaries of k6 in their three shapes, and refuse its stream of single points."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Document, Format, JsonFormat
from squash_jenkins.formats.fields import Field, name_or_none
from squash_jenkins.formats.results import Result, known, measured, number_or_none, result_report
from squash_jenkins.models import Report, Specification
from squash_jenkins.models.metric_rules import HIGHER, LOWER, NEITHER

_TIMES = re.compile(
    r"(?:http_req_(?!s\b|failed\b)\w+|iteration_duration|group_duration|grpc_req_duration"
    r"|ws_(?:connecting|session_duration|ping))(?:\{.*\})?",
    re.DOTALL,
)
"""Names of the tool's own times, for the shape that has no units; user-made metrics have none."""
_BETTER = {
    "http_req_failed": LOWER,
    "checks_failed": LOWER,
    "checks": HIGHER,
    "checks_succeeded": HIGHER,
    "dropped_iterations": LOWER,
}
_PER_SECOND = ("http_reqs", "iterations")
_TREND = {"med", "avg", "min", "max", "p(90)", "p(95)", "p90", "p95"}
_THRESHOLD = re.compile(r"\s*([\w().]+)\s*(<=|>=|<|>|==|!=)\s*([0-9.eE+-]+)\s*")
_COUNTED = {"counter": "count", "rate": "rate", "gauge": "value"}


class K6(JsonFormat):
    """Read the median of each trend with its 95th percentile, counters, rates and gauges."""

    name = "k6"
    order = 140

    def recognises(self, root: Any) -> bool:
        """Return whether it is a summary of either kind."""
        if not isinstance(root, dict):
            return False
        if isinstance(root.get("results"), dict):
            return {"config", "version"} <= root.keys() and "metrics" in root["results"]
        metrics = root.get("metrics")
        if not isinstance(metrics, dict):
            return False
        return "root_group" in root or any(map(_has_values, metrics.values()))

    def read(self, document: Document) -> list[Report]:
        """Read one report; thresholds become specifications of the level "threshold"."""
        results: list[Result] = []
        specifications: dict[str, Specification] = {}
        for name, field in _metrics(Field(document.json)):
            own = _Metric(name, field)
            found = own.results()
            results += found
            for each in own.specifications({result.name for result in found}):
                specifications[each.name] = each
        return [
            result_report(
                document, self.name, results, specifications=tuple(specifications.values())
            )
        ]


class K6Stream(Format):
    """Refuse what ``--out json`` writes: a line for each sample, of any size."""

    name = "k6-stream"
    order = 4

    def matches(self, document: Document) -> bool:
        """Return whether the first line is the definition of a metric, or a point."""
        head = document.content[:400].lstrip()
        if not head.startswith(b"{") or not re.search(rb'"type"\s*:\s*"(?:Metric|Point)"', head):
            return False
        first, _, rest = document.content.partition(b"\n")
        try:
            line = json.loads(first[:10_000])
        except (ValueError, RecursionError):
            return False
        return bool(rest.strip()) and isinstance(line, dict) and {"metric", "data"} <= line.keys()

    def read(self, document: Document) -> list[Report]:
        """Refuse it."""
        raise DocumentError(
            "this is k6's stream of single points (--out json), which is not read; "
            "archive the summary: k6 run --summary-export=summary.json"
        )


def _has_values(metric: Any) -> bool:
    return isinstance(metric, dict) and isinstance(metric.get("values"), dict) and "type" in metric


def _metrics(root: Field) -> Iterator[tuple[str, Field]]:
    results = root.get("results")
    if results is None:
        yield from root.need("metrics").members()
        return
    lists = [results.need("metrics")]
    checks = results.get("checks")
    lists += (
        [checks.need("metrics")] if checks is not None and "metrics" in checks.mapping() else []
    )
    for each in lists:
        for field in each.items():
            yield field.need("name").name(), field


class _Metric:
    """One metric of a summary, whatever its shape."""

    def __init__(self, name: str, field: Field) -> None:
        self._name, self._field = f"k6.{field.beside(name).name()}", field
        self._plain = name.partition("{")[0]
        self._old = not isinstance(field.mapping().get("values"), dict)
        self._values = field if self._old else field.need("values")
        self._kind = name_or_none(field, "type") or self._guessed()
        contains = (
            "time" if self._old and _TIMES.fullmatch(name) else name_or_none(field, "contains")
        )
        if self._old and self._plain in ("data_received", "data_sent"):
            contains = "data"
        self._unit = {"time": "ms", "data": "B"}.get(contains or "")

    def _guessed(self) -> str:
        """Return the type, which the old shape leaves out."""
        has = self._values.mapping().keys()
        if has & _TREND >= {"avg"} or "med" in has:
            return "trend"
        if "count" in has:
            return "counter"
        return "rate" if {"passes", "fails"} <= has else "gauge"

    def results(self) -> list[Result]:
        """Return its value, and what else is followed."""
        if self._kind == "trend":
            return self._of_trend()
        value = self._kind if self._kind in _COUNTED else "gauge"
        key = "value" if self._old and value == "rate" else _COUNTED[value]
        own = Result(
            self._name,
            measured(self._values.need(key)),
            self._unit,
            _BETTER.get(self._plain) or (NEITHER if value == "counter" else None),
            self._beside(("min", "max", "passes", "fails", "matches", "total")),
        )
        if value != "counter" or "rate" not in self._values.mapping():
            return [own]
        better = HIGHER if self._plain in _PER_SECOND else NEITHER
        unit = "B/s" if self._unit == "B" else "1/s"
        rate = measured(self._values.need("rate"))
        return [own, Result(f"{self._name} rate", rate, unit, better)]

    def _of_trend(self) -> list[Result]:
        better = LOWER if self._unit == "ms" else None
        extra = self._beside(("avg", "min", "max"))
        extra = {("mean" if key == "avg" else key): value for key, value in extra.items()}
        value = self._number("med")
        if value is None:
            value, extra = self._number("avg"), {**extra, "statistic": "mean"}
        ninety = self._number("p(90)", "p90")
        found = [Result(self._name, value, self._unit, better, {**extra, "p90": ninety})]
        high = self._number("p(95)", "p95")
        if high is not None:
            found.append(Result(f"{self._name} p95", high, self._unit, better))
        return found

    def _number(self, *keys: str) -> float | None:
        numbers = (number_or_none(self._values, key) for key in keys)
        number = next((each for each in numbers if each is not None), None)
        if number is not None and number < 0 and self._unit == "ms":
            raise self._values.fault("times, which are not negative")
        return number

    def _beside(self, keys: tuple[str, ...]) -> dict[str, Any]:
        beside = {key: number_or_none(self._values, key) for key in keys}
        return known({**beside, "thresholds": self._thresholds() or None})

    def _thresholds(self) -> Mapping[str, str]:
        """Return whether each threshold was met, in words.

        In the oldest shape "true" means that it was crossed, in the next one ``ok`` that it was
        not.
        """
        found = {}
        for text, field in (self._field.get("thresholds") or Field({})).members():
            ok = field.need("ok") if isinstance(field.value, dict) else field
            if not isinstance(ok.value, bool):
                raise ok.fault("true or false")
            met = ok.value != (ok is field)
            found[text[:200]] = "met" if met else "missed"
        return found

    def specifications(self, names: set[str]) -> Iterator[Specification]:
        """Yield the thresholds of the numbers that are followed."""
        for text in self._thresholds():
            parts = _THRESHOLD.fullmatch(text)
            metric = self._followed(parts[1]) if parts else None
            if parts is None or metric not in names:
                continue
            try:
                threshold = Field(float(parts[3])).finite()
            except ValueError:
                continue
            yield Specification(
                metric, f"{metric}.threshold {parts[2]} {parts[3]}", "threshold", parts[2],
                threshold, None if metric.endswith(" rate") else self._unit,
            )  # fmt: skip

    def _followed(self, statistic: str) -> str:
        """Return the metric that holds a statistic."""
        if self._kind == "trend":
            values = self._values.mapping()
            own = "med" if values.get("med") is not None else "avg"
            return {own: self._name, "p(95)": f"{self._name} p95"}.get(statistic, "")
        if self._kind == "counter":
            return {"count": self._name, "rate": f"{self._name} rate"}.get(statistic, "")
        return self._name if statistic == _COUNTED.get(self._kind) else ""
