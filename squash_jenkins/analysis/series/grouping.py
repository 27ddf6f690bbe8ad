"""Make findings of changes: what moved at the same build is one finding with many series."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from squash_jenkins.analysis.series.movement import rises
from squash_jenkins.analysis.series.ranges import Ranges
from squash_jenkins.models import LEVELS, SeriesId
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
    Finding,
    SeriesChange,
)
from squash_jenkins.text.specification import SIGNS, TO

Baselines = Mapping[SeriesId, Sequence[int]]
"""By series the places from which on its level was accepted, in order."""
NO_BASELINES: Baselines = {}
_ALIKE = 0.5
"""Drifts are one finding when this part of all their builds is common to them."""
_NATURES = {STEP: "move", OUT_OF: "move", BACK_WITHIN: "move"}
_KINDS = (STEP, DRIFT, OUT_OF, VANISHED, BACK_WITHIN, APPEARED, NOISE)
_DIRECTIONS = (WORSE, BETTER, NEUTRAL)
_RETURNED = 0.5
"""A change is over when this part of it is taken back."""


def nature(kind: str) -> str:
    """Return the name of the kinds of changes that make one finding together."""
    return _NATURES.get(kind, kind)


def group(changes: Iterable[SeriesChange], baselines: Baselines = NO_BASELINES) -> list[Finding]:
    """Return the findings of a job in order of the builds where they began.

    The changes that are surest say where each finding began; others whose range of possible
    builds reaches there join it. What may have begun before a baseline is over there.
    """
    clusters: dict[str, Ranges[_Cluster]] = {}
    for each in sorted(with_ends(changes, baselines), key=_sureness):
        own = clusters.setdefault(nature(each.kind), Ranges())
        near = own.near(each.first, each.last)
        fitting = [cluster for cluster in near if cluster.takes(each)]
        if fitting:
            min(fitting, key=lambda cluster: abs(cluster.build - each.build)).add(each)
        else:
            own.add(each.first, each.last, _Cluster(each.build, each.first, each.last, [each]))
    found = [_finding(cluster) for own in clusters.values() for cluster in own.all]
    return sorted(found, key=lambda each: (each.build, each.kind, each.series[0].series.by_metric))


@dataclass(slots=True)
class _Cluster:
    """Gather changes; `first` and `last` bound the builds that are possible for all of them."""

    build: int
    first: int
    last: int
    changes: list[SeriesChange] = field(default_factory=list)

    def takes(self, change: SeriesChange) -> bool:
        common = min(self.last, change.last) - max(self.first, change.first) + 1
        if change.kind != DRIFT:
            return common > 0
        whole = max(self.last, change.last) - min(self.first, change.first) + 1
        return common >= _ALIKE * whole

    def add(self, change: SeriesChange) -> None:
        self.changes.append(change)
        if change.kind != DRIFT:
            self.first, self.last = max(self.first, change.first), min(self.last, change.last)


def _sureness(change: SeriesChange) -> tuple[int, float, int, tuple[str, ...], str]:
    """Sort changes by how well their place is known, always in the same order."""
    strength = change.strength if change.strength is not None else 0.0
    reach = 0 if change.kind == DRIFT else change.last - change.first
    return (reach, -strength, change.build, change.series.by_metric, change.kind)


def _finding(cluster: _Cluster) -> Finding:
    series = tuple(sorted(cluster.changes, key=_importance))
    present = {each.direction for each in series}
    worst = next(each for each in _DIRECTIONS if each in present)
    ends = [each.ended for each in series if each.direction == worst]
    over = [end for end in ends if end is not None]
    build, first, last = cluster.build, cluster.first, cluster.last
    if series[0].kind == DRIFT:  # its range is that of the drift, not where it may have begun
        build, first, last = series[0].build, series[0].first, series[0].last
    return Finding(
        series[0].kind,
        worst,
        min(max(build, first), last),
        first,
        last,
        series,
        max(over) if len(over) == len(ends) else None,
    )


def _importance(change: SeriesChange) -> tuple[int, int, bool, bool, float, tuple[str, ...]]:
    """Sort the most telling first; what is derived for a level, or never varies, comes later."""
    order = (_DIRECTIONS.index(change.direction), _KINDS.index(change.kind))
    strength = change.strength if change.strength is not None else 0.0
    return (*order, bool(change.level), not change.sigma, -strength, change.series.by_metric)


def with_ends(
    changes: Iterable[SeriesChange], baselines: Baselines = NO_BASELINES
) -> list[SeriesChange]:
    """Return the changes, each with the build where it was over."""
    by_series: dict[SeriesId, list[SeriesChange]] = {}
    for each in changes:
        by_series.setdefault(each.series, []).append(each)
    ended = []
    for series, own in by_series.items():
        own.sort(key=lambda each: (each.build, each.kind))
        accepted = baselines.get(series, ())
        ended += [replace(each, ended=_end(each, own, accepted)) for each in own]
    return ended


def _end(change: SeriesChange, own: Sequence[SeriesChange], baselines: Sequence[int]) -> int | None:
    later = (each for each in own if each.build > change.build)
    ends = [each.build for each in later if _takes_back(change, each)][:1]
    begin = change.last if change.kind == DRIFT else change.first
    ends += [max(place, change.build) for place in baselines if place >= begin][:1]
    return min(ends, default=None)


def _takes_back(change: SeriesChange, later: SeriesChange) -> bool:
    if change.kind == VANISHED:
        return later.kind == APPEARED
    if change.kind == APPEARED:
        return later.kind == VANISHED
    if change.kind == OUT_OF:
        return later.kind == BACK_WITHIN and _implies(_level(later), _level(change))
    if change.kind == BACK_WITHIN:
        return later.kind == OUT_OF and _implies(_level(change), _level(later))
    if later.kind != change.kind and not {change.kind, later.kind} <= {STEP, DRIFT}:
        return False
    if change.before is None or change.after is None or later.after is None:
        return False
    if change.before == change.after:
        return False
    back = (later.after - change.after) / (change.before - change.after)
    return rises(later) != rises(change) and back >= _RETURNED


def _implies(tight: str, loose: str) -> bool:
    """Return whether what meets one level meets the other; one of several is reported."""
    if tight in LEVELS and loose in LEVELS:
        return LEVELS.index(tight) >= LEVELS.index(loose)
    return tight == loose


def _level(change: SeriesChange) -> str:
    """Return the name of the level that a specification in words is for."""
    words = change.specification.split()
    signs = [at for at, word in enumerate(words) if word in (*SIGNS.values(), "<", ">", TO)]
    return " ".join(words[: signs[0] - (words[signs[0]] == TO)]) if signs else ""
