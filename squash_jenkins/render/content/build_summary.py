"""Say in sentences what a build measured and which of its specifications it misses."""

from collections.abc import Sequence

from squash_jenkins.analysis.specifications.applicable import severity
from squash_jenkins.render.content.build_views import group_name, measurement_name
from squash_jenkins.text.numbers import counted
from squash_jenkins.verification.measurements import Verified

_NAMED = 5
"""Names listed in a sentence; the others are counted."""


def summary_of(own: Sequence[Verified]) -> list[str]:
    """Return sentences: the specifications that a build misses first, the counts last."""
    valued = [each for each in own if each.value is not None]
    missed = _missed(valued)
    lines = [
        f"{_listed(names)} {word if len(names) == 1 else word.replace('es', '', 1)}."
        for word, names in sorted(missed.items(), key=lambda item: severity(item[0]))
    ]
    targets = any(each.comparable for each in valued)
    if targets and not missed:
        lines.append("No specification is missed.")
    count = f"{len(valued)} of {counted(len(own), 'measurement')} have a value"
    lines.append(f"{count}." if targets or not valued else f"{count}; no target set.")
    return lines


def misses(own: Sequence[Verified]) -> bool:
    """Return whether a value misses more than its stretch goal."""
    stretch = severity("misses stretch")
    return any(each.word.startswith("misses ") and each.severity < stretch for each in own)


def _missed(valued: Sequence[Verified]) -> dict[str, list[str]]:
    """Return the full names of what misses a specification by the word of the status."""
    missed: dict[str, list[str]] = {}
    for each in valued:
        if each.word.startswith("misses "):
            missed.setdefault(each.word, []).append(_full_name(each))
    return missed


def _full_name(verified: Verified) -> str:
    place = group_name(verified)
    return measurement_name(verified) + (f" ({place})" if place else "")


def _listed(words: Sequence[str]) -> str:
    if len(words) > _NAMED:
        words = [*words[:_NAMED], f"{len(words) - _NAMED} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
