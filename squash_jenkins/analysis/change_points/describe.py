"""Describe cuts, segments and ramps as steps, drifts and outliers in the units of the series."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from squash_jenkins.analysis.change_points.changes import Changes, Drift, Step
from squash_jenkins.analysis.change_points.drifts import Run
from squash_jenkins.analysis.change_points.noise import Floats, Noise
from squash_jenkins.analysis.change_points.ramp import Ramp
from squash_jenkins.analysis.change_points.segmentation import Positions
from squash_jenkins.analysis.change_points.segments import Place, Segment, Span

_LAST_DIGITS = 1e-14


class Cut(NamedTuple):
    """Hold where a cut is, and between which neighbours it was placed."""

    place: Place
    span: Span


@dataclass(frozen=True, slots=True)
class Standardized:
    """Hold a series in units of its noise, and where in it values were measured.

    Values further than `limit` from their level are outliers.
    """

    where: Positions
    units: Floats
    noise: Noise
    limit: float

    def value(self, units: float) -> float:
        """Return a level in the unit of the values."""
        value = self.noise.centre + units * self.noise.scale
        return value if abs(value) > _LAST_DIGITS * abs(self.noise.centre) else 0.0

    def chance(self, gain: float) -> tuple[float, float]:
        """Return how many standard errors a gain is, and the chance of one anywhere in noise."""
        strength = math.sqrt(max(gain, 0.0) / self.noise.inflation)
        return strength, min(1.0, self.noise.points * math.erfc(strength / math.sqrt(2)))


def against_slopes(
    cuts: Sequence[Cut],
    spans: Sequence[Span],
    segments: Sequence[Segment],
    ramps: Mapping[Run, Ramp],
    ramp_of: Callable[[Run], Ramp | None],
) -> list[Cut]:
    """Return the cuts; those beside a ramp gain what they do over one ramp through both sides."""
    owners = {each: run for run in ramps for each in range(run[0], run[1] + 1)}
    found = list(cuts)
    for each in {cut for first, last in ramps for cut in (first - 1, last)}:
        if 0 <= each < len(cuts):
            left, right = (owners.get(side, (side, side)) for side in (each, each + 1))
            joined = ramp_of((left[0], right[1]))
            if joined is not None:
                parts = [ramps.get(side) or segments[side[0]] for side in (left, right)]
                gain = joined.residual - sum(part.residual for part in parts)
                span = (spans[left[0]][0], spans[right[1]][1])
                found[each] = Cut(cuts[each].place._replace(gain=gain), span)
    return found


def describe(
    series: Standardized,
    cuts: Sequence[Cut],
    spans: Sequence[Span],
    segments: Sequence[Segment],
    ramps: Mapping[Run, Ramp],
) -> Changes:
    """Return what was detected; a ramp replaces the steps within it."""
    within = {each for first, last in ramps for each in range(first + 1, last + 1)}
    levels = _levels(spans, segments, ramps)
    steps = [
        _step(series, cut, before[1], after[0])
        for each, (cut, before, after) in enumerate(zip(cuts, levels, levels[1:], strict=False))
        if each + 1 not in within
    ]
    return Changes(
        steps=tuple(steps),
        drifts=tuple(_drift(series, spans, run, ramps[run]) for run in sorted(ramps)),
        outliers=tuple(_outliers(series, spans, segments, ramps)),
        sigma=series.noise.sigma,
        autocorrelation=series.noise.autocorrelation,
        measured=len(series.units),
    )


def _levels(
    spans: Sequence[Span], segments: Sequence[Segment], ramps: Mapping[Run, Ramp]
) -> list[tuple[float, float]]:
    """Return the level at the begin and at the end of each segment, in units of noise."""
    levels = [(each.level, each.level) for each in segments]
    for (first, last), ramp in ramps.items():
        begin = spans[first][0]
        for each in range(first, last + 1):
            ends = np.array([spans[each][0] - begin, spans[each][1] - 1 - begin], dtype=np.float64)
            low, high = ramp.at(ends).tolist()
            levels[each] = (low, high)
    return levels


def _step(series: Standardized, cut: Cut, before: float, after: float) -> Step:
    place, where = cut.place, series.where
    strength, chance = series.chance(place.gain)
    return Step(
        index=int(where[place.best]),
        first=int(where[place.first - 1]) + 1,
        last=int(where[place.last]),
        before=series.value(before),
        after=series.value(after),
        sigma=series.noise.sigma,
        autocorrelation=series.noise.autocorrelation,
        points_before=place.best - cut.span[0],
        points_after=cut.span[1] - place.best,
        strength=strength,
        p_value=chance,
    )


def _drift(series: Standardized, spans: Sequence[Span], run: Run, ramp: Ramp) -> Drift:
    begin, end = spans[run[0]][0], spans[run[1]][1]
    first, last = begin + ramp.first, begin + ramp.last
    strength, chance = series.chance(ramp.gain)
    return Drift(
        index=int(series.where[first]),
        first=int(series.where[first]),
        last=int(series.where[last]),
        before=series.value(ramp.low),
        after=series.value(ramp.high),
        sigma=series.noise.sigma,
        autocorrelation=series.noise.autocorrelation,
        points_before=first - begin + 1,
        points_after=end - last,
        strength=strength,
        p_value=chance,
    )


def _outliers(
    series: Standardized,
    spans: Sequence[Span],
    segments: Sequence[Segment],
    ramps: Mapping[Run, Ramp],
) -> list[int]:
    """Return the places of outliers, on a ramp those far from it."""
    drifting = {each for first, last in ramps for each in range(first, last + 1)}
    found: list[int] = []
    for each, segment in enumerate(segments):
        if each not in drifting:
            found.extend(segment.outliers)
    for (first, last), ramp in ramps.items():
        begin, end = spans[first][0], spans[last][1]
        height = ramp.at(np.arange(end - begin, dtype=np.float64))
        far = np.abs(series.units[begin:end] - height) > series.limit
        found.extend((np.flatnonzero(far) + begin).tolist())
    places: list[int] = series.where[sorted(found)].tolist()
    return places
