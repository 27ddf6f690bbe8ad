"""Return whether a move of a level is for the worse or for the better."""

from typing import TYPE_CHECKING

from squash_jenkins.analysis.specifications.applicable import verify
from squash_jenkins.models import WITHIN, Specification
from squash_jenkins.models.finding import BETTER, NEUTRAL, WORSE
from squash_jenkins.models.metric_rules import HIGHER, LOWER, NEITHER

if TYPE_CHECKING:  # it imports numpy, which the server starts without
    from squash_jenkins.analysis.series.series import Series

_WANTED = {"<": -1, "<=": -1, ">": 1, ">=": 1}
_BETTER = {HIGHER: 1, LOWER: -1, NEITHER: 0}


def wanted(operator: str | None) -> int:
    """Return 1 where an operator says that more is better, -1 for less, else 0."""
    return _WANTED.get(operator or "", 0)


def direction(series: "Series", before: float, after: float, place: int) -> str:
    """Return `WORSE` or `BETTER` by the metric's rule or operator, else by its specifications.

    Where none of them says what is good, and inside a range, a move is `NEUTRAL`.
    """
    if series.better:
        return _word(_BETTER[series.better] * (after - before))
    if wanted(series.operator):
        return _word(wanted(series.operator) * (after - before))
    for specification in series.limits_at(place):
        gain = _gain(series, specification, before, after)
        if gain is not None:
            return _word(gain)
    return NEUTRAL


def _word(gain: float) -> str:
    return BETTER if gain > 0 else WORSE if gain < 0 else NEUTRAL


def _gain(
    series: "Series", specification: Specification, before: float, after: float
) -> float | None:
    """Return by how much there is more room to the threshold; within a range all is well."""
    room = [_room(series, specification, value) for value in (before, after)]
    if room[0] is None or room[1] is None:
        return None
    if specification.operator == WITHIN:
        return min(room[1], 0.0) - min(room[0], 0.0)
    return room[1] - room[0]


def _room(series: "Series", specification: Specification, value: float) -> float | None:
    return verify(series.measurement(value), [specification])[specification.level].distance
