"""Write the status of builds as a JUnit file, which Jenkins' own publisher shows and tracks.

A test case is one metric at one level that applies to it. Jenkins recognises a case in the next
build by its class and name, so neither contains a build number. It takes all before the last dot
of a class for its package: the parts of a class (job, dataset, filter) have no dots of their own.
"""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC

from squash_jenkins.analysis.specifications.applicable import Verdict
from squash_jenkins.jenkins.names import jenkins_build_url
from squash_jenkins.models.finding import WORSE
from squash_jenkins.text.names import short_names
from squash_jenkins.text.one_line import one_line
from squash_jenkins.text.sentences import name_of, verdict_word
from squash_jenkins.text.specification import limit_text
from squash_jenkins.verification.build import BuildStatus
from squash_jenkins.verification.comparison import NOT_COMPARED, Compared, Comparison
from squash_jenkins.verification.comparison_text import counts_text, line_text
from squash_jenkins.verification.placed import Placed
from squash_jenkins.verification.summary import (
    Pages,
    before_text,
    finding_text,
    summary_of,
    value_text,
)

_NAME, _MESSAGE, _TEXT = 200, 1000, 20_000
"""Characters of a name, of a message and of a text, at most."""
_ILLEGAL = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_APART = re.compile(r"[./\\]+")
_NO_TIME = "0.000"
_PASSED, _FAILED, _SKIPPED = "passed", "failure", "skipped"


@dataclass(frozen=True, slots=True)
class _Case:
    """Hold one test case: `message` says in a line why it fails, `text` gives the details."""

    suite: str
    name: str
    state: str
    message: str = ""
    text: str = ""
    path: str = ""


def junit(statuses: Sequence[BuildStatus], pages: Pages, *, regressions: bool = False) -> bytes:
    """Return a JUnit file about builds: a suite for each dataset and filter of each.

    What is not measured, or cannot be compared, is skipped. A check takes no time; how long the
    build took is a property.

    Parameters
    ----------
    statuses
        The status of the builds; more than one for the configurations of a matrix.
    pages
        Make the URLs that messages name.
    regressions
        Add a suite with a failed case for each regression among the news of a build, and one with
        a case for each measurement that is compared with the target.

    """
    suites = []
    shown = [each for each in statuses if each.measurements or not each.configurations]
    for status in shown or statuses:
        cases = _cases(status, pages)
        if regressions:
            cases += _regressions(status, pages) + _compared(status, pages)
        cases = _with_unique_names(cases)
        for name in dict.fromkeys(case.suite for case in cases):
            own = [case for case in cases if case.suite == name]
            suites.append(_suite(name, own, _about(status), _facts(status, pages)))
    return _file(suites)


def junit_of_nothing(job: str, reason: str) -> bytes:
    """Return a JUnit file for a build that could not be verified: one case that is skipped.

    Without it Jenkins would show the file of an earlier build, or fail for want of one.
    """
    case = _Case(_class(job), "measurements", _SKIPPED, reason)
    return _file([_suite(case.suite, [case], {}, {})])


def _cases(status: BuildStatus, pages: Pages) -> list[_Case]:
    """Return the cases of a build, at least one: Jenkins complains about a file without any."""
    names = _names(status.measurements)
    found = [
        _case(status, placed, verdict, names[placed.verified.metric], pages)
        for placed in status.measurements
        for verdict in placed.verified.verdicts
    ]
    if found:
        return found
    suite = _class(status.job.name)
    if not status.measurements:
        return [_Case(suite, "measurements", _SKIPPED, summary_of(status).verdict())]
    return [_Case(suite, "specifications", _SKIPPED, "no target set for what it measured")]


def _case(status: BuildStatus, placed: Placed, verdict: Verdict, name: str, pages: Pages) -> _Case:
    verified, wanted = placed.verified, verdict.specification
    suite = _class(status.job.name, verified.dataset, verified.filter)
    case = _Case(suite, f"{name} {wanted.level}", _SKIPPED, path=placed.path)
    limit, before = limit_text(wanted), before_text(placed)
    if verdict.met is None:
        return replace(case, message=f"{verdict.reason or 'not comparable'}; {limit}")
    was = f"; it was {before}" if before else ""
    facts = {
        "value": value_text(placed),
        "threshold": limit,
        "previous value": before or "none",
        "report": placed.path,
        "dashboard": pages.build(status),
    }
    message = f"{name} is {value_text(placed)}, {limit}{was}"
    state = _PASSED if verdict.met else _FAILED
    return replace(case, state=state, message=message, text=_lines(facts))


def _regressions(status: BuildStatus, pages: Pages) -> list[_Case]:
    """Return a failed case for each regression; it keeps its name while the finding lives."""
    suite = f"{_part(status.job.name)}.findings"
    found = []
    for row in status.regressions:
        text = finding_text(row, status)
        facts = {"finding": row.name, "dashboard": pages.finding(row)}
        name = f"{name_of(row.finding.series[0])} {verdict_word(row.finding)} {row.name}"
        found.append(_Case(suite, name, _FAILED, text, f"{one_line(text, _TEXT)}\n{_lines(facts)}"))
    return found or [_Case(suite, "no regression", _PASSED)]


