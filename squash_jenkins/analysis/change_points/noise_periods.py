"""Divide a series where its noise becomes larger or smaller, so that each part has its own.

One noise for all builds calls the swings of a noisy time steps, and hides steps in a calm one.
The logarithm of the difference of neighbours has one variance whatever the noise is, and its mean
moves where the noise changes; steps and outliers are only one or two of its values.

References
----------
Pein, Sieling and Munk (2017), Heterogeneous change point inference: a noise of its own between
changes.

Olshen, Venkatraman, Lucito and Wigler (2004), Circular binary segmentation for the analysis of
array-based DNA copy number data: the best cut or the best part between two cuts, then those within.
"""

import math
from collections.abc import Sequence
from itertools import chain, pairwise

import numpy as np

from squash_jenkins.analysis.change_points.noise import Floats, running_median
from squash_jenkins.analysis.change_points.segments import Place, Span, locate

_SHORTEST = 20  # points that show a noise of their own
_FEWEST = 10  # differences other than 0
_LEAST = math.log(2)  # that the noise changes by
_SECOND = 6.0  # that two cuts must be worth more than one
_PENALTY = 24.0  # about one cut in 1000 series of 300 builds whose noise stays
_VARIANCE = math.pi**2 / 8 * 1.5  # of the logarithm for normal noise; neighbours share a value
_CLEAR = 6.0  # standard errors of a step that a boundary moves to
_DEVIATION = 1.4826  # of a normal variable in units of its median absolute deviation
_SMALLEST = 0.05  # of the median difference: values that nearly repeat say no more than that


def noise_periods(values: Floats) -> list[Span]:
    """Return the parts of a series that have one noise each, in order; all of it where it stays.

    Parameters
    ----------
    values
        Shape (n,), in build order, without gaps.
    """
    sums = _sums(values)
    if sums is None:
        return [(0, len(values))]
    ends = [0, *_cuts(sums, 0, len(values)), len(values)]
    for each in range(1, len(ends) - 1):
        ends[each] = _at_step(values, *ends[each - 1 : each + 2])
    return list(pairwise(ends))


def _at_step(values: Floats, begin: int, cut: int, end: int) -> int:
    """Return where the level changes near a boundary; the boundary where it does not.

    The values tell a step to the build, their spread tells a boundary to some builds.
    """
    first, last = max(begin, cut - 2 * _SHORTEST), min(end, cut + 2 * _SHORTEST)
    part = running_median(values[first:last])
    near = (max(cut - _SHORTEST, begin + 1) - first, min(cut + _SHORTEST, end - 1) - first)
    left = np.arange(near[0], near[1] + 1)
    lean = np.cumsum(part)[left - 1] - left * part.mean()
    best = first + int(left[(lean * lean * (1 / left + 1 / (len(part) - left))).argmax()])
    sides = values[first:best], values[best:last]
    levels = [float(np.median(side)) for side in sides]
    spread = max(
        float(np.median(np.abs(side - level))) for side, level in zip(sides, levels, strict=True)
    )
    error = spread * _DEVIATION * math.sqrt(1 / (best - first) + 1 / (last - best))
    return best if abs(levels[1] - levels[0]) > _CLEAR * error else cut


def boundaries(
    values: Floats, parts: Sequence[tuple[int, int, int]], confidence: float
) -> list[Place]:
    """Return where the noise changes between neighbouring periods, and where it may.

    Parameters
    ----------
    parts
        First point, boundary and end of two neighbouring periods.
    confidence
        How probable it is that the place lies between its `first` and `last`.
    """
    sums = _sums(values)
    if sums is None:
        return [Place(cut, cut, cut, 0.0) for _, cut, _ in parts]
    spans = [(first, end - 1) for first, _, end in parts]
    return locate(sums / math.sqrt(_VARIANCE), spans, confidence, 1.0)


def _sums(values: Floats) -> Floats | None:
    """Return the cumulative sums of the logarithms of differences; None for too few."""
    sizes = np.abs(np.diff(values))
    moved = sizes[sizes > 0]
    if len(values) < 2 * _SHORTEST or len(moved) < _FEWEST:
        return None
    logs = np.log(np.maximum(sizes, _SMALLEST * float(np.median(moved))))
    return np.concatenate(([0.0], np.cumsum(logs)))


def _cuts(sums: Floats, first: int, end: int) -> list[int]:
    """Return where to cut the values from `first` up to `end`; their differences are one fewer."""
    count = end - 1 - first
    if count < 2 * _SHORTEST:
        return []
    left = np.arange(_SHORTEST, count - _SHORTEST + 1)
    total = sums[end - 1] - sums[first]
    lean = sums[first + left] - sums[first] - left * (total / count)
    gains = lean * lean * (1 / left + 1 / (count - left))
    best, low, high = int(gains.argmax()), *sorted((int(lean.argmin()), int(lean.argmax())))
    within = int(left[high] - left[low])
    apart = float(lean[high] - lean[low])
    between = apart * apart * (1 / max(within, 1) + 1 / (count - within))
    if within >= _SHORTEST and between > gains[best] + _SECOND * _VARIANCE:
        cuts, gain, length = [low, high], between, within
    else:
        cuts, gain, length, apart = [best], float(gains[best]), int(left[best]), float(lean[best])
    if gain < _PENALTY * _VARIANCE or abs(apart) * (1 / length + 1 / (count - length)) < _LEAST:
        return []
    places = [first + int(left[cut]) for cut in cuts]
    inner = [_cuts(sums, *span) for span in pairwise([first, *places, end])]
    return sorted([*places, *chain.from_iterable(inner)])
