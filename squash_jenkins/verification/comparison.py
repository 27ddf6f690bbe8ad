"""Compare a build with the newest builds of its target, metric by metric."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from squash_jenkins.analysis.series.magnitude import is_large
from squash_jenkins.models import Metric
from squash_jenkins.models.finding import BETTER, NEUTRAL, WORSE
from squash_jenkins.models.metric_rules import Direction, MetricRules
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import BuildPoint, BuildRow, JobRow
from squash_jenkins.verification.placed import Placed
from squash_jenkins.verification.target_history import Known, TargetHistory
from squash_jenkins.verification.targets import Target, Targets

NEWEST = 60
"""Builds of the target that a build is compared with, at most."""
CHANGED, WITHIN_NOISE, NOT_COMPARED = "changed", "within noise", "no comparison"
VERDICTS = (WORSE, CHANGED, BETTER, WITHIN_NOISE, NOT_COMPARED)
"""What a comparison may result in, in the order in which people want to see it."""
_WORDS = {WORSE: WORSE, BETTER: BETTER, NEUTRAL: CHANGED}


@dataclass(frozen=True, slots=True)
class Compared:
    """Hold one measurement compared with what is usual for the target.

    `verdict` is one of `VERDICTS`; `reason` says why there is no comparison. `usual` and `noise`
    are in the unit of the measurement, on the node that measured it; `builds` is how many builds
    of the target measured it.
    """

    placed: Placed
    verdict: str
    usual: float | None = None
    noise: float | None = None
    builds: int = 0
    reason: str = ""

    @property
    def effect(self) -> float:
        """Return the difference from the usual value, in its unit; NaN without a comparison."""
        value = self.placed.verified.value
        return math.nan if value is None or self.usual is None else value - self.usual

    @property
    def percent(self) -> float | None:
        """Return the change in percent of the usual value; None where that is 0."""
        if not self.usual:
            return None
        percent = 100 * self.effect / abs(self.usual)
        return percent if math.isfinite(percent) else None

    @property
    def noise_multiples(self) -> float | None:
        """Return the change in units of the target's noise; None where it has none."""
        return self.effect / self.noise if self.noise else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold a build compared with its target.

    `compared` has every measurement, the worst verdict first; it is empty when `reason` says why
    nothing could be compared. `numbers` are those of the builds of the target, the newest last.
    """

    target: Target
    compared: Sequence[Compared] = ()
    numbers: Sequence[int] = ()
    reason: str = ""

    def of(self, verdict: str) -> list[Compared]:
        """Return the measurements with this verdict."""
        return [each for each in self.compared if each.verdict == verdict]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many measurements have each verdict, without those that none has."""
        counts = {verdict: len(self.of(verdict)) for verdict in VERDICTS}
        return {verdict: count for verdict, count in counts.items() if count}


class MetricBook(Protocol):
    """The definitions of all metrics, and the rules by which changes of them count."""

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """Return every metric by name."""

    def of(self, metric: str) -> MetricRules:
        """Return the rules of a metric."""

    def direction(self, metric: str) -> Direction:
        """Return which values of a metric are better as of now."""


class TargetComparisons:
    """Compare several builds with their targets; what they share is read once.

    The measurements of one target at one time are held, whatever the number of builds. `rules` is
    called once, when the first build has a target.
    """

    def __init__(self, reader: Reader, targets: Targets, rules: Callable[[], MetricBook]) -> None:
        self._reader, self._targets, self._make_rules = reader, targets, rules
        self._history: TargetHistory | None = None

    def of(self, job: JobRow, build: BuildRow, measurements: Sequence[Placed]) -> Comparison | None:
        """Return a build compared with its target; None when its job has no target."""
        target = self._targets.of(job)
        if target is None or target.job is None:
            return None if target is None else Comparison(target, reason=target.reason)
        builds = self._reader.builds.ended_before(target.job.key, build.started, NEWEST)
        if not builds:
            why = f"no build of {target.name} that measured anything ended before this one started"
            return Comparison(target, reason=why)
        history = self._history_of(target.job.key, builds)
        numbers = [each.number for each in builds]
        return Comparison(target, self._compared(build, measurements, history), numbers)

    def _history_of(self, job: int, builds: Sequence[BuildPoint]) -> TargetHistory:
        keys = [build.key for build in builds]
        if self._history is None or self._history.builds != keys:
            self._history = TargetHistory(self._reader, job, builds)
        return self._history

    def _compared(
        self, build: BuildRow, measurements: Sequence[Placed], history: TargetHistory
    ) -> list[Compared]:
        nodes = self._reader.nodes.of_builds([build.key])
        shown = [each for each in measurements if not self._rules.of(each.verified.metric).ignore]
        series = [each.verified.series for each in shown]
        own = [nodes.of(build.key, each.dataset, each.filter) for each in series]
        pairs = [(each, history.known(each, node)) for each, node in zip(shown, own, strict=True)]
        count = sum(found.usual is not None for _, found in pairs)
        found = [self._verdict(each, known, count) for each, known in pairs]
        return sorted(found, key=_rank)

    def _verdict(self, placed: Placed, found: Known, comparisons: int) -> Compared:
        value, known = placed.verified.value, found.usual
        if value is None or known is None:
            return Compared(placed, NOT_COMPARED, builds=found.builds, reason=found.reason)
        result = Compared(
            placed, WITHIN_NOISE, known.level, known.noise(value) or None, found.builds
        )
        smallest = self._rules.of(placed.verified.metric).smallest
        large = smallest is None or is_large(result, smallest, placed.verified.unit or "")
        if not large or not known.stands_out(value, comparisons):
            return result
        word = _WORDS[self._direction(placed, known.level, value)]
        return Compared(placed, word, result.usual, result.noise, result.builds)

    def _direction(self, placed: Placed, usual: float, value: float) -> str:
        import numpy as np

        from squash_jenkins.analysis.series.direction import direction
        from squash_jenkins.analysis.series.series import Series

        own = placed.verified
        metric = self._rules.metrics.get(own.metric, Metric(own.metric))
        better, known = self._rules.of(own.metric).direction, self._rules.direction(own.metric)
        limits = [(0, [verdict.specification for verdict in own.verdicts])]
        unit, values = own.unit or "", np.empty(0)
        series = Series(own.series, unit, metric.operator, values, limits, better, otherwise=known)
        return direction(series, usual, value, 0)

    @cached_property
    def _rules(self) -> MetricBook:
        return self._make_rules()


def _rank(each: Compared) -> tuple[int, float]:
    """Rank by verdict, then by the size of the change in noise, in percent without noise."""
    size = each.noise_multiples or each.percent or 0.0
    return VERDICTS.index(each.verdict), -abs(size)
