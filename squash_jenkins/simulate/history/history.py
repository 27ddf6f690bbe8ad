"""Plan the builds of a job: when, with what result, on which commits, with which metric values.

Days count from the start of the history and are virtual: builds that are added later follow each
other at the job's usual distance in days, however fast they really come.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from squash_jenkins.simulate.documents.sample import generator
from squash_jenkins.simulate.history.stack import Commit, Stack

VALUED = ("SUCCESS", "UNSTABLE")
"""Results of builds that leave artifacts."""


@dataclass(frozen=True, slots=True)
class Series:
    """Hold the usual values of one dataset and filter, and their relative noise."""

    dataset: str
    filter: str
    usual: Mapping[str, float]
    noise: float = 0.015


@dataclass(frozen=True, slots=True)
class Drift:
    """Let `metrics` change slowly to `factor` between two shares of the history."""

    metrics: tuple[str, ...]
    factor: float
    first: float
    last: float
    filter: str = ""


@dataclass(frozen=True, slots=True)
class JobPlan:
    """Describe how a job builds.

    `every` is the distance of builds in days, `duration` the usual length in seconds. `clock`
    names the job whose times and numbers this one shares (configurations of a matrix do).
    `outlier` multiplies the values of `outliers` builds; `flaky` is the share of builds that fail.
    `factors` are those by which nodes multiply all values.
    """

    name: str
    series: tuple[Series, ...]
    every: float = 1.0
    duration: float = 1800.0
    drifts: tuple[Drift, ...] = ()
    outliers: int = 2
    outlier: float = 1.7
    flaky: float = 0.05
    nodes: tuple[str, ...] = ("agent-1", "agent-2", "agent-3")
    factors: Mapping[str, float] = field(default_factory=dict)
    clock: str = ""

    @property
    def lag(self) -> timedelta:
        """Return how long before the end of the history the last build started.

        Longer than a build lasts, so that it is over and a next one can have started since.
        """
        return timedelta(seconds=2 * self.duration + 240)


@dataclass(frozen=True, slots=True)
class PlannedBuild:
    """Hold one build: `started` is UTC, `duration` in seconds, `position` counts commits."""

    number: int
    day: float
    started: datetime
    duration: float
    result: str
    position: int
    outlier: float = 1.0

    @property
    def has_values(self) -> bool:
        """Return whether the build left artifacts."""
        return self.result in VALUED


@dataclass(frozen=True, slots=True)
class Planted:
    """Describe a planted change of values, which detection should find.

    `first` and `last` are the numbers of the first and last build with values that it touches;
    `last` is None for a step that stays. A step names the commit that caused it.
    """

    job: str
    dataset: str
    filter: str
    metrics: tuple[str, ...]
    kind: Literal["step", "drift", "outlier"]
    factor: float
    first: int
    last: int | None = None
    package: str | None = None
    revision: str | None = None


@dataclass(slots=True)
class History:
    """Hold the builds of a job; `origin` (UTC) is day 0, `span` the days up to now."""

    seed: int
    plan: JobPlan
    stack: Stack = field(repr=False)
    origin: datetime
    span: float
    builds: list[PlannedBuild] = field(default_factory=list, repr=False)

    def quality(self, build: PlannedBuild, series: Series) -> dict[str, float]:
        """Return the values that a build's document must have, in the metrics' own units."""
        names = self.plan.name, build.number, series.dataset, series.filter
        rng = generator(self.seed, *names, "quality")
        values = {}
        for metric, usual in series.usual.items():
            factor = self._effect(metric, series, build) * self._drift(metric, series, build)
            factor *= self.plan.factors.get(self.node(build), 1.0)
            values[metric] = usual * factor * build.outlier * _noise(rng, series.noise)
        return values

    def node(self, build: PlannedBuild) -> str:
        """Return the node that a build runs on."""
        rng = generator(self.seed, self.plan.name, build.number, "node")
        return self.plan.nodes[int(rng.integers(len(self.plan.nodes)))]

    def changes(self, build: PlannedBuild) -> Sequence[Commit]:
        """Return the commits since the build before; the first build has none."""
        before = [each for each in self.builds if each.number < build.number]
        return self.stack.commits[before[-1].position : build.position] if before else []

    def extend(self, number: int, started: datetime) -> PlannedBuild:
        """Plan one more build after the last and return it."""
        day = self.builds[-1].day + self.plan.every if self.builds else self.span
        build = plan_build(self, number, day, started)
        self.builds.append(build)
        return build

    @property
    def planted(self) -> list[Planted]:
        """Return everything planted in the builds so far."""
        found: list[Planted] = []
        for series in self.plan.series if self.builds else ():
            found += self._steps(series) + self._drifts(series) + self._outliers(series)
        return found

    def _effect(self, metric: str, series: Series, build: PlannedBuild) -> float:
        factor = 1.0
        for position, commit in self.stack.notable:
            for effect in commit.effects if position <= build.position else ():
                if metric in effect.metrics and effect.touches(series.dataset):
                    factor *= effect.factor
        return factor

    def _drift(self, metric: str, series: Series, build: PlannedBuild) -> float:
        factor = 1.0
        for drift in self.plan.drifts:
            if metric in drift.metrics and drift.filter in ("", series.filter):
                share = (build.day / self.span - drift.first) / (drift.last - drift.first)
                factor *= drift.factor ** min(1.0, max(0.0, share))
        return factor

    def _valued(self, series: Series, metrics: Sequence[str], day: float) -> int | None:
        """Return the number of the first build from `day` that has values of these metrics."""
        if not set(metrics) & set(series.usual):
            return None
        numbers = [each.number for each in self.builds if each.day >= day and each.has_values]
        return numbers[0] if numbers else None

    def _steps(self, series: Series) -> list[Planted]:
        found = []
        for position, commit in self.stack.notable:
            for effect in commit.effects if position > self.builds[0].position else ():
                first = self._valued(series, effect.metrics, commit.day)
                if effect.touches(series.dataset) and first is not None:
                    step = self._planted(series, effect.metrics, "step", effect.factor, first)
                    found.append(replace(step, package=commit.package, revision=commit.revision))
        return found

    def _drifts(self, series: Series) -> list[Planted]:
        found = []
        for drift in self.plan.drifts:
            first = self._valued(series, drift.metrics, drift.first * self.span)
            last = self._valued(series, drift.metrics, drift.last * self.span)
            if first is not None and drift.filter in ("", series.filter):
                planted = self._planted(series, drift.metrics, "drift", drift.factor, first)
                found.append(replace(planted, last=last))
        return found

    def _outliers(self, series: Series) -> list[Planted]:
        return [
            self._planted(series, tuple(series.usual), "outlier", each.outlier, each.number, True)
            for each in self.builds
            if each.outlier != 1.0
        ]

    def _planted(
        self,
        series: Series,
        metrics: tuple[str, ...],
        kind: Literal["step", "drift", "outlier"],
        factor: float,
        first: int,
        single: bool = False,
    ) -> Planted:
        last = first if single else None
        metrics = tuple(each for each in metrics if each in series.usual)
        at = self.plan.name, series.dataset, series.filter
        return Planted(*at, metrics, kind, factor, first, last)


def make_history(
    seed: int, plan: JobPlan, stack: Stack, builds: int, now: datetime, span: float
) -> History:
    """Plan `builds` builds of a job that end shortly before `now`.

    Some numbers are missing, as when builds were deleted. A few builds fail, and all do while a
    commit breaks the stack; failed ones have no artifacts.

    Parameters
    ----------
    now
        UTC-aware end of the history.
    span
        Days from the first commit of the stack to `now`.
    """
    history = History(seed, plan, stack, now - timedelta(days=span), span)
    clock = generator(seed, plan.clock or plan.name, "clock")
    last = span - plan.lag / timedelta(days=1)
    number = 0
    for i in range(builds):
        number += 1 + (clock.random() < 0.02 and 0 < i < builds - 1)
        jitter = plan.every * clock.uniform(-0.25, 0.25) if i < builds - 1 else 0.0
        day = max(0.0, last - (builds - 1 - i) * plan.every + jitter)
        started = history.origin + timedelta(days=day)
        history.builds.append(plan_build(history, number, day, started))
    _plant_outliers(history)
    return history


def plan_build(history: History, number: int, day: float, started: datetime) -> PlannedBuild:
    """Plan one build: its result, duration and commits follow from seed, job, number and day."""
    plan = history.plan
    rng = generator(history.seed, plan.name, number, "build")
    broken = history.stack.is_broken(day)
    result = "FAILURE" if broken else _result(rng.random(), plan.flaky)
    duration = plan.duration * _noise(rng, 0.06)
    if result not in VALUED:
        duration *= rng.uniform(0.1, 0.6)
    position = history.stack.position(day)
    return PlannedBuild(number, day, started, round(duration, 3), result, position)


def _noise(rng: np.random.Generator, sigma: float) -> float:
    """Draw a factor around 1."""
    return float(np.exp(rng.normal(0.0, sigma)))


def _result(chance: float, flaky: float) -> str:
    """Return a build's result: failed or aborted for a share `flaky`, then some unstable."""
    if chance < 0.75 * flaky:
        return "FAILURE"
    if chance < flaky:
        return "ABORTED"
    return "UNSTABLE" if chance < flaky + 0.03 else "SUCCESS"


def _plant_outliers(history: History) -> None:
    """Multiply the values of some builds well inside the history."""
    builds, plan = history.builds, history.plan
    middle = range(len(builds) // 5, len(builds) - 5)
    places = [i for i in middle if builds[i].has_values]
    rng = generator(history.seed, plan.name, "outliers")
    for i in rng.permutation(places)[: plan.outliers].tolist() if places else []:
        builds[i] = replace(builds[i], outlier=plan.outlier)
