import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from squash_jenkins.analysis.series.unlike_files import unlike
from squash_jenkins.config import JobSettings
from squash_jenkins.formats.base import Document
from squash_jenkins.formats.lsst.verify_job import VerifyJob
from squash_jenkins.ingest.labels import complete_labels
from squash_jenkins.models import Build, BuildId, Package, Report

GEN3 = {"butler_generation": "Gen3", "ci_dataset": "HSC/RC2", "instrument": "HSC"}
START = datetime(2026, 1, 1, tzinfo=UTC)


def build(job: str = "job", **parameters: Any) -> Build:
    return Build(BuildId("main", job, 1), START, parameters=parameters)


def report(path: str = "a.json", **fields: Any) -> Report:
    return Report(path, "plain", "0" * 64, 1, **fields)


@pytest.mark.parametrize(
    ("job", "settings", "expected"),
    [
        ("validate/dataset=cfht,label=centos-7", {}, "cfht"),
        ("validate/DATASET=hsc,PY=2", {"dataset": "fixed"}, "fixed"),
        ("ci_decam", {"job_pattern": "ci_(?P<dataset>.+)", "dataset": "fixed"}, "decam"),
        ("ci_decam", {"dataset_parameter": "DATA", "job_pattern": "ci_(?P<dataset>.+)"}, "COSMOS"),
        ("x", {"path_pattern": r"(?P<dataset>\w+)_out", "dataset_parameter": "DATA"}, "Hsc"),
        ("x", {"dataset_parameter": "NONE"}, None),
    ],
)
def test_the_dataset_comes_from_the_nearest_source(
    job: str, settings: dict[str, Any], expected: str | None
) -> None:
    found = complete_labels(
        [report("run/Hsc_out.json")], build(job, DATA="COSMOS"), JobSettings(**settings)
    )
    assert found[0].dataset == expected


def test_what_the_document_says_wins() -> None:
    settings = JobSettings(dataset="fixed", filter="z")
    found = complete_labels([report(dataset="own"), report(filter="r")], build(), settings)
    assert [(entry.dataset, entry.filter) for entry in found] == [("own", "z"), ("fixed", "r")]


@pytest.mark.parametrize(
    ("fields", "pattern", "expected"),
    [
        ({"terms": {"tract": 9813, "patch": "4,4"}}, None, "tract 9813 · patch 4,4"),
        ({"dataset": "HSC", "terms": {"visit": 1228, "detector": 40}}, None, None),
        ({"terms": {"arch": "arm64", "tract": None, "patch": "", "seed": 3}}, None, "arm64"),
        ({"path": "arm64/gcc-12/b.json"}, r"(?P<arch>\w+)/(?P<compiler>[^/]+)/", "arm64 · gcc-12"),
        ({"path": "run/12/b.json"}, r"run/(?P<repeat>\d+)/", "repeat 12"),
        ({"path": "hsc_1.json"}, r"(?P<dataset>\w+)_(?P<tract>\d)", "hsc · tract 1"),
        ({"path": "hsc_1.json", "terms": {"tract": 2}}, r"_(?P<tract>\d)", "tract 2"),
        ({"path": "other.json"}, r"_(?P<tract>\d)", ""),
    ],
)
def test_what_else_tells_a_document_apart_is_joined_to_its_dataset(
    fields: dict[str, Any], pattern: str | None, expected: str | None
) -> None:
    fields = {"path": "a.json", **fields}
    [found] = complete_labels([report(**fields)], build(), JobSettings(path_pattern=pattern))
    wanted = "HSC · visit 1228 · detector 40" if expected is None else expected
    assert (found.dataset or "") == wanted


def test_specifications_can_ask_for_what_a_path_says_and_for_the_dataset_itself() -> None:
    settings = JobSettings(path_pattern="(?P<dataset>[a-z]+)/(?P<arch>[a-z0-9]+)/")
    [found] = complete_labels([report("cfht/arm64/b.json")], build(), settings)
    assert (found.dataset, found.terms) == ("cfht · arm64", {"dataset": "cfht", "arch": "arm64"})


def test_the_documents_own_term_for_its_dataset_stays() -> None:
    own = report(dataset="run 2", terms={"dataset": "raw", "tract": 1})
    [found] = complete_labels([own], build(), JobSettings())
    assert (found.dataset, found.terms) == ("run 2 · tract 1", {"dataset": "raw", "tract": 1})


def test_a_file_for_each_band_and_tract_has_its_own_series() -> None:
    documents = [
        {"measurements": [{"metric": "p.m", "value": 1.0}], "meta": {**GEN3, **own}}
        for own in ({"tract": tract, "band": band} for tract in (9615, 9813) for band in "gr")
    ]
    read = [
        replace(found, path=f"{at}.json", digest=f"{at}")
        for at, root in enumerate(documents)
        for found in VerifyJob().read(Document("a.json", "", 1, json.dumps(root).encode()))
    ]
    assert [len(each.paths) for each in unlike(read).values()] == [2, 2]
    completed = complete_labels(read, build(), JobSettings())
    assert unlike(completed) == {}
    assert {(each.dataset, each.filter) for each in completed} == {
        (f"HSC/RC2 · tract {tract}", band) for tract in (9615, 9813) for band in "gr"
    }


def test_addresses_of_one_file_complete_versions_of_another() -> None:
    versions = report("manifest.txt", packages=[Package("afw", "1.0", "abc")])
    addresses = report("repos.yaml", packages=[Package("afw", url="u"), Package("unused", url="v")])
    found = complete_labels([versions, addresses], build(), JobSettings())
    assert found[0].packages == [Package("afw", "1.0", "abc", "u")]
    assert found[1].packages == []
