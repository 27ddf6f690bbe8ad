"""The order of the builds of a job: by number, within each life of the job.

A job that is deleted and created again counts from 1: its builds belong to another life of the job.
The clock of a controller may have been wrong for some builds, so that the start alone determines
neither the order nor the life.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Protocol, TypeVar

_SAME_MOMENT = timedelta(minutes=1)
"""The numbers of builds that start at the same moment may differ in order from their times."""


class Numbered(Protocol):
    """A build; `started` is UTC."""

    @property
    def number(self) -> int:
        """Return its number in Jenkins."""

    @property
    def started(self) -> datetime:
        """Return when it started, according to Jenkins."""


_Build = TypeVar("_Build", bound=Numbered)


def in_order(builds: Iterable[_Build]) -> list[_Build]:
    """Return the builds of a job in order: life after life, each by number."""
    return [build for life in lives(builds) for build in life]


def lives(builds: Iterable[_Build]) -> list[list[_Build]]:
    """Return the builds of a job by life, the oldest life first, each in order of number.

    A number that occurs again later begins a new life. So do lower numbers that come later, as
    when the first builds of a new life are not stored. A single build between two others, or next
    to them, that is out of order in time had a wrong clock.
    """
    by_number = list(builds)
    if not _is_one_life(by_number):
        by_number.sort(key=lambda build: (build.number, build.started))
    if _is_one_life(by_number):
        return [by_number] if by_number else []
    by_time = sorted(by_number, key=lambda build: (build.started, build.number))
    return [life for part in _without_repetition(by_time) for life in _by_backbone(part)]


def _is_one_life(builds: Sequence[Numbered]) -> bool:
    """Return whether numbers increase, and no build started before one with a lower number."""
    number, latest = -1, datetime.min.replace(tzinfo=UTC)
    for build in builds:
        started = build.started
        if build.number <= number or (started < latest and started < latest - _SAME_MOMENT):
            return False
        number, latest = build.number, max(latest, started)
    return True


def _without_repetition(by_time: Sequence[_Build]) -> Iterator[Sequence[_Build]]:
    """Yield periods in which no number occurs twice; they are split at low numbers."""
    begin, seen = 0, dict[int, int]()
    for at, build in enumerate(by_time):
        if build.number in seen:
            candidates = range(seen[build.number] + 1, at + 1)
            cut = min(candidates, key=lambda place: by_time[place].number)
            yield by_time[begin:cut]
            begin, seen = cut, {by_time[place].number: place for place in range(cut, at)}
        seen[build.number] = at
    yield by_time[begin:]


def _by_backbone(builds: Sequence[_Build]) -> list[list[_Build]]:
    """Return the lives of builds without a repeated number.

    Builds between the numbers of the backbone, or next to them, belong to it whatever their start
    is.
    """
    if not builds:
        return []
    ordered = sorted(builds, key=lambda build: build.number)
    places = _backbone(ordered)
    first, last = places[0], places[-1]
    below, own, above = ordered[:first], ordered[first : last + 1], ordered[last + 1 :]
    if below and _is_near(below[-1], own[0]):
        below, own = [], [*below, *own]
    if above and _is_near(own[-1], above[0]):
        own, above = [*own, *above], []
    return [*_by_backbone(above), own, *_by_backbone(below)]


def _is_near(one: Numbered, following: Numbered) -> bool:
    at_once = abs(following.started - one.started) <= _SAME_MOMENT
    return following.number == one.number + 1 or at_once


def moments(life: Sequence[Numbered]) -> list[datetime]:
    """Return when the builds of one life, in order, started (UTC); the times never decrease.

    A build with a wrong clock gets the start of the one before it, the first ones that of the one
    after them.
    """
    starts = [build.started for build in life]
    if all(before <= start for before, start in pairwise(starts)):
        return starts
    places = _backbone(life)
    right, latest = set(places), life[places[0]].started
    found = []
    for at, build in enumerate(life):
        latest = build.started if at in right else latest
        found.append(latest)
    return found


def _backbone(by_number: Sequence[Numbered]) -> list[int]:
    """Return the places of the longest run of numbers, with gaps, whose starts increase, too."""
    tails: list[datetime] = []
    ends: list[int] = []  # by length of a run: the place where it ends
    before: list[int] = []  # by place: the place before it in its run
    for at, build in enumerate(by_number):
        length = bisect_right(tails, build.started)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1], ends[length : length + 1] = [build.started], [at]
    found = [ends[-1]]
    while before[found[-1]] >= 0:
        found.append(before[found[-1]])
    return found[::-1]
