"""Say in sentences what a build measured and which of its specifications it misses."""

from collections.abc import Iterator, Sequence

from squash_jenkins.analysis.specifications.applicable import severity
from squash_jenkins.models.finding import WORSE
from squash_jenkins.render.content.build_views import group_name, measurement_name
from squash_jenkins.text.numbers import counted
from squash_jenkins.verification.comparison import Comparison
from squash_jenkins.verification.comparison_text import percent_text
from squash_jenkins.verification.measurements import Verified

_NAMED = 5
"""Names listed in a sentence; the others are counted."""


_ONLY = "minimum only"


def summary_of(own: Sequence[Verified], compared: Comparison | None = None) -> list[str]:
    """Return sentences: what is worse than on the target, what is missed, the counts last."""
    valued = [each for each in own if each.value is not None]
    missed = _missed(valued)
    lines = list(_worse(compared)) + [
        f"{_listed(names)} {_verb(word, len(names))}."
        for word, names in sorted(
            missed.items(), key=lambda item: severity(item[0].removesuffix(" only"))
        )
    ]
    targets = any(each.comparable for each in valued)
    if targets and not missed:
        lines.append("No specification is missed.")
    count = f"{len(valued)} of {counted(len(own), 'measurement')} have a value"
    lines.append(f"{count}." if targets or not valued else f"{count}; no target set.")
    return lines


def is_worse(compared: Comparison | None) -> bool:
    """Return whether a measurement is worse than on the target of the build."""
    return compared is not None and bool(compared.of(WORSE))


def _worse(compared: Comparison | None) -> Iterator[str]:
    worse = compared.of(WORSE) if compared else []
    if compared and worse:
        count = counted(len(worse), "measurement")
        named = [f"{each.placed.name} {percent_text(each)}".rstrip() for each in worse]
        verb = "is" if len(worse) == 1 else "are"
        yield f"{count} {verb} worse than on {compared.target.name}: {_listed(named)}."


def _verb(word: str, count: int) -> str:
    if word == _ONLY:
        return "meets its minimum only" if count == 1 else "meet their minimum only"
    return word if count == 1 else word.replace("es", "", 1)


def misses(own: Sequence[Verified]) -> bool:
    """Return whether a value misses more than its stretch goal."""
    stretch = severity("misses stretch")
    missed = (each for each in own if each.word == _ONLY or each.word.startswith("misses "))
    return any(each.severity < stretch for each in missed)


def _missed(valued: Sequence[Verified]) -> dict[str, list[str]]:
    """Return the full names of what misses a specification by the word of the status."""
    missed: dict[str, list[str]] = {}
    for each in valued:
        if each.word == _ONLY or each.word.startswith("misses "):
            missed.setdefault(each.word, []).append(_full_name(each))
    return missed


def _full_name(verified: Verified) -> str:
    place = group_name(verified)
    return measurement_name(verified) + (f" ({place})" if place else "")


def _listed(words: Sequence[str]) -> str:
    if len(words) > _NAMED:
        words = [*words[:_NAMED], f"{len(words) - _NAMED} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
