"""Join what was found in overlapping windows, so that each change is reported once."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from squash_jenkins.analysis.series.movement import rises
from squash_jenkins.analysis.series.series import Window
from squash_jenkins.models import SeriesId
from squash_jenkins.models.finding import (
    DRIFT,
    NOISE,
    STEP,
    SeriesChange,
)

_NEAR = 3
"""Within so many builds of the place where two windows meet, a change may be in both or neither."""


def join(
    earlier: Sequence[SeriesChange], found: Iterable[SeriesChange], window: Window
) -> list[SeriesChange]:
    """Return the changes before a window with those that count within it.

    Parameters
    ----------
    earlier
        What is known of places before ``window.low``.
    found
        All that was found in the window.
    window
        Where that was.

    """
    kept = list(earlier)
    by_series: dict[SeriesId, list[int]] = {}
    for at, each in enumerate(kept):
        if each.last >= window.start:
            by_series.setdefault(each.series, []).append(at)
    for each in sorted(found, key=lambda change: (change.build, change.kind)):
        twins = [at for at in by_series.get(each.series, ()) if _same(kept[at], each)]
        if twins and each.kind == DRIFT:
            kept[twins[-1]] = _longer(kept[twins[-1]], each)
        elif not twins and window.low - _NEAR <= each.build < window.high:
            kept.append(each)
    return kept


def _same(one: SeriesChange, other: SeriesChange) -> bool:
    """Return whether two windows found the same change: alike, with builds that overlap."""
    if one.kind != other.kind or rises(one) != rises(other):
        return False
    near = shift_of(one.kind) if one.kind in (STEP, DRIFT, NOISE) else 0
    return one.first <= other.last + near and other.first <= one.last + near


def shift_of(kind: str) -> int:
    """Return by how many builds a change may be placed beyond where it was possible before.

    Where the noise changes is known less well than where the level does.
    """
    return 10 if kind == NOISE else 1


def _longer(begin: SeriesChange, end: SeriesChange) -> SeriesChange:
    """Return a drift of which each of two windows saw a part."""
    if end.last <= begin.last:
        return begin
    return replace(
        end,
        build=begin.build,
        first=begin.first,
        before=begin.before,
        direction=begin.direction,
    )
