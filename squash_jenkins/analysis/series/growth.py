"""Compare a finding with what its triage covers: a larger or another regression is not silenced."""

from collections.abc import Sequence

from squash_jenkins.analysis.series.grouping import nature
from squash_jenkins.analysis.series.movement import rises
from squash_jenkins.models.finding import CoveredSeries, Finding, Growth, SeriesChange

_LARGER = 1.5
"""An effect has grown when it is so many times the one that the triage covers."""


def covered_by(finding: Finding) -> list[CoveredSeries]:
    """Return what a triage of a finding covers: its series, and how far each has moved."""
    names = CoveredSeries.__match_args__
    return [CoveredSeries(*(getattr(each, name) for name in names)) for each in finding.series]


def growth_of(covered: Sequence[CoveredSeries], finding: Finding) -> Growth | None:
    """Return how a finding grew beyond what its triage covers; None when it did not.

    It grew when series joined that move in its direction and still hold, the leading one among
    them or not, or when the effect in one of them is larger by half.
    """
    known = {_identity(each): each for each in covered}
    own = [each for each in finding.series if _counts(each, finding)]
    joined = [each for each in own if _identity(each) not in known]
    larger = [each for each in own if _is_larger(each, known.get(_identity(each)))]
    if not joined and not larger:
        return None
    return Growth(len(joined), known[_identity(larger[0])] if larger else None, (larger or own)[0])


def _counts(change: SeriesChange, finding: Finding) -> bool:
    return change.direction == finding.direction and change.ended in (None, finding.ended)


def _is_larger(change: SeriesChange, covered: CoveredSeries | None) -> bool:
    before = None if covered is None else _effect(covered)
    now = _effect(change)
    return before is not None and now is not None and now >= _LARGER * before and now > before


def _effect(change: SeriesChange | CoveredSeries) -> float | None:
    if change.before is None or change.after is None:
        return None
    return abs(change.after - change.before)


def _identity(change: SeriesChange | CoveredSeries) -> tuple[object, ...]:
    """Name a series, its unit and which way it moved."""
    series = (change.metric, change.dataset, change.filter, change.level, change.unit)
    return (nature(change.kind), rises(change), *series)
