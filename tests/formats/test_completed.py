"""Files of one build that one tool spread what belongs together over."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.formats.base import Document, Format, JsonFormat, completed_by, read_document
from squash_jenkins.models import Report

SAMPLES = Path(__file__).parents[1] / "data" / "formats"
NEW = "target/criterion/Fibonacci2/Iterative/20/new"
Read = Callable[..., list[Report]]


@pytest.fixture
def read(formats: Sequence[Format], make_document: Callable[..., Document]) -> Read:
    """Return a function that reads files, by path, as those of one build."""

    def all_of(files: dict[str, Any]) -> list[Report]:
        reports = []
        for path, content in files.items():
            reports += read_document(make_document(content, path), formats) or []
        return completed_by(formats, reports, [])

    return all_of


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())


def test_units_of_asv_are_in_its_list_of_benchmarks(read: Read) -> None:
    files = {"vm/c80db06a.json": "result", "benchmarks.json": "benchmarks"}
    found = read({path: sample(f"asv/{name}_v2.json") for path, name in files.items()})
    units = {each.metric: each.unit for report in found for each in report.measurements}
    assert units["sums.track_answer"] == "points"
    assert units["sums.Sums.time_sum(100, 'list')"] == "s"


def test_benchmarks_of_criterion_are_called_as_they_say(read: Read) -> None:
    """Names of folders are cut off, and on Windows in small letters."""
    described = {
        **sample(f"criterion/{NEW}/benchmark.json"),
        "group_id": "A/B",
        "full_id": "A/B/Iterative a very long name",
    }
    folder = "criterion/a_b/iterative a v/new"
    found = read(
        {
            f"{folder}/estimates.json": sample(f"criterion/{NEW}/estimates.json"),
            f"{folder}/benchmark.json": described,
        }
    )
    [named] = [each for report in found for each in report.measurements]
    assert named.metric == "A/B.Iterative a very long name"
    [defined] = [each for report in found for each in report.metrics]
    assert defined.name == named.metric


class Broken(JsonFormat):
    """Fails when it completes reports."""

    name = "plain"

    def recognises(self, root: Any) -> bool:
        return True

    def read(self, document: Document) -> list[Report]:
        return []

    def complete(self, reports: Sequence[Report]) -> Sequence[Report]:
        raise KeyError("no")


def test_a_format_that_fails_to_complete_leaves_its_reports(
    formats: Sequence[Format], make_document: Callable[..., Document]
) -> None:
    reports = read_document(make_document({"a": 1}), formats) or []
    faults: list[str] = []
    assert completed_by([Broken()], reports, faults) == reports
    [fault] = faults
    assert "The format plain failed: KeyError" in fault
