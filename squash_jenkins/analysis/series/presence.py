"""Find where a metric vanished from the reports of a job, and where it appeared."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from squash_jenkins.analysis.series.series import Flags

ENOUGH = 3
"""How many measurements make a series, and how many builds without one are no accident."""


class Absence(NamedTuple):
    """Hold builds in a row without a metric that was measured before.

    `last` is where it was measured last, `place` the first build that had a report and not this
    metric, `back` where it was measured again (None: it is still missing).
    """

    last: int
    place: int
    back: int | None


def absences(measured: Flags, reporting: Flags) -> list[Absence]:
    """Return where a metric vanished.

    Builds without any report do not count. A metric that is measured in some builds only
    vanishes when it stays away for more than twice as long as it ever did before.

    Parameters
    ----------
    measured
        Shape (n,): whether each build measured the metric.
    reporting
        Shape (n,): whether each build measured anything.

    """
    reported = np.flatnonzero(reporting | measured).tolist()
    rank = {place: at for at, place in enumerate(reported)}
    own = np.flatnonzero(measured).tolist()
    found: list[Absence] = []
    usual = 0
    for at, place in enumerate(own):
        back = own[at + 1] if at + 1 < len(own) else None
        missed = (len(reported) if back is None else rank[back]) - rank[place] - 1
        if at + 1 >= ENOUGH and missed >= max(ENOUGH, 2 * usual + 1):
            found.append(Absence(place, reported[rank[place] + 1], back))
        elif back is not None:
            usual = max(usual, missed)
    return found


def appearance(measured: Flags, reporting: Flags) -> int | None:
    """Return where a metric was measured first, when the job had reports without it before.

    None when it was there from the begin, or not often enough to tell.
    """
    own = np.flatnonzero(measured)
    if len(own) < ENOUGH:
        return None
    first = int(own[0])
    return first if int(reporting[:first].sum()) >= ENOUGH else None


def last_reporting(reporting: Flags, place: int) -> int:
    """Return the newest build before `place` that measured anything; `place` - 1 for none."""
    before: Sequence[int] = np.flatnonzero(reporting[:place]).tolist()
    return before[-1] if before else place - 1
