"""Describe the segments between cuts: where a cut may lie, its levels, outliers and slope.

Many segments are described at once, as parts of one flat array, so that a long series with a
hundred steps costs no more than one without.

References
----------
Hinkley (1970), Inference about the change-point in a sequence of random variables, and
Siegmund (1988), Confidence sets in change-point problems: the places that are about as likely
as the best. By how much the likelihood of the best exceeds that of the true place is the larger
of two exponential variables, one for each side.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from squash_jenkins.analysis.change_points.noise import Floats
from squash_jenkins.analysis.change_points.segmentation import SHORTEST, Positions

Span = tuple[int, int]
"""First point of a segment, and first point after it."""


class Place(NamedTuple):
    """Hold where between two other cuts a cut fits best, and where it may be."""

    best: int
    first: int
    last: int
    gain: float


NOWHERE = Place(0, 0, 0, 0.0)


@dataclass(frozen=True, slots=True)
class Segment:
    """Hold the level of a segment, its outliers, and a measure of its slope.

    `residual` is the sum of squares about the level, `lean` how much smaller that is about a
    straight line: negative where the line falls.
    """

    points: int
    level: float
    outliers: tuple[int, ...]
    residual: float
    lean: float


def locate(sums: Floats, spans: Sequence[Span], confidence: float, inflation: float) -> list[Place]:
    """Return the best place of one cut in each span, and how far around it is nearly as good.

    Parameters
    ----------
    sums
        Cumulative sums of the series in units of its noise.
    spans
        From the cut before to the cut after; at least six points each.
    confidence
        How probable it is that `first` to `last`, both included, hold the true place.
    inflation
        What likelihoods are divided by where neighbours resemble each other.
    """
    first, last = np.array(spans, dtype=np.int64).T
    length, base = (last - first).astype(np.float64), sums[first]
    at, starts, counts = _flat(first + SHORTEST, last - SHORTEST + 1)
    left = (at - first.repeat(counts)).astype(np.float64)
    lean = sums[at] - base.repeat(counts) - left * ((sums[last] - base) / length).repeat(counts)
    gains = lean * lean * (1 / left + 1 / (length.repeat(counts) - left))
    top = np.maximum.reduceat(gains, starts)
    slack = -2 * math.log(1 - math.sqrt(confidence)) * inflation
    good = (gains >= (top - slack).repeat(counts)).nonzero()[0]
    best = good[gains[good] == top[starts.searchsorted(good, side="right") - 1]]
    columns = (
        at[best[best.searchsorted(starts)]],
        at[good[good.searchsorted(starts)]],
        at[good[good.searchsorted(starts + counts) - 1]],
        top,
    )
    return [Place(*row) for row in zip(*(each.tolist() for each in columns), strict=True)]


def segments_of(
    values: Floats, calmed: Floats, spans: Sequence[Span], width: float
) -> list[Segment]:
    """Return each segment with its level, outliers and slope.

    Parameters
    ----------
    values, calmed
        The series in units of its noise, with outliers and with outliers pulled in.
    width
        Points further than this from the level are outliers.
    """
    first, last = np.array(spans, dtype=np.int64).T
    at, starts, counts = _flat(first, last)
    owner = np.arange(len(spans)).repeat(counts)
    tame, raw = calmed[at], values[at]
    means = np.add.reduceat(tame, starts) / counts
    outlying = np.abs(raw - means[owner]) > width
    levels = np.add.reduceat(np.where(outlying, means[owner], raw), starts) / counts
    levels = np.where(np.abs(levels - means) < 1, levels, means)
    time = at - ((first + last - 1) / 2)[owner]
    deviation = tame - means[owner]
    product = np.add.reduceat(deviation * time, starts)
    length = np.maximum(counts * (counts.astype(np.float64) ** 2 - 1) / 12, 1)
    columns = (
        np.add.reduceat(deviation * deviation, starts),
        product * np.abs(product) / length,
    )
    outliers: list[list[int]] = [[] for _ in spans]
    for point in outlying.nonzero()[0]:
        outliers[int(owner[point])].append(int(at[point]))
    rows = zip(*(each.tolist() for each in (counts, levels, *columns)), strict=True)
    return [
        Segment(points, level, tuple(out), *rest)
        for (points, level, *rest), out in zip(rows, outliers, strict=True)
    ]


def _flat(first: Positions, last: Positions) -> tuple[Positions, Positions, Positions]:
    """Return the points of all spans in a row, where each span starts in it, and their counts."""
    counts = last - first
    starts = counts.cumsum() - counts
    return np.arange(int(counts.sum())) + (first - starts).repeat(counts), starts, counts
