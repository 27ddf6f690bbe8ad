"""Rank the code changes that may have caused a finding, from facts that others gathered.

Each change has a weight: how probable it is that the build it came in with is the cause, shared
by all changes of that build, times a factor for each further fact. A score is the part of a
weight in the sum of all, so scores of a finding add up to 1; they sort, they are no probabilities.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from squash_jenkins.models import Metric
from squash_jenkins.text.names import package_name

_AT_THE_BEGIN = 0.8
"""What the changes at the likeliest build weigh together, beside all others in the range."""
_MEASURES = 1.5
_WORD_IN_NAME, _WORD_IN_CLUES, _WORDS_AT_MOST = 0.8, 0.4, 2.0
_ELSEWHERE_AT_MOST = 3
_HARMLESS = 10.0
"""Before anything is known one change in so many does harm; each that did none makes it fewer.

That is the mean of a beta distribution: 1 / (10 + harmless changes), in parts of 1 / 10.
"""
_REPORTED_QUIET = 3
_STEM = 5
_ALIKE = 0.6
"""Words are alike when their first letters are the same: so many, this part of the shorter."""
_WORD = re.compile(r"[^\W\d_]{5,}")
_EVERYWHERE = (
    "about after build builds measure measured measurement measurements measuring median metric "
    "metrics number package python should source sources tests their these those value values "
    "version where which"
)
"""Words that say nothing of a metric."""
_COMMON = frozenset(_EVERYWHERE.split())


@dataclass(frozen=True, slots=True)
class Candidate:
    """Hold one change that came in within the range of a finding, with what is known of it.

    Attributes
    ----------
    name, text, url
        A package and its versions, or a commit and its message; where to read more.
    after, until
        Numbers of the builds between which it came in; `after` is None where that is one build.
    at_begin
        Whether that is where the finding most likely began, not elsewhere in its range.
    clues
        Message and paths: words that may have to do with the metric.
    elsewhere
        Findings of other jobs that began with the same version: ``ci #3, where PA1 moved``.
    quiet, steps
        In `quiet` of `steps` earlier builds it changed and nothing moved.
    """

    name: str
    text: str
    url: str | None
    until: int
    at_begin: bool
    after: int | None = None
    clues: str = ""
    elsewhere: Sequence[str] = ()
    quiet: int = 0
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Suspect:
    """Hold one change that may be the cause.

    `score` is between 0 and 1, those of one finding add up to 1; `reasons` say why in words.
    """

    name: str
    text: str
    url: str | None
    score: float
    reasons: Sequence[str]


def rank(candidates: Iterable[Candidate], metrics: Sequence[Metric]) -> list[Suspect]:
    """Return the candidates as suspects, the most suspect first; equal ones by name.

    Parameters
    ----------
    candidates
        Every change that came in within the range of a finding.
    metrics
        What moved.

    """
    known = list(candidates)
    groups = Counter(map(_group, known))
    others = len(groups.keys() - {_BEGIN})
    words = _words_of(metrics)
    weighed = []
    for each in known:
        company = groups[_group(each)]
        place = _AT_THE_BEGIN if each.at_begin else (1 - _AT_THE_BEGIN) / others
        facts = [_related(each, metrics, words), _elsewhere(each), _restless(each)]
        reasons = [_when(each, company), *(reason for _, reason in facts if reason)]
        weight = place / company * math.prod(factor for factor, _ in facts)
        weighed.append((weight, each, reasons))
    whole = sum(weight for weight, _, _ in weighed)
    weighed.sort(key=lambda entry: (-entry[0], entry[1].name, entry[1].until, entry[1].text))
    return [
        Suspect(each.name, each.text, each.url, round(weight / whole, 3), tuple(reasons))
        for weight, each, reasons in weighed
    ]


_BEGIN = (None, None)
"""The group of everything at the begin: failed builds before it are no place of their own."""


def _group(candidate: Candidate) -> tuple[int | None, int | None]:
    return _BEGIN if candidate.at_begin else (candidate.after, candidate.until)


def _when(candidate: Candidate, company: int) -> str:
    came = f"came in with #{candidate.until}"
    if candidate.after is not None:
        came = f"came in between #{candidate.after} and #{candidate.until}"
    if not candidate.at_begin:
        return f"{came}, where it may also have begun"
    if company == 1:
        return f"{came}, the only change where it began"
    return f"{came}, one of {company} changes where it began"


def _related(
    candidate: Candidate, metrics: Sequence[Metric], words: Sequence[str]
) -> tuple[float, str]:
    """Weigh what the change has to do with the metrics by its name, message and paths."""
    if any(package_name(metric.name) == candidate.name for metric in metrics):
        return _MEASURES, "the package that measures it"
    by_name = _alike(words, candidate.name)
    by_clues = [word for word in _alike(words, candidate.clues) if word not in by_name]
    if not by_name and not by_clues:
        return 1.0, ""
    factor = 1 + len(by_name) * _WORD_IN_NAME + len(by_clues) * _WORD_IN_CLUES
    named = ", ".join([*by_name, *by_clues][:3])
    return min(factor, 1 + _WORDS_AT_MOST), f"has to do with the metric: {named}"


def _elsewhere(candidate: Candidate) -> tuple[float, str]:
    if not candidate.elsewhere:
        return 1.0, ""
    shown = ", and with ".join(candidate.elsewhere[:2])
    more = len(candidate.elsewhere) - 2
    factor = 1.0 + min(len(candidate.elsewhere), _ELSEWHERE_AT_MOST)
    return factor, f"also came in with {shown}{f', and {more} more' if more > 0 else ''}"


def _restless(candidate: Candidate) -> tuple[float, str]:
    factor = _HARMLESS / (_HARMLESS + candidate.quiet)
    if candidate.quiet < _REPORTED_QUIET:
        return factor, ""
    often = f"{candidate.quiet} of {candidate.steps} earlier builds"
    return factor, f"changed in {often} and nothing moved"


def _words_of(metrics: Sequence[Metric]) -> list[str]:
    """Return the words that describe the metrics, each once, in order."""
    texts = [
        f"{metric.name} {metric.description or ''} {' '.join(metric.tags)}" for metric in metrics
    ]
    return list(dict.fromkeys(word for text in texts for word in _words(text)))


def _words(text: str) -> list[str]:
    found = [word.lower() for word in _WORD.findall(text.replace("_", " "))]
    return [word for word in dict.fromkeys(found) if word not in _COMMON]


def _alike(words: Sequence[str], text: str) -> list[str]:
    """Return those of `words` that `text` has, too, each for one word of the text at most."""
    found = []
    for own in _words(text):
        found += [word for word in words if _same_stem(word, own)][:1]
    return list(dict.fromkeys(found))


def _same_stem(word: str, other: str) -> bool:
    if word == other:
        return True
    common = 0
    for one, two in zip(word, other, strict=False):
        if one != two:
            break
        common += 1
    return common >= max(_STEM, _ALIKE * min(len(word), len(other)))
