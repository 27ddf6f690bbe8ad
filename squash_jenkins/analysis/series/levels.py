"""Find the level of a series at each build, without noise and outliers, and what that meets."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from squash_jenkins.analysis.change_points.changes import Change, Changes, Drift
from squash_jenkins.analysis.series.series import Floats, Series
from squash_jenkins.analysis.specifications.applicable import verify
from squash_jenkins.models import LEVELS, Specification

Met = dict[str, tuple[bool, Specification]]
"""By level of a specification whether it is met."""


def smooth(values: Floats, changes: Changes) -> Floats:
    """Return the level at each place: constant between steps, even along drifts.

    Shape (n,) as the values; NaN everywhere when nothing was measured.
    """
    if not changes.measured:
        return np.full(len(values), np.nan)
    events: list[Change] = sorted((*changes.steps, *changes.drifts), key=lambda each: each.index)
    if not events:
        return np.full(len(values), float(np.nanmedian(_finite(values))))
    level = np.full(len(values), events[0].before)
    for each in events:
        level[each.index :] = each.after
        if isinstance(each, Drift):
            ramp = np.linspace(each.before, each.after, each.last - each.first + 1)
            level[each.first : each.last + 1] = ramp
    return level


def _finite(values: Floats) -> Floats:
    kept: Floats = values[np.isfinite(values)]
    return kept


@dataclass(frozen=True, slots=True)
class Crossing:
    """Hold where a series left a specification (`out`) or came back within it.

    `moved` is False when the values stayed and the specification itself changed from `former`.
    """

    place: int
    out: bool
    specification: Specification
    former: Specification
    moved: bool


def crossings(series: Series, level: Floats) -> Iterator[Crossing]:
    """Yield the places where the level leaves a specification or comes back, one a place.

    Of several levels that it leaves at once the loosest is reported, of several that it
    reaches again the tightest.
    Only builds in which it was measured count.
    """
    before: Met = {}
    known: tuple[float, int] | None = None
    heights = level.tolist()
    for place in np.flatnonzero(~np.isnan(series.values)).tolist():
        now = heights[place], _era(series, place)
        if now == known:
            continue
        met = _met(series, place, heights[place])
        found = _crossing(place, before, met)
        if found is not None:
            yield found
        before, known = {**before, **met}, now


def _era(series: Series, place: int) -> int:
    return sum(begin <= place for begin, _ in series.limits)


def _met(series: Series, place: int, value: float) -> Met:
    verdicts = verify(series.measurement(value), series.limits_at(place))
    return {
        name: (verdict.met, verdict.specification)
        for name, verdict in verdicts.items()
        if verdict.met is not None
    }


def _crossing(place: int, before: Met, now: Met) -> Crossing | None:
    known = sorted((name for name in now if name in before), key=_place)
    left = [name for name in known if before[name][0] and not now[name][0]]
    reached = [name for name in known if now[name][0] and not before[name][0]]
    if not left and not reached:
        return None
    name = left[0] if left else reached[-1]
    former, wanted = before[name][1], now[name][1]
    same = (former.operator, former.threshold, former.upper, former.unit)
    moved = same == (wanted.operator, wanted.threshold, wanted.upper, wanted.unit)
    return Crossing(place, bool(left), wanted, former, moved)


def _place(level: str) -> tuple[int, str]:
    return (LEVELS.index(level) if level in LEVELS else len(LEVELS), level)
