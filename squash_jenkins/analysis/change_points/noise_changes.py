"""Return where the noise of a series changed: it became noisier or calmer, or has other modes.

The periods of one noise are those that the detection divides the series into (`noise_periods`).
A mode that a series has only from some build on, or only up to one, is recognised by chance: that
none of its occurrences lies in so many builds at an end is improbable where it comes as often
everywhere.

References
----------
David and Nagaraja (2003), Order statistics, section 2.1: the smallest of some places that are
equally probable everywhere.
"""

import math
from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from squash_jenkins.analysis.change_points.changes import NoiseChange
from squash_jenkins.analysis.change_points.modes import Modes
from squash_jenkins.analysis.change_points.noise import Floats
from squash_jenkins.analysis.change_points.noise_periods import boundaries
from squash_jenkins.analysis.change_points.period import Period
from squash_jenkins.analysis.change_points.segmentation import Positions

_LEAST = 1.5  # that the spread changes by
_SHORTEST = 20  # builds without a mode that others have
_SURE = 1e-4  # chance up to which another noise is reported
_CHANCE = 1e-5  # of so many builds without a mode
_NEAR = 20  # builds between a mode and the noise that comes with it; around a boundary
_RECENT = 30  # builds that levels are computed from
_CONFIDENCE = 0.95


class _Event(NamedTuple):
    """Hold where modes come or go: the first value, and the first where it may have been."""

    place: int
    first: int
    last: int
    chance: float


class _Values(NamedTuple):
    """Hold a series: on one level, the places of its values, and the modes taken out of it."""

    even: Floats
    where: Positions
    modes: Modes | None

    def spread(self, first: int, end: int, sigma: float) -> float:
        """Return the standard deviation about the level, modes included."""
        if self.modes is None:
            return sigma
        added = self.modes.added(self.even)[first:end]
        return math.hypot(sigma, float(added.std()))

    def levels(self, first: int, end: int, middle: Floats) -> tuple[float, ...]:
        """Return the levels that values alternate between, the lowest first."""
        if self.modes is None:
            return ()
        return self.modes.levels(float(np.median(middle)), first, end)


def noise_changes(periods: Sequence[Period], whole: Modes | None) -> tuple[NoiseChange, ...]:
    """Return where the noise changed, in order.

    Parameters
    ----------
    periods
        The periods of one noise, in order.
    whole
        The modes of the whole series, None where it has none or each period has its own.
    """
    if len(periods) == 1 and whole is None:
        return ()
    even = np.concatenate([each.values for each in periods])
    values = _Values(even, np.concatenate([each.where for each in periods]), whole)
    ends = np.cumsum([0, *(len(each.values) for each in periods)]).tolist()
    events = [] if whole is None else _events(whole)
    found = [_of_modes(values, event, periods, ends) for event in events]
    for number, place in enumerate(ends[1:-1]):
        if all(abs(place - event.place) > _NEAR for event in events):
            found += _of_noise(values, periods[number : number + 2], ends[number : number + 3])
    return tuple(sorted(found, key=lambda change: change.index))


def _events(modes: Modes) -> list[_Event]:
    """Return where modes come or go; of those that may be the same place the surest."""
    found = sorted(_comings_and_goings(modes), key=lambda event: event.chance)
    kept: list[_Event] = []
    for each in found:
        if all(each.first > other.last or other.first > each.last for other in kept):
            kept.append(each)
    return kept


def _comings_and_goings(modes: Modes) -> Iterator[_Event]:
    points = len(modes.mode_of)
    for mode in range(len(modes.offsets)):
        within = modes.mode_of == mode
        places = np.flatnonzero(within)
        if len(places) == 0:
            continue
        runs = 1 + int((np.diff(places) > 1).sum())
        begin, end = int(places[0]), int(places[-1]) + 1
        gap = math.ceil(-math.log(1 - _CONFIDENCE) * (end - begin) / runs)
        before, after = begin, points - end
        for builds, place in ((before, begin), (after, end)):
            chance = (1 - builds / (end - begin + builds)) ** runs * len(modes.offsets)
            if builds >= _SHORTEST and chance <= _CHANCE:
                first, last = (place - gap, place) if place == begin else (place, place + gap)
                yield _Event(place, max(first, 1), min(last, points - 1), chance)


