"""Read documents of the shapes of the real files that the project makes itself."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from squash_jenkins.formats.base import Format, read_document
from squash_jenkins.formats.opening import open_document
from squash_jenkins.models import Report
from tests.made_documents import PACKAGES, QUALITY, made_document


@pytest.fixture
def read(tmp_path: Path, formats: Sequence[Format]) -> "Read":
    return Read(tmp_path, formats)


class Read:
    """Read a made document from disk; its name must not matter."""

    def __init__(self, folder: Path, formats: Sequence[Format]) -> None:
        self.file, self.formats = folder / "file", formats

    def __call__(self, name: str) -> Report:
        self.file.write_bytes(made_document(name))
        reports = read_document(open_document(self.file, "archive/file", limit=10**8), self.formats)
        assert reports is not None
        (report,) = reports
        return report


def values(report: Report) -> dict[tuple[str, str], float | None]:
    return {(each.metric, each.level): each.value for each in report.measurements}


@pytest.mark.parametrize(
    ("name", "format", "count"),
    [
        ("validate_drp_2016_Cfht_output_r.json", "validate_drp", 28),
        ("lsst_verify_Cfht_output_r.json", "lsst.verify", 30),
        ("lsst_verify_job_with_nan.json", "lsst.verify", 30),
    ],
)
def test_quality_documents(read: Read, name: str, format: str, count: int) -> None:
    report = read(name)
    measured = values(report)
    assert (report.format, report.filter, len(measured)) == (format, "r", count)
    for metric in ("AM1", "AM2", "PA1"):
        assert measured[f"validate_drp.{metric}", ""] == pytest.approx(QUALITY[metric], rel=0.01)
    missing = [each for each in report.measurements if each.value is None]
    assert 0 < len(missing) < count
    assert {each.extra["as_written"] for each in missing} <= {"NaN", "null"}
    assert all(value is None or math.isfinite(value) for value in measured.values())
    assert report.blobs
    assert report.metrics
    assert {each.level for each in report.specifications} >= {"minimum", "design", "stretch"}
    known = {blob.identifier for blob in report.blobs}
    assert {each for value in report.measurements for each in value.blobs} <= known


def test_2016_and_2018_are_the_same_series(read: Read) -> None:
    old = values(read("validate_drp_2016_Cfht_output_r.json")).keys()
    new = values(read("lsst_verify_Cfht_output_r.json")).keys()
    assert {metric for metric, _ in new - old} == {"validate_drp.TE1", "validate_drp.TE2"}
    assert old <= new


@pytest.mark.parametrize("name", ["lsst_verify_job_with_nan.json", "lsstsw/build/manifest.txt"])
def test_versions_of_packages(read: Read, name: str) -> None:
    found = {each.name: (each.version, each.revision) for each in read(name).packages}
    assert found == {each.name: (each.version, each.revision) for each in PACKAGES}


def test_addresses_of_packages(read: Read) -> None:
    found = {each.name: each.url for each in read("lsstsw/etc/repos.yaml").packages}
    assert found == {each.name: each.url for each in PACKAGES}


def test_rest_job(read: Read) -> None:
    report = read("rest_post_job.json")
    assert (report.dataset, report.extra["ci_id"]) == ("cfht", "23")
    assert values(report) == {("validate_drp.PA1", ""): 14.9}
    assert {each.name for each in report.packages} == {each.name for each in PACKAGES}
