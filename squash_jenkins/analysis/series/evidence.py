"""Gather what a change was concluded from: the test, the builds beside it, and the noise."""

import math
from bisect import bisect_right
from collections.abc import Iterator

from squash_jenkins.analysis.change_points.changes import (
    Change,
    Changes,
    Drift,
    NoiseChange,
    NoisePeriod,
)
from squash_jenkins.analysis.series.series import rounded
from squash_jenkins.models.finding import MANY, Evidence
from squash_jenkins.text.numbers import MINUS, number_text

_STEP = "likelihood ratio of two levels against one, at the best of all places"
_WELCH = "Welch's test of two levels, each with its own noise"
_RAMP = "likelihood ratio of an even slope against one level"
_NOISE = "likelihood ratio of two spreads against one, by differences of neighbours"
_MODES = "probability that a level is missing in so many builds at one end"


def evidence_of(change: Change, found: Changes, unit: str) -> Evidence:
    """Return what a change was concluded from.

    Parameters
    ----------
    change
        One of the changes in `found`.
    found
        Everything that was detected in the series.
    unit
        The unit of its values.
    """
    number = max(1, bisect_right([each.first for each in found.periods], change.index))
    modes = _modes(found.periods[number - 1], unit) if found.periods else ()
    levels = _levels(change) if isinstance(change, NoiseChange) else ((), ())
    return Evidence(
        _test(change, found),
        min(change.points_before, MANY),
        min(change.points_after, MANY),
        rounded(change.autocorrelation, 1) or 0.0,
        tuple(modes),
        number,
        max(1, len(found.periods)),
        *levels,
    )


def _test(change: Change, found: Changes) -> str:
    if isinstance(change, Drift):
        return _RAMP
    if isinstance(change, NoiseChange):
        return _MODES if change.levels_after else _NOISE
    between = change.index in [each.first for each in found.periods[1:]]
    return _WELCH if between else _STEP


def _modes(period: NoisePeriod, unit: str) -> Iterator[str]:
    """Yield in words what each mode adds to the commonest level."""
    for offset in sorted(period.modes):
        if offset and period.factors:
            percent = 100 * math.expm1(offset)
            yield f"{percent:+.2g}%".replace("-", MINUS)
        elif offset:
            sign = "+" if offset > 0 else ""
            yield f"{sign}{number_text(rounded(offset, 2))} {unit}".rstrip()


def _levels(change: NoiseChange) -> tuple[tuple[float, ...], tuple[float, ...]]:
    sides = (change.levels_before, change.levels_after)
    before, after = (tuple(rounded(level, 3) or 0.0 for level in side) for side in sides)
    return before, after
