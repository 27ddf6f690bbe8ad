"""Read JUnit XML as pytest, Surefire, Gradle, Jest and many others write it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from squash_jenkins.formats.base import Document, Format
from squash_jenkins.formats.results import Result, result_report
from squash_jenkins.formats.strict_xml import parse, root_tag
from squash_jenkins.formats.test_results.junit_totals import (
    ERRORS,
    FAILED,
    PASSED,
    SKIPPED,
    Case,
    JUnitCounter,
    Suite,
)
from squash_jenkins.models import Measurement, Report
from squash_jenkins.models.metric_rules import HIGHER, LOWER, NEITHER
from squash_jenkins.text.one_line import one_line

_TOTAL = "junit"
_COUNTS = {"tests": NEITHER, PASSED: HIGHER, FAILED: LOWER, ERRORS: LOWER, SKIPPED: LOWER}


class JUnit(Format):
    """Read how many tests passed, failed, had errors or were skipped, and how long they took.

    Totals are of all files of a build together: some tools write one for each class. Single tests
    and suites are read where the setting ``tests`` of the job names them.
    """

    name = "junit"
    order = 220

    def matches(self, document: Document) -> bool:
        """Return whether the root is a suite, or several."""
        return root_tag(document.content) in ("testsuites", "testsuite")

    def read(self, document: Document) -> list[Report]:
        """Read one report."""
        asked = document.tests
        counter = JUnitCounter(lambda name: any(fnmatchcase(name, glob) for glob in asked))
        parse(document.content, counter)
        results = [
            *_of_suite(_TOTAL, counter.total),
            *(each for suite in counter.suites for each in _of_suite(suite.name, suite)),
            *map(_of_case, counter.cases),
        ]
        return [result_report(document, self.name, results)]

    def complete(self, reports: Sequence[Report]) -> Sequence[Report]:
        """Add the totals of all files up in the first one, by their paths.

        The same bytes under two paths are one file. Files of which nothing else is followed have
        no report of their own.
        """
        by_digest = {each.digest: each for each in sorted(reports, key=_path, reverse=True)}
        first, *others = sorted(by_digest.values(), key=_path)
        if not others:
            return [first]
        totals = {each.metric: each for each in first.measurements if each.metric in _TOTALS}
        for each in (m for report in others for m in report.measurements if m.metric in _TOTALS):
            totals[each.metric] = _sum(totals[each.metric], each)
        rest = [each for each in first.measurements if each.metric not in _TOTALS]
        whole = replace(
            first, measurements=[*totals.values(), *rest], extra={"files": len(by_digest)}
        )
        return [whole, *filter(_has_measurements, map(_without_totals, others))]


def _of_suite(name: str, suite: Suite) -> Iterator[Result]:
    counts = {**suite.counts, "tests": sum(suite.counts.values())}
    name = one_line(name, None)
    for word, better in _COUNTS.items():
        yield Result(f"{name}.{word}", float(counts.get(word, 0)), None, better)
    yield Result(f"{name}.flaky", float(suite.flaky), None, LOWER)
    yield Result(f"{name}.duration", suite.duration, "s", LOWER)


def _of_case(case: Case) -> Result:
    """Return how long a test took; of one that did not pass, that says nothing."""
    passed = case.result == PASSED
    extra = {} if passed else {"as_written": case.result}
    name = one_line(case.name, None)
    return Result(name if "." in name else f"{_TOTAL}.{name}", case.time if passed else None, "s",
                  LOWER, extra)  # fmt: skip


def _path(report: Report) -> str:
    return report.path


def _has_measurements(report: Report) -> bool:
    return len(report.measurements) > 0


def _sum(first: Measurement, other: Measurement) -> Measurement:
    return replace(first, value=(first.value or 0.0) + (other.value or 0.0))


def _without_totals(report: Report) -> Report:
    return replace(
        report,
        measurements=[each for each in report.measurements if each.metric not in _TOTALS],
        metrics=[each for each in report.metrics if each.name not in _TOTALS],
    )


_TOTALS = frozenset(result.name for result in _of_suite(_TOTAL, Suite("", None)))
