"""Read every sample below tests/data/formats/<format>/ and compare it with what is expected.

To test a new format, put a sample and what it should give beside each other::

    tests/data/formats/my-format/some_sample.json
    tests/data/formats/my-format/some_sample.expected.json

The second is a list with one object for each report, holding those members of
`squash_jenkins.testing.report_summary` that are to be compared; or ``{"refused": "…"}`` with words
of the reason. Samples may lie in folders, which are then their path in the build.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Format
from squash_jenkins.formats.opening import open_document
from squash_jenkins.testing import check_format, report_summary

FOLDER = Path(__file__).parents[1] / "data" / "formats"
SAMPLES = sorted(
    file
    for file in FOLDER.glob("*/**/*")
    if file.is_file() and not file.name.endswith(".expected.json")
)


def format_of(sample: Path) -> str:
    """Return the format whose folder a sample is in."""
    return sample.relative_to(FOLDER).parts[0]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda file: f"{format_of(file)}/{file.name}")
def test_a_sample_gives_what_is_expected(sample: Path, formats: Sequence[Format]) -> None:
    inside = sample.relative_to(FOLDER / format_of(sample))
    document = open_document(sample, f"archive/{inside.as_posix()}", limit=10**7)
    ordered = sorted(formats, key=lambda each: each.order)
    first = next((each for each in ordered if each.matches(document)), None)
    assert first is not None, f"no format recognises {sample}"
    assert first.name == format_of(sample)
    expected = json.loads(sample.with_name(f"{sample.stem}.expected.json").read_text())
    if "refused" in expected:
        with pytest.raises(DocumentError, match=re.escape(expected["refused"])):
            first.read(document)
        return
    reports = check_format(first, document)
    assert len(reports) == len(expected)
    for report, figures in zip(reports, expected, strict=True):
        summary = report_summary(report)
        assert {key: summary[key] for key in figures} == figures


def test_every_format_has_a_sample(formats: Sequence[Format]) -> None:
    assert {each.name for each in formats} == {format_of(file) for file in SAMPLES}


def test_every_format_is_in_the_documentation(formats: Sequence[Format]) -> None:
    page = (FOLDER.parents[2] / "docs" / "formats.md").read_text()
    table = page.partition("## Which files are read")[0]
    # One row may name several, and what only refuses a file has none.
    rows = {name for row in re.findall(r"^\| ([^|]+) \|", table, re.M) for name in row.split(", ")}
    assert {each.name for each in formats} - {"k6-stream"} == rows - {"format", "---"}
