"""Say which way the level of a series moved."""

from squash_jenkins.models.finding import APPEARED, CoveredSeries, SeriesChange


def rises(change: SeriesChange | CoveredSeries) -> bool:
    """Return whether the level got higher; what appears rises."""
    if change.before is None or change.after is None:
        return change.kind == APPEARED
    return change.after > change.before
