"""Compare a change with the smallest one that is a finding."""

from squash_jenkins.analysis.change_points.changes import Change
from squash_jenkins.analysis.specifications.units import convert, factor
from squash_jenkins.models.metric_rules import OWN_UNIT, PERCENT, SmallestChange


def is_large(change: Change, smallest: SmallestChange, unit: str) -> bool:
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
