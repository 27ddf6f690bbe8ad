"""Describe findings in plain sentences, the same in pages, in the build log and in messages.

::

    numbers = reader.builds.numbers(builds_of([row.finding]))
    headline(row.finding)           # "AD1 got worse by 18%"
    place(row.finding)              # "COSMOS · r"
    starts = reader.builds.starts(builds_of([row.finding]))
    details(row.finding, numbers, starts)  # "27.1 → 32.1 marcsec since #407, 14 Nov 2026 …"
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from squash_jenkins.models import Package
from squash_jenkins.models.finding import (
    APPEARED,
    BACK_WITHIN,
    BETTER,
    DRIFT,
    NEUTRAL,
    NOISE,
    OUT_OF,
    STEP,
    VANISHED,
    WORSE,
    Acceptance,
    Finding,
    SeriesChange,
)
from squash_jenkins.text.dates import day_text
from squash_jenkins.text.names import short_name
from squash_jenkins.text.noise import noise_details, noise_headline
from squash_jenkins.text.numbers import change_text, counted, number_text
from squash_jenkins.text.quantities import quantities_text
from squash_jenkins.text.specification import limits_in

_NAMED = 4
"""How many metrics are named; the others are counted."""
_COMMIT = 8
"""Characters of a commit's hash."""
Starts = Mapping[int, datetime]
"""When builds started (UTC), by key."""
_NO_STARTS: Starts = {}
VERDICT_WORDS = ("regression", "improvement", "change", "noise change")
"""The words of `verdict_word`, the most important first."""
_TRENDS = {WORSE: "got worse", BETTER: "got better"}
_COMPANY = {WORSE: "worse", BETTER: "better", NEUTRAL: "changed"}


def headline(finding: Finding) -> str:
    """Return what happened in a few words, without where and when."""
    leading = finding.series[0]
    if finding.kind in (VANISHED, APPEARED):
        return _coming_or_going(finding)
    if finding.kind in (OUT_OF, BACK_WITHIN):
        return _crossing(leading)
    if finding.kind == DRIFT:
        return _drifting(leading)
    if finding.kind == NOISE:
        return f"{name_of(leading)} {noise_headline(leading)}"
    return f"{name_of(leading)} {_moving(leading)}"


def about(finding: Finding, change: SeriesChange) -> Finding:
    """Return a finding as if it were about one of its series alone."""
    return replace(finding, kind=change.kind, direction=change.direction, series=(change,))


def place(finding: Finding) -> str:
    """Return the datasets and filters concerned, empty where none is named."""
    datasets = sorted({each.dataset for each in finding.series if each.dataset})
    filters = sorted({each.filter for each in finding.series if each.filter})
    return " · ".join(", ".join(words[:_NAMED]) for words in (datasets, filters) if words)


def details(finding: Finding, numbers: Mapping[int, int], starts: Starts = _NO_STARTS) -> str:
    """Return levels, builds, size against the noise, and what moved with it.

    `numbers` gives the number of each build by its key, `starts` when it started: the days are
    written beside the numbers of builds that have one.
    """
    leading, since = finding.series[0], since_text(finding, numbers, starts)
    if finding.kind in (VANISHED, APPEARED) and len(_names(finding)) > 1:
        names = _listed(sorted(_names(finding)))
        which = "Not measured" if finding.kind == VANISHED else "Measured"
        return f"{which} {since}: {names}."
    if finding.kind == NOISE:
        sentence = noise_details(leading, since)
        return " ".join(part for part in (sentence, _company(finding)) if part)
    parts = [_levels(leading, limits_of(finding)), since, _multiples(leading)]
    sentence = " ".join(part for part in parts[:2] if part)
    sentence += f", {parts[2]}." if parts[2] else "."
    crossed = _crossings(finding)
    parts = [sentence, crossed, _company(finding), _nodes(leading)]
    text = " ".join(part for part in parts if part)
    return text[:1].upper() + text[1:]


def name_of(change: SeriesChange) -> str:
    """Return metric and level of a series, such as ``AF1 design``."""
    name = change.shown or short_name(change.metric)
    return f"{name} {change.level}" if change.level else name


def limits_of(finding: Finding) -> list[float]:
    """Return the limits that its leading series misses or meets again, in the series' unit."""
    leading = finding.series[0]
    return [
        limit
        for each in finding.series
        if each.series == leading.series and each.unit == leading.unit
        for limit in limits_in(each.specification, each.unit)
    ]


def levels_text(change: SeriesChange, limits: Sequence[float] = ()) -> str:
    """Return the levels before and after with their unit; empty where neither is known.

    They have the digits that distinguish them from each other and from the limits.
    """
    known = [each for each in (change.before, change.after) if each is not None]
    limits = [*limits, *limits_in(change.specification, change.unit)]
    return quantities_text(known, change.unit, limits) if known else ""


def size_of(change: SeriesChange) -> str:
    """Return the effect in percent of the level before, without a sign; empty for none."""
    text = change_text(change.after, change.before)
    return text.lstrip("+\u2212")


def _moving(change: SeriesChange) -> str:
    up = change.after is not None and change.before is not None and change.after > change.before
    verb = _TRENDS.get(change.direction, "rose" if up else "fell")
    size = size_of(change)
    if size:
        return f"{verb} by {size}" if not size.startswith("×") else f"{verb} ({size})"
    return f"{verb}: {levels_text(change)}"


def _drifting(change: SeriesChange) -> str:
    up = change.after is not None and change.before is not None and change.after > change.before
    size = change_text(change.after, change.before)
    return f"{name_of(change)} drifted {'up' if up else 'down'}{f', {size}' if size else ''}"


