"""Detect what happened in one series: steps, drifts, missed specifications, vanished metrics."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from squash_jenkins.analysis.change_points.changes import (
    Change,
    Changes,
    Drift,
    NoiseChange,
    Settings,
)
from squash_jenkins.analysis.series import levels, presence
from squash_jenkins.analysis.series.baselines import detect_between
from squash_jenkins.analysis.series.direction import direction
from squash_jenkins.analysis.series.evidence import evidence_of
from squash_jenkins.analysis.series.levels import Crossing
from squash_jenkins.analysis.series.magnitude import is_large
from squash_jenkins.analysis.series.nodes import NodeEffects, effect_words
from squash_jenkins.analysis.series.series import Flags, Floats, Series, Window, level_of, rounded
from squash_jenkins.models.finding import (
    APPEARED,
    BACK_WITHIN,
    BETTER,
    DRIFT,
    MANY,
    NEUTRAL,
    NOISE,
    OUT_OF,
    STEP,
    VANISHED,
    WORSE,
    SeriesChange,
)
from squash_jenkins.models.metric_rules import SmallestChange
from squash_jenkins.text.evidence import chance_text
from squash_jenkins.text.specification import limit_text

_RECENT = 5


@dataclass(frozen=True, slots=True)
class Rules:
    """Set what is reported.

    `alarms` are false steps that a series of noise may give, `smallest` is the least effect.
    `noise` is the direction of a series that becomes noisier: `NEUTRAL` or `WORSE`.
    `baselines` are the places in the job from which on a level was accepted.
    """

    alarms: float = 0.001
    smallest: SmallestChange | None = None
    noise: str = NEUTRAL
    baselines: Sequence[int] = ()


def changes_of(
    series: Series,
    window: Window,
    reporting: Flags,
    rules: Rules,
    effects: NodeEffects | None = None,
) -> list[SeriesChange]:
    """Return what happened in one series within a window; places are those in the job.

    Parameters
    ----------
    series
        The series over the builds of the window.
    window
        Its place in the job. What begins outside the places that it counts is returned, too.
    reporting
        Shape (builds of the window,): whether each build measured anything.
    rules
        What is reported.
    effects
        The effects of the nodes, which are taken out.

    """
    if effects is not None:
        series = replace(series, values=effects.without(series.values, series.nodes))
    words = None if effects is None else effect_words(effects, series.unit)
    baselines = [place - window.start for place in rules.baselines]
    parts = detect_between(series.values, baselines, Settings(alarms=rules.alarms))
    found: list[SeriesChange] = []
    for each in parts.found:
        part = _Describer(series, window.start, each, parts.level, words)
        found += [*part.moves(rules.smallest), *part.noise(rules)]
    describer = _Describer(series, window.start, parts.whole, parts.level, words)
    found += describer.crossings()
    measured = ~np.isnan(series.values)
    found += describer.gone(measured, reporting)
    if window.start == 0 or not measured[: window.low - window.start].any():
        found += describer.come(measured, reporting)
    return found


@dataclass(frozen=True, slots=True)
class _Describer:
    """Describe what was detected; `start` is the place of the series' first value.

    `nodes` says in words which effects of nodes were taken out of the series.
    """

    series: Series
    start: int
    found: Changes
    level: Floats
    nodes: str | None

    def moves(self, smallest: SmallestChange | None) -> Iterator[SeriesChange]:
        for each in (*self.found.steps, *self.found.drifts):
            if smallest is None or is_large(each, smallest, self.series.unit):
                yield self._move(each)

    def _move(self, change: Change) -> SeriesChange:
        worse = direction(self.series, change.before, change.after, change.index)
        limits = self.series.numbers_at(change.index)
        return self._change(
            DRIFT if isinstance(change, Drift) else STEP,
            worse,
            (change.index, change.first, change.last),
            before=level_of(change.before, change.sigma, limits),
            after=level_of(change.after, change.sigma, limits),
            sigma=rounded(change.sigma, 2),
            strength=rounded(change.strength, 2),
            p_value=rounded(change.p_value, 1),
            statistics=_statistics(change, self.series.unit),
            evidence=evidence_of(change, self.found, self.series.unit),
            nodes=self.nodes,
        )

    def noise(self, rules: Rules) -> Iterator[SeriesChange]:
        """Yield where the noise changed, unless both spreads are smaller than the rules ask for."""
        for each in self.found.noise_changes:
            level = float(np.nanmedian(self.series.values))
            spread = replace(each, before=level, after=level + max(each.before, each.after))
            if rules.smallest is None or is_large(spread, rules.smallest, self.series.unit):
                yield self._noise(each, rules.noise)

    def _noise(self, change: NoiseChange, direction: str) -> SeriesChange:
        louder = change.after > change.before
        return self._change(
            NOISE,
            NEUTRAL if direction == NEUTRAL else WORSE if louder else BETTER,
            (change.index, change.first, change.last),
            before=rounded(change.before, 2),
            after=rounded(change.after, 2),
            strength=rounded(change.strength, 2),
            p_value=rounded(change.p_value, 1),
            statistics=f"{_sides(change)}; {_certainty(change)}",
            evidence=evidence_of(change, self.found, self.series.unit),
        )

    def crossings(self) -> Iterator[SeriesChange]:
        level = self.level
        steps = {each.index: each for each in self.found.steps}
        for each in levels.crossings(self.series, level):
            step = steps.get(each.place)
            first, last = (step.first, step.last) if step else (each.place, each.place)
            before, after = float(level[max(0, each.place - 1)]), float(level[each.place])
            limits = self.series.numbers_at(each.place)
            yield self._change(
                OUT_OF if each.out else BACK_WITHIN,
                WORSE if each.out else BETTER,
                (each.place, first, last),
                before=level_of(before, self.found.sigma, limits),
                after=level_of(after, self.found.sigma, limits),
                sigma=rounded(self.found.sigma, 2),
                nodes=self.nodes,
                specification=limit_text(each.specification),
                statistics=_crossing_words(each),
            )

    def gone(self, measured: Flags, reporting: Flags) -> Iterator[SeriesChange]:
        for absence in presence.absences(measured, reporting):
            level = self._level_before(absence.last + 1)
            places = (absence.place, absence.last + 1, absence.place)
            words = f"measured in {_count(int(measured[: absence.last + 1].sum()))} before"
            yield self._change(VANISHED, WORSE, places, before=level, statistics=words)
            if absence.back is not None:
                words = "measured again after builds that had reports without it"
                places = self._since_report(absence.back, reporting)
                yield self._change(APPEARED, BETTER, places, statistics=words)

    def come(self, measured: Flags, reporting: Flags) -> Iterator[SeriesChange]:
        place = presence.appearance(measured, reporting)
        if place is not None:
            words = "the job had reports without it before"
            places = self._since_report(place, reporting)
            yield self._change(APPEARED, NEUTRAL, places, statistics=words)

    def _since_report(self, place: int, reporting: Flags) -> tuple[int, int, int]:
        return place, presence.last_reporting(reporting, place) + 1, place

    def _level_before(self, place: int) -> float | None:
        values = self.series.values[:place]
        known = values[~np.isnan(values)][-_RECENT:]
        return level_of(float(np.median(known)), self.found.sigma)

    def _change(self, kind: str, worse: str, places: Sequence[int], **figures: Any) -> SeriesChange:
        series = self.series.id
        build, first, last = (self.start + place for place in places)
        return SeriesChange(
            kind,
            worse,
            series.metric,
            build,
            first,
            last,
            series.dataset or None,
            series.filter or None,
            series.level,
            self.series.unit or None,
            **figures,
        )


def _statistics(change: Change, unit: str) -> str:
    """Say how the level moved and how sure that is."""
    sides = _sides(change)
    if isinstance(change, Drift):
        sides = f"{rounded(change.slope, 2):+g} {unit}".rstrip() + " from build to build"
    noise = f"{rounded(change.sigma, 2):g} {unit}".rstrip()
    multiples = change.noise_multiples
    size = (
        "all values are the same otherwise"
        if multiples is None
        else f"{rounded(abs(multiples), 2):g} times the noise of {noise}"
    )
    certainty = _certainty(change)
    if change.autocorrelation >= 0.05:
        certainty += f", autocorrelation of {change.autocorrelation:.1f} allowed for"
    return f"{sides}; {size}; {certainty}"


def _sides(change: Change) -> str:
    return f"{_count(change.points_before)} before and {_count(change.points_after)} after"


def _certainty(change: Change) -> str:
    chance = f"the chance that noise alone does this is {chance_text(change.p_value)}"
    return f"{rounded(change.strength, 2):g} standard errors, {chance}"


def _count(builds: int) -> str:
    if builds > MANY:
        return f"more than {MANY} builds"
    return f"{builds} build{'' if builds == 1 else 's'}"


def _crossing_words(crossing: Crossing) -> str:
    if crossing.moved:
        return "the level of the series, not a single build"
    former, wanted = limit_text(crossing.former), limit_text(crossing.specification)
    return f"the specification changed from {former} to {wanted}"
