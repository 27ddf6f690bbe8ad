"""Tell cuts, stretches and ramps as steps, drifts and outliers in the units of the series."""

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
from squash_jenkins.analysis.change_points.stretches import Place, Span, Stretch

_LAST_DIGITS = 1e-14


class Cut(NamedTuple):
    """Hold where a cut is, and between which neighbours it was placed."""

    place: Place
    span: Span


@dataclass(frozen=True, slots=True)
class Sight:
    """Hold the series that is told of: which values were measured, and them in units of noise.

    Values further than `limit` from their level are outliers. `told` keeps the steps that were
    told last, in order: most stay as they are when a point is appended.
    """

    where: Positions
    units: Floats
    noise: Noise
    limit: float
    told: list[tuple[Cut, float, float, Step]]

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
    stretches: Sequence[Stretch],
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
                parts = [ramps.get(side) or stretches[side[0]] for side in (left, right)]
                gain = joined.residual - sum(part.residual for part in parts)
                span = (spans[left[0]][0], spans[right[1]][1])
                found[each] = Cut(cuts[each].place._replace(gain=gain), span)
    return found


def tell(
    sight: Sight,
    cuts: Sequence[Cut],
    spans: Sequence[Span],
    stretches: Sequence[Stretch],
    ramps: Mapping[Run, Ramp],
) -> Changes:
    """Return what was found; a ramp takes the place of the steps within it."""
    within = {each for first, last in ramps for each in range(first + 1, last + 1)}
    levels = _levels(spans, stretches, ramps)
    steps = [
        (cut, before[1], after[0])
        for each, (cut, before, after) in enumerate(zip(cuts, levels, levels[1:], strict=False))
        if each + 1 not in within
    ]
    return Changes(
        steps=tuple(_told(sight, steps)),
        drifts=tuple(_drift(sight, spans, run, ramps[run]) for run in sorted(ramps)),
        outliers=tuple(_outliers(sight, spans, stretches, ramps)),
        sigma=sight.noise.sigma,
        autocorrelation=sight.noise.autocorrelation,
        measured=len(sight.units),
    )


def _levels(
    spans: Sequence[Span], stretches: Sequence[Stretch], ramps: Mapping[Run, Ramp]
) -> list[tuple[float, float]]:
    """Return the level at the begin and at the end of each stretch, in units of noise."""
    levels = [(each.level, each.level) for each in stretches]
    for (first, last), ramp in ramps.items():
        begin = spans[first][0]
        for each in range(first, last + 1):
            ends = np.array([spans[each][0] - begin, spans[each][1] - 1 - begin], dtype=np.float64)
            low, high = ramp.at(ends).tolist()
            levels[each] = (low, high)
    return levels


def _told(sight: Sight, steps: Sequence[tuple[Cut, float, float]]) -> list[Step]:
    known = [
        last[3] if last[:3] == now else None for last, now in zip(sight.told, steps, strict=False)
    ]
    known += [None] * (len(steps) - len(known))
    found = [last or _step(sight, *now) for last, now in zip(known, steps, strict=True)]
    sight.told[:] = [(*now, step) for now, step in zip(steps, found, strict=True)]
    return found


def _step(sight: Sight, cut: Cut, before: float, after: float) -> Step:
    place, where = cut.place, sight.where
    strength, chance = sight.chance(place.gain)
    return Step(
        index=int(where[place.best]),
        first=int(where[place.first - 1]) + 1,
        last=int(where[place.last]),
        before=sight.value(before),
        after=sight.value(after),
        sigma=sight.noise.sigma,
        autocorrelation=sight.noise.autocorrelation,
        points_before=place.best - cut.span[0],
        points_after=cut.span[1] - place.best,
        strength=strength,
        p_value=chance,
    )


def _drift(sight: Sight, spans: Sequence[Span], run: Run, ramp: Ramp) -> Drift:
    begin, end = spans[run[0]][0], spans[run[1]][1]
    first, last = begin + ramp.first, begin + ramp.last
    strength, chance = sight.chance(ramp.gain)
    return Drift(
        index=int(sight.where[first]),
        first=int(sight.where[first]),
        last=int(sight.where[last]),
        before=sight.value(ramp.low),
        after=sight.value(ramp.high),
        sigma=sight.noise.sigma,
        autocorrelation=sight.noise.autocorrelation,
        points_before=first - begin + 1,
        points_after=end - last,
        strength=strength,
        p_value=chance,
        ongoing=last >= len(sight.units) - 1,
    )


def _outliers(
    sight: Sight,
    spans: Sequence[Span],
    stretches: Sequence[Stretch],
    ramps: Mapping[Run, Ramp],
) -> list[int]:
    """Return the places of outliers, those on a ramp judged by it."""
    drifting = {each for first, last in ramps for each in range(first, last + 1)}
    found: list[int] = []
    for each, stretch in enumerate(stretches):
        if each not in drifting:
            found.extend(stretch.outliers)
    for (first, last), ramp in ramps.items():
        begin, end = spans[first][0], spans[last][1]
        height = ramp.at(np.arange(end - begin, dtype=np.float64))
        far = np.abs(sight.units[begin:end] - height) > sight.limit
        found.extend((np.flatnonzero(far) + begin).tolist())
    places: list[int] = sight.where[sorted(found)].tolist()
    return places
