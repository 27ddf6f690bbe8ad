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

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from squash_jenkins.analysis.noise import Floats
from squash_jenkins.analysis.stretches import Stretch

SHORTEST_DRIFT = 12
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
    costs = np.cumsum([0.0, *_costs_of_joining(stretches)])
    for first, last in _staircases(stretches):
        cost = costs[last + 1] - costs[first]
        if cost + (_COST - _DOUBT) * penalty < (last - first) * penalty:
            yield first, last
    for each, stretch in enumerate(stretches):
        if abs(stretch.lean) > penalty / 2:
            yield each, each


def _costs_of_joining(stretches: Sequence[Stretch]) -> list[float]:
    """Return what lines to the middles of the neighbours cost in each stretch, about.

    A rise by r to either side costs n r² / 24, less twice what it has in common with how the
    values lean.
    """
    steps = [after.level - before.level for before, after in pairwise(stretches)]
    found = []
    for stretch, one, other in zip(stretches, [0.0, *steps], [*steps, 0.0], strict=True):
        cost = stretch.points * (one * one + other * other) / 24
        common = math.copysign(math.sqrt(cost * abs(stretch.lean)), stretch.lean * (one + other))
        found.append(cost - 2 * common)
    return found


def better(ramp: Ramp | None, stretches: Sequence[Stretch], penalty: float) -> bool:
    """Tell whether a ramp costs less than a level for each of these stretches."""
    if ramp is None:
        return False
    steps = len(stretches) - 1
    stairs = sum(each.residual for each in stretches) + steps * penalty
    return ramp.residual + _COST * penalty < stairs


def _staircases(stretches: Sequence[Stretch]) -> Iterator[Run]:
    rises = [after.level > before.level for before, after in pairwise(stretches)]
    first = 0
    for last, rising in enumerate(rises, start=1):
        if last == len(rises) or rises[last] != rising:
            yield first, last
            first = last


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
