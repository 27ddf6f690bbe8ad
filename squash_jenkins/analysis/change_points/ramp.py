"""Fit a ramp: level, then rising or falling evenly, then level again; level parts may be empty.

References
----------
Fearnhead, Maidstone and Letchford (2019), Detecting changes in slope with an L0 penalty: a
staircase of steps is what a detector of steps makes of a slope.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from squash_jenkins.analysis.change_points.noise import Floats
from squash_jenkins.analysis.change_points.segmentation import Positions

SHORTEST_DRIFT = 20
"""What reaches its new level in fewer points is called a step."""

_KNOTS = 13  # places at first
_NEAR = 3  # places to either side then
_AROUND = np.linspace(-1, 1, 2 * _NEAR + 1)

Ends = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Ramp:
    """Hold a ramp: level `low` until `first`, level `high` from `last` on, counted in its segment.

    `residual` is the sum of squares about it, `gain` how much smaller that is than about the mean.
    """

    first: int
    last: int
    low: float
    high: float
    residual: float
    gain: float

    def at(self, places: Floats) -> Floats:
        """Return the height of the ramp at these places."""
        share = np.clip((places - self.first) / (self.last - self.first), 0, 1)
        height: Floats = self.low + (self.high - self.low) * share
        return height


def fit(series: Ends) -> Ramp | None:
    """Return the best ramp through a series, None where it is too short for one.

    It is looked for among a few places to begin and end, then twice among places close to the
    best. Sums up to each place and their first moments give each ramp's gain at once.
    """
    points = len(series)
    if points < 2 * SHORTEST_DRIFT:
        return None
    middle = float(series.mean())
    deviation = series - middle
    moments = np.zeros((2, points + 1))
    np.cumsum(deviation, out=moments[0, 1:])
    np.cumsum(deviation * np.arange(points), out=moments[1, 1:])
    ends = np.arange(_KNOTS) * (points - 1) // (_KNOTS - 1)
    first, last = _best_ends(moments, ends, ends)
    for apart in (points / _KNOTS, points / _KNOTS / _NEAR):
        near = (_AROUND * apart).astype(np.int64)
        room = points - 1 - SHORTEST_DRIFT
        firsts = np.minimum(np.maximum(first + near, 0), room)
        lasts = np.minimum(last + near, points - 1)
        first, last = _best_ends(moments, firsts, lasts)
    return _ramp(deviation, middle, first, last)


def _best_ends(moments: Ends, firsts: Positions, lasts: Positions) -> tuple[int, int]:
    """Return the ends of the ramp that takes most from the sum of squares."""
    points = moments.shape[1] - 1
    first, last = firsts[:, np.newaxis], lasts[np.newaxis, :]
    length = np.maximum(last - first, SHORTEST_DRIFT).astype(np.float64)
    level = points - 1 - last
    (sum_last, torque_last), (sum_first, torque_first) = moments[:, lasts + 1], moments[:, firsts]
    rise = torque_last - torque_first[:, np.newaxis] - first * (sum_last - sum_first[:, np.newaxis])
    common = rise / length - sum_last
    shape = (length + 1) / 2 + level
    squares = (length + 1) * (2 * length + 1) / (6 * length) + level - shape * shape / points
    gains = np.where(last - first < SHORTEST_DRIFT, -1, common * common / squares)
    best, other = divmod(int(gains.argmax()), len(lasts))
    return int(firsts[best]), int(lasts[other])


def _ramp(deviation: Ends, mean: float, first: int, last: int) -> Ramp:
    shape = np.arange(len(deviation), dtype=np.float64)
    shape -= first
    shape /= last - first
    np.minimum(np.maximum(shape, 0, out=shape), 1, out=shape)
    middle = float(shape.mean())
    shape -= middle
    slope = float(shape @ deviation) / float(shape @ shape)
    rest = deviation - slope * shape
    residual = float(rest @ rest)
    low = mean - slope * middle
    return Ramp(first, last, low, low + slope, residual, float(deviation @ deviation) - residual)
