"""Totals of JUnit XML, single tests, and XML that must not be read."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Document, Format, completed_by, read_document
from squash_jenkins.models import Report

SAMPLES = Path(__file__).parents[1] / "data" / "formats" / "junit"
Read = Callable[..., Report]


@pytest.fixture
def read(formats: Sequence[Format], make_document: Callable[..., Document]) -> Read:
    """Return a function that reads the only report of a file."""

    def one(content: str | bytes, path: str = "a.xml", tests: Sequence[str] = ()) -> Report:
        packed = content.encode() if isinstance(content, str) else content
        found = read_document(replace(make_document(packed, path), tests=tests), formats)
        assert found is not None
        [report] = found
        return report

    return one


def values(report: Report) -> dict[str, float | None]:
    return {each.metric: each.value for each in report.measurements}


def timed(text: str) -> str:
    return f'<testsuite name="s" time="{text}"><testcase name="a" time="1.5"/></testsuite>'


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        *(("2,503.1", 2503.1), ("1,234,567", 1234567.0), ("12", 12.0), ("1e-3", 0.001)),
        *(("", 1.5), ("-4", 1.5), ("NaN", 1.5), ("1e999", 1.5)),
    ],
)
def test_the_time_of_a_suite(read: Read, text: str, duration: float) -> None:
    assert values(read(timed(text)))["junit.duration"] == duration


@pytest.mark.parametrize("text", ["1,234", "2.503,1", "1 234.5", "1h", "0,5"])
def test_a_time_that_may_mean_two_numbers_is_refused_with_its_line(read: Read, text: str) -> None:
    with pytest.raises(DocumentError, match=f'line 2 has the time "{text}"'):
        read("\n" + timed(text))


def test_tests_are_counted_whatever_attributes_say(read: Read) -> None:
    found = values(read((SAMPLES / "surefire_flaky.xml").read_bytes()))  # says 3, and 2 failures
    assert (found["junit.tests"], found["junit.failed"], found["junit.flaky"]) == (1, 0, 1)


def test_a_rerun_that_failed_again_is_one_failure(read: Read) -> None:
    case = '<testcase name="a"><failure/><rerunFailure/><flakyError/></testcase>'
    found = values(read(f"<testsuites><testsuite>{case}</testsuite></testsuites>"))
    assert (found["junit.tests"], found["junit.failed"], found["junit.flaky"]) == (1, 1, 0)


def test_single_tests_and_suites_are_read_by_glob(read: Read) -> None:
    content = (SAMPLES / "pytest.xml").read_bytes()
    report = read(content, tests=("pytest", "test_calc.test_total*", "test_calc.test_fails"))
    found = values(report)
    assert found["test_calc.test_total[10]"] == 0.026
    assert found["test_calc.test_fails"] is None  # how long it took to fail says nothing
    assert (found["pytest.tests"], found["junit.tests"]) == (7, 7)
    assert "test_calc.test_plain" not in found


def test_asking_for_too_many_tests_ends_early(read: Read) -> None:
    content = "<testsuite>" + '<testcase name="a"/>' * 100_001 + "</testsuite>"
    assert values(read(content))["junit.tests"] == 100_001
    with pytest.raises(DocumentError, match="more than 100000 tests are asked for"):
        read(content, tests=("*",))


def test_a_class_and_name_twice_is_numbered(read: Read) -> None:
    found = values(read((SAMPLES / "bad_duration.xml").read_bytes(), tests=("DummyTest.*",)))
    assert found["DummyTest.testDummyMethod"] == 0.0  # negative, as Jenkins has it
    assert found["DummyTest.testDummyMethod#2"] == 100.0


def test_totals_are_of_all_files_of_a_build(read: Read, formats: Sequence[Format]) -> None:
    names = ("pytest.xml", "with_properties.xml")
    reports = [read((SAMPLES / name).read_bytes(), f"b/{name}") for name in names]
    copy = read((SAMPLES / "pytest.xml").read_bytes(), "a/pytest.xml")
    [whole] = completed_by(formats, [*reports, copy], [])
    found = values(whole)
    assert whole.path == "a/pytest.xml"
    assert whole.extra == {"files": 2}  # the same bytes count once
    assert (found["junit.tests"], found["junit.failed"]) == (9, 2)
    assert found["junit.duration"] == pytest.approx(2.617)


BOMB = """<!DOCTYPE testsuite [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<testsuite name="&b;"/>"""


@pytest.mark.parametrize(
    "content",
    [
        BOMB,
        '<!DOCTYPE testsuite [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite name="&x;"/>',
        '<!DOCTYPE testsuite [<!ENTITY % x SYSTEM "http://127.0.0.1/x">%x;]><testsuite/>',
        "<!DOCTYPE testsuite [<!ELEMENT testsuite ANY>]><testsuite/>",
        '<!DOCTYPE coverage [<!ENTITY a "a">]><coverage line-rate="1"/>',
    ],
)
def test_entities_and_declarations_are_refused(read: Read, content: str) -> None:
    with pytest.raises(DocumentError, match="declares entities or a document type"):
        read(content)


def test_a_dtd_elsewhere_is_never_fetched(read: Read) -> None:
    content = (
        '<?xml version="1.0"?>\n'
        '<!DOCTYPE coverage SYSTEM "http://127.0.0.1:9/web/coverage-04.dtd">\n'
        '<coverage line-rate="0.5" branch-rate="0" branches-valid="0" lines-valid="4"/>'
    )
    assert values(read(content)) == {"coverage.lines": 50.0}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('<testsuite name="a"><testcase', "cut off at line 1"),
        ("<testsuite><a></testsuite>", "malformed at line 1, column 17"),
        ("<testsuite>" * 101, "nested deeper than 100"),
        ("<testsuite>&nbsp;</testsuite>", "undefined entity"),
        ('<?xml version="1.0" encoding="no-such"?><testsuite/>', "the XML"),
    ],
)
def test_what_is_no_xml_is_refused_with_the_place(read: Read, content: str, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        read(content)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('line-rate="1" lines-valid="0"', {"coverage.lines": None}),  # of no line at all
        ('line-rate="NaN"', {"coverage.lines": None}),
        ('line-rate="0.5"', {"coverage.lines": 50.0}),  # old writers have no counts
        (
            'line-rate="0.5" branch-rate="0.25"',
            {"coverage.lines": 50.0, "coverage.branches": 25.0},
        ),
    ],
)
def test_rates_of_cobertura(read: Read, attributes: str, expected: dict[str, float | None]) -> None:
    assert values(read(f"<coverage {attributes}/>")) == expected


@pytest.mark.parametrize("rate", ["61.5", "-0.1", "0,5"])
def test_a_rate_that_is_no_ratio_is_refused(read: Read, rate: str) -> None:
    with pytest.raises(DocumentError, match="coverage/@line-rate"):
        read(f'<coverage line-rate="{rate}"/>')


@pytest.mark.parametrize(
    "content", ["<html/>", "<!-- <testsuite/> --><project/>", "text <testsuite/>", "<", ""]
)
def test_other_xml_is_nothing_to_read(
    formats: Sequence[Format], make_document: Callable[..., Document], content: str
) -> None:
    assert read_document(make_document(content.encode(), "pom.xml"), formats) is None
