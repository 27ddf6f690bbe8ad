"""Measure how well the builds of a job run: success, rhythm, silence and duration.

A build *succeeded* when it is over and Jenkins counts it as successful: an unstable one does,
as for Jenkins' own ``lastSuccessfulBuild``. Builds that still ran when they were read, and
those without a result, are not counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median, quantiles
from typing import Protocol, TypeVar

GOOD = ("SUCCESS", "UNSTABLE")
_FEWEST = 5
"""With fewer starts or durations nothing is usual."""
_PATIENCE, _BEYOND_LONGEST = 3.0, 1.5
_SHORTEST_SILENCE = timedelta(hours=1)


class Run(Protocol):
    """Describe one build: `started` is UTC, `duration` seconds, `result` Jenkins' word."""

    @property
    def started(self) -> datetime:
        """Return when it started."""

    @property
    def duration(self) -> float | None:
        """Return how long it took; None where that is not known."""

    @property
    def result(self) -> str | None:
        """Return how it ended."""

    @property
    def provisional(self) -> bool:
        """Return whether it still ran when it was read."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Hold how many of `total` builds succeeded."""

    good: int
    total: int

    @property
    def share(self) -> float | None:
        """Return the rate from 0 to 1; None where there is no build to count."""
        return self.good / self.total if self.total else None


def counts(build: Run) -> bool:
    """Return whether a build is over and has a result."""
    return not build.provisional and build.result is not None


def succeeded(build: Run) -> bool:
    """Return whether a build is over and Jenkins counts it as successful."""
    return counts(build) and build.result in GOOD


def success_rate(builds: Sequence[Run]) -> Rate:
    """Return how many of the builds that count succeeded."""
    counted = [build for build in builds if counts(build)]
    return Rate(sum(map(succeeded, counted)), len(counted))


_Build = TypeVar("_Build", bound=Run)


def since(builds: Sequence[_Build], days: float) -> Sequence[_Build]:
    """Return the builds of the last `days` up to the newest one; `builds` are in order."""
    if not builds:
        return builds
    begin = builds[-1].started - timedelta(days=days)
    return [build for build in builds if build.started > begin]


def failing(builds: Sequence[Run]) -> int:
    """Return how many builds in a row failed, up to the newest that counts."""
    many = 0
    for build in reversed(builds):
        if succeeded(build):
            break
        many += counts(build)
    return many


def rhythm(builds: Sequence[Run]) -> timedelta | None:
    """Return the usual time from start to start (median); None where there are too few builds."""
    waits = _waits(builds)
    return timedelta(seconds=median(waits)) if len(waits) >= _FEWEST - 1 else None


def due(builds: Sequence[Run]) -> datetime | None:
    """Return from when on silence after the newest build is unusual (UTC); None for no rhythm.

    That is after three times the usual interval, and later than half as long again as the
    longest of ten usual ones: a job that rests on weekends is not missed on Mondays.
    """
    usual = rhythm(builds)
    if usual is None:
        return None
    long = timedelta(seconds=quantiles(_waits(builds), n=10, method="inclusive")[-1])
    silence = max(_PATIENCE * usual, _BEYOND_LONGEST * long, _SHORTEST_SILENCE)
    return builds[-1].started + silence


def usual_duration(builds: Sequence[Run]) -> float | None:
    """Return the median duration of successful builds (seconds); None where there are too few."""
    known = [build.duration for build in builds if succeeded(build) and build.duration]
    return median(known) if len(known) >= _FEWEST else None


def _waits(builds: Sequence[Run]) -> list[float]:
    """Return the seconds from start to start; re-created jobs may repeat a start."""
    starts = [build.started for build in builds]
    return [
        (after - before).total_seconds() for before, after in pairwise(starts) if after > before
    ]
