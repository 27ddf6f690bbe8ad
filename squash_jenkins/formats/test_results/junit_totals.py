"""Count the tests of JUnit XML while it is parsed."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.contract import MOST

PASSED, FAILED, ERRORS, SKIPPED = "passed", "failed", "errors", "skipped"
_ENDS = {"failure": FAILED, "error": ERRORS, "skipped": SKIPPED}
_FLAKY = ("flakyFailure", "flakyError")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(?:,[0-9]{3}){2,}")
"""With a decimal point, or with several commas; ``1,234`` may be either number."""


@dataclass(slots=True)
class Case:
    """One test: `time` in s, `result` one of the words of this module."""

    name: str
    time: float
    result: str = PASSED
    flaky: bool = False


@dataclass(slots=True)
class Suite:
    """The tests of a suite and of those in it; `time` is what it says itself, in s."""

    name: str
    time: float | None
    of_cases: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    flaky: int = 0

    @property
    def duration(self) -> float:
        """Return its own time, else the sum of what is in it."""
        return self.of_cases if self.time is None else self.time

    def add(self, other: "Suite") -> None:
        """Add another suite's tests."""
        for result, count in other.counts.items():
            self.counts[result] = self.counts.get(result, 0) + count
        self.flaky += other.flaky
        self.of_cases += other.duration

    def add_case(self, case: Case) -> None:
        """Add one test."""
        self.counts[case.result] = self.counts.get(case.result, 0) + 1
        self.flaky += case.flaky
        self.of_cases += case.time


class JUnitCounter:
    """Count tests by what happened to them; attributes with counts are often wrong.

    As in Jenkins' own reader a suite with an ``error`` of its own counts as one more test, and a
    negative or missing time as 0.

    Attributes
    ----------
    total
        Everything.
    suites
        The suites at the top that are wanted by name, those below added.
    cases
        The tests that are wanted by name.
    """

    def __init__(self, wanted: Callable[[str], bool]) -> None:
        self._wanted = wanted
        self.total = Suite("", None)
        self.suites: list[Suite] = []
        self.cases: list[Case] = []
        self._open: list[Suite] = []
        self._case: Case | None = None
        self._depth = self._inside = 0

    def begin(self, tag: str, attributes: Mapping[str, str], line: int) -> None:
        """Begin an element."""
        self._depth += 1
        if tag == "testsuites" and self._depth == 1:
            self.total.time = _time(attributes, line)
        elif tag == "testsuite" and self._case is None:
            self._open.append(Suite(attributes.get("name", ""), _time(attributes, line)))
        elif tag == "testcase" and self._case is None:
            parts = (attributes.get("classname", ""), attributes.get("name", ""))
            name = ".".join(part for part in parts if part)
            self._case, self._inside = Case(name, _time(attributes, line) or 0.0), self._depth
        elif self._case is not None and self._depth == self._inside + 1:
            self._mark(self._case, tag)
        elif tag == "error" and self._open:
            suite = self._open[-1]
            self._add(Case(f"{suite.name}.<init>", 0.0, ERRORS))

    def end(self, tag: str) -> None:
        """End an element."""
        if tag == "testcase" and self._depth == self._inside and self._case is not None:
            self._add(self._case)
            self._case = None
        elif tag == "testsuite" and self._open and self._case is None:
            done = self._open.pop()
            (self._open[-1] if self._open else self.total).add(done)
            if not self._open and done.name and self._wanted(done.name):
                self.suites.append(done)
        self._depth -= 1

    def _mark(self, case: Case, tag: str) -> None:
        if tag in _ENDS and case.result == PASSED:
            case.result = _ENDS[tag]
        case.flaky = case.flaky or tag in _FLAKY

    def _add(self, case: Case) -> None:
        case.flaky = case.flaky and case.result == PASSED
        (self._open[-1] if self._open else self.total).add_case(case)
        if self._wanted(case.name):
            self.cases.append(case)
            if len(self.cases) > MOST:
                raise DocumentError(f"more than {MOST} tests are asked for; make `tests` narrower")


def _time(attributes: Mapping[str, str], line: int) -> float | None:
    """Return a time in s; None where there is none, or none that can be."""
    text = attributes.get("time", "").strip()
    if not text or text.lower() == "nan":
        return None
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not _NUMBER.fullmatch(text):
        raise DocumentError(
            f'line {line} has the time "{text[:40]}"; expected seconds such as 2503.1 or 2,503.1 '
            "(a comma without a point may mean either)"
        )
    value = float(text)
    return value if math.isfinite(value) and value >= 0 else None
