"""Tell a drift from steps, by whether a ramp tells a stretch better than the steps found in it.

A ramp is level, rises or falls evenly for at least `SHORTEST_DRIFT` points, and is level again;
the level parts may be empty. Its cost is compared with that of the staircase.

References
----------
Schwarz (1978), Estimating the dimension of a model: a penalty for each parameter decides between
models.

Fearnhead, Maidstone and Letchford (2019), Detecting changes in slope with an L0 penalty: a
staircase of steps is what a detector of steps makes of a slope.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from squash_jenkins.analysis.noise import Floats
from squash_jenkins.analysis.segmentation import Positions
from squash_jenkins.analysis.stretches import Stretch

SHORTEST_DRIFT = 20
"""What reaches its new level in fewer points is called a step."""

_BLOCKS = 256
_KNOTS = 13
_COST = 1.3  # of a ramp in penalties: it has one place more than a step
_DOUBT = 1.0  # penalties by which the cheap look may err

Ends = npt.NDArray[np.floating[Any]]
Run = tuple[int, int]
"""First and last of neighbouring stretches."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """Hold a ramp: level `low` until `first`, level `high` from `last` on, counted in its stretch.

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


def drifting(stretches: Sequence[Stretch], penalty: float) -> Iterator[Run]:
    """Yield the runs of stretches that may be one drift, staircases before single stretches.

    A cheap look, so that sharp steps are not compared with each ramp: how much more, or less,
    would it cost to join the middles of the stretches by lines?
    """
    points, levels, leans = np.array([(each.points, each.level, each.lean) for each in stretches]).T
    steps = np.diff(levels)
    turns = np.flatnonzero(np.diff(np.sign(steps))) + 1
    ends = np.array([0, *turns.tolist(), len(steps)])
    costs = _costs_of_joining(points, steps, leans, ends)
    least = costs + (_COST - _DOUBT) * penalty
    for place in np.flatnonzero(least < np.diff(ends) * penalty).tolist():
        yield int(ends[place]), int(ends[place + 1])
    for place in np.flatnonzero(np.abs(leans) > penalty / 2).tolist():
        yield place, place


def _costs_of_joining(points: Floats, steps: Floats, leans: Floats, ends: Positions) -> Floats:
    """Return what lines to the middles of the neighbours cost in each run, about.

    The outermost stretches of a run are joined to one neighbour only. Where there are others
    between them, a drift may begin and end with these: then joining costs nothing.
    """
    before, after, none = np.append(0.0, steps), np.append(steps, 0.0), np.zeros(len(points))
    inside = np.concatenate(([0.0], np.cumsum(_joined(points, before, after, leans))))
    begin, end = _joined(points, none, after, leans), _joined(points, before, none, leans)
    first, last = ends[:-1], ends[1:]
    outer = begin[first] + end[last]
    outer = np.where(last - first > 1, np.minimum(outer, 0), outer)
    costs: Floats = outer + inside[last] - inside[np.minimum(first + 1, last)]
    return costs


def _joined(points: Floats, before: Floats, after: Floats, leans: Floats) -> Floats:
    """Return what lines cost that rise by half of `before` and half of `after` in each stretch.

    A rise by r to either side costs n r² / 24, less twice what it has in common with how the
    values lean.
    """
    costs = points * (before * before + after * after) / 24
    common = np.sqrt(costs * np.abs(leans)) * np.sign(leans * (before + after))
    joined: Floats = costs - 2 * common
    return joined


def better(ramp: Ramp | None, stretches: Sequence[Stretch], penalty: float) -> bool:
    """Tell whether a ramp costs less than a level for each of these stretches."""
    if ramp is None:
        return False
    steps = len(stretches) - 1
    stairs = sum(each.residual for each in stretches) + steps * penalty
    return ramp.residual + _COST * penalty < stairs


def fit(series: Ends) -> Ramp | None:
    """Return the best ramp through a series, None where it is too short for one.

    It is looked for among a few places to begin and end, then among places close to the best;
    on averages of neighbours where the series is long.
    """
    points = len(series)
    if points < 2 * SHORTEST_DRIFT:
        return None
    size = -(-points // _BLOCKS)
    blocks = series[: points // size * size].reshape(-1, size).mean(axis=1)
    centres: Ends = np.arange(len(blocks)) * size + (size - 1) / 2
    ends = np.linspace(0, points - 1, _KNOTS)
    first, last = _best_ends(blocks, centres, ends, ends)
    near = np.linspace(-1, 1, 7) * points / _KNOTS
    first, last = _best_ends(blocks, centres, first + near, last + near)
    begin = min(max(round(first), 0), points - 1 - SHORTEST_DRIFT)
    return _ramp(series, begin, min(max(round(last), begin + SHORTEST_DRIFT), points - 1))


def _best_ends(blocks: Ends, centres: Ends, firsts: Ends, lasts: Ends) -> tuple[float, float]:
    first, last = (each.ravel() for each in np.meshgrid(firsts, lasts, indexing="ij"))
    long_enough = last - first >= SHORTEST_DRIFT
    first, last = first[long_enough, np.newaxis], last[long_enough, np.newaxis]
    shapes = np.clip((centres - first) / (last - first), 0, 1)
    shapes -= shapes.mean(axis=1, keepdims=True)
    squares = np.einsum("ij,ij->i", shapes, shapes)
    gains = np.einsum("ij,j->i", shapes, blocks) ** 2 / np.maximum(squares, 1e-9)
    best = int(np.argmax(gains))
    return float(first[best, 0]), float(last[best, 0])


def _ramp(series: Ends, first: int, last: int) -> Ramp:
    shape = np.clip((np.arange(len(series)) - first) / (last - first), 0, 1)
    middle, mean = float(shape.mean()), float(series.mean())
    shape -= middle
    deviation = series - mean
    slope = float(np.sum(shape * deviation) / np.sum(shape * shape))
    residual = float(np.sum((deviation - slope * shape) ** 2))
    low = mean - slope * middle
    gain = float(np.sum(deviation * deviation)) - residual
    return Ramp(first, last, low, low + slope, residual, gain)
