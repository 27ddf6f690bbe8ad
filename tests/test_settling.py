from datetime import UTC, datetime
from typing import Any

import pytest

from squash_jenkins.config import JobSettings
from squash_jenkins.models import Build, BuildId, Package, Report
from squash_jenkins.settling import settle

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
    found = settle([report("run/Hsc_out.json")], build(job, DATA="COSMOS"), JobSettings(**settings))
    assert found[0].dataset == expected


def test_what_the_document_says_wins() -> None:
    settings = JobSettings(dataset="fixed", filter="z")
    found = settle([report(dataset="own"), report(filter="r")], build(), settings)
    assert [(entry.dataset, entry.filter) for entry in found] == [("own", "z"), ("fixed", "r")]


def test_addresses_of_one_file_complete_versions_of_another() -> None:
    versions = report("manifest.txt", packages=[Package("afw", "1.0", "abc")])
    addresses = report("repos.yaml", packages=[Package("afw", url="u"), Package("unused", url="v")])
    found = settle([versions, addresses], build(), JobSettings())
    assert found[0].packages == [Package("afw", "1.0", "abc", "u")]
    assert found[1].packages == []
