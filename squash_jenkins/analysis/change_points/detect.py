"""Find what changed in a series of measurements: steps, drifts and outliers, against its noise.

::

    changes = detect(values)            # in build order; NaN where nothing was measured
    for step in changes.steps:
        print(step.index, step.before, step.after, step.statistics)

    tracker = Tracker(values)           # the same, when builds keep coming
    changes = tracker.append(value)

The noise is measured from differences of neighbours (`noise`), outliers are pulled in to three
sigma from a running median, and the series is cut where that pays for a penalty
(`segmentation`). The penalty is the square of the normal quantile that `Settings.alarms` false
alarms in all places together allow, times what autocorrelation adds to the variance of means
(`Noise.inflation`). Stretches that a ramp tells better than a staircase are drifts (`trend`,
`drifts`); steps within them are told apart by their edges.
A step is told from its third build on.

Noise and penalty come from the first `basis` points, at least 15 of every 16 (from all where
these are all equal, or the rest is a million times further away): so they stay while a few points
are appended, and what is found is the same as from scratch, always.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import NormalDist
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from squash_jenkins.analysis.change_points.changes import Changes, Settings, Step
from squash_jenkins.analysis.change_points.describe import Cut, Sight, against_slopes, tell
from squash_jenkins.analysis.change_points.drifts import Run, choose
from squash_jenkins.analysis.change_points.noise import Floats, calm, estimate, measured
from squash_jenkins.analysis.change_points.ramp import Ramp, fit
from squash_jenkins.analysis.change_points.segmentation import (
    SHORTEST,
    Partition,
    Positions,
    marks,
    tail_peaks,
    thinned,
)
from squash_jenkins.analysis.change_points.stretches import (
    NOWHERE,
    Place,
    Span,
    Stretch,
    describe,
    locate,
)

_USUAL = Settings()
_EASILY = 0.5  # a candidate need only be worth this part of the penalty
_PART = 0.25  # of the second largest rise in a new level that the third must reach
_UNSETTLED = 3  # so many points at the end may be calmed differently when one more is known
_Known = TypeVar("_Known")
_FAR = 1e6
_SMALL = 128  # noise of shorter series is measured anew with each point
_SHORT = 64  # each place of shorter series is a candidate


def detect(values: npt.ArrayLike, settings: Settings = _USUAL) -> Changes:
    """Return the steps, drifts and outliers of one series.

    Parameters
    ----------
    values
        Shape (n,), in build order, any unit. NaN, infinite, and larger than 1e150 in size
        means not measured.
    """
    return Tracker(values, settings).changes


def basis(points: int) -> int:
    """Return from how many of the points noise and penalty are measured."""
    if points < _SMALL:
        return points
    unit = 1 << (points.bit_length() - 5)
    return points // unit * unit


class Tracker:
    """Follow one series; a point appended costs little, and gives what `detect` gives.

    A value that comes between older ones, or is corrected, needs a new tracker.
    """

    def __init__(self, values: npt.ArrayLike = (), settings: Settings = _USUAL) -> None:
        series = np.asarray(values, dtype=np.float64).reshape(-1)
        self._settings = settings
        self._count = len(series)
        self._where = np.flatnonzero(measured(series))
        self._raw = series[self._where]
        self._found: Changes | None = None
        self._begin()

    @property
    def changes(self) -> Changes:
        """Return what is found in the values so far."""
        if self._found is None:
            self._found = self._find()
        return self._found

    def append(self, value: float) -> Changes:
        """Add one value, NaN when the build measured none, and return what is found now."""
        self._count += 1
        if measured(np.array([value]))[0]:
            self._where = np.append(self._where, self._count - 1)
            self._raw = np.append(self._raw, value)
            known = self._noise.scale > 0 and basis(len(self._raw)) == self._noise.points
            if not (known and self._extend()):
                self._begin()
        return self.changes

    def _begin(self) -> None:
        """Measure noise and penalty, and forget all that was found with others."""
        points = basis(len(self._raw))
        self._measure(self._raw[:points])
        if points < len(self._raw) and (self._noise.scale == 0 or _far(self._calm)):
            self._measure(self._raw)
        self._units = self._in_units(self._raw)
        self._sums = np.concatenate(([0.0], np.cumsum(self._calm)))
        self._marks = np.zeros(0, dtype=np.bool_)
        self._partition = Partition(self._penalty)
        self._places: dict[Span, Place] = {}
        self._stretches: dict[Span, Stretch] = {}
        self._ramps: dict[Span, Ramp | None] = {}
        self._steps: list[tuple[Cut, float, float, Step]] = []
        self._found = None

    def _measure(self, values: Floats) -> None:
        self._noise = estimate(values)
        share = self._settings.alarms / max(len(values), 10)
        self._limit = NormalDist().inv_cdf(1 - share / 2)
        self._penalty = self._limit**2 * self._noise.inflation
        self._calm = self._in_units(calm(self._raw, self._noise, self._settings.width))

    def _extend(self) -> bool:
        """Take in the last point unless it is too far away for the known noise to compute with.

        Only the points close to it can be calmed differently.
        """
        stays = len(self._raw) - _UNSETTLED
        near = self._raw[stays - 5 :]
        tail = self._in_units(calm(near, self._noise, self._settings.width)[-_UNSETTLED:])
        if _far(tail):
            return False
        self._units = np.append(self._units, self._in_units(self._raw[-1:]))
        self._calm = np.concatenate((self._calm[:stays], tail))
        sums = np.cumsum(np.concatenate((self._sums[stays : stays + 1], tail)))
        self._sums = np.concatenate((self._sums[:stays], sums))
        self._found = None
        return True

    def _in_units(self, values: Floats) -> Floats:
        units: Floats = (values - self._noise.centre) / (self._noise.scale or 1.0)
        return units

    def _find(self) -> Changes:
        if len(self._raw) == 0:
            return Changes()
        cuts = self._refined(self._cuts())
        ends = [0, *(each.place.best for each in cuts), len(self._raw)]
        spans = list(pairwise(ends))
        stretches = self._described(spans)
        ramp_of = self._fitting(spans)
        ramps = choose(stretches, self._penalty, ramp_of)
        told = against_slopes(cuts, spans, stretches, ramps, ramp_of)
        sight = Sight(self._where, self._units, self._noise, self._limit, self._steps)
        return tell(sight, told, spans, stretches, ramps)

    def _cuts(self) -> list[int]:
        """Return the best cuts among all places, or among candidates where these are many."""
        points = len(self._raw)
        if points < 2 * SHORTEST or self._noise.scale == 0:
            return []
        short = points < _SHORT
        places = np.arange(SHORTEST, points - SHORTEST + 1) if short else self._candidates()
        self._partition.propose(places)
        cuts = self._partition.cut(self._sums)
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
        """Return places from the settled points, which are remembered, and from the tail."""
        threshold = _EASILY * self._penalty
        settled = self._sums[: 1 - _UNSETTLED]
        found = marks(settled, threshold, max(len(self._marks) - 1, 0))
        found[: len(self._marks)] |= self._marks
        self._marks = found
        places = thinned(found.nonzero()[0], self._sums)
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
        self._places = dict(zip(spans, found, strict=True))
        return [Cut(*each) for each in zip(found, spans, strict=True)]

    def _located(self, spans: Sequence[Span]) -> list[Place]:
        confidence, inflation = self._settings.confidence, self._noise.inflation
        return _recall(
            self._places, spans, lambda new: locate(self._sums, new, confidence, inflation)
        )

    def _described(self, spans: Sequence[Span]) -> list[Stretch]:
        found = _recall(
            self._stretches, spans, lambda new: describe(self._units, self._calm, new, self._limit)
        )
        self._stretches = dict(zip(spans, found, strict=True))
        return found

    def _fitting(self, spans: Sequence[Span]) -> Callable[[Run], Ramp | None]:
        """Return what gives the ramp through a run of stretches; those of last time are known."""
        known, self._ramps = self._ramps, {}

        def ramp_of(run: Run) -> Ramp | None:
            span = (spans[run[0]][0], spans[run[1]][1])
            if span not in self._ramps:
                self._ramps[span] = known[span] if span in known else fit(self._calm[slice(*span)])
            return self._ramps[span]

        return ramp_of


def _far(units: Floats) -> bool:
    """Tell whether sums of squares of these lose the digits that a penalty has."""
    return len(units) > 0 and float(np.max(np.abs(units))) > _FAR


def _recall(
    known: dict[Span, _Known],
    spans: Sequence[Span],
    find: Callable[[list[Span]], list[_Known]],
) -> list[_Known]:
    """Return what is known of each span; what is not is found for all of them at once."""
    new = [each for each in spans if each not in known]
    if new:
        known |= zip(new, find(new), strict=True)
    return [known[each] for each in spans]
