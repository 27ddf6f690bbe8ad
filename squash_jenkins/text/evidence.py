"""Say in words how a change was found: by which test, from which builds, against which noise."""

from squash_jenkins.models.finding import (
    APPEARED,
    BACK_WITHIN,
    MANY,
    OUT_OF,
    VANISHED,
    Evidence,
    SeriesChange,
)
from squash_jenkins.text.numbers import number_text
from squash_jenkins.text.quantities import quantity_text

_LEVEL = "none; the level of the series, from all values without outliers, is compared with it"
_PRESENCE = "none; the builds that had reports with and without it are compared"
_UNTESTED = {OUT_OF: _LEVEL, BACK_WITHIN: _LEVEL, VANISHED: _PRESENCE, APPEARED: _PRESENCE}
_SMALLEST = 1e-12


def evidence_facts(change: SeriesChange) -> list[list[str]]:
    """Return pairs of name and text about how a change in a series was found."""
    evidence = change.evidence
    if evidence is None:
        return [["test", _UNTESTED.get(change.kind, "unknown")], ["summary", change.statistics]]
    return [
        ["test", evidence.test],
        ["p-value", chance_text(change.p_value)],
        ["builds before", _builds(evidence.builds_before)],
        ["builds after", _builds(evidence.builds_after)],
        ["noise", _noise(change)],
        ["autocorrelation", _autocorrelation(evidence)],
        ["modes taken out", ", ".join(evidence.modes) or "none: one level at a time"],
        ["noise period", _period(evidence)],
        ["summary", change.statistics],
    ]


def chance_text(p_value: float | None) -> str:
    """Return an upper bound of a probability.

    >>> chance_text(3.2e-8), chance_text(0.0)
    ('at most 3e-08', 'below 1e-12')
    """
    if p_value is None:
        return "unknown"
    return "below 1e-12" if p_value < _SMALLEST else f"at most {p_value:.0e}"


def _builds(count: int) -> str:
    return f"{count} or more" if count >= MANY else str(count)


def _noise(change: SeriesChange) -> str:
    unit = f" {change.unit}" if change.unit else ""
    if change.sigma is not None:
        return (
            f"±{quantity_text(change.sigma, change.unit)}"
            if change.sigma
            else "none: values repeat"
        )
    sides = [f"±{number_text(each)}" for each in (change.before, change.after) if each is not None]
    return f"{' → '.join(sides)}{unit}"


def _autocorrelation(evidence: Evidence) -> str:
    if not evidence.autocorrelation:
        return "none"
    return f"{number_text(evidence.autocorrelation)}, allowed for in the p-value"


def _period(evidence: Evidence) -> str:
    if evidence.periods == 1:
        return "one: the noise of the builds searched is the same"
    return f"{evidence.period} of {evidence.periods}: the noise is measured in each by itself"
