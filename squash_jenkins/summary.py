"""Say in one line how a build stands: what was measured, what is met, what fails."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from squash_jenkins.analysis.specifications import Conditions, Verdict, applicable, judge
from squash_jenkins.models import LEVELS, Measurement
from squash_jenkins.store import Reader

_NAMED = 5
"""So many failures are named; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Miss:
    """Hold one measurement that misses a level; values in the specification's unit."""

    metric: str
    dataset: str | None
    filter: str | None
    level: str
    value: float
    operator: str
    threshold: float
    unit: str

    def text(self) -> str:
        """Return the miss in words."""
        places = ", ".join(part for part in (self.dataset, self.filter) if part)
        where = f" ({places})" if places else ""
        unit = f" {self.unit}" if self.unit else ""
        name = self.metric.rpartition(".")[2]
        required = f"{self.level} is {self.operator} {self.threshold:.4g}{unit}"
        return f"{name}{where} is {self.value:.4g}{unit}, {required}"


@dataclass(frozen=True, slots=True)
class Summary:
    """Hold the counts of a build.

    `judged` and `met` count measurements by level; a measurement made for one level is
    judged by that level only.
    """

    measurements: int
    measured: int
    judged: dict[str, int]
    met: dict[str, int]
    missed: Sequence[Miss]

    def misses(self, level: str) -> bool:
        """Tell whether a measurement misses this level."""
        return any(miss.level == level for miss in self.missed)

    def line(self) -> str:
        """Return the summary on one line, for the description of the build."""
        if not self.measurements:
            return "no QA measurements"
        levels = [f"{level} {self.met[level]} of {self.judged[level]}" for level in self.judged]
        met = f", met: {', '.join(levels)}" if levels else ""
        return f"{self.measured} of {self.measurements} measured{met}"

    def text(self) -> str:
        """Return the summary for the console: the line, then what misses minimum."""
        failures = [miss for miss in self.missed if miss.level == LEVELS[0]]
        lines = [f"{self.line()}.", *(f"  misses minimum: {m.text()}" for m in failures[:_NAMED])]
        if len(failures) > _NAMED:
            lines.append(f"  … and {len(failures) - _NAMED} more miss minimum")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Return the summary as plain values."""
        return {
            "measurements": self.measurements,
            "measured": self.measured,
            "judged": self.judged,
            "met": self.met,
            "missed": [miss.text() for miss in self.missed],
        }


def summarise(reader: Reader, build: int) -> Summary:
    """Judge every measurement of a stored build by the specifications of its time."""
    reports = {report.key: report for report in reader.reports([build])}
    specifications = reader.specifications(list(reports))
    started = reader.build(build).started
    rows = reader.measurements([build])
    verdicts: list[tuple[Measurement, str | None, str | None, Verdict]] = []
    for row in rows:
        report = reports[row.report]
        measurement = Measurement(row.metric, row.value, row.unit, row.level)
        conditions = Conditions(report.filter, report.dataset, started, report.terms)
        held = applicable(measurement, specifications.get(row.report, ()), conditions)
        judged = judge(measurement, held).values()
        verdicts += [(measurement, report.dataset, report.filter, each) for each in judged]
    measured = sum(row.value is not None for row in rows)
    return _count(len(rows), measured, verdicts)


def _count(
    measurements: int,
    measured: int,
    verdicts: Iterable[tuple[Measurement, str | None, str | None, Verdict]],
) -> Summary:
    known = [entry for entry in verdicts if entry[3].met is not None]
    levels = [entry[3].specification.level for entry in known]
    met = [entry[3].specification.level for entry in known if entry[3].met]
    shown = [level for level in LEVELS if level in levels]
    return Summary(
        measurements,
        measured,
        {level: levels.count(level) for level in shown},
        {level: met.count(level) for level in shown},
        [_miss(*entry) for entry in known if not entry[3].met],
    )


def _miss(
    measurement: Measurement, dataset: str | None, filter_name: str | None, verdict: Verdict
) -> Miss:
    wanted = verdict.specification
    unit = wanted.unit or measurement.unit or ""
    value = measurement.value if measurement.value is not None else float("nan")
    return Miss(
        measurement.metric,
        dataset,
        filter_name,
        wanted.level,
        value,
        wanted.operator,
        wanted.threshold,
        unit,
    )