def _crossing(change: SeriesChange) -> str:
    if change.kind == OUT_OF:
        return f"{name_of(change)} misses {change.specification}"
    return f"{name_of(change)} meets {change.specification} again"


def _coming_or_going(finding: Finding) -> str:
    gone = finding.kind == VANISHED
    names = sorted(_names(finding))
    if len(names) > 1:
        return f"{counted(len(names), 'metric')} {'vanished' if gone else 'appeared'}"
    return f"{names[0]} {'is no longer measured' if gone else 'is measured now'}"


def _names(finding: Finding) -> set[str]:
    """Return the names of metrics that did what the finding is about."""
    return {name_of(each) for each in finding.series if each.kind == finding.kind}


def _levels(change: SeriesChange, limits: Sequence[float]) -> str:
    text = levels_text(change, limits)
    return f"{text} before, nothing" if text and change.after is None else text


def since_text(finding: Finding, numbers: Mapping[int, int], starts: Starts = _NO_STARTS) -> str:
    """Return the builds of a finding, such as ``since #407, 14 Nov 2026``; see `details`."""

    def dated(build: int) -> str:
        return dated_build(numbers[build], starts.get(build))

    since = f"since {dated(finding.build)}"
    if finding.kind == DRIFT:
        since = f"from {dated(finding.first)} to {dated(finding.last)}"
    elif finding.first != finding.last:
        since += f" (between #{numbers[finding.first]} and #{numbers[finding.last]})"
    if finding.ended is not None and finding.ended != finding.build:
        since += f", over with {dated(finding.ended)}"
    return since


def dated_build(number: int, started: datetime | None) -> str:
    """Return the number of a build with the day when it started (UTC), if that is given."""
    return f"#{number}" if started is None else f"#{number}, {day_text(started)}"


def _multiples(change: SeriesChange) -> str:
    if change.kind not in (STEP, DRIFT) or change.before is None or change.after is None:
        return ""
    if not change.sigma:
        return "where values were the same otherwise"
    return f"{number_text(abs(change.after - change.before) / change.sigma)}× the noise"


def _crossings(finding: Finding) -> str:
    """Name the specifications that a step or drift made a metric miss."""
    if finding.kind == OUT_OF:
        return ""
    missed: dict[str, dict[str, None]] = {}
    for each in finding.series:
        if each.kind == OUT_OF:
            missed.setdefault(each.specification, {})[name_of(each)] = None
    sentences = [
        f"{_listed(list(names))} {'misses' if len(names) == 1 else 'miss'} {limit}"
        for limit, names in missed.items()
    ]
    return f"{_listed(sentences, 'more are missed')}." if sentences else ""


def _company(finding: Finding) -> str:
    """Name the other metrics that moved at the same build, or whose noise changed there."""
    leading = name_of(finding.series[0])
    kinds = (NOISE,) if finding.kind == NOISE else (STEP, DRIFT)
    moved = [each for each in finding.series if each.kind in kinds]
    if finding.kind not in kinds:
        return ""
    words = {
        direction: [name for name in _names_in(moved, direction) if name != leading]
        for direction in (WORSE, BETTER, NEUTRAL)
    }
    only = words[NEUTRAL]
    if finding.direction == NEUTRAL and only:
        return f"{_listed(only)} {'changed' if finding.kind == NOISE else 'moved'} with it."
    also = {finding.direction: "also "}
    parts = [
        f"{also.get(direction, '')}{_COMPANY[direction]}: {_listed(names)}"
        for direction, names in words.items()
        if names
    ]
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _names_in(series: Sequence[SeriesChange], direction: str) -> list[str]:
    """Return the names of what moved in a direction, each once."""
    return list(dict.fromkeys(name_of(each) for each in series if each.direction == direction))


def _nodes(change: SeriesChange) -> str:
    """Say which nodes measure more or less: levels are those of the commonest node."""
    return f"{change.nodes}, which is allowed for." if change.nodes else ""


def _listed(words: Sequence[str], more: str = "more") -> str:
    if len(words) > _NAMED:
        words = [*words[: _NAMED - 1], f"{len(words) - _NAMED + 1} {more}"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def acceptance_text(accepted: Acceptance) -> str:
    """Return who accepted a level from which build on, such as ``accepted since #412 by ada``."""
    note = f": {accepted.note}" if accepted.note else ""
    return f"accepted since #{accepted.number} by {accepted.who}{note}"


def verdict_word(finding: Finding) -> str:
    """Return regression, improvement or change by the direction, or noise change.

    Another noise is no regression of the level, also where it counts as worse.
    """
    if finding.kind == NOISE:
        return "noise change"
    return {WORSE: "regression", BETTER: "improvement", NEUTRAL: "change"}[finding.direction]


def versions(old: Package | None, new: Package | None) -> str:
    """Return what became of a package: ``1.2 → 1.3``, ``added, 1.2`` or ``removed, was 1.2``."""
    if old is None or new is None:
        version = _version(new or old, whole=True)
        return f"added, {version}" if new else f"removed, was {version}"
    whole = old.version != new.version
    return f"{_version(old, whole=whole)} → {_version(new, whole=whole)}"


def _version(package: Package | None, *, whole: bool) -> str:
    """Return the version, or the commit where the version is the same."""
    if package is None:
        return "unknown"
    commit = (package.revision or "")[:_COMMIT]
    return (package.version if whole else commit) or commit or package.version or "unknown"