def _of_modes(
    values: _Values, event: _Event, periods: Sequence[Period], ends: Sequence[int]
) -> NoiseChange:
    place, points = event.place, len(values.even)
    sigmas = [
        next(each.noise.sigma for each, end in zip(periods, ends[1:], strict=True) if at < end)
        for at in (place - 1, place)
    ]
    middle = values.even[max(0, place - _RECENT) : place], values.even[place : place + _RECENT]
    return NoiseChange(
        index=int(values.where[place]),
        first=int(values.where[event.first - 1]) + 1,
        last=int(values.where[event.last]),
        before=values.spread(0, place, sigmas[0]),
        after=values.spread(place, points, sigmas[1]),
        sigma=sigmas[1],
        autocorrelation=periods[-1].noise.autocorrelation,
        points_before=place,
        points_after=points - place,
        strength=abs(NormalDist().inv_cdf(max(event.chance, 1e-300) / 2)),
        p_value=event.chance,
        levels_before=values.levels(0, place, middle[0]),
        levels_after=values.levels(place, points, middle[1]),
    )


def _of_noise(
    values: _Values, beside: Sequence[Period], ends: Sequence[int]
) -> Iterator[NoiseChange]:
    """Yield the change from one period to the next, where their spreads or modes differ."""
    before, after = beside
    begin, cut, end = ends
    spreads = [_spread(each) for each in beside]
    levels = [_levels(each, recent) for each, recent in zip(beside, (-1, 1), strict=True)]
    if len(levels[0]) == len(levels[1]) and _alike(spreads, beside):
        return
    if len(levels[0]) == len(levels[1]):
        levels = [(), ()]
    place = boundaries(values.even, [(begin, cut, end)], _CONFIDENCE)[0]
    strength = math.sqrt(place.gain)
    chance = min(1.0, len(values.even) * math.erfc(strength / math.sqrt(2)))
    if chance > _SURE:
        return
    yield NoiseChange(
        index=int(values.where[cut]),
        first=int(values.where[max(min(place.first, cut), cut - _NEAR, 1) - 1]) + 1,
        last=int(values.where[min(max(place.last, cut), cut + _NEAR, end - 1)]),
        before=spreads[0],
        after=spreads[1],
        sigma=after.noise.sigma,
        autocorrelation=after.noise.autocorrelation,
        points_before=len(before.values),
        points_after=len(after.values),
        strength=strength,
        p_value=chance,
        levels_before=levels[0],
        levels_after=levels[1],
    )


def _alike(spreads: Sequence[float], beside: Sequence[Period]) -> bool:
    """Return whether spreads are about the same, or follow a level that changed."""
    levels = [abs(float(np.median(each.values))) for each in beside]
    relative = [spread / level for spread, level in zip(spreads, levels, strict=True) if level]
    return any(
        max(both) < _LEAST * min(both) for both in (spreads, relative) if len(both) == len(beside)
    )


def _spread(period: Period) -> float:
    """Return the standard deviation within a period, its own modes included."""
    if period.modes is None:
        return period.noise.sigma
    return math.hypot(period.noise.sigma, float(period.modes.added(period.values).std()))


def _levels(period: Period, side: int) -> tuple[float, ...]:
    """Return the levels of a period with modes of its own; one where it has none."""
    recent = period.values[-_RECENT:] if side < 0 else period.values[:_RECENT]
    middle = float(np.median(recent))
    if period.modes is None:
        return (middle,)
    return period.modes.levels(middle, 0, len(period.values))
