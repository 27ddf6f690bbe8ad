"""Summarise a build: in one line for Jenkins, in a few for its log."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from squash_jenkins.analysis.specifications.applicable import Verdict
from squash_jenkins.models import LEVELS
from squash_jenkins.models.finding import BETTER, NOISE
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.text.numbers import change_text, counted
from squash_jenkins.text.one_line import one_line
from squash_jenkins.text.quantities import quantity_text
from squash_jenkins.text.sentences import details, headline, place, verdict_word
from squash_jenkins.text.specification import limit_text
from squash_jenkins.verification.build import BuildStatus
from squash_jenkins.verification.comparison_text import comparison_lines
from squash_jenkins.verification.placed import Placed

_NAMED = 5
"""How many regressions and misses are named; the others are counted."""
_WIDTH = 400
"""Characters of a line of the build log, at most."""
_MOVED = 3
"""How many measurements that moved most are named."""
_STIRRED = 0.01
"""What moved by less than this fraction is not mentioned."""


class Pages(NamedTuple):
    """Make the URLs of the dashboard that people are sent to; empty where they cannot reach it."""

    build: Callable[[BuildStatus], str]
    finding: Callable[[FindingRow], str]


@dataclass(frozen=True, slots=True)
class Miss:
    """Hold one measurement that misses a level."""

    placed: Placed
    verdict: Verdict

    @property
    def level(self) -> str:
        """Return the level that is missed."""
        return self.verdict.specification.level

    def text(self) -> str:
        """Return the miss in words."""
        where = f" ({self.placed.place})" if self.placed.place else ""
        required = limit_text(self.verdict.specification)
        return f"{self.placed.name}{where} is {value_text(self.placed)}, {required}"

    def as_json(self) -> dict[str, Any]:
        """Return the miss as plain values."""
        verified, wanted = self.placed.verified, self.verdict.specification
        before = self.placed.before
        return {
            "metric": verified.metric,
            "dataset": verified.dataset,
            "filter": verified.filter,
            "level": self.level,
            "value": verified.value,
            "unit": verified.unit,
            "operator": wanted.operator,
            "threshold": wanted.threshold,
            "upper": wanted.upper,
            "threshold_unit": wanted.unit,
            "previous": before.value if before else None,
            "previous_build": before.number if before else None,
        }


@dataclass(frozen=True, slots=True)
class Summary:
    """Hold the counts of a build.

    `judged` and `met` count measurements by level; a measurement made for one level is
    compared with that level only.
    """

    status: BuildStatus
    measurements: int
    measured: int
    judged: dict[str, int]
    met: dict[str, int]
    missed: Sequence[Miss]

    def misses(self, level: str) -> bool:
        """Return whether a measurement misses this level."""
        return any(miss.level == level for miss in self.missed)

    def line(self) -> str:
        """Return the summary on one line, for the description of the build."""
        counts = self._measured()
        levels = [f"{level} {self.met[level]} of {self.judged[level]}" for level in self.judged]
        counts += f", met: {', '.join(levels)}" if levels else ""
        news = [self._news_since(), self._compared()]
        return "; ".join(part for part in (counts, *news) if part)

    def verdict(self) -> str:
        """Return the first line of the summary, without the name of the build."""
        parts = [self._measured()]
        parts += [f"{level} {self.met[level]} of {self.judged[level]}" for level in self.judged]
        words = Counter(verdict_word(row.finding) for row in self.status.news)
        return " · ".join([*parts, *(counted(count, word) for word, count in words.items())])

    def text(self) -> str:
        """Return the summary for the build log: verdict, what got worse, what fails, what moved."""
        lines = [*self._worse(), *comparison_lines(self.status.comparison), *self._failing()]
        lines += _moving(moved_most(self.status.measurements))
        first = one_line(f"{self.status.title}: {self.verdict()}")
        return "\n".join([first, *(f"  {one_line(line, _WIDTH)}" for line in lines)])

    def as_json(self) -> dict[str, Any]:
        """Return the summary as plain values."""
        return {
            "measurements": self.measurements,
            "measured": self.measured,
            "judged": self.judged,
            "met": self.met,
            "missed": [miss.text() for miss in self.missed],
        }

    def _measured(self) -> str:
        """Count what was measured; a matrix build sums its configurations."""
        if not self.measurements:
            read = not self.status.build.provisional
            return "no QA measurements" if read else "QA files not read yet"
        several = [each for each in self.status.configurations if each.measurements]
        where = f" in {counted(len(several), 'configuration')}" if several else ""
        return f"{self.measured} of {self.measurements} measured{where}"

    def _worse(self) -> list[str]:
        worse = self.status.regressions
        lines = [finding_text(row, self.status) for row in worse[:_NAMED]]
        more = len(worse) - _NAMED
        words = {verdict_word(row.finding) for row in worse[_NAMED:]}
        word = words.pop() if len(words) == 1 else "finding"
        return [*lines, f"… and {counted(more, f'more {word}')}"] if more > 0 else lines

    def _failing(self) -> list[str]:
        """Name what misses the minimum; what misses more than that is in the counts."""
        own = [Miss(*miss) for miss in self.status.misses]  # configurations have a summary each
        failures = [miss for miss in own if miss.level == LEVELS[0]]
        lines = [f"misses {LEVELS[0]}: {_missing(miss)}" for miss in failures[:_NAMED]]
        more = len(failures) - _NAMED
        return [*lines, f"… and {more} more miss {LEVELS[0]}"] if more > 0 else lines

    def _compared(self) -> str:
        """Count what is worse than the target."""
        worse, comparison = self.status.worse, self.status.comparison
        return f"{len(worse)} worse than {comparison.target.name}" if comparison and worse else ""

    def _news_since(self) -> str:
        """Return what is new in a few words, such as ``1 regression since #407``."""
        statuses = [self.status, *self.status.configurations]
        numbers = {key: number for each in statuses for key, number in each.numbers.items()}
        worse = [row for each in statuses for row in each.regressions]
        moved = [row for row in worse if row.finding.kind != NOISE]
        if worse:
            word = "regression" if moved else "noise change"
            return _since(word, moved or worse, numbers)
        news = [row for each in statuses for row in each.news]
        better = [row for row in news if row.finding.direction == BETTER]
        return _since("improvement", better, numbers)


