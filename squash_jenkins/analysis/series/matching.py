"""Recognise findings that were known before, so that what people said of them is not lost."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from squash_jenkins.analysis.series.grouping import nature
from squash_jenkins.analysis.series.joining import rises, shift_of
from squash_jenkins.analysis.series.ranges import Ranges
from squash_jenkins.models.finding import Finding


class Matched(NamedTuple):
    """Hold the known findings found again (by key), the new ones, and the keys of those gone."""

    kept: Mapping[int, Finding]
    new: Sequence[Finding]
    gone: Sequence[int]


def match(known: Mapping[int, Finding], found: Iterable[Finding]) -> Matched:
    """Match findings with the known ones, whose builds are places in the job as well.

    A finding is a known one when their possible builds overlap, or come next to each other, and
    a series moved the same way in both. Of several the one with most series in common is taken,
    then the nearest, then the one that was known first.
    """
    found = list(found)
    places: Ranges[tuple[int, Finding]] = Ranges()
    for key, old in known.items():
        shift = shift_of(old.kind)
        places.add(old.first - shift, old.last + shift, (key, old))
    pairs = sorted(
        (-common, abs(old.build - each.build), key, at)
        for at, each in enumerate(found)
        for key, old in places.near(each.first, each.last)
        if (common := _common(old, each))
    )
    kept: dict[int, Finding] = {}
    taken: set[int] = set()
    for _, _, key, at in pairs:
        if key not in kept and at not in taken:
            kept[key] = found[at]
            taken.add(at)
    new = [each for at, each in enumerate(found) if at not in taken]
    return Matched(kept, new, [key for key in known if key not in kept])


def _common(old: Finding, new: Finding) -> int:
    """Return how many series moved the same way in both, 0 where their builds are apart."""
    if nature(old.kind) != nature(new.kind):
        return 0
    shift = shift_of(old.kind)
    if old.first > new.last + shift or new.first > old.last + shift:
        return 0
    return len(_moves(old) & _moves(new))


def _moves(finding: Finding) -> set[object]:
    return {(nature(each.kind), rises(each), each.series) for each in finding.series}
