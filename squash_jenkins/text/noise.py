"""Describe in plain sentences how the noise of a series changed."""

from collections.abc import Sequence

from squash_jenkins.models.finding import SeriesChange
from squash_jenkins.text.numbers import number_text


def noise_headline(change: SeriesChange) -> str:
    """Return what became of the noise in a few words, to follow the name of the metric."""
    before, after = _levels(change)
    if len(after) > 1 and len(before) > 1:
        return f"alternates between {_listed(after, change)}, no longer {_listed(before)}"
    if len(after) > 1:
        return f"alternates between {_listed(after, change)}"
    if len(before) > 1:
        return f"no longer alternates between {_listed(before, change)}"
    low, high = sorted((change.before or 0.0, change.after or 0.0))
    size = f" (×{number_text(high / low)})" if low else ""
    return f"became {'noisier' if change.after == high else 'calmer'}{size}"


def noise_word(change: SeriesChange) -> str:
    """Return what became of the noise in a word, such as on a mark of a trend."""
    before, after = _levels(change)
    if len(after) > 1:
        return "alternates"
    if len(before) > 1:
        return "no longer alternates"
    return "noisier" if (change.after or 0.0) > (change.before or 0.0) else "calmer"


def noise_details(change: SeriesChange, builds: str) -> str:
    """Return the spreads before and after with the builds, and the levels that go with them."""
    before, after = _levels(change)
    spread = f"Spread {_spread(change.before)} → {_spread(change.after)} {change.unit or ''}"
    text = f"{spread.rstrip()} {builds}"
    if len(before) == 1 and len(after) > 1:
        text += f"; it was at {_listed(before, change)} before"
    if len(after) == 1:
        text += f"; it is at {_listed(after, change)} now"
    return f"{text}."


def _levels(change: SeriesChange) -> tuple[Sequence[float], Sequence[float]]:
    if change.evidence is None:
        return (), ()
    return change.evidence.levels_before, change.evidence.levels_after


def _spread(value: float | None) -> str:
    return f"±{number_text(value)}" if value else "none"


def _listed(levels: Sequence[float], change: SeriesChange | None = None) -> str:
    """Return levels as words, with their unit where a change is given."""
    words = [number_text(each, [other for other in levels if other != each]) for each in levels]
    unit = f" {change.unit}" if change is not None and change.unit else ""
    start = f"{', '.join(words[:-1])} and " if len(words) > 1 else ""
    return f"{start}{words[-1]}{unit}"