def summary_of(status: BuildStatus) -> Summary:
    """Count the verdicts of a build; a matrix build has those of all its runs."""
    statuses = [status, *status.configurations]
    measurements = [placed for each in statuses for placed in each.measurements]
    verdicts = [
        verdict
        for placed in measurements
        for verdict in placed.verified.verdicts
        if verdict.met is not None
    ]
    levels = [verdict.specification.level for verdict in verdicts]
    met = [verdict.specification.level for verdict in verdicts if verdict.met]
    shown = [level for level in LEVELS if level in levels]
    return Summary(
        status,
        len(measurements),
        sum(placed.verified.value is not None for placed in measurements),
        {level: levels.count(level) for level in shown},
        {level: met.count(level) for level in shown},
        [Miss(*miss) for each in statuses for miss in each.misses],
    )


def moved_most(measurements: Iterable[Placed], count: int = _MOVED) -> list[Placed]:
    """Return the measurements that moved most against their previous values."""
    moved = [(abs(each.moved), each) for each in measurements if each.moved is not None]
    known = [pair for pair in moved if pair[0] >= _STIRRED]
    return [each for _, each in sorted(known, key=lambda pair: -pair[0])[:count]]


def value_text(placed: Placed) -> str:
    """Return the value of a measurement with its unit."""
    return placed.verified.quantity


def before_text(placed: Placed) -> str:
    """Return the previous value with its unit and build; empty where there is none."""
    before = placed.before
    if before is None:
        return ""
    beside = [placed.verified.value]
    if before.unit == placed.verified.unit:
        beside += [limit for each in placed.verified.verdicts for limit in each.limits]
    return f"{quantity_text(before.value, before.unit, beside)} in #{before.number}"


def finding_text(row: FindingRow, status: BuildStatus) -> str:
    """Return a finding in one line: what, where, since when and by how much."""
    where = place(row.finding)
    where = f" ({where})" if where else ""
    return f"{headline(row.finding)}{where}: {details(row.finding, status.numbers, status.starts)}"


def _missing(miss: Miss) -> str:
    before = before_text(miss.placed)
    return f"{miss.text()}; it was {before}" if before else miss.text()


def _moving(moved: Sequence[Placed]) -> list[str]:
    """Say what moved; the build compared with is named once where it is one for all."""
    numbers = {each.before.number for each in moved if each.before}
    if len(numbers) > 1:
        moves = [f"{_moved(each)} since #{each.before.number}" for each in moved if each.before]
        return [f"moved most: {', '.join(moves)}"]
    return [f"moved most since #{at}: {', '.join(map(_moved, moved))}" for at in numbers]


def _moved(placed: Placed) -> str:
    before = placed.before
    change = change_text(placed.verified.value, before.value if before else None)
    where = f" ({placed.place})" if placed.place else ""
    return f"{placed.name}{where} {change} to {value_text(placed)}"


def _since(word: str, rows: Sequence[FindingRow], numbers: Mapping[int, int]) -> str:
    """Count findings, with the build that the first of them began at."""
    if not rows:
        return ""
    began = min(numbers[row.finding.build] for row in rows)
    return f"{counted(len(rows), word)} since #{began}"
