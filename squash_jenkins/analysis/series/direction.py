"""Decide which values of a metric are better: the one place that does.

A rule counts first (set by an administrator, in the settings or in the definition file), then the
operator of the metric, then the specifications that hold at a place, then other ones of the metric,
then a guess from name and unit. Findings,
comparisons, pages, the REST API and texts all use it: `RuleBook.direction` for a metric as of now,
`direction` for a move within a series, `limits_better` for the limits of one place.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from squash_jenkins.analysis.series.guess import guessed_direction
from squash_jenkins.analysis.specifications.applicable import verify
from squash_jenkins.models import WITHIN, Specification
from squash_jenkins.models.finding import BETTER, NEUTRAL, WORSE
from squash_jenkins.models.metric_rules import (
    BY_OPERATOR,
    BY_RULE,
    BY_SPECIFICATION,
    GUESSED,
    HIGHER,
    LOWER,
    NEITHER,
    Direction,
)

if TYPE_CHECKING:  # it imports numpy, which the server starts without
    from squash_jenkins.analysis.series.series import Series

_WANTED = {"<": LOWER, "<=": LOWER, ">": HIGHER, ">=": HIGHER}


def direction_of(
    metric: str,
    unit: str | None,
    rule: str | None = None,
    operator: str | None = None,
    specifications: Sequence[Specification] = (),
) -> Direction:
    """Return which values of a metric are better.

    Parameters
    ----------
    metric, unit
        Its name and unit, from which a guess is made where nothing else says it.
    rule
        ``higher``, ``lower`` or ``none`` where a rule says it.
    operator
        The metric's own.
    specifications
        Those that hold for it, the loosest first.

    """
    if rule is not None:
        return Direction(rule, BY_RULE)
    if operator in _WANTED:
        return Direction(_WANTED[operator], BY_OPERATOR)
    asked = limits_better(each.operator for each in specifications[:1])
    if asked is not None:
        return Direction(asked, BY_SPECIFICATION)
    guess = guessed_direction(metric, unit)
    return Direction(guess, GUESSED) if guess else Direction()


def at_place(known: Direction, limits: str | None) -> Direction:
    """Return which values are better at one place, where the limits may be other ones.

    `known` is that of the metric, `limits` what `limits_better` says of the limits of the place.
    """
    if limits is None or known.source in (BY_RULE, BY_OPERATOR):
        return known
    return Direction(limits, BY_SPECIFICATION)


def limits_better(operators: Iterable[str]) -> str | None:
    """Return which values are better by the operators of one level; None where they do not say it.

    Near a value and within a range neither is better; ``>=`` and ``<=`` together are a range, too.
    """
    wanted = {_WANTED.get(each, NEITHER) for each in operators}
    if wanted == {HIGHER, LOWER}:
        return NEITHER
    return wanted.pop() if len(wanted) == 1 else None


def direction(series: "Series", before: float, after: float, place: int) -> str:
    """Return whether a move of a level is `WORSE`, `BETTER` or `NEUTRAL`.

    It is neutral where nothing says which values are better, and inside a range.
    """
    comparable = [
        each for each in series.limits_at(place) if _room(series, each, before) is not None
    ]
    known = direction_of(series.id.metric, series.unit, series.better, series.operator)
    if series.otherwise.known and known.source not in (BY_RULE, BY_OPERATOR):
        known = series.otherwise
    own = at_place(known, limits_better(each.operator for each in comparable[:1]))
    if comparable and own.source == BY_SPECIFICATION and own.better == NEITHER:
        return _word(_gain(series, comparable[0], before, after) or 0.0)
    return _word(own.sign * (after - before))


def _word(gain: float) -> str:
    return BETTER if gain > 0 else WORSE if gain < 0 else NEUTRAL


def _gain(
    series: "Series", specification: Specification, before: float, after: float
) -> float | None:
    """Return by how much a value is nearer to what is asked for; within a range all is well."""
    room = [_room(series, specification, value) for value in (before, after)]
    if room[0] is None or room[1] is None:
        return None
    if specification.operator == WITHIN:
        return min(room[1], 0.0) - min(room[0], 0.0)
    return room[1] - room[0]


def _room(series: "Series", specification: Specification, value: float) -> float | None:
    return verify(series.measurement(value), [specification])[specification.level].distance
