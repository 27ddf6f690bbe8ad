"""Hold the series of a job as arrays over its builds, and choose which are searched together.

A job may have years of builds. They are searched in windows of `2 * HALF` builds that overlap by
half; the last one is up to half a window longer. What is found in the middle of a window counts,
at its ends only where no other window reaches. So what is found depends on the builds alone, and
a new build makes only the last window look different.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from squash_jenkins.analysis.specifications.applicable import verify
from squash_jenkins.models import Measurement, SeriesId, Specification
from squash_jenkins.models.metric_rules import Direction

_MORE_DIGITS = 12
HALF = 256
"""Builds in half a window."""
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Limits = Sequence[tuple[int, Sequence[Specification]]]
"""From which place on which specifications hold, in order."""


class Window(NamedTuple):
    """Hold places in a job: builds from `start` to before `end` are searched together.

    What begins at a place from `low` to before `high` counts.
    """

    start: int
    end: int
    low: int
    high: int


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Hold one series within a window.

    Parameters
    ----------
    id
        What it is a series of.
    unit
        The unit of its values, empty for none.
    operator
        The metric's own: "<=" says that less is better. None where it says nothing.
    values
        Shape (builds of the window,), in `unit`; NaN: not measured.
    limits
        The specifications that apply to it.
    better
        ``higher``, ``lower`` or ``none``: which values are better, where a rule says it. It counts
        before the operator.
    nodes
        The node that measured in each build of the window; empty where no two differ.
    otherwise
        Which values are better where neither rule nor operator nor limits say it.

    """

    id: SeriesId
    unit: str
    operator: str | None
    values: Floats
    limits: Limits = ()
    better: str | None = None
    nodes: Sequence[str | None] = ()
    otherwise: Direction = Direction()  # noqa: RUF009 - it cannot be changed

    def measurement(self, value: float) -> Measurement:
        """Return a value as a measurement of the series."""
        return Measurement(self.id.metric, value, self.unit or None, self.id.level)

    def limits_at(self, place: int) -> Sequence[Specification]:
        """Return the specifications at a place."""
        held: Sequence[Specification] = ()
        for begin, specifications in self.limits:
            if begin > place:
                break
            held = specifications
        return held

    def numbers_at(self, place: int) -> list[float]:
        """Return the limits of the specifications at a place, in the unit of the series."""
        verdicts = verify(self.measurement(0.0), self.limits_at(place)).values()
        return [limit for verdict in verdicts for limit in verdict.limits]


def windows(builds: int) -> list[Window]:
    """Return the windows over so many builds, at least one."""
    last = max(0, builds // HALF - 2)
    found = []
    for number in range(last + 1):
        start = number * HALF
        end = start + 2 * HALF if number < last else builds
        low = start + HALF // 2 if number else 0
        high = start + HALF + HALF // 2 if number < last else builds
        found.append(Window(start, end, low, high))
    return found


def due(builds: int, before: int, place: int) -> list[Window]:
    """Return the windows that must be searched anew.

    Parameters
    ----------
    builds, before
        Builds now and the last time.
    place
        Of the earliest build that is new or changed.

    """
    grew_from = windows(before)[-1].start
    return [each for each in windows(builds) if each.end > place or each.start >= grew_from]


def rounded(value: float | None, digits: int = 4) -> float | None:
    """Round to the significant digits, so that a figure settles; None for no number."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{digits}g}")


def level_of(value: float, sigma: float, limits: Iterable[float] = ()) -> float | None:
    """Round a level to what is not noise: digits down to a tenth of sigma; four where that is 0.

    More digits would change with every build, and with them every text that names the level. It
    has more only where it would otherwise be on the other side of one of the limits.
    """
    if not math.isfinite(value):
        return None
    own = math.isfinite(sigma) and sigma > 0
    places = 1 - math.floor(math.log10(sigma)) if own else 0
    for more in range(_MORE_DIGITS):
        level = rounded(round(value, places + more), 15) if own else rounded(value, 4 + more)
        if level is not None and all(_side(level, each) == _side(value, each) for each in limits):
            return level
    return value


def _side(value: float, limit: float) -> int:
    return (value > limit) - (value < limit)
