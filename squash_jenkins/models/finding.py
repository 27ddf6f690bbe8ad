"""What was detected in the series of a job: what got worse or better, since which build."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from squash_jenkins.models import FastPickle, SeriesId

STEP, DRIFT, VANISHED, APPEARED = "step", "drift", "vanished", "appeared"
NOISE = "noise"
OUT_OF, BACK_WITHIN = "out of specification", "back within specification"
WORSE, BETTER, NEUTRAL = "worse", "better", "neutral"
TRIAGE = ("open", "acknowledged", "known", "wontfix", "fixed", "muted")
"""States of the triage of a finding; "open" takes back earlier triage."""
SETTLED = 1e-5
"""A change with a `p_value` up to this is settled: further builds will hardly make it vanish.

Waiting for more evidence beats waiting for more builds: while a series of noise grows from 20 to
300 builds, 2 in 100 (white), 8 (with outliers) or 22 (autocorrelated, 0.5) show a change at some
time, and some show it for long; a settled one is shown by none, none and 6 in 100. A step of
four sigma is settled in its third build with probability 0.8, in its fourth with 0.95
(`tests/benchmarks/RESULTS.md` has the curve).
"""


MANY = 30
"""Builds on a side of a change are counted up to here: more make a level no surer."""


@dataclass(frozen=True, slots=True)
class Evidence(FastPickle):
    """What a change in a series was concluded from.

    `test` names the statistical test. `builds_before` and `builds_after` are the measured builds
    on both sides, counted up to `MANY`. `autocorrelation` is how much of a deviation the next
    build inherits. `modes` says in words what the further levels that values alternate between
    add to the commonest one: they were taken out first. `period` is the number (from 1) of the
    part with one noise among the `periods` of the builds that were searched. Of a change of the
    noise, `levels_before` and `levels_after` are the levels that values alternated between, in
    `unit`: one where they did not, none where only the spread changed.
    """

    test: str
    builds_before: int
    builds_after: int
    autocorrelation: float = 0.0
    modes: tuple[str, ...] = ()
    period: int = 1
    periods: int = 1
    levels_before: tuple[float, ...] = ()
    levels_after: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class SeriesChange(FastPickle):
    """What happened in one series.

    `kind` and `direction` are constants of this module (`STEP` …, `WORSE` …). `build` is where it
    began, `first` and `last` are the first and last build where it may have begun, `ended` is the
    build where it was over (None: it still holds). Builds are positions in their job (from 0) in
    the analysis, and keys of the store once stored. `before` and `after` are levels and `sigma` is
    the noise, in `unit`; None where there is none. Of a change of the noise, `before` and `after`
    are the standard deviations about the level. `strength` is in standard errors, `p_value` an
    upper bound for the probability that noise alone does this; both are None without statistics.
    `specification` is the one missed or met again, in words; `statistics` has everything in words,
    `evidence` as values; None without statistics. `nodes` says in words which nodes measure more or
    less: that was taken out; None: nothing was. `shown` is the shortest name of the metric that no
    other one has, as of when it was read; it is no part of what happened.
    """

    kind: str
    direction: str
    metric: str
    build: int
    first: int
    last: int
    dataset: str | None = None
    filter: str | None = None
    level: str = ""
    unit: str | None = None
    ended: int | None = None
    before: float | None = None
    after: float | None = None
    sigma: float | None = None
    strength: float | None = None
    p_value: float | None = None
    specification: str = ""
    statistics: str = ""
    nodes: str | None = None
    evidence: Evidence | None = None
    shown: str = field(default="", compare=False, kw_only=True)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Return what makes it again; `shown` is no column, so it is apart."""
        kind, values = super(SeriesChange, self).__reduce__()
        return partial(kind, shown=self.shown), values

    @property
    def series(self) -> SeriesId:
        """Return the series that changed."""
        return SeriesId(self.dataset or "", self.filter or "", self.metric, self.level)


