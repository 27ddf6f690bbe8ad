"""Find files of one build that measure the same, and distinguish them by their paths.

Which part of a path distinguishes files follows from the builds that hold several of them: it is
what is left when the beginning and the end that these share are cut off. A folder is cut as a
whole, a file's name at the characters between its words.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from squash_jenkins.models import POSTED, Measurement, Report

_WORDS = re.compile(r"[^-_.=+, ]+|[-_.=+, ]")
_TRY = re.compile(
    r"(?:(?<=/)|^)(?:retry|rerun|try|attempt)[-_ ]?\d*/"
    r"|[-_. ](?:retry|rerun|try|attempt)[-_ ]?\d*(?=[-_. /]|$)",
    re.IGNORECASE,
)
"""What says that a path is of another try: ``try2/a.json``, ``a-retry.json``."""
_BETWEEN = "-_.=+, /"
_SEPARATOR = " · "


class Group(NamedTuple):
    """Name what files to distinguish have in common: where they come from, what they report."""

    dataset: str
    filter: str
    posted: bool


class Ends(NamedTuple):
    """Hold how many parts of a path are cut off at its beginning and at its end."""

    prefix: int
    suffix: int


class Unlike(NamedTuple):
    """Hold what several files of a build measure, what distinguishes them, and their paths."""

    ends: Ends
    metrics: frozenset[str]
    paths: frozenset[str] = frozenset()


def joined(dataset: str | None, labels: Iterable[str]) -> str:
    """Return the name of the dataset of a series with what else distinguishes it."""
    return _SEPARATOR.join([*([dataset] if dataset else []), *labels])


def group_of(report: Report) -> Group:
    """Return the group that a report belongs to."""
    return Group(report.dataset or "", report.filter or "", report.path.startswith(POSTED))


def unlike(reports: Iterable[Report]) -> dict[Group, Unlike]:
    """Return the groups in which files of one build measure the same metric at the same level.

    The same bytes under two paths are one document.
    """
    groups: dict[Group, list[Report]] = defaultdict(list)
    for report in reports:
        if report.measurements:
            groups[group_of(report)].append(report)
    several = ((group, own) for group, own in groups.items() if len(own) > 1)
    found = {group: _unlike(own) for group, own in several}
    return {group: each for group, each in found.items() if each is not None}


def together(some: Iterable[Unlike]) -> Unlike:
    """Return what holds for all: the longest part of the paths, and the metrics of each."""
    listed = list(some)
    ends = Ends(*map(min, zip(*(each.ends for each in listed), strict=True)))
    return Unlike(
        ends,
        frozenset().union(*(each.metrics for each in listed)),
        frozenset().union(*(each.paths for each in listed)),
    )


def label(path: str, ends: Ends) -> str:
    """Return the part of a path that distinguishes it; its name where nothing is left."""
    parts = _parts(place(path))
    rest = parts[ends.prefix : max(len(parts) - ends.suffix, 0)]
    return _text(rest) or _text(parts[-1 - ends.suffix :]) or path


def place(path: str) -> str:
    """Return the path that counts.

    What a program posts is named by a digest at its end. What was tried again is the same thing.
    """
    if path.startswith(POSTED):
        return path.rpartition("/")[0]
    return _TRY.sub("", path) or path


def _unlike(reports: Sequence[Report]) -> Unlike | None:
    places: dict[tuple[str, str], dict[str, Report]] = defaultdict(dict)
    for report in reports:
        for each in report.measurements:
            places[_series(each)].setdefault(place(report.path), report)
    shared: dict[frozenset[str], set[str]] = defaultdict(set)
    for (metric, _), own in places.items():
        if len({report.digest for report in own.values()}) > 1:
            shared[frozenset(report.path for report in own.values())].add(metric)
    if not shared:
        return None
    return together(
        Unlike(_ends({place(path) for path in paths}), frozenset(metrics), paths)
        for paths, metrics in shared.items()
    )


def _series(measurement: Measurement) -> tuple[str, str]:
    return measurement.metric, measurement.level


def _ends(paths: Collection[str]) -> Ends:
    """Return what can be cut off so that something that can be read is left of each path."""
    parts = [_parts(path) for path in paths]
    shortest = min(map(len, parts))
    prefix = _common(parts, shortest)
    suffix = _common([each[::-1] for each in parts], shortest - prefix)
    ends = Ends(prefix, suffix)
    while ends.prefix and _too_short(parts, ends):
        ends = Ends(ends.prefix - 1, ends.suffix)
    while ends.suffix and _too_short(parts, ends, empty=True):
        ends = Ends(ends.prefix, ends.suffix - 1)
    return ends


def _too_short(parts: Sequence[Sequence[str]], ends: Ends, *, empty: bool = False) -> bool:
    """Return whether nothing is left of a path, or only numbers whose word comes before them."""
    left = [_text(each[ends.prefix : len(each) - ends.suffix]) for each in parts]
    if empty or not all(left):
        return not all(left)
    in_a_name = not parts[0][ends.prefix - 1].endswith("/")
    return in_a_name and not all(any(map(str.isalpha, text)) for text in left)


def _common(parts: Sequence[Sequence[str]], most: int) -> int:
    """Return how many parts all begin with."""
    return next((at for at in range(most) if len({each[at] for each in parts}) > 1), most)


def _parts(path: str) -> list[str]:
    *folders, name = path.split("/")
    return [*(f"{folder}/" for folder in folders), *_WORDS.findall(name)] or [path]


def _text(parts: Sequence[str]) -> str:
    return "".join(parts).strip(_BETWEEN)
