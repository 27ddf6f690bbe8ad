"""Read every sample below tests/data/formats/<format>/ and compare it with what is expected.

To test a new format, put a sample and what it should give beside each other::

    tests/data/formats/my-format/some_sample.json
    tests/data/formats/my-format/some_sample.expected.json

The second is a list with one object for each report, holding those members of
`squash_jenkins.testing.report_summary` that are to be compared.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from squash_jenkins.formats.base import Format
from squash_jenkins.formats.opening import open_document
from squash_jenkins.testing import check_format, report_summary

FOLDER = Path(__file__).parents[1] / "data" / "formats"
SAMPLES = sorted(file for file in FOLDER.glob("*/*") if not file.name.endswith(".expected.json"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_sample_gives_what_is_expected(sample: Path, formats: Sequence[Format]) -> None:
    document = open_document(sample, f"archive/{sample.name}", limit=10**7)
    matching = [each for each in sorted(formats, key=lambda f: f.order) if each.matches(document)]
    assert matching, f"no format recognises {sample}"
    assert matching[0].name == sample.parent.name
    reports = check_format(matching[0], document)
    expected = json.loads(sample.with_name(f"{sample.stem}.expected.json").read_text())
    assert len(reports) == len(expected)
    for report, figures in zip(reports, expected, strict=True):
        summary = report_summary(report)
        assert {key: summary[key] for key in figures} == figures


def test_every_format_has_a_sample(formats: Sequence[Format]) -> None:
    assert {each.name for each in formats} == {file.parent.name for file in SAMPLES}