@dataclass(frozen=True, slots=True)
class Finding(FastPickle):
    """What got worse, better or different at one build of a job.

    All series that moved at the same build are one finding; the first of `series` leads, and
    `kind` is its. `direction` is worse when any series got worse, else better when any did.
    `ended` is set when nothing that got worse (or, of a better one, better) still holds.
    """

    kind: str
    direction: str
    build: int
    first: int
    last: int
    series: Sequence[SeriesChange]
    ended: int | None = None

    @property
    def settled(self) -> bool:
        """Return whether further builds will hardly make it vanish: then people are notified.

        A step is detected from its third build on, and occasionally two outliers and chance look
        like one.
        """
        moves = [each for each in self.series if each.kind in (STEP, DRIFT, NOISE)]
        sure = [each for each in moves if each.p_value is None or each.p_value <= SETTLED]
        return bool(sure) or not moves


@dataclass(frozen=True, slots=True)
class Triage(FastPickle):
    """The triage of a finding: a `state` of `TRIAGE`, who set it and when (UTC).

    `fixed_in` is the number of the build with the fix, `assignee` who looks after it. `undone` is
    when (UTC) and `undone_by` by whom it was taken back; it does not count then.
    """

    state: str
    who: str
    created: datetime
    note: str | None = None
    ticket: str | None = None
    fixed_in: int | None = None
    assignee: str | None = None
    undone: datetime | None = None
    undone_by: str | None = None


@dataclass(frozen=True, slots=True)
class Comment(FastPickle):
    """What somebody wrote about a finding, and when (UTC); `key` names it."""

    key: int
    who: str
    created: datetime
    note: str


@dataclass(frozen=True, slots=True)
class CoveredSeries(FastPickle):
    """A series that a triage covers, with its levels at that time; see `SeriesChange`."""

    kind: str
    metric: str
    dataset: str | None
    filter: str | None
    level: str
    unit: str | None
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Growth(FastPickle):
    """How a finding grew beyond what its triage covers, so that it is open again.

    So many series `joined`. `before` is the covered state of a series whose effect is larger by
    half, None where none is; `now` is that series today, otherwise the leading one.
    """

    joined: int
    before: CoveredSeries | None
    now: SeriesChange


@dataclass(frozen=True, slots=True)
class Acceptance(FastPickle):
    """The level of a series that somebody accepted from a build (key) on, and when (UTC).

    Detection begins anew at that build; what began before or there is over. `number` is the
    build's number.
    """

    series: SeriesId
    build: int
    number: int
    who: str
    created: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True)
class NodeDependence(FastPickle):
    """How far the newest values of a series depend on the node that measured them.

    `reference` is the commonest node. `effects` is what each other node adds to the values, or
    multiplies them by where `factors` is set. `text` says it in words.
    """

    series: SeriesId
    unit: str
    reference: str
    effects: Mapping[str, float]
    factors: bool
    text: str

    def corrected(self, value: float, node: str | None) -> float:
        """Return a value as the reference would have measured it."""
        effect = self.effects.get(node or "")
        if effect is None:
            return value
        return value / effect if self.factors else value - effect


def accepted_by(finding: Finding, acceptances: Iterable[Acceptance]) -> Acceptance | None:
    """Return how a finding that is over was accepted; None when it ended otherwise."""
    over = [each for each in finding.series if each.ended is not None]
    ends = {(each.series, each.ended) for each in over}
    at_once = {each.series for each in over if each.ended == each.build}
    if finding.ended is None:
        return None
    exact = [each for each in acceptances if (each.series, each.build) in ends]
    near = [each for each in acceptances if each.series in at_once]
    return next(iter([*exact, *near]), None)


def builds_of(findings: Iterable[Finding]) -> set[int]:
    """Return the keys of all builds that findings name."""
    places: list[int | None] = []
    for each in findings:
        places += [each.build, each.first, each.last, each.ended]
        for change in each.series:
            places += [change.build, change.first, change.last, change.ended]
    return {place for place in places if place is not None}
