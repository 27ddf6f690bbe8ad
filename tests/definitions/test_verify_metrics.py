"""Read metric and specification definitions; the seed keeps the facts of LPM-17."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from squash_jenkins.definitions.verify_metrics import load_definitions
from squash_jenkins.errors import DocumentError
from squash_jenkins.models import LEVELS
from squash_jenkins.resources import folder


@pytest.fixture(scope="module")
def facts(shared: Path) -> dict[str, Any]:
    loaded = yaml.safe_load((shared / "reference" / "lpm17_metrics.yaml").read_text())
    assert isinstance(loaded, dict)
    return loaded


def test_the_seed_agrees_with_the_facts(facts: dict[str, Any]) -> None:
    metrics, specifications = load_definitions(folder("db") / "seed")
    assert {metric.name for metric in metrics} == {
        f"validate_drp.{name}" for name in facts["metrics"]
    }
    found = {
        (each.metric, tuple(each.filters), each.level, each.operator, each.unit, each.threshold)
        for each in specifications
    }
    expected = set()
    for name, metric in facts["metrics"].items():
        for row in metric["specs"]:
            group = row["filters"]
            filters = (
                ()
                if group == "all"
                else tuple(
                    facts["filter_groups"].get(group, group) if isinstance(group, str) else group
                )
            )
            for level in LEVELS:
                expected.add(
                    (
                        f"validate_drp.{name}",
                        filters,
                        level,
                        metric["operator"],
                        metric["unit"],
                        row[level],
                    )
                )
    assert found == expected
    assert len(specifications) == len(expected)


def test_the_seed_describes_every_metric() -> None:
    metrics, _ = load_definitions(folder("db") / "seed")
    for metric in metrics:
        assert metric.description
        assert metric.reference["doc"] == "LPM-17"
        assert metric.operator in ("<=", ">=")
    assert {m.name.split(".")[1] for m in metrics if m.operator == ">="} == {"D1", "Z1", "DB1"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "specs" / "shop").mkdir(parents=True)
    (tmp_path / "metrics" / "shop.yaml").write_text("latency: {unit: s, description: 'How\n long'}")
    return tmp_path


def write_specification(site: Path, text: str) -> None:
    (site / "specs" / "shop" / "any.yaml").write_text(text)


def test_optional_keys(site: Path) -> None:
    write_specification(
        site,
        "name: best_effort\nmetric: latency\nthreshold: {operator: '<', unit: s, value: 2}\n"
        "level: design\nquery: {instrument: HSC}\n"
        "since: 2026-01-01\nuntil: 2027-01-01T02:00:00+02:00\n"
        "---\nname: stretch\nmetric: latency\nthreshold: {operator: '<', unit: s, value: 1}\n",
    )
    (metric,), (first, second) = load_definitions(site)
    assert metric.description == "How long"
    assert (first.name, first.level) == ("shop.latency.best_effort", "design")
    assert first.query == {"instrument": "HSC"}
    assert first.since == datetime(2026, 1, 1, tzinfo=UTC)
    assert first.until == datetime(2027, 1, 1, tzinfo=UTC)
    assert (second.level, second.filters, second.since) == ("stretch", (), None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: [", "cannot be read as YAML"),
        ("name: x\nmetric: size\nthreshold: {operator: '<', value: 1}", r"\$\.metric.*metrics/"),
        ("name: x\nmetric: latency\nthreshold: {operator: '~', value: 1}", r"threshold\.operator"),
        ("name: x\nmetric: latency\nthreshold: {operator: '<', value: no}", r"threshold\.value"),
        ("name: x\nmetric: latency\nthreshhold: 1", "unknown key 'threshhold'"),
        ("name: x\nmetric: latency", r"\$\.threshold is missing"),
        (
            "name: x\nmetric: latency\nthreshold: {operator: '<', value: 1}\nsince: soon",
            r"\$\.since.*ISO 8601",
        ),
        ("- 1", "a list of 1; expected an object"),
    ],
)
def test_faults_name_the_file_and_the_field(site: Path, text: str, words: str) -> None:
    write_specification(site, text)
    with pytest.raises(DocumentError, match=words) as error:
        load_definitions(site)
    assert "any.yaml" in str(error.value)


def test_an_empty_folder_defines_nothing(tmp_path: Path) -> None:
    assert load_definitions(tmp_path) == ([], [])
