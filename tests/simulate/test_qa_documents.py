import json
import lzma
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from squash_jenkins.simulate.documents.documents import (
    Origin,
    Subject,
    load_test_document,
    manifest,
    pack,
    plain_document,
    repos,
    validate_drp_document,
    verify_job_document,
)
from tests.made_documents import PACKAGES, QUALITY

ORIGIN = Origin("CFHT", "https://example.org/data.git", datetime(2026, 5, 1, 3, tzinfo=UTC))
LEVEL_LIMITS = {
    # offsets AD1 and AD2 (mas), PA2 gri (mmag), shares (percent) beyond them: LPM-17
    "minimum": (40.0, 15.0, 20.0),
    "design": (20.0, 15.0, 10.0),
    "stretch": (10.0, 10.0, 5.0),
}


def subject(number: int = 7, **fields: Any) -> Subject:
    return Subject(3, "ci_cfht", number, **fields)


def verify(number: int = 7, **fields: Any) -> dict[str, Any]:
    return verify_job_document(subject(number, **fields), QUALITY, ORIGIN, PACKAGES)


def by_metric_2016(document: dict[str, Any]) -> dict[tuple[str, str | None], dict[str, Any]]:
    return {(each["metric"]["name"], each["spec_name"]): each for each in document["measurements"]}


def values_2018(document: dict[str, Any]) -> dict[str, float]:
    named = {each["metric"]: each["value"] for each in document["measurements"]}
    return {name.removeprefix("validate_drp."): value for name, value in named.items()}


def column(blobs: list[dict[str, Any]], name: str, key: str) -> Any:
    (found,) = [blob["data"][key]["value"] for blob in blobs if blob["name"] == name]
    return np.array(found) if isinstance(found, list) else found


def quartile_sigma(rows: Any) -> Any:
    """Return the sigma of each row from sorted values, not by the generator's own function."""
    ordered = np.sort(rows, axis=1)
    places = np.arange(rows.shape[1])
    quartiles = [
        [np.interp(share * (rows.shape[1] - 1), places, row) for row in ordered]
        for share in (0.25, 0.75)
    ]
    return 0.7413 * (np.array(quartiles[1]) - np.array(quartiles[0]))


def offset_beyond(deviation: Any, percent: float) -> float:
    """Return the value that `percent` of the deviations exceed, interpolated."""
    ordered = np.sort(deviation)
    place = (1 - percent / 100) * (ordered.size - 1)
    return float(np.interp(place, np.arange(ordered.size), ordered))


