"""Cut a series into segments of one level each: candidates from seeded intervals, then the best.

`marks` looks for candidates in time linear in the length of the series; `best_cuts` chooses
among them by dynamic programming.

References
----------
Kovács, Bühlmann, Li and Munk (2023), Seeded binary segmentation: a general methodology for fast
and optimal changepoint detection: the intervals.

Kovács, Li, Haubner, Munk and Bühlmann (2020), Optimistic search strategy: change point detection
for large-scale data via adaptive logarithmic queries: long intervals need few looks.

Jackson et al. (2005), An algorithm for optimal partitioning of data on an interval, and
Killick, Fearnhead and Eckley (2012), Optimal detection of changepoints with a linear
computational cost: the penalised cost that is minimised here over the candidates.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from squash_jenkins.analysis.change_points.noise import Flags, Floats

Positions = npt.NDArray[np.int64]

SHORTEST = 3
"""A level lasts at least this many points; shorter ones are outliers."""

_LOOKS = 24  # places looked at in an interval, however long


def marks(sums: Floats, threshold: float) -> Flags:
    """Mark the places where a cut stands out in some interval.

    Of each interval only the best cut is looked at. The intervals begin at multiples of a
    fraction of their length, wherever the series ends: those of a longer series contain those of
    a shorter one.

    Parameters
    ----------
    sums
        Shape (n + 1,), without gaps in memory: the cumulative sums of the series in units of its
        noise, beginning with 0.
    threshold
        The least fall of the sum of squares.
    """
    found = np.zeros(len(sums), dtype=np.bool_)
    for length, shift in _lengths(len(sums) - 1):
        found[_standing_out(sums, length, shift, threshold)] = True
    return found


def thinned(places: Positions, sums: Floats) -> Positions:
    """Return the places without those that have a sharper edge one or two points beside them.

    Levels last at least `SHORTEST` points, so of close places only one can be a cut.
    """
    edges = np.abs(sums[places + SHORTEST] - 2 * sums[places] + sums[places - SHORTEST])
    keep = np.ones(len(places), dtype=np.bool_)
    for apart in range(1, SHORTEST):
        close = places[apart:] - places[:-apart] < SHORTEST
        keep[:-apart] &= ~(close & (edges[:-apart] < edges[apart:]))
        keep[apart:] &= ~(close & (edges[apart:] <= edges[:-apart]))
    return places[keep]


def tail_peaks(sums: Floats, threshold: float, known: Positions) -> Positions:
    """Return the best cuts of the intervals that end with the series, none close to known ones."""
    points = len(sums) - 1
    lengths, left, starts = _tail(len(_lengths(points)))
    cuts = points - lengths + left
    base = sums[points - lengths]
    lean = (sums[cuts] - base) - (sums[points] - base) * (left / lengths)
    gains = lean * lean * (lengths / (left * (lengths - left)))
    high: Positions = (gains >= threshold).nonzero()[0]
    if len(high) == 0:
        return high
    top = np.maximum.reduceat(gains, starts)
    owner = np.searchsorted(starts, high, side="right") - 1
    best = high[gains[high] == top[owner]]
    near = np.maximum(SHORTEST, lengths[best] // 16)
    after = np.searchsorted(known, cuts[best] - near, side="right")
    padded = np.append(known, len(sums) * 2)
    chosen: Positions = cuts[best][padded[after] >= cuts[best] + near]
    return chosen


@lru_cache(maxsize=32)
def _tail(count: int) -> tuple[Positions, Positions, Positions]:
    """Return for each look its interval's length and its place in it; where intervals start."""
    lengths, looks = [], []
    for length, _ in _lengths(2 * SHORTEST << (count - 1)):
        left = _looks(length)[0]
        looks.append(left)
        lengths.append(np.full(len(left), length))
    counts = np.array([len(each) for each in looks])
    return np.concatenate(lengths), np.concatenate(looks), np.cumsum(counts) - counts


def _lengths(points: int) -> list[tuple[int, int]]:
    """Return the lengths of intervals and how far each begins after the one before."""
    found = []
    length, shift = 2 * SHORTEST, 1
    while length <= points:
        found.append((length, shift))
        length, shift = 2 * length, length
    return found


def _standing_out(sums: Floats, length: int, shift: int, threshold: float) -> Positions:
    left, stride, share, weight = _looks(length)
    shape = ((len(sums) - 1 - length) // shift + 1, length + 1)
    size = sums.itemsize
    windows: Floats = np.ndarray(shape, sums.dtype, sums, 0, (shift * size, size))
    base = windows[:, 0]
    lean = windows[:, left[0] : left[-1] + 1 : stride] - base[:, np.newaxis]
    lean -= np.multiply.outer(windows[:, -1] - base, share)
    lean *= weight
    np.abs(lean, out=lean)
    best = lean.argmax(axis=1)
    rows = (lean[np.arange(len(lean)), best] >= threshold**0.5).nonzero()[0]
    places: Positions = shift * rows + left[best[rows]]
    return places


@lru_cache(maxsize=64)
def _looks(length: int) -> tuple[Positions, int, Floats, Floats]:
    """Return the places looked at in an interval, their distance, share of it, and weight."""
    stride = max(1, length // _LOOKS)
    left = np.arange(-(-SHORTEST // stride) * stride, length - SHORTEST + 1, stride)
    return left, stride, left / length, np.sqrt(length / (left * (length - left)))


def best_cuts(sums: Floats, candidates: Positions, penalty: float) -> list[int]:
    """Return the cuts that minimise the sum of squares plus a penalty for each cut.

    Parameters
    ----------
    sums
        Cumulative sums as in `marks`.
    candidates
        The places where a cut may be, in order.
    """
    at = np.concatenate((np.zeros(1, dtype=np.int64), candidates))
    height, points = sums[at], len(sums) - 1
    cost = np.full(len(at), -penalty)
    before = np.zeros(len(at), dtype=np.int64)

    def best(ready: int, end: int) -> tuple[float, int]:
        """Return the least cost of ``[0, end)`` and the candidate that its last level begins at."""
        if ready == 0:
            return np.inf, 0
        rise = sums[end] - height[:ready]
        costs = cost[:ready] - rise * rise / (end - at[:ready])
        least = int(costs.argmin())
        return float(costs[least]) + penalty, least

    ready = np.searchsorted(at, at - SHORTEST, side="right").tolist()
    for place in range(1, len(at)):
        cost[place], before[place] = best(ready[place], int(at[place]))
    ended = int(np.searchsorted(at, points - SHORTEST, side="right"))
    return _trace(at, before, best(ended, points)[1])


def _trace(at: Positions, before: Positions, place: int) -> list[int]:
    cuts = []
    while place:
        cuts.append(int(at[place]))
        place = int(before[place])
    return cuts[::-1]
