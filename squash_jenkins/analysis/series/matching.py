"""Recognise findings that were known before, so that triage and addresses last."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from squash_jenkins.analysis.series.grouping import nature
from squash_jenkins.analysis.series.joining import shift_of
from squash_jenkins.analysis.series.movement import rises
from squash_jenkins.analysis.series.ranges import Ranges
from squash_jenkins.models.finding import Finding

_WANDERS = 5
"""The begin of a finding may wander so many builds while new builds come."""
_NEAR = 20
"""A finding that is gone may be part of one whose possible builds are so many away at most."""


class Matched(NamedTuple):
    """Hold the known findings found again (by key), the new ones, and the keys of those gone."""

    kept: Mapping[int, Finding]
    new: Sequence[Finding]
    gone: Sequence[int]


def match(known: Mapping[int, Finding], found: Iterable[Finding]) -> Matched:
    """Match findings with the known ones, whose builds are places in the job as well.

    A finding is a known one when their possible builds overlap, or come next to each other, and
    a series moved the same way in both. Of several the one with most series in common is taken,
    then the nearest, then the one that was known first. Of the others, a finding is a known one
    from whose builds it wandered a few.
    """
    found = list(found)
    kept: dict[int, Finding] = {}
    for wanders in (0, _WANDERS):
        left = {key: old for key, old in known.items() if key not in kept}
        taken = {id(each) for each in kept.values()}
        kept |= _pairs(left, [each for each in found if id(each) not in taken], wanders)
    taken = {id(each) for each in kept.values()}
    new = [each for each in found if id(each) not in taken]
    return Matched(kept, new, [key for key in known if key not in kept])


def successor(gone: Finding, found: Iterable[Finding]) -> Finding | None:
    """Return the finding that shows most of the series of one that is gone, the nearest first.

    None where none does near its builds.
    """
    found, own = list(found), {each.series for each in gone.series}
    near = [
        (-len(own & {each.series for each in other.series}), abs(other.build - gone.build), at)
        for at, other in enumerate(found)
        if other.first <= gone.last + _NEAR and gone.first <= other.last + _NEAR
    ]
    best = min(near, default=(0, 0, 0))
    return found[best[2]] if best[0] else None


def _pairs(
    known: Mapping[int, Finding], found: Sequence[Finding], wanders: int
) -> dict[int, Finding]:
    """Return the findings that are known ones, by the key of each."""
    places: Ranges[tuple[int, Finding]] = Ranges()
    for key, old in known.items():
        shift = shift_of(old.kind) + wanders
        places.add(old.first - shift, old.last + shift, (key, old))
    pairs = sorted(
        (-common, abs(old.build - each.build), key, at)
        for at, each in enumerate(found)
        for key, old in places.near(each.first, each.last)
        if (common := _common(old, each, wanders))
    )
    kept: dict[int, Finding] = {}
    taken: set[int] = set()
    for _, _, key, at in pairs:
        if key not in kept and at not in taken:
            kept[key] = found[at]
            taken.add(at)
    return kept


def _common(old: Finding, new: Finding, wanders: int) -> int:
    """Return how many series moved the same way in both, 0 where their builds are apart."""
    if nature(old.kind) != nature(new.kind):
        return 0
    shift = shift_of(old.kind) + wanders
    if old.first > new.last + shift or new.first > old.last + shift:
        return 0
    return len(_moves(old) & _moves(new))


def _moves(finding: Finding) -> set[object]:
    return {(nature(each.kind), rises(each), each.series) for each in finding.series}
