"""Describe the stretches between cuts: where a cut may lie, its levels, outliers and slope.

Many stretches are described at once, as parts of one flat array, so that a long series with a
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

from squash_jenkins.analysis.noise import Floats
from squash_jenkins.analysis.segmentation import SHORTEST, Positions

Span = tuple[int, int]
"""First point of a stretch, and first point after it."""


class Place(NamedTuple):
    """Tell where between two other cuts a cut lies best, and where it may lie."""

    best: int
    first: int
    last: int
    gain: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hold the level of a stretch, its outliers, and what tells its slope.

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
    at, starts, owner = _flat([(first + SHORTEST, last - SHORTEST + 1) for first, last in spans])
    first, last = (np.array(each)[owner] for each in zip(*spans, strict=True))
    length, left = last - first, at - first
    lean = (sums[at] - sums[first]) - (sums[last] - sums[first]) * (left / length)
    gains = lean * lean * (length / (left * (length - left)))
    top = np.maximum.reduceat(gains, starts)
    slack = -2 * math.log(1 - math.sqrt(confidence)) * inflation
    likely = gains >= top[owner] - slack
    far = len(sums)
    columns = (
        np.minimum.reduceat(np.where(gains == top[owner], at, far), starts),
        np.minimum.reduceat(np.where(likely, at, far), starts),
        np.maximum.reduceat(np.where(likely, at, -1), starts),
        top,
    )
    return [Place(*row) for row in zip(*(each.tolist() for each in columns), strict=True)]


def describe(values: Floats, calmed: Floats, spans: Sequence[Span], width: float) -> list[Stretch]:
    """Return what is to know of each stretch.

    Parameters
    ----------
    values, calmed
        The series in units of its noise, with outliers and with outliers pulled in.
    width
        Points further than this from the level are outliers.
    """
    at, starts, owner = _flat(spans)
    counts = np.diff(np.append(starts, len(at)))
    tame, raw = calmed[at], values[at]
    means = np.add.reduceat(tame, starts) / counts
    outlying = np.abs(raw - means[owner]) > width
    levels = np.add.reduceat(np.where(outlying, means[owner], raw), starts) / counts
    levels = np.where(np.abs(levels - means) < 1, levels, means)
    time = at - (at[starts] + (counts - 1) / 2)[owner]
    deviation = tame - means[owner]
    product = np.add.reduceat(deviation * time, starts)
    length = np.maximum(counts * (counts.astype(np.float64) ** 2 - 1) / 12, 1)
    columns = (
        np.add.reduceat(deviation * deviation, starts),
        product * np.abs(product) / length,
    )
    outliers: list[list[int]] = [[] for _ in spans]
    for point in np.flatnonzero(outlying):
        outliers[int(owner[point])].append(int(at[point]))
    rows = zip(*(each.tolist() for each in (counts, levels, *columns)), strict=True)
    return [
        Stretch(points, level, tuple(out), *rest)
        for (points, level, *rest), out in zip(rows, outliers, strict=True)
    ]


def _flat(spans: Sequence[Span]) -> tuple[Positions, Positions, Positions]:
    """Return the points of all spans in a row, where each span starts, and whose each point is."""
    firsts = np.array([first for first, _ in spans], dtype=np.int64)
    counts = np.array([last - first for first, last in spans], dtype=np.int64)
    starts = np.cumsum(counts) - counts
    owner = np.repeat(np.arange(len(spans)), counts)
    return np.arange(int(counts.sum())) + (firsts - starts)[owner], starts, owner
