"""Detect what changed in values of one noise: cuts, what each is worth, segments and ramps.

The values are cut where that pays for a penalty, cuts beside values that spread more than the
noise are looked at again, and segments that a ramp fits better than a staircase become drifts.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from itertools import pairwise
from statistics import NormalDist

import numpy as np

from squash_jenkins.analysis.change_points.changes import Changes, Settings
from squash_jenkins.analysis.change_points.describe import (
    Cut,
    Standardized,
    against_slopes,
    describe,
)
from squash_jenkins.analysis.change_points.drifts import Run, choose
from squash_jenkins.analysis.change_points.modes import Modes
from squash_jenkins.analysis.change_points.noise import Floats, calm, estimate
from squash_jenkins.analysis.change_points.ramp import Ramp, fit
from squash_jenkins.analysis.change_points.second_look import holds
from squash_jenkins.analysis.change_points.segmentation import (
    SHORTEST,
    Positions,
    best_cuts,
    marks,
    tail_peaks,
    thinned,
)
from squash_jenkins.analysis.change_points.segments import (
    NOWHERE,
    Place,
    Segment,
    Span,
    locate,
    segments_of,
)

_EASILY = 0.5  # a candidate need only be worth this part of the penalty
_PART = 0.25  # of the second largest rise in a new level that the third must reach
_UNSETTLED = 3  # so many points at the end may be calmed differently when one more is known
_FAR = 1e6
_SMALL = 128  # of shorter series the noise is measured from all points
_SHORT = 64  # each place of shorter series is a candidate


def basis(points: int) -> int:
    """Return from how many of the points noise and penalty are measured."""
    if points < _SMALL:
        return points
    unit = 1 << (points.bit_length() - 5)
    return points // unit * unit


def quantile(alarms: float, points: int) -> float:
    """Return the normal quantile that allows so many false alarms in all places together."""
    return NormalDist().inv_cdf(1 - alarms / max(points, 10) / 2)


class Period:
    """Detect the changes in values without gaps that have one noise.

    Attributes
    ----------
    values, where
        The values, and their places in the series.
    modes
        The modes that were taken out of them, None for none.
    """

    def __init__(
        self, values: Floats, where: Positions, settings: Settings, modes: Modes | None = None
    ) -> None:
        self._settings, self.where, self.values, self.modes = settings, where, values, modes
        points = basis(len(values))
        self._measure(values[:points])
        if points < len(values) and (self.noise.scale == 0 or _far(self._calm)):
            self._measure(values)
        self._units = self._in_units(values)
        self._sums = np.concatenate(([0.0], np.cumsum(self._calm)))

    @cached_property
    def changes(self) -> Changes:
        """Return the steps, drifts and outliers."""
        cuts, spans, segments, ramps = self._found
        cuts = against_slopes(cuts, spans, segments, ramps, self._fitting(spans))
        series = Standardized(self.where, self._units, self.noise, self._limit)
        return describe(series, cuts, spans, segments, ramps)

    @property
    def first(self) -> Floats:
        """Return the values before the first cut."""
        return self.values[slice(*self._found[1][0])]

    @property
    def last(self) -> Floats:
        """Return the values after the last cut."""
        return self.values[slice(*self._found[1][-1])]

    @cached_property
    def _found(self) -> tuple[list[Cut], list[Span], list[Segment], dict[Run, Ramp]]:
        """Return cuts, spans, segments and ramps, without the cuts that a second look removes."""
        found = self._searched(self._cuts())
        firm = self._firm(found[1], found[3])
        return found if len(firm) == len(found[0]) else self._searched(firm)

    def _searched(
        self, cuts: list[int]
    ) -> tuple[list[Cut], list[Span], list[Segment], dict[Run, Ramp]]:
        refined = self._refined(cuts)
        spans = list(pairwise([0, *(each.place.best for each in refined), len(self.values)]))
        segments = segments_of(self._units, self._calm, spans, self._limit)
        return refined, spans, segments, choose(segments, self._penalty, self._fitting(spans))

    def _firm(self, spans: Sequence[Span], ramps: Mapping[Run, Ramp]) -> list[int]:
        """Return the cuts that stand out against the spread beside them, and those of ramps."""
        sloped = {each for first, last in ramps for each in range(first, last + 1)}
        return [
            after[0]
            for each, (before, after) in enumerate(pairwise(spans))
            if sloped & {each, each + 1}
            or holds(self._units[slice(*before)], self._units[slice(*after)], self.noise)
        ]

    def _measure(self, values: Floats) -> None:
        self.noise = estimate(values)
        self._limit = quantile(self._settings.alarms, len(values))
        self._penalty = self._limit**2 * self.noise.inflation
        self._calm = self._in_units(calm(self.values, self.noise, self._settings.width))

    def _in_units(self, values: Floats) -> Floats:
        units: Floats = (values - self.noise.centre) / (self.noise.scale or 1.0)
        return units

    def _cuts(self) -> list[int]:
        """Return the best cuts among all places, or among candidates where these are many."""
        points = len(self.values)
        if points < 2 * SHORTEST or self.noise.scale == 0:
            return []
        short = points < _SHORT
        places = np.arange(SHORTEST, points - SHORTEST + 1) if short else self._candidates()
        cuts = best_cuts(self._sums, places, self._penalty)
        return cuts if not cuts or self._lasts(cuts[-1], [0, *cuts][-2]) else cuts[:-1]

    def _lasts(self, cut: int, before: int) -> bool:
        """Return whether three of the last points took part in a step, not two outliers only."""
        if len(self.values) - cut > SHORTEST + 1:
            return True
        level = (self._sums[cut] - self._sums[before]) / (cut - before)
        rises = self._units[cut:] - level
        rises = np.sort(rises * np.sign(np.median(self._calm[cut:]) - level))
        return bool(rises[-SHORTEST] > _PART * rises[1 - SHORTEST])

    def _candidates(self) -> Positions:
        """Return places from the settled points, and from the tail."""
        threshold = _EASILY * self._penalty
        places = marks(self._sums[: 1 - _UNSETTLED], threshold).nonzero()[0]
        places = thinned(places, self._sums)
        peaks = tail_peaks(self._sums, threshold, places)
        return np.union1d(places, peaks) if len(peaks) else places

    def _refined(self, cuts: list[int]) -> list[Cut]:
        """Move each cut to its best place between its neighbours, every other one first."""
        ends = [0, *cuts, len(self.values)]
        spans: list[Span] = [(0, 0)] * len(cuts)
        found: list[Place] = [NOWHERE] * len(cuts)
        for start in (0, 1):
            spans[start::2] = zip(ends[start:-2:2], ends[start + 2 :: 2], strict=True)
            found[start::2] = self._located(spans[start::2])
            ends[start + 1 : -1 : 2] = [each.best for each in found[start::2]]
        return [Cut(*each) for each in zip(found, spans, strict=True)]

    def _located(self, spans: Sequence[Span]) -> list[Place]:
        if not spans:
            return []
        return locate(self._sums, spans, self._settings.confidence, self.noise.inflation)

    def _fitting(self, spans: Sequence[Span]) -> Callable[[Run], Ramp | None]:
        """Return what gives the ramp through a run of segments, fitted once."""

        @cache
        def ramp_of(run: Run) -> Ramp | None:
            return fit(self._calm[spans[run[0]][0] : spans[run[1]][1]])

        return ramp_of


def _far(units: Floats) -> bool:
    """Return whether sums of squares of these lose the digits that a penalty has."""
    return len(units) > 0 and float(np.max(np.abs(units))) > _FAR
