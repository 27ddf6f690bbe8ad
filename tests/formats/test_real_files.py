"""Read the real files of LSST's validation runs and compare with figures known from elsewhere."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from squash_jenkins.formats.base import Format, read_document
from squash_jenkins.formats.opening import open_document
from squash_jenkins.models import Measurement, Report

Read = Callable[[str], list[Report] | None]


@pytest.fixture(scope="module")
def read(shared: Path, formats: Sequence[Format]) -> Read:
    def read_file(name: str) -> list[Report] | None:
        # The name must not matter, so all are called the same.
        document = open_document(shared / "data" / "squash" / name, "archive/file", limit=10**8)
        return read_document(document, formats)

    return read_file


def only(reports: list[Report] | None) -> Report:
    assert reports is not None
    assert len(reports) == 1
    return reports[0]


def values(report: Report) -> dict[str, float | None]:
    return {f"{m.metric} {m.level}".strip(): m.value for m in report.measurements}


def unmeasured(report: Report) -> list[Measurement]:
    return [each for each in report.measurements if each.value is None]


def test_validate_drp_2016(read: Read) -> None:
    report = only(read("validate_drp_2016_Cfht_output_r.json"))
    measured = values(report)
    assert report.filter == "r"
    assert len(report.measurements) == 28
    assert len(unmeasured(report)) == 7
    assert {each.extra["as_written"] for each in unmeasured(report)} == {"null"}
    assert measured["validate_drp.AM1"] == pytest.approx(7.845, abs=5e-4)
    assert measured["validate_drp.AM2"] == pytest.approx(7.662, abs=5e-4)
    assert measured["validate_drp.PA1"] == pytest.approx(16.52, abs=5e-3)
    assert measured["validate_drp.AF1 stretch"] == pytest.approx(22.77, abs=5e-3)
    assert measured["validate_drp.PA2 design"] == pytest.approx(38.0, abs=0.05)
    assert measured["validate_drp.AD3 minimum"] is None


def test_validate_drp_2016_blobs(read: Read) -> None:
    report = only(read("validate_drp_2016_Cfht_output_r.json"))
    blobs = {blob.name: blob for blob in report.blobs}
    matched = blobs["MatchedMultiVisitDataset"]
    assert {name: len(column.values) for name, column in matched.columns.items()} == {
        name: 4880 for name in ("dist", "mag", "magerr", "magrms", "snr")
    }
    assert matched.parameters["filterName"]["value"] == "r"
    assert {"PhotometricErrorModel", "AnalyticAstrometryModel"} <= blobs.keys()
    assert len(blobs["validate_drp.AM1"].columns["rmsDistMas"].values) == 2380
    assert len(blobs["validate_drp.PA1"].columns["magDiff"].values) == 50
    am1 = next(each for each in report.measurements if each.metric == "validate_drp.AM1")
    assert blobs["validate_drp.AM1"].identifier in am1.blobs
    assert matched.identifier in am1.blobs


def test_validate_drp_2016_specifications(read: Read) -> None:
    report = only(read("validate_drp_2016_Cfht_output_r.json"))
    specifications = {each.name: each for each in report.specifications}
    assert specifications["validate_drp.AM1.design"].threshold == 10.0
    assert specifications["validate_drp.AM1.design"].filters == ("r", "i")
    assert specifications["validate_drp.PA1.minimum_uzy"].threshold == 12.0
    assert specifications["validate_drp.PF1.stretch"].filters == ()
    assert len(report.metrics) == 12


@pytest.mark.parametrize(
    ("name", "metrics", "specifications", "packages"),
    [
        ("lsst_verify_Cfht_output_r.json", 36, 225, 0),
        ("lsst_verify_job_with_nan.json", 62, 628, 124),
    ],
)
def test_lsst_verify(
    read: Read, name: str, metrics: int, specifications: int, packages: int
) -> None:
    report = only(read(name))
    assert report.filter == "r"
    assert report.dataset is None, "'unknown' is no dataset"
    assert report.terms["instrument"] == "CFHT"
    assert len(report.measurements) == 30
    assert len(unmeasured(report)) == 7
    assert {each.extra["as_written"] for each in unmeasured(report)} == {"NaN"}
    assert len(report.metrics) == metrics
    assert len(report.specifications) == specifications
    assert len(report.packages) == packages
    assert len(report.blobs) == 33
    assert values(report)["validate_drp.AM1"] == pytest.approx(7.7616, abs=5e-5)
    assert values(report)["validate_drp.PA2 minimum"] == pytest.approx(24.6047, abs=5e-5)


def test_levels_of_lsst_verify(read: Read) -> None:
    report = only(read("lsst_verify_job_with_nan.json"))
    specifications = {each.name: each for each in report.specifications}
    expected = {
        "validate_drp.AD1_design.srd": ("validate_drp.AD1", "design", ()),
        "validate_drp.AM1.decam": ("validate_drp.AM1", "stretch", ()),
        "validate_drp.PA1.hsc_design_g": ("validate_drp.PA1", "design", ("HSC-G",)),
        "validate_drp.TE1.CFHT_stretch": ("validate_drp.TE1", "stretch", ()),
        "release.AM1.decam_FY19": ("release.AM1", "FY19", ()),
        "release.PA1.ORR_hsc_i": ("release.PA1", "ORR", ("HSC-I",)),
    }
    found = {
        name: (each.metric, each.level, tuple(each.filters))
        for name in expected
        for each in [specifications[name]]
    }
    assert found == expected
    gri = specifications["validate_drp.PA1.design_gri"].filters
    assert gri == ("g", "r", "i", "HSC-G", "HSC-R", "HSC-I")
    assert specifications["validate_drp.PA1.hsc_design_g"].query["instrument"] == "HSC"
    written = {metric.document_name for metric in report.metrics}
    assert {"validate_drp.PF1_minimum_gri", "validate_drp.PF1_minimum_uzy"} <= written


def test_2016_and_2018_are_the_same_series(read: Read) -> None:
    old = values(only(read("validate_drp_2016_Cfht_output_r.json")))
    new = values(only(read("lsst_verify_Cfht_output_r.json")))
    assert new.keys() - old.keys() == {"validate_drp.TE1", "validate_drp.TE2"}
    assert old.keys() <= new.keys()


def test_rest_job(read: Read) -> None:
    report = only(read("rest_post_job.json"))
    assert report.dataset == "cfht"
    assert values(report) == {"validate_drp.PA1": pytest.approx(14.9064428565398)}
    assert len(report.packages) == 60
    assert report.extra["ci_id"] == "24"


def test_lsstsw_manifest(read: Read) -> None:
    packages = {
        package.name: package for package in only(read("lsstsw/build/manifest.txt")).packages
    }
    assert len(packages) == 132
    assert packages["cfitsio"].version == "3360.lsst4"
    assert packages["cfitsio"].revision == "b56ecf282e296255677bc23bc742639d726270fa"


def test_lsstsw_repositories(read: Read) -> None:
    urls = {package.name: package.url for package in only(read("lsstsw/etc/repos.yaml")).packages}
    assert urls["cfitsio"] == "https://github.com/lsst/cfitsio.git"
    assert urls["xrootd"] == "https://github.com/lsst/xrootd.git"
    built = {package.name for package in only(read("lsstsw/build/manifest.txt")).packages}
    assert built <= urls.keys()


@pytest.mark.parametrize(
    "name",
    [
        "rest_post_metric.json",
        "rest_post_metric_list.json",
        "rest_metric_list_response.json",
        "django_fixture_12_jobs.json",
    ],
)
def test_other_files_are_nobodys(read: Read, name: str) -> None:
    assert read(name) is None
