"""Choose which segments are drifts: where a ramp costs less than the steps found there.

A run of segments that all rise, or all fall, may be one drift, or several with steps between
them. Its *edges* distinguish the two: at a cut that only serves to follow a slope, lines through
both neighbours meet; at a step they do not. The ramps are then chosen that save most.

References
----------
Schwarz (1978), Estimating the dimension of a model: a penalty for each parameter decides between
models.

Quandt (1958), The estimation of the parameters of a linear regression system obeying two separate
regimes: a step within a slope shows in how far lines to both sides miss each other.

Kleinberg and Tardos (2005), Algorithm design, section 6.1: weighted intervals that do not overlap.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from squash_jenkins.analysis.change_points.noise import Floats
from squash_jenkins.analysis.change_points.ramp import Ramp
from squash_jenkins.analysis.change_points.segmentation import Positions
from squash_jenkins.analysis.change_points.segments import Segment

Run = tuple[int, int]
"""First and last of neighbouring segments."""

_COST = 1.3  # of a ramp in penalties: it has one place more than a step
_DOUBT = 1.0  # penalties by which the cheap look may err
_EDGE = 0.5  # of the penalty that an edge must be worth to be looked at as a step


class _Saving(NamedTuple):
    """Hold how much a ramp saves over the steps in its run."""

    run: Run
    ramp: Ramp
    saved: float


def choose(
    segments: Sequence[Segment], penalty: float, ramp_of: Callable[[Run], Ramp | None]
) -> dict[Run, Ramp]:
    """Return the ramps that fit the segments at the least cost, none overlapping.

    Parameters
    ----------
    ramp_of
        Gives the best ramp through all the points of a run, None where these are too few.
    """
    columns = _Columns.of(segments)
    leaning = np.abs(columns.leans) > penalty / 2
    if len(segments) == 1 and not leaning[0]:
        return {}
    sharp = (_edges(columns) > _EDGE * penalty).nonzero()[0]
    first, last = _runs(columns.steps, sharp)
    least = _costs_of_joining(columns, first, last) + (_COST - _DOUBT) * penalty
    promising = np.where(first < last, least < (last - first) * penalty, leaning[first])
    runs = zip(first[promising].tolist(), last[promising].tolist(), strict=True)
    found = _most_saving(_savings(runs, segments, penalty, ramp_of))
    taken = {each for one, end in found for each in range(one, end + 1)}
    alone = ((each, each) for each in leaning.nonzero()[0].tolist() if each not in taken)
    return found | {each.run: each.ramp for each in _savings(alone, segments, penalty, ramp_of)}


class _Columns(NamedTuple):
    """Hold the segments as columns, and the steps between them."""

    points: Floats
    steps: Floats
    leans: Floats

    @classmethod
    def of(cls, segments: Sequence[Segment]) -> "_Columns":
        levels = np.array([each.level for each in segments])
        points = np.array([each.points for each in segments], dtype=np.float64)
        return cls(points, levels[1:] - levels[:-1], np.array([each.lean for each in segments]))


def _edges(columns: _Columns) -> Floats:
    """Return for each cut how much a step there takes from the sum of squares about a slope.

    The slope is the same on both sides, as measured from the values within them.
    """
    inertia = columns.points * np.maximum(columns.points**2 - 1, 1) / 12
    torques = np.sign(columns.leans) * np.sqrt(np.abs(columns.leans) * inertia)
    both = inertia[1:] + inertia[:-1]
    apart = (columns.points[1:] + columns.points[:-1]) / 2
    missed = columns.steps - (torques[1:] + torques[:-1]) / both * apart
    variance = 1 / columns.points[1:] + 1 / columns.points[:-1] + apart * apart / both
    gains: Floats = missed * missed / variance
    return gains


def _runs(steps: Floats, sharp: Positions) -> tuple[Positions, Positions]:
    """Return the first and last segments of runs that rise or fall, and of parts between edges.

    Neighbouring runs share the segment where the series turns.
    """
    signs = np.sign(steps)
    turns = (signs[1:] != signs[:-1]).nonzero()[0] + 1
    owner = np.concatenate((np.arange(len(turns) + 1), np.searchsorted(turns, sharp, "right")))
    first = np.concatenate(([0], turns, sharp + 1))
    last = np.concatenate((turns, [len(steps)], sharp))
    first, last = first[np.lexsort((first, owner))], last[np.lexsort((last, owner))]
    owner.sort()
    firsts, lasts = [first], [last]
    for parts in range(1, len(first)):
        same = owner[parts:] == owner[:-parts]
        if not same.any():
            break
        firsts.append(first[:-parts][same])
        lasts.append(last[parts:][same])
    return np.concatenate(firsts), np.concatenate(lasts)


def _costs_of_joining(columns: _Columns, first: Positions, last: Positions) -> Floats:
    """Return what lines to the middles of the neighbours cost in each run, about.

    A cheap look, so that sharp steps are not compared with each ramp. The outermost segments
    of a run are joined to one neighbour only. Where there are others between them, a drift may
    begin and end with these: then joining costs nothing.
    """
    rises = np.zeros((3, 2, len(columns.points)))  # inside a run, at its begin, at its end
    rises[0::2, 0, 1:] = columns.steps
    rises[0:2, 1, :-1] = columns.steps
    joined = _joined(columns, rises)
    inside = np.zeros(len(columns.points) + 1)
    np.cumsum(joined[0], out=inside[1:])
    outer = joined[1, first] + joined[2, last]
    outer = np.where(last - first > 1, np.minimum(outer, 0), outer)
    costs: Floats = outer + inside[last] - inside[np.minimum(first + 1, last)]
    return costs


def _joined(columns: _Columns, rises: Floats) -> Floats:
    """Return what lines cost that rise by half of what it is before and after each segment.

    A rise by r to either side costs n r² / 24, less twice what it has in common with how the
    values lean.
    """
    costs = columns.points * (rises * rises).sum(axis=1) / 24
    common = np.sqrt(costs * np.abs(columns.leans)) * np.sign(columns.leans * rises.sum(axis=1))
    joined: Floats = costs - 2 * common
    return joined


def _savings(
    runs: Iterable[Run],
    segments: Sequence[Segment],
    penalty: float,
    ramp_of: Callable[[Run], Ramp | None],
) -> Iterator[_Saving]:
    """Yield the runs that a ramp fits at less cost than their steps."""
    for run in runs:
        ramp = ramp_of(run)
        if ramp is not None:
            first, last = run
            stairs = sum(each.residual for each in segments[first : last + 1])
            saved = stairs + (last - first - _COST) * penalty - ramp.residual
            if saved > 0:
                yield _Saving(run, ramp, saved)


def _most_saving(savings: Iterable[_Saving]) -> dict[Run, Ramp]:
    """Return those that save most together, none overlapping."""
    ordered = sorted(savings, key=lambda each: each.run[1])
    ends = [each.run[1] for each in ordered]
    best: list[tuple[float, tuple[_Saving, ...]]] = [(0.0, ())]
    for place, each in enumerate(ordered):
        saved, others = best[bisect_left(ends, each.run[0])]
        best.append(max(best[place], (saved + each.saved, (*others, each)), key=itemgetter(0)))
    return {each.run: each.ramp for each in best[-1][1]}
