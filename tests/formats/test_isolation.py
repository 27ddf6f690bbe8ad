"""A format that raises or gives rubbish costs the files that it reads, and nothing else."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.config import Settings
from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Document, Format, read_document
from squash_jenkins.formats.contract import MOST
from squash_jenkins.formats.measured import new_report
from squash_jenkins.formats.plain import Plain
from squash_jenkins.ingest.artifacts import FileReader
from squash_jenkins.models import Artifact, Blob, Build, BuildId, Column, Measurement, Report

Make = Callable[..., Document]
BUILD = Build(BuildId("lab", "ci", 1), datetime(2026, 3, 1, tzinfo=UTC))


class Odd(Format):
    """Do whatever a test says, for the document whose path names it."""

    name = "odd"
    order = 1

    def __init__(self, matches: Callable[[], Any], read: Callable[[Document], Any]) -> None:
        self._matches = matches
        self._read = read

    def matches(self, document: Document) -> bool:
        """Look at the name, or fail."""
        return bool(self._matches()) and "odd" in document.path

    def read(self, document: Document) -> list[Report]:
        """Give anything."""
        found: list[Report] = self._read(document)
        return found


def raising(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object) -> Any:
        raise error

    return fail


def deep(*_: object) -> Any:
    return deeper(0)


def deeper(depth: int) -> Any:
    return deeper(depth + 1)  # Python 3.13.0 counts no calls that leave out or gather arguments


def greedy(*_: object) -> Any:
    return bytearray(sys.maxsize)


def late(document: Document) -> Any:
    yield new_report(document, "odd")
    raise KeyError("late")


class Strange(BaseException):
    """Be no Exception."""


RAISING = [
    (raising(ValueError("too few columns")), "ValueError: too few columns"),
    (raising(RuntimeError("half an\nemoji \ud83d")), "RuntimeError: half an emoji \\ud83d"),
    (raising(SystemExit(3)), "SystemExit"),
    (raising(Strange()), "Strange"),
    (raising(OSError("no such table")), "OSError"),
    (deep, "RecursionError"),
    (greedy, "MemoryError"),
]


@pytest.mark.parametrize(("fail", "words"), [*RAISING, (late, "KeyError: 'late'")])
def test_what_reading_raises_sets_that_file_aside(
    make_document: Make, fail: Callable[..., Any], words: str
) -> None:
    formats = [Odd(lambda: True, fail), Plain()]
    with pytest.raises(DocumentError) as fault:
        read_document(make_document({"a": 1}, "odd.json"), formats)
    assert f"The format odd failed: {words}" in str(fault.value)
    assert "test_isolation.py, line" in str(fault.value)
    assert read_document(make_document({"a": 1}, "even.json"), formats)


@pytest.mark.parametrize(("fail", "words"), RAISING)
def test_what_recognising_raises_leaves_the_file_to_the_others(
    make_document: Make, fail: Callable[..., Any], words: str
) -> None:
    formats, faults = [Odd(fail, lambda document: []), Plain()], list[str]()
    for _ in range(2):
        reports = read_document(make_document({"a": 1}), formats, faults)
        assert reports is not None and reports[0].measurements[0].value == 1
    (fault,) = faults
    assert f"The format odd failed: {words}" in fault
    with pytest.raises(DocumentError, match="The format odd failed"):
        read_document(make_document({"a": "nobody reads this"}), formats, faults)


def test_ctrl_c_is_no_fault_of_a_format(make_document: Make) -> None:
    with pytest.raises(KeyboardInterrupt):
        read_document(make_document({"a": 1}), [Odd(raising(KeyboardInterrupt()), deep)])


def of(**fields: Any) -> Callable[[Document], Any]:
    return lambda document: [replace(new_report(document, "odd"), **fields)]


def measured(**fields: Any) -> Callable[[Document], Any]:
    made: dict[str, Any] = {"metric": "a", "value": 1.0, **fields}
    return of(measurements=(Measurement(**made),))


def table(*columns: Any) -> Callable[[Document], Any]:
    return of(blobs=[Blob("b", "b", {str(at): each for at, each in enumerate(columns)})])


@pytest.mark.parametrize(
    ("read", "words"),
    [
        (lambda _: None, "gives None; expected a list of at least one Report"),
        (lambda _: [], "at least one Report"),
        (lambda _: {"a": 1}, "expected a list"),
        (lambda _: ["a"], "expected Reports"),
        (lambda _: 7, "expected a list"),
        (of(dataset=3), "the dataset of a report is 3; expected text or None"),
        (of(path=None), "the path of a report is None; expected text"),
        (of(measurements=None), "measurements of a report is None"),
        (of(measurements=[("a", 1.0)]), "expected a list of Measurement"),
        (of(packages={"a": 1}), "packages of a report"),
        (of(extra={"a": object()}), "extra cannot be stored as JSON"),
        (of(terms={"a": float("nan")}), "terms cannot be stored as JSON"),
        (of(extra=[1]), "extra is [1]; expected a dict"),
        (of(size="1"), "the size of a report is '1'"),
        (of(measurements=[Measurement("a", 1.0)] * 2), "it measures ('a', '') twice"),
        (of(blobs=[Blob("b", "b"), Blob("b", "c")]), "it has the blob 'b' twice"),
        (measured(value="1.0"), "a is '1.0'; expected a finite float or None"),
        (measured(value=float("inf")), "expected a finite float"),
        (measured(value=True), "expected a finite float"),
        (measured(metric=""), "the metric of a measurement is ''"),
        (measured(unit=1), "the unit of a measurement is 1"),
        (measured(level=None), "the level of a is None"),
        (measured(extra={"a": {1}}), "extra of a cannot be stored"),
        (table([1.0]), "is no Column"),
        (table(Column([1.0]), Column([1.0, 2.0])), "differ in length"),
        (table(Column([object()])), "other types than JSON"),
        (table(Column([[1.0, object()]])), "other types than JSON"),
        (of(measurements=[Measurement("a", 1.0)] * (MOST + 1)), f"{MOST} are stored of a file"),
    ],
)
def test_what_cannot_be_stored_sets_that_file_aside(
    make_document: Make, read: Callable[[Document], Any], words: str
) -> None:
    with pytest.raises(DocumentError) as fault:
        read_document(make_document({"a": 1}, "odd.json"), [Odd(lambda: True, read), Plain()])
    assert "The format odd failed: " in str(fault.value)
    assert words in str(fault.value)


def read_files(formats: Sequence[Format], folder: Path, *names: str) -> Any:
    settings = Settings(spool=folder / "spool")
    reader = FileReader(settings, formats)
    build = replace(BUILD, artifacts=[Artifact(name) for name in names])
    return reader.read(build, lambda artifact, to: to.write_text('{"a": 1}') and None)


def test_a_build_with_a_file_that_a_format_fails_on_is_read_without_it(tmp_path: Path) -> None:
    formats = [Odd(lambda: True, greedy), Plain()]
    record = read_files(formats, tmp_path, "a.json", "odd.json", "z.json")
    assert [report.path for report in record.reports] == ["a.json", "z.json"]
    (aside,) = record.rejected
    assert aside.path == "odd.json" and "MemoryError" in aside.reason
    assert (tmp_path / "quarantine" / aside.digest).read_text() == '{"a": 1}'
    assert record.notes == []


def test_a_format_that_knows_nothing_is_told_once(tmp_path: Path) -> None:
    formats = [Odd(raising(TypeError("int is not iterable")), greedy), Plain()]
    record = read_files(formats, tmp_path, "a.json", "odd.json", "z.json")
    assert [report.path for report in record.reports] == ["a.json", "odd.json", "z.json"]
    assert not record.rejected
    (fault,) = record.notes
    assert "The format odd failed: TypeError: int is not iterable" in fault
