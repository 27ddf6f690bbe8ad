"""Put measurements together with their verdicts, ready to be shown."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from squash_jenkins.analysis.specifications import (
    Conditions,
    Verdict,
    applicable,
    best_level,
    judge,
    same_unit,
    severity,
)
from squash_jenkins.models import Measurement, Specification
from squash_jenkins.render.numbers import number_text
from squash_jenkins.store.rows import MeasurementRow, ReportRow

_TONES = ("misses", "misses", "minimum", "design", "stretch", "none", "none", "plain")
SeriesKey = tuple[str, str, str, str]
"""Dataset, filter, metric and level of a series; an empty string for none."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Hold one measurement with what it is judged by.

    `status` is the word of `analysis.specifications.best_level`, `tone` the
    role of its colour: stretch, design, minimum, misses, none (not measured) or plain.
    """

    build: int
    report: int
    metric: str
    level: str
    dataset: str | None
    filter: str | None
    value: float | None
    unit: str | None
    verdicts: Sequence[Verdict]
    status: str

    @property
    def series(self) -> SeriesKey:
        """Return what tells the measurement's series from the others of its job."""
        return (self.dataset or "", self.filter or "", self.metric, self.level)

    @property
    def tone(self) -> str:
        """Return the role of the colour that stands for the status."""
        return tone_of(self.status, self.level)

    @property
    def severity(self) -> int:
        """Rank the status: 0 is the worst."""
        return severity(self.status)

    @property
    def word(self) -> str:
        """Return the status as a reader is told."""
        if self.level and self.status == self.level:
            return f"meets {self.level}"
        return "minimum only" if self.status == "minimum" else self.status

    @property
    def comparable(self) -> list[Verdict]:
        """Return the verdicts whose threshold is a number in the measurement's own unit."""
        return [
            verdict
            for verdict in self.verdicts
            if same_unit(self.unit, verdict.specification.unit)
            and math.isfinite(verdict.specification.threshold)
        ]

    @property
    def thresholds(self) -> list[tuple[str, float]]:
        """Return label and threshold of the comparable specifications."""
        found = [verdict.specification for verdict in self.comparable]
        return [(limit_text(each), each.threshold) for each in found]


def tone_of(status: str, level: str = "") -> str:
    """Return the role of the colour that stands for a status.

    What was measured for the minimum and meets it is well, not "minimum only".
    """
    return "design" if status == "minimum" == level else _TONES[severity(status)]


def limit_text(specification: Specification) -> str:
    """Return a specification in a few characters, such as ``minimum ≤ 40 marcsec``."""
    sign = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠"}.get(
        specification.operator, specification.operator
    )
    unit = f" {specification.unit}" if specification.unit else ""
    return f"{specification.level} {sign} {number_text(specification.threshold)}{unit}"


class Judge:
    """Judge many measurements; specifications that reports share are sorted by metric once."""

    def __init__(self) -> None:
        self._by_metric: dict[int, Mapping[str, list[Specification]]] = {}
        self._kept: list[Sequence[Specification]] = []

    def judged(
        self,
        row: MeasurementRow,
        report: ReportRow,
        started: datetime,
        specifications: Sequence[Specification],
    ) -> Judged:
        """Return one measurement with its verdicts by the specifications of its time."""
        measurement = Measurement(row.metric, row.value, row.unit, row.level)
        conditions = Conditions(report.filter, report.dataset, started, report.terms)
        held = applicable(measurement, self._sorted(specifications).get(row.metric, ()), conditions)
        verdicts = judge(measurement, held)
        status = best_level(measurement, verdicts)
        return Judged(
            row.build,
            row.report,
            row.metric,
            row.level,
            report.dataset,
            report.filter,
            row.value,
            row.unit,
            tuple(verdicts.values()),
            status,
        )

    def _sorted(self, specifications: Sequence[Specification]) -> Mapping[str, list[Specification]]:
        key = id(specifications)
        if key not in self._by_metric:
            self._kept.append(specifications)  # so that no other list gets the same id
            self._by_metric[key] = _by_metric(specifications)
        return self._by_metric[key]


def _by_metric(specifications: Iterable[Specification]) -> Mapping[str, list[Specification]]:
    found: dict[str, list[Specification]] = {}
    for each in specifications:
        found.setdefault(each.metric, []).append(each)
    return found
