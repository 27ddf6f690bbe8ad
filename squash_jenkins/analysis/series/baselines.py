"""Detect changes between the builds from which on a new level was accepted.

At such a build detection begins anew: earlier values are no evidence against later ones. The step
between the two is found, too, so that its finding can say that it was accepted.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from squash_jenkins.analysis.change_points import detect
from squash_jenkins.analysis.change_points.changes import Change, Changes, Settings
from squash_jenkins.analysis.series.levels import smooth
from squash_jenkins.analysis.series.series import Floats


class Parts(NamedTuple):
    """What was found in the parts of a series, and at the builds between them.

    `whole` has the steps of all, and the noise of the last; `level` is that at each place.
    """

    found: Sequence[Changes]
    whole: Changes
    level: Floats


def detect_between(values: Floats, baselines: Sequence[int], settings: Settings) -> Parts:
    """Return the changes of a series in the parts that baselines make of it.

    Parameters
    ----------
    values
        Shape (n,); NaN: not measured.
    baselines
        The places from which on a level was accepted, in order.
    settings
        How much it takes to call something a change.

    """
    edges = [0, *sorted({each for each in baselines if 0 < each < len(values)}), len(values)]
    parts = [_within(values, *ends) for ends in pairwise(edges)]
    found = [detect(part, settings) for part in parts]
    levels = [smooth(part, own) for part, own in zip(parts, found, strict=True)]
    if len(found) == 1:
        return Parts(found, found[0], levels[0])
    ends = zip(levels, pairwise(edges), strict=True)
    level = np.concatenate([own[low:high] for own, (low, high) in ends])
    last = found[-1]
    for low, baseline, high in zip(edges, edges[1:], edges[2:], strict=False):
        both = detect(_within(values, low, high), settings)
        found.append(_at(baseline, both, found))
    steps = sorted((step for own in found for step in own.steps), key=lambda each: each.index)
    return Parts(found, replace(last, steps=tuple(steps)), level)


def _at(baseline: int, both: Changes, found: Sequence[Changes]) -> Changes:
    """Return what changed at a baseline, by the parts on both sides of it."""
    steps = [step for own in found for step in own.steps]
    noises = [change for own in found for change in own.noise_changes]
    return replace(
        both,
        steps=tuple(each for each in both.steps if _is_new(each, baseline, steps)),
        noise_changes=tuple(each for each in both.noise_changes if _is_new(each, baseline, noises)),
        drifts=(),
    )


def _within(values: Floats, low: int, high: int) -> Floats:
    """Return the values from `low` to before `high`, at their places; the others are missing."""
    if high - low == len(values):
        return values
    part = np.full(len(values), np.nan)
    part[low:high] = values[low:high]
    return part


def _is_new(change: Change, baseline: int, known: Sequence[Change]) -> bool:
    """Return whether a change is at a baseline and not among the known ones."""
    near = change.first <= baseline <= change.last + 1
    return near and not any(
        change.first <= each.last and each.first <= change.last for each in known
    )
