"""The JUnit file: legal, counted right, and with names that Jenkins knows again."""

import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from status_builds import PAGES, START, placed, status, verdict

from squash_jenkins.models.finding import STEP, WORSE, Finding, SeriesChange
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.verification.junit import junit, junit_of_nothing

SCHEMA = xmlschema.XMLSchema(str(Path(__file__).parent / "jenkins-junit.xsd"))


def read(content: bytes) -> Any:
    """Validate a file, check its counts as Jenkins counts, and return its root."""
    root = ET.fromstring(content)  # noqa: S314 - our own
    SCHEMA.validate(content.decode())
    for suite in root:
        cases = suite.findall("testcase")
        counted = [
            sum(case.find(name) is not None for case in cases) for name in ("failure", "skipped")
        ]
        assert [int(suite.get("failures") or 0), int(suite.get("skipped") or 0)] == counted
        assert int(suite.get("tests") or 0) == len(cases)
    for name in ("tests", "failures", "errors"):
        assert int(root.get(name)) == sum(int(suite.get(name) or 0) for suite in root)
    return root


def case_of(root: Any, name: str) -> Any:
    [found] = root.findall(f".//testcase[@name='{name}']")
    return found


def test_a_case_is_a_metric_and_a_level() -> None:
    verdicts = [verdict(True), verdict(False, "design", threshold=5.0)]
    one = placed("drp.PA1", 6.5, verdicts, dataset="COSMOS", filter="r", before=4.0)
    root = read(junit([status([one])], PAGES))
    [suite] = root
    assert suite.get("name") == "ci_hsc.COSMOS.r"
    assert [case.get("name") for case in suite.iter("testcase")] == ["PA1 minimum", "PA1 design"]
    assert {case.get("classname") for case in suite.iter("testcase")} == {"ci_hsc.COSMOS.r"}
    failure = case_of(root, "PA1 design").find("failure")
    assert failure.get("message") == "PA1 is 6.50 mmag, design ≤ 5 mmag; it was 4 mmag in #411"
    assert failure.text.splitlines() == [
        "value: 6.50 mmag",
        "threshold: design ≤ 5 mmag",
        "previous value: 4 mmag in #411",
        "report: qa.json",
        "dashboard: https://qa.example.org/jobs/412/",
    ]
    assert case_of(root, "PA1 minimum").find("failure") is None
    assert "value: 6.50 mmag" in case_of(root, "PA1 minimum").findtext("system-out")


def test_a_suite_tells_its_build() -> None:
    [suite] = read(junit([status([placed("a", 1.0, [verdict(True)])])], PAGES))
    properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
    assert properties == {
        "job": "ci_hsc",
        "number": "412",
        "url": "https://ci.example.org/job/ci_hsc/412/",
        "dashboard": "https://qa.example.org/jobs/412/",
        "result": "SUCCESS",
        "duration": "61.500",
    }
    assert suite.get("timestamp") == f"{START:%Y-%m-%dT%H:%M:%S}"
    assert suite.get("hostname") == "agent-1"


def test_what_cannot_be_compared_is_skipped_with_its_reason() -> None:
    one = placed("a", None, [verdict(None)])
    skipped = case_of(read(junit([status([one])], PAGES)), "a minimum").find("skipped")
    assert skipped.get("message") == "no way; minimum ≤ 8 mmag"


@pytest.mark.parametrize("measurements", [[], [placed("a", 1.0)]])
def test_there_is_always_a_case(measurements: Any) -> None:
    root = read(junit([status(measurements)], PAGES))
    [case] = root.iter("testcase")
    assert case.find("skipped") is not None


def test_a_build_that_was_not_verified_has_one_case_that_says_why() -> None:
    root = read(junit_of_nothing("a/b", "Jenkins cannot be reached"))
    [case] = root.iter("testcase")
    assert case.find("skipped").get("message") == "Jenkins cannot be reached"
    assert case.get("classname") == "a_b.measurements"


def test_a_matrix_has_the_suites_of_its_configurations() -> None:
    one = placed("a", 1.0, [verdict(True)], dataset="HSC")
    jobs = ["m/DATASET=hsc,PY=3.1", "m/DATASET=cfht,PY=3.1"]
    root = read(junit([status([one], job=job) for job in jobs], PAGES))
    assert [suite.get("name") for suite in root] == [
        "m_DATASET=hsc,PY=3_1.HSC",
        "m_DATASET=cfht,PY=3_1.HSC",
    ]


def test_metrics_of_two_packages_and_of_two_reports_keep_names_of_their_own() -> None:
    measurements = [
        placed("x.time", 1.0, [verdict(True)]),
        placed("y.time", 1.0, [verdict(True)]),
        placed("y.size", 1.0, [verdict(True)], path="one.json"),
        placed("y.size", 1.0, [verdict(True)], path="two.json"),
    ]
    root = read(junit([status(measurements)], PAGES))
    assert {case.get("name") for case in root.iter("testcase")} == {
        "x.time minimum",
        "y.time minimum",
        "size minimum [one.json]",
        "size minimum [two.json]",
    }


def news() -> FindingRow:
    change = SeriesChange(
        STEP, WORSE, "drp.AD1", 7, 6, 7, unit="mmag", before=10.0, after=12.0, sigma=0.5
    )
    finding = Finding(STEP, WORSE, 7, 6, 7, (change,))
    return FindingRow(1, "3f2a91bc", 1, 1, False, None, None, finding)


def test_regressions_are_cases_on_request() -> None:
    from dataclasses import replace

    calm = status([placed("a", 1.0, [verdict(True)])])
    told = replace(calm, news=[news()], numbers={6: 405, 7: 407})
    assert len(read(junit([told], PAGES))) == 1
    root = read(junit([told], PAGES, regressions=True))
    case = case_of(root, "AD1 regression 3f2a91bc")
    assert case.get("classname") == "ci_hsc.findings"
    failure = case.find("failure")
    assert failure.get("message").startswith("AD1 got worse by 20%: 10 → 12 mmag since #407")
    assert "dashboard: https://qa.example.org/findings/3f2a91bc/" in failure.text
    quiet = read(junit([calm], PAGES, regressions=True))
    assert case_of(quiet, "no regression").find("failure") is None


ANY = st.text(st.characters(exclude_categories=()), max_size=300)


@given(
    jobs=st.lists(ANY, min_size=1, max_size=3),
    measured=st.lists(
        st.tuples(ANY, ANY, ANY, ANY, st.sampled_from([True, False, None])), max_size=6
    ),
)
def test_whatever_things_are_called_the_file_is_legal_and_no_case_is_lost(
    jobs: list[str], measured: list[tuple[str, str, str, str, bool | None]]
) -> None:
    measurements = [
        placed(metric, 1.0, [verdict(met, level, unit=path)], dataset=level, filter=path, path=path)
        for metric, level, path, _, met in measured
    ]
    root = read(junit([status(measurements, job=job, node=job) for job in jobs], PAGES))
    cases = Counter((case.get("classname"), case.get("name")) for case in root.iter("testcase"))
    assert sum(cases.values()) == len(jobs) * max(1, len(measurements))


def test_a_text_of_any_length_is_cut() -> None:
    huge = "long name " * 100_000
    content = junit([status([placed(huge, 9.0, [verdict(False)], path=huge)], job=huge)], PAGES)
    read(content)
    assert len(content) < 20_000
