"""Compare a change with the smallest one that is a finding."""

from typing import Protocol

from squash_jenkins.analysis.specifications.units import convert, factor
from squash_jenkins.models.metric_rules import OWN_UNIT, PERCENT, SmallestChange


class Effect(Protocol):
    """A change of a level, in percent and in the unit of its series."""

    @property
    def percent(self) -> float | None:
        """Return the effect in percent of the level before, None where that is 0."""

    @property
    def effect(self) -> float:
        """Return the difference of the levels, in the unit of the values."""


def is_large(change: Effect, smallest: SmallestChange, unit: str) -> bool:
    """Return whether a change is at least as large as the smallest that is a finding.

    Without a level to compare with (percent of 0), or with a unit that does not fit that of the
    series, every change is.
    """
    if smallest.unit == PERCENT:
        return change.percent is None or abs(change.percent) >= smallest.amount
    amount = _amount_in(smallest, unit)
    return amount is None or abs(change.effect) >= amount


def fits(smallest: SmallestChange, unit: str) -> bool:
    """Return whether changes in a unit can be compared with the smallest one."""
    return smallest.unit in (PERCENT, OWN_UNIT) or factor(smallest.unit, unit) is not None


def _amount_in(smallest: SmallestChange, unit: str) -> float | None:
    if smallest.unit in (OWN_UNIT, unit):
        return smallest.amount
    return convert(smallest.amount, smallest.unit, unit)
