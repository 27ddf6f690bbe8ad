"""Thresholds of analysis_tools become specifications of what its bundles measure."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from squash_jenkins.definitions.manage import read_paths
from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Format, read_document
from squash_jenkins.formats.opening import open_document
from squash_jenkins.models import Specification

FILE = """
stellarAstrometricRepeatability1_g_AM1:
  lowThreshold: 0
  highThreshold: 20
  debugGroup: astrometry
  description: Repeatability at 5 arcmin
stellarAstrometricRepeatability1_i_AM1: {lowThreshold: 0, highThreshold: 10, description: other}
calexpSummaryMetrics_astromOffsetMean: {lowThreshold: -0.1, highThreshold: 0.1, divergent: true}
numRows_rows: {lowThreshold: 100}
wPerpPSFP_wPerp_psfFlux_median: {plot: wPerp}
"""
BUNDLE = Path(__file__).parents[1] / "data" / "formats" / "metric-bundle" / "tract.json"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "metricInformation.yaml"
    made.write_text(FILE)
    return made


def test_thresholds_are_ranges_or_limits(file: Path) -> None:
    found = read_paths([file])
    name = "analysis_tools.stellarAstrometricRepeatability1_AM1"
    assert list(found.specifications)[1] == Specification(
        *(name, f"{name}.threshold_i", "threshold", "within", 0.0),
        filters=("i",),
        upper=10.0,
    )
    rows = list(found.specifications)[-1]
    assert (rows.metric, rows.operator, rows.threshold) == (
        *("analysis_tools.numRows_rows", ">=", 100.0),
    )
    assert len(found.specifications) == 4
    described = {each.name: (each.description, dict(each.rules)) for each in found.metrics}
    assert described[name] == ("Repeatability at 5 arcmin", {})
    assert described["analysis_tools.calexpSummaryMetrics_astromOffsetMean"] == (
        *(None, {"direction": "none"}),
    )


def test_they_are_named_as_bundles_name_what_they_measure(
    file: Path, formats: Sequence[Format]
) -> None:
    reports = read_document(open_document(BUNDLE, "a.json", 10**6), formats) or []
    measured = {(each.metric, report.filter) for report in reports for each in report.measurements}
    asked = {
        (each.metric, *(each.filters or (None,))) for each in read_paths([file]).specifications
    }
    assert measured & asked == {
        ("analysis_tools.stellarAstrometricRepeatability1_AM1", "i"),
        ("analysis_tools.numRows_rows", None),
    }


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"lowThreshold": 5, "highThreshold": 1}, "a_b.lowThreshold is above highThreshold: 5 > 1"),
        ({"lowThreshold": "5"}, "a_b.lowThreshold is text"),
        ({"lowThreshold": 5, "divergent": "no"}, "a_b.divergent is text"),
    ],
)
def test_wrong_thresholds_are_refused_with_their_place(
    tmp_path: Path, entry: dict[str, object], reason: str
) -> None:
    file = tmp_path / "metricInformation.yaml"
    file.write_text(json.dumps({"a_b": entry}))
    with pytest.raises(DocumentError, match=reason):
        read_paths([file])
