"""Combine measurements with their verdicts, ready to be shown."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from squash_jenkins.analysis.specifications.applicable import (
    NO_SPECIFICATION,
    Conditions,
    Verdict,
    applicable,
    best_level,
    severity,
    verify,
)
from squash_jenkins.models import WITHIN, Measurement, SeriesId, Specification
from squash_jenkins.store.rows import MeasurementRow, ReportRow
from squash_jenkins.text.numbers import exact_text, number_text
from squash_jenkins.text.quantities import quantity_text
from squash_jenkins.text.specification import limit_text, sign_text

_WORDS = {"minimum": "minimum only", NO_SPECIFICATION: "no target set"}
_TONES = ("misses", "misses", "minimum", "design", "stretch", "none", "none", "plain")


class Line(NamedTuple):
    """Hold a limit: its level, its number, its label and the operator a value is compared by."""

    level: str
    limit: float
    label: str
    operator: str


@dataclass(frozen=True, slots=True)
class Verified:
    """Hold one measurement with its verdicts.

    `status` is the word of `analysis.specifications.best_level`, `tone` the
    role of its colour: stretch, design, minimum, misses, none (not measured) or plain.
    """

    build: int
    report: int
    series: SeriesId
    value: float | None
    unit: str | None
    verdicts: Sequence[Verdict]
    status: str

    @property
    def metric(self) -> str:
        """Return the full name of the metric."""
        return self.series.metric

    @property
    def level(self) -> str:
        """Return the level it was measured for, empty for none."""
        return self.series.level

    @property
    def dataset(self) -> str | None:
        """Return the dataset, None where the report names none."""
        return self.series.dataset or None

    @property
    def filter(self) -> str | None:
        """Return the filter, None where the report names none."""
        return self.series.filter or None

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
        """Return the status in the words that pages use."""
        return word_of(self.status, self.level)

    @property
    def comparable(self) -> list[Verdict]:
        """Return the verdicts whose limits are numbers in the measurement's own unit."""
        return [verdict for verdict in self.verdicts if any(map(math.isfinite, verdict.limits))]

    @property
    def limits(self) -> list[str]:
        """Return what is asked for in words, one for each comparable specification."""
        shown = self.comparable
        return [limit_text(each.specification, each.limits, self._unit(each)) for each in shown]

    @property
    def lines(self) -> list[Line]:
        """Return the limits; a range has two.

        The numbers are in the measurement's unit, and no two labels are the same.
        """
        return [
            Line(each.specification.level, limit, label, sign)
            for each in self.comparable
            for limit, label, sign in _ends(each, self._unit(each))
        ]

    @property
    def text(self) -> str:
        """Return the value in words, with the digits that distinguish it from its limits."""
        return number_text(self.value, (limit for each in self.verdicts for limit in each.limits))

    @property
    def quantity(self) -> str:
        """Return the value with its unit, with the digits that distinguish it from its limits."""
        limits = (limit for each in self.verdicts for limit in each.limits)
        return quantity_text(self.value, self.unit, limits)

    @property
    def thresholds(self) -> list[tuple[str, float]]:
        """Return label and number of each limit, as `render.svg.bullet` takes them."""
        return [(label, limit) for _, limit, label, _ in self.lines]

    def _unit(self, verdict: Verdict) -> str:
        return self.unit or verdict.specification.unit or ""


def tone_of(status: str, level: str = "") -> str:
    """Return the role of the colour that stands for a status.

    What was measured for the minimum and meets it is fine, not "minimum only".
    """
    return "design" if status == "minimum" == level else _TONES[severity(status)]


def word_of(status: str, level: str = "") -> str:
    """Return a status as readers see it."""
    if level and status == level:
        return f"meets {level}"
    return _WORDS.get(status, status)


def _ends(verdict: Verdict, unit: str) -> Iterator[tuple[float, str, str]]:
    """Yield each finite limit with its label and its operator."""
    specification = verdict.specification
    signs = [specification.operator]
    if specification.operator == WITHIN:
        signs = [">=", "<="]
    for sign, limit in zip(signs, verdict.limits, strict=True):
        if math.isfinite(limit):
            label = f"{specification.level} {sign_text(sign)} {exact_text(limit)} {unit}"
            yield limit, label.rstrip(), sign


def verified(
    build: int,
    report: int,
    series: SeriesId,
    value: float | None,
    unit: str | None,
    specifications: Sequence[Specification],
) -> Verified:
    """Return a measurement with its verdicts by the specifications that apply to it."""
    measurement = Measurement(series.metric, value, unit, series.level)
    verdicts = verify(measurement, specifications)
    status = best_level(measurement, verdicts)
    return Verified(build, report, series, value, unit, tuple(verdicts.values()), status)


def verified_row(
    row: MeasurementRow,
    report: ReportRow,
    started: datetime,
    specifications: Mapping[str, Sequence[Specification]],
) -> Verified:
    """Return a stored measurement with its verdicts.

    `started` is when its build started (UTC), `specifications` are those of its report by metric.
    """
    measurement = Measurement(row.metric, row.value, row.unit, row.level)
    conditions = Conditions(report.filter, report.dataset, started, report.terms)
    applying = applicable(measurement, specifications.get(row.metric, ()), conditions)
    series = SeriesId(report.dataset or "", report.filter or "", row.metric, row.level)
    return verified(row.build, row.report, series, row.value, row.unit, applying)