def _compared(status: BuildStatus, pages: Pages) -> list[_Case]:
    """Return a case for each measurement compared with the target: what is worse fails."""
    comparison = status.comparison
    if comparison is None:
        return []
    suite = f"{_part(status.job.name)}.compared with {_part(comparison.target.name)}"
    if comparison.reason:
        return [_Case(suite, "comparison", _SKIPPED, counts_text(comparison))]
    names = _names(each.placed for each in comparison.compared)
    return [
        _comparison(suite, each, comparison, names, pages.build(status))
        for each in comparison.compared
    ]


def _comparison(
    suite: str, each: Compared, comparison: Comparison, names: Mapping[str, str], page: str
) -> _Case:
    verified = each.placed.verified
    parts = (names[verified.metric], verified.level, each.placed.place)
    name, text = " ".join(part for part in parts if part), line_text(each, comparison)
    state = {WORSE: _FAILED, NOT_COMPARED: _SKIPPED}.get(each.verdict, _PASSED)
    facts = _lines({"dashboard": page, "report": each.placed.path})
    return _Case(suite, name, state, text, f"{text}\n{facts}", each.placed.path)


def _names(measurements: Iterable[Placed]) -> Mapping[str, str]:
    """Return by metric what it is called: without its package where no other is called so."""
    return short_names(placed.verified.metric for placed in measurements)


def _with_unique_names(cases: Iterable[_Case]) -> list[_Case]:
    """Give each case a name of its own: two reports may measure the same metric."""
    cut = [replace(case, name=one_line(case.name, _NAME) or "?") for case in cases]
    alike = Counter((case.suite, case.name) for case in cut)
    taken: set[tuple[str, str]] = set()
    found = []
    for case in cut:
        name = case.name
        if alike[case.suite, name] > 1:
            name = f"{name} [{one_line(case.path, _NAME)}]"
        own, number = name, 1
        while (case.suite, own) in taken:
            number += 1
            own = f"{name} ({number})"
        taken.add((case.suite, own))
        found.append(replace(case, name=own))
    return found


def _class(job: str, dataset: str | None = None, filter_name: str | None = None) -> str:
    """Return the class of cases; Jenkins shows what has none of a dot in "(root)"."""
    places = [_part(text) for text in (dataset, filter_name) if text]
    return ".".join([_part(job), *(places or ["measurements"])])


def _part(text: str) -> str:
    return _APART.sub("_", one_line(text, _NAME)) or "_"


def _about(status: BuildStatus) -> dict[str, str]:
    """Return the attributes of a suite about its build; times are UTC."""
    started = status.build.started.astimezone(UTC)
    node = one_line(status.build.node or "")
    return {"timestamp": f"{started:%Y-%m-%dT%H:%M:%S}"} | ({"hostname": node} if node else {})


def _facts(status: BuildStatus, pages: Pages) -> dict[str, str]:
    """Return the properties of a suite; what is not known is left out."""
    build, job = status.build, status.job
    url = jenkins_build_url(job.controller_url, job.name, build.number)
    facts = {
        "job": job.name,
        "number": str(build.number),
        "url": url or "",
        "dashboard": pages.build(status),
        "result": build.result or "",
        "duration": "" if build.duration is None else f"{build.duration:.3f}",
    }
    lines = {name: one_line(text, _MESSAGE) for name, text in facts.items()}
    return {name: text for name, text in lines.items() if text}


def _suite(
    name: str, cases: Sequence[_Case], about: Mapping[str, str], facts: Mapping[str, str]
) -> ET.Element:
    attributes = {"name": name, **_counts(cases), "time": _NO_TIME, **about}
    suite = ET.Element("testsuite", attributes)
    properties = ET.SubElement(suite, "properties")
    for key, text in facts.items():
        ET.SubElement(properties, "property", name=key, value=text)
    suite.extend(_test_case(case) for case in cases)
    return suite


def _test_case(case: _Case) -> ET.Element:
    made = ET.Element("testcase", name=case.name, classname=case.suite, time=_NO_TIME)
    message, text = one_line(case.message, _MESSAGE), _ILLEGAL.sub("\ufffd", case.text)[:_TEXT]
    if case.state == _FAILED:
        failure = ET.SubElement(made, _FAILED, type="missed", message=message)
        failure.text = text
    elif case.state == _SKIPPED:
        ET.SubElement(made, _SKIPPED, message=message)
    elif message:
        ET.SubElement(made, "system-out").text = f"{message}\n{text}"
    return made


def _counts(cases: Iterable[_Case]) -> dict[str, str]:
    states = Counter(case.state for case in cases)
    counts = {"tests": states.total(), "failures": states[_FAILED], "errors": 0}
    return {name: str(count) for name, count in {**counts, "skipped": states[_SKIPPED]}.items()}


def _file(suites: Sequence[ET.Element]) -> bytes:
    """Return the whole file; ``testsuites`` has no count of skipped cases."""
    counts = {
        name: str(sum(int(suite.get(name, "0")) for suite in suites))
        for name in ("tests", "failures", "errors")
    }
    root = ET.Element("testsuites", {"name": "squash-jenkins", "time": _NO_TIME, **counts})
    root.extend(suites)
    ET.indent(root)
    whole: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return whole + b"\n"


def _lines(facts: Mapping[str, str]) -> str:
    known = {name: one_line(text, _MESSAGE) for name, text in facts.items() if text}
    return "\n".join(f"{name}: {text}" for name, text in known.items())
