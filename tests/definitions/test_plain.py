"""Read metrics and levels from one plain file."""

import json
import math
from datetime import UTC, datetime
from pathlib import Path

import pytest

from squash_jenkins.definitions.plain import load_plain
from squash_jenkins.definitions.writing import plain_text
from squash_jenkins.errors import DocumentError
from squash_jenkins.models import WITHIN, Specification

SHOP = """
shop.latency:
  unit: s
  description: How long
    an order takes
  operator: "<="
  tags: speed
  reference: {doc: SLA, since: 2025-01-01}
  minimum: 600
  design: {value: 3e2, filters: [r], dataset: cfht, query: {region: eu}}
  stretch:
    - {value: 200, until: 2026-07-01}
    - {value: 100, since: 2026-07-01T02:00:00+02:00, tags: [hard]}
  weekly: {range: [1, .inf], unit: min}
  levels: {dsign: 7}
shop.orders: {}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.yaml"


def test_levels_are_numbers_objects_or_lists(file: Path) -> None:
    file.write_text(SHOP)
    (latency, orders), found = load_plain(file)
    assert (latency.description, latency.tags) == ("How long an order takes", ("speed",))
    assert latency.reference == {"doc": "SLA", "since": "2025-01-01"}
    assert (orders.name, orders.unit) == ("shop.orders", None)
    summer = datetime(2026, 7, 1, tzinfo=UTC)
    assert found == [
        Specification("shop.latency", "shop.latency.minimum", "minimum", "<=", 600.0, "s"),
        Specification(
            "shop.latency",
            "shop.latency.design_r_cfht",
            "design",
            "<=",
            300.0,
            "s",
            ("r",),
            {"region": "eu", "dataset": "cfht"},
        ),
        Specification(
            "shop.latency", "shop.latency.stretch", "stretch", "<=", 200.0, "s", until=summer
        ),
        Specification(
            "shop.latency",
            "shop.latency.stretch_2026-07-01",
            "stretch",
            "<=",
            100.0,
            "s",
            tags=("hard",),
            since=summer,
        ),
        Specification(
            "shop.latency", "shop.latency.weekly", "weekly", WITHIN, 1.0, "min", upper=math.inf
        ),
        Specification("shop.latency", "shop.latency.dsign", "dsign", "<=", 7.0, "s"),
    ]


def test_a_metric_without_a_package_has_none_here_either(tmp_path: Path) -> None:
    text = "latency: {unit: s, operator: <, minimum: 5}"
    (tmp_path / "shop.yaml").write_text(text)
    metrics, (asked,) = load_plain(tmp_path / "shop.yaml")
    assert [metric.name for metric in metrics] == ["latency"]
    assert (asked.metric, asked.name) == ("latency", "latency.minimum")
    (tmp_path / "again.yaml").write_text(plain_text(metrics, [asked]))
    assert load_plain(tmp_path / "again.yaml") == (metrics, [asked])
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "shop.yaml").write_text(text)
    with pytest.raises(DocumentError, match=r"expected package\.metric"):
        load_plain(tmp_path / "metrics" / "shop.yaml")


def test_json_will_do_as_well(tmp_path: Path) -> None:
    entry = {"shop.size": {"operator": ">", "minimum": [{"value": 1}, {"value": 2, "name": "x"}]}}
    (tmp_path / "shop.json").write_text(json.dumps(entry))
    _, found = load_plain(tmp_path / "shop.json")
    assert [(each.name, each.operator) for each in found] == [
        ("shop.size.minimum", ">"),
        ("x", ">"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("shop.x: {desgin: 5, operator: <}", "'desgin'; did you mean 'design'"),
        ("shop.x: {unitt: s}", "'unitt'; did you mean 'unit'"),
        ("shop.x: {minimum: {vlaue: 5}}", "'vlaue'; did you mean 'value'"),
        ("shop.x: {minimum: 5}", "expected an operator here or beside the metric's unit"),
        ("shop.x: {minimum: {range: [1]}}", "expected a lower and an upper end"),
        ("shop.x: {minimum: {range: [1, 2], value: 1}}", "a value or a range, not both"),
        ("shop.x: {operator: <, minimum: high}", r"\$\[\"shop.x\"\]\.minimum.*expected an object"),
        ("shop.x: {operator: <, minimum: .nan}", "expected a finite number"),
        ("shop.x: {operator: <, minimum: true}", "expected a finite number"),
        ("shop.x: {operator: <, minimum: [1, 2]}", "contradicts"),
        ("shop.x: {operator: '~'}", "one of <= >="),
        ("shop.x: {operator: <}\nshop.x: {}", "is repeated"),
        ("shop.x: {reference: {a: !!binary aGk=}}", "text, numbers, lists and objects only"),
        ("shop.x: {since: 2026-13-45}", "cannot be read as YAML"),
        ("- 1", "expected an object"),
    ],
)
def test_faults_are_told(file: Path, text: str, words: str) -> None:
    file.write_text(text)
    with pytest.raises(DocumentError, match=words):
        load_plain(file)


def test_a_file_that_cannot_be_read_is_told(file: Path) -> None:
    with pytest.raises(DocumentError, match="No such file"):
        load_plain(file)
    with pytest.raises(DocumentError, match="No such file"):
        load_plain(file.with_suffix(".json"))
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DocumentError, match="cannot be read as YAML"):
        load_plain(file)
