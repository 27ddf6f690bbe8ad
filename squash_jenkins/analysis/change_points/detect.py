"""Detect what changed in a series of measurements: steps, drifts and outliers, against its noise.

::

    changes = detect(values)            # in build order; NaN where nothing was measured
    for step in changes.steps:
        print(step.index, step.before, step.after, step.p_value)

The noise is measured from differences of neighbours (`noise`), outliers are pulled in to three
sigma from a running median, and the series is cut where that pays for a penalty
(`segmentation`). The penalty is the square of the normal quantile that allows `Settings.alarms`
false alarms in all places together, times what autocorrelation adds to the variance of means
(`Noise.inflation`). Segments that a ramp fits better than a staircase are drifts (`ramp`,
`drifts`); steps within them are recognised by their edges.
A step is reported from its third build on.

Noise and penalty come from the first `basis` points, at least 15 of every 16 (from all where
these are all equal, or the rest is a million times further away): a few more builds leave them,
and with them what was found before, as they were.
"""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from squash_jenkins.analysis.change_points.changes import Changes, Settings
from squash_jenkins.analysis.change_points.describe import (
    Cut,
    Standardized,
    against_slopes,
    describe,
)
from squash_jenkins.analysis.change_points.drifts import Run, choose
from squash_jenkins.analysis.change_points.noise import Floats, calm, estimate, measured
from squash_jenkins.analysis.change_points.ramp import Ramp, fit
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
    Span,
    locate,
    segments_of,
)

_USUAL = Settings()
_EASILY = 0.5  # a candidate need only be worth this part of the penalty
_PART = 0.25  # of the second largest rise in a new level that the third must reach
_UNSETTLED = 3  # so many points at the end may be calmed differently when one more is known
_FAR = 1e6
_SMALL = 128  # of shorter series the noise is measured from all points
_SHORT = 64  # each place of shorter series is a candidate


def detect(values: npt.ArrayLike, settings: Settings = _USUAL) -> Changes:
    """Return the steps, drifts and outliers of one series.

    Parameters
    ----------
    values
        Shape (n,), in build order, any unit. NaN, infinite, and larger than 1e150 in size
        means not measured.
    """
    series = np.asarray(values, dtype=np.float64).reshape(-1)
    where = np.flatnonzero(measured(series))
    return _Detection(series[where], where, settings).changes() if len(where) else Changes()


def basis(points: int) -> int:
    """Return from how many of the points noise and penalty are measured."""
    if points < _SMALL:
        return points
    unit = 1 << (points.bit_length() - 5)
    return points // unit * unit


class _Detection:
    """Detect the changes of one series without gaps; `where` are the places of its values."""

    def __init__(self, raw: Floats, where: Positions, settings: Settings) -> None:
        self._settings, self._where, self._raw = settings, where, raw
        points = basis(len(raw))
        self._measure(raw[:points])
        if points < len(raw) and (self._noise.scale == 0 or _far(self._calm)):
            self._measure(raw)
        self._units = self._in_units(raw)
        self._sums = np.concatenate(([0.0], np.cumsum(self._calm)))

    def changes(self) -> Changes:
        cuts = self._refined(self._cuts())
        ends = [0, *(each.place.best for each in cuts), len(self._raw)]
        spans = list(pairwise(ends))
        segments = segments_of(self._units, self._calm, spans, self._limit)
        ramp_of = self._fitting(spans)
        ramps = choose(segments, self._penalty, ramp_of)
        cuts = against_slopes(cuts, spans, segments, ramps, ramp_of)
        series = Standardized(self._where, self._units, self._noise, self._limit)
        return describe(series, cuts, spans, segments, ramps)

    def _measure(self, values: Floats) -> None:
        self._noise = estimate(values)
        share = self._settings.alarms / max(len(values), 10)
        self._limit = NormalDist().inv_cdf(1 - share / 2)
        self._penalty = self._limit**2 * self._noise.inflation
        self._calm = self._in_units(calm(self._raw, self._noise, self._settings.width))

    def _in_units(self, values: Floats) -> Floats:
        units: Floats = (values - self._noise.centre) / (self._noise.scale or 1.0)
        return units

    def _cuts(self) -> list[int]:
        """Return the best cuts among all places, or among candidates where these are many."""
        points = len(self._raw)
        if points < 2 * SHORTEST or self._noise.scale == 0:
            return []
        short = points < _SHORT
        places = np.arange(SHORTEST, points - SHORTEST + 1) if short else self._candidates()
        cuts = best_cuts(self._sums, places, self._penalty)
        return cuts if not cuts or self._lasts(cuts[-1], [0, *cuts][-2]) else cuts[:-1]

    def _lasts(self, cut: int, before: int) -> bool:
        """Tell whether three of the last points took part in a step, not two outliers only."""
        if len(self._raw) - cut > SHORTEST + 1:
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
        ends = [0, *cuts, len(self._raw)]
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
        return locate(self._sums, spans, self._settings.confidence, self._noise.inflation)

    def _fitting(self, spans: Sequence[Span]) -> Callable[[Run], Ramp | None]:
        """Return what gives the ramp through a run of segments, fitted once."""

        @cache
        def ramp_of(run: Run) -> Ramp | None:
            return fit(self._calm[spans[run[0]][0] : spans[run[1]][1]])

        return ramp_of


def _far(units: Floats) -> bool:
    """Tell whether sums of squares of these lose the digits that a penalty has."""
    return len(units) > 0 and float(np.max(np.abs(units))) > _FAR