def check_astrometry(values: Any, pairs: Any, x: int) -> None:
    rms = np.array(pairs)
    median = float(np.sort(rms)[[(rms.size - 1) // 2, rms.size // 2]].mean())
    assert values(f"AM{x}", None) == pytest.approx(median, rel=1e-12)
    deviation = np.abs(rms - median)
    for level, (offset, _, share) in LEVEL_LIMITS.items():
        beyond = 100 * sum(each > offset for each in deviation.tolist()) / rms.size
        assert values(f"AF{x}", level) == pytest.approx(beyond, rel=1e-12)
        assert values(f"AD{x}", level) == pytest.approx(offset_beyond(deviation, share), rel=1e-9)


def check_photometry(values: Any, blob: dict[str, Any]) -> None:
    rows = np.array(blob["magDiff"]["value"])
    sigmas = quartile_sigma(rows)
    assert np.array(blob["iqr"]["value"]) == pytest.approx(sigmas, rel=1e-9)
    assert np.array(blob["rms"]["value"]) == pytest.approx((rows**2).mean(axis=1) ** 0.5, rel=1e-9)
    assert values("PA1", None) == pytest.approx(sigmas.mean(), rel=1e-9)
    deviation = np.abs(rows[0])
    for level, (_, offset, share) in LEVEL_LIMITS.items():
        beyond = 100 * sum(each > offset for each in deviation.tolist()) / deviation.size
        assert values("PF1", level) == pytest.approx(beyond, rel=1e-12)
        assert values("PA2", level) == pytest.approx(offset_beyond(deviation, share), rel=1e-9)


@given(
    am=st.floats(1.0, 60.0),
    pa=st.floats(1.0, 40.0),
    number=st.integers(1, 100_000),
    stars=st.integers(60, 600),
)
@settings(max_examples=25)
def test_values_of_2016_follow_from_the_arrays_and_meet_what_was_asked(
    am: float, pa: float, number: int, stars: int
) -> None:
    document = validate_drp_document(
        subject(number, stars=stars), {"AM1": am, "AM2": 1.1 * am, "PA1": pa}
    )
    found = by_metric_2016(document)

    def values(name: str, level: str | None) -> float:
        return float(found[name, level]["value"])

    for x, wanted in ((1, am), (2, 1.1 * am)):
        check_astrometry(values, found[f"AM{x}", None]["extras"]["rmsDistMas"]["value"], x)
        assert values(f"AM{x}", None) == pytest.approx(wanted, rel=2e-3)
    check_photometry(values, found["PA1", None]["extras"])
    assert values("PA1", None) == pytest.approx(pa, rel=2e-3)


@given(number=st.integers(1, 100_000), filter_name=st.sampled_from(["g", "r", "i", "HSC-R"]))
@settings(max_examples=15)
def test_values_of_2018_follow_from_the_arrays(number: int, filter_name: str) -> None:
    document = verify(number, filter=filter_name)
    found, blobs = values_2018(document), document["blobs"]

    def values(name: str, level: str | None) -> float:
        group = "_gri" if name in ("PA2", "PF1") else ""
        return found[f"{name}_{level}{group}" if level else name]

    for x in (1, 2):
        check_astrometry(values, column(blobs, f"validate_drp.AM{x}", "rmsDistMas"), x)
    (repeated,) = [each["data"] for each in blobs if each["name"] == "validate_drp.PA1"]
    check_photometry(values, repeated)
    for name, inside in (("TE1", lambda r: r <= 1.0), ("TE2", lambda r: r >= 5.0)):
        radius = column(blobs, f"validate_drp.{name}", "radius")
        mean = column(blobs, f"validate_drp.{name}", "xip")[inside(radius)].mean()
        assert found[name] == pytest.approx(abs(mean), rel=1e-9)
        assert found[name] == pytest.approx(QUALITY[name], rel=1e-3)


@pytest.mark.parametrize("make", [validate_drp_document, lambda s, q: verify()])
def test_models_tell_the_scatter_of_the_bright_stars(make: Any) -> None:
    blobs = make(subject(), QUALITY)["blobs"]
    bright = column(blobs, "MatchedMultiVisitDataset", "snr") > 100.0
    assert 5 <= bright.sum() < 60
    for model, scatter, key in (
        ("PhotometricErrorModel", "photScatter", "magrms"),
        ("AnalyticAstrometryModel", "astromRms", "dist"),
    ):
        median = np.median(column(blobs, "MatchedMultiVisitDataset", key)[bright])
        assert column(blobs, model, scatter) == pytest.approx(median, rel=1e-12)


def test_signal_to_noise_belongs_to_the_magnitude_error() -> None:
    blobs = verify(stars=4900)["blobs"]
    snr, error, mag = (
        column(blobs, "MatchedMultiVisitDataset", key) for key in ("snr", "magerr", "mag")
    )
    assert snr.size == error.size == mag.size == 4900
    assert np.all(snr * error < 1.0858 * 1.02)
    assert np.corrcoef(mag, np.log(error))[0, 1] > 0.9


def test_a_better_quality_has_tighter_stars() -> None:
    good, bad = (
        validate_drp_document(subject(stars=2000), {"AM1": am, "AM2": am, "PA1": pa})["blobs"]
        for am, pa in ((5.0, 4.0), (20.0, 16.0))
    )
    for model, key in (
        ("AnalyticAstrometryModel", "astromRms"),
        ("PhotometricErrorModel", "photScatter"),
    ):
        assert column(bad, model, key) > 2 * column(good, model, key)


def test_wide_separations_are_not_measured() -> None:
    old = by_metric_2016(validate_drp_document(subject(), QUALITY))
    missing = {key for key, each in old.items() if each["value"] is None}
    levels = ("minimum", "design", "stretch")
    assert missing == {("AM3", None)} | {(f"A{k}3", level) for k in "DF" for level in levels}
    assert {old[key]["unit"] for key in missing} == {""}
    text = pack(verify(), "a.json")
    new = values_2018(json.loads(text))
    assert {name for name, value in new.items() if np.isnan(value)} == {
        "AM3",
        *(f"A{k}3_{level}" for k in "DF" for level in levels),
    }
    assert text.count(b"NaN") == 10  # the real file has as many: three are the ADx of AF3


def test_same_subject_same_bytes_another_number_other_bytes() -> None:
    def both(number: int) -> tuple[bytes, bytes]:
        old = validate_drp_document(subject(number), QUALITY)
        return pack(old, "a.json"), pack(verify(number), "b.json.xz")

    assert both(7) == both(7)
    assert both(7)[0] != both(8)[0]
    assert both(7)[1] != both(8)[1]


def test_each_file_is_packed_as_its_name_says() -> None:
    document = verify()
    text = pack(document, "a.json")
    assert zlib.decompress(pack(document, "a.json.gz"), wbits=31) == text
    assert lzma.decompress(pack(document, "a.json.xz")) == text
    assert len(text) < 100_000


def skeleton(value: Any) -> Any:
    """Return the keys and types of a JSON value; an array has the set of its elements' types."""
    if isinstance(value, dict):
        return {key: skeleton(each) for key, each in sorted(value.items())}
    if isinstance(value, list):
        kinds = {json.dumps(skeleton(each)) for each in value}
        return ["list", *sorted(kinds)]
    return type(value).__name__


def without_order(document: Any) -> Iterator[tuple[Any, Any]]:
    for each in document["measurements"]:
        yield (each["metric"]["name"], each["spec_name"]), skeleton(each)
    for each in document["blobs"]:
        yield each["name"], skeleton(each)


def test_shape_of_2016_is_that_of_the_real_file(shared: Path) -> None:
    real = json.loads((shared / "data/squash/validate_drp_2016_Cfht_output_r.json").read_text())
    made = validate_drp_document(subject(), QUALITY)
    assert dict(without_order(made)) == dict(without_order(real))
    assert sorted(made) == sorted(real)
    for name in ("unit", "filter_name", "spec_name"):
        assert [each[name] for each in made["measurements"]] == [
            each[name] for each in real["measurements"]
        ]
    assert thresholds(made) == thresholds(real)


def thresholds(document: dict[str, Any]) -> list[Any]:
    keys = ("name", "value", "unit", "filter_names")
    return [
        sorted(str([each[key] for key in keys]) for each in found["metric"]["specifications"])
        for found in document["measurements"]
    ]


def test_shape_of_2018_is_that_of_the_real_file(shared: Path) -> None:
    path = shared / "data/squash/lsst_verify_job_with_nan.json"
    real, made = json.loads(path.read_text()), verify()
    assert sorted(made) == sorted(real)
    for part, key in (("measurements", "metric"), ("blobs", "name")):
        shapes = [{each[key]: skeleton(each) for each in job[part]} for job in (made, real)]
        assert shapes[0] == shapes[1]
        assert len(made[part]) == len(real[part])
    units = [{each["metric"]: each["unit"] for each in job["measurements"]} for job in (made, real)]
    assert units[0] == units[1]
    packages = made["meta"].pop("packages"), real["meta"].pop("packages")
    assert skeleton(made["meta"]) == skeleton(real["meta"])
    assert skeleton(packages[0]["afw"]) == skeleton(packages[1]["afw"])
    assert {each["name"] for each in made["metrics"]} <= {each["name"] for each in real["metrics"]}
    of_drp = [each for each in real["metrics"] if each["name"].startswith("validate_drp.")]
    assert skeleton(made["metrics"]) == skeleton(of_drp)
    assert len(made["metrics"]) == len(of_drp) == 36


def test_specifications_of_2018_agree_with_the_real_file(shared: Path) -> None:
    path = shared / "data/squash/lsst_verify_job_with_nan.json"
    real = {each["name"]: each for each in json.loads(path.read_text())["specs"]}
    general = [each for each in verify()["specs"] if not each["metadata_query"]]
    assert len(general) > 40
    for each in general:
        twin = real[each["name"]]
        assert skeleton(each) == skeleton(twin)
        if ".TE2." not in each["name"]:  # the real file's TE2 has a design looser than its minimum
            assert each["threshold"] == twin["threshold"]
        assert sorted(each["tags"]) == sorted(twin["tags"])


def test_blob_references_lead_to_the_blobs_of_the_document() -> None:
    document = verify()
    names = {each["identifier"]: each["name"] for each in document["blobs"]}
    assert len(names) == 33
    assert document["measurements"]
    for each in document["measurements"]:
        referred = [names[identifier] for identifier in each["blob_refs"]]
        assert len(referred) == 4
        assert referred[-1] == each["metric"]


def test_load_test_is_plain_json_with_and_without_units() -> None:
    wanted = {"latency_p95": 210.12345, "error_rate": 0.4, "memory": 512.0}
    assert load_test_document(wanted) == {
        "latency_p95": {"value": 210.123, "unit": "ms"},
        "error_rate": {"value": 0.4, "unit": "%"},
    }
    assert plain_document(wanted) == {"memory": 512.0}


def test_manifest_and_repos_are_written_as_lsstsw_does(shared: Path) -> None:
    real = (shared / "data/squash/lsstsw/build/manifest.txt").read_text().splitlines()
    made = manifest(PACKAGES, 1990).decode().splitlines()
    assert made[0].split() == real[0].split()
    assert (made[1], real[1]) == ("BUILD=b1990", "BUILD=b1988")
    assert made[2].split() == ["afw", "ab" * 20, "26.0-3-gabc1234"]
    assert made[3].split() == ["testdata_cfht", "cd" * 20, "14.0", "afw"]
    assert [made[3].index(each) for each in ("cd", "14.0")] == [
        real[2].index(each) for each in real[2].split()[1:3]
    ]
    text = repos(PACKAGES).decode()
    assert "\nafw: https://git.example.org/stack/afw.git\n" in text
    assert "\ntestdata_cfht:\n  url: https://" in text
