"""Rules of metrics: smallest change, direction and exclusion, and which source counts."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner

from squash_jenkins import config
from squash_jenkins.commands import group
from squash_jenkins.config import FindingsSettings, Settings
from squash_jenkins.definitions.manage import as_plain, read_paths, stored
from squash_jenkins.errors import DocumentError, NotFound, SettingsError
from squash_jenkins.findings.detect import detect_findings
from squash_jenkins.findings.rules import RuleBook
from squash_jenkins.models import Metric
from squash_jenkins.models.finding import BETTER, NEUTRAL, WORSE
from squash_jenkins.models.metric_rules import MetricRules, SmallestChange
from squash_jenkins.store import Store, open_store
from tests.findings.test_detect import build, found, save

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Any) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'squash.sqlite'}", str(tmp_path / "blobs")) as opened:
        yield opened


def directions(store: Store, **rules: Any) -> list[str]:
    detect_findings(Settings(findings=FindingsSettings(**rules)), store)
    return [each.direction for each in found(store)]


@pytest.fixture
def stepped(store: Store) -> Store:
    """Store a metric in ms, of which less is better, that rises from 100 to 104."""
    values = [100 + 0.1 * (number % 3) + 4 * (number > 30) for number in range(1, 61)]
    save(store, [build(number, {"a": value}) for number, value in enumerate(values, 1)])
    return store


@pytest.mark.parametrize(
    ("smallest", "seen"),
    [
        (3.0, True),
        (5, False),
        ("3 %", True),
        ("5%", False),
        ("0.0035 s", True),
        ("0.0045 s", False),
        ("5 units", False),
        ("3 units", True),
        ({"p.a": "5 ms", "*": 0}, False),
        ({"*": 0, "p.a": "5 ms"}, True),  # the first that matches
        ({"q.*": "5 ms"}, True),
        ("5 parsec", True),  # it does not fit: `check` says so
    ],
)
def test_smallest_is_in_percent_or_in_a_unit(stepped: Store, smallest: Any, seen: bool) -> None:
    assert directions(stepped, smallest=smallest) == ([WORSE] if seen else [])


@pytest.mark.parametrize(
    ("direction", "expected"), [("higher", BETTER), ("lower", WORSE), ("none", NEUTRAL)]
)
def test_direction_counts_before_the_operator(
    stepped: Store, direction: Any, expected: str
) -> None:
    assert directions(stepped, direction={"p.*": direction}) == [expected]
    assert directions(stepped) == [WORSE]


def test_an_administrator_counts_before_settings_and_these_before_definitions(
    stepped: Store,
) -> None:
    defined = Metric("p.a", "ms", rules={"direction": "higher", "smallest": "1 ms"})
    stepped.load([defined], [], source="shop")
    assert directions(stepped) == [BETTER]
    assert directions(stepped, direction={"*": "none"}) == [NEUTRAL]
    key = metric_key(stepped)
    set_rules(stepped, key, MetricRules(direction="lower"))
    assert directions(stepped, direction={"*": "none"}) == [WORSE]
    assert directions(stepped, smallest={"p.*": "50 %"}) == []
    set_rules(stepped, key, MetricRules(SmallestChange(2, "ms"), ignore=False))
    assert directions(stepped, smallest={"p.*": "50 %"}, ignore=("p.*",)) == [BETTER]
    set_rules(stepped, key, MetricRules())
    assert directions(stepped, ignore=("p.*",)) == []
    stepped.load([Metric("p.a", "ms")], [], source="shop")
    assert directions(stepped) == [WORSE]


def test_a_metric_that_a_definition_ignores_has_no_findings(stepped: Store) -> None:
    stepped.load([Metric("p.a", rules={"ignore": True})], [], source="shop")
    assert directions(stepped) == []
    stepped.load([Metric("p.a")], [], source="shop")
    assert directions(stepped) == [WORSE]


def test_rules_of_an_unknown_metric_are_refused(store: Store) -> None:
    with pytest.raises(NotFound, match="no metric 99"):
        set_rules(store, 99, MetricRules(ignore=True))


def test_a_changed_rule_makes_jobs_be_searched_once(stepped: Store) -> None:
    settings = Settings(findings=FindingsSettings(smallest={"p.*": "9 ms"}))
    detect_findings(settings, stepped)
    with stepped.reader() as reader:
        before = reader.findings.detections()
    detect_findings(settings, stepped)
    with stepped.reader() as reader:
        assert reader.findings.detections() == before
    detect_findings(Settings(), stepped)
    with stepped.reader() as reader:
        assert reader.findings.detections() != before


def test_rules_without_effect_are_named(stepped: Store) -> None:
    settings = FindingsSettings(smallest={"p.a": "5 arcsec"}, ignore=("q.*",))
    with stepped.reader() as reader:
        faults = list(RuleBook(settings, reader).faults())
    assert len(faults) == 2
    assert "ignore: 'q.*' matches no metric" in faults[0]
    assert "p.a is 5 arcsec, but it is measured in ms" in faults[1]


def test_metrics_list_has_the_rules_in_effect(stepped: Store, tmp_path: Any) -> None:
    stepped.load([Metric("p.a", "ms", rules={"direction": "higher"})], [], source="shop")
    file = tmp_path / "squash.toml"
    where = f'database = "{stepped.url}"\nblobs = "{tmp_path / "blobs"}"\n'
    file.write_text(where + '[findings.smallest]\n"p.*" = "5 ms"\n')
    command = ["--settings", str(file), "metrics", "list", "p.a"]
    listed = CliRunner().invoke(group, command)
    assert 'findings: smallest "5 ms", direction "higher"' in listed.output
    (facts,) = json.loads(CliRunner().invoke(group, [*command, "--json"]).stdout)["metrics"]
    assert facts["rules"] == {"smallest": "5 ms", "direction": "higher"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("smallest = -1", "expected a number of percent"),
        ("smallest = inf", "expected a number of percent"),
        ('smallest = "much"', "expected a number of percent"),
        ('smallest = {"p.*" = "x ms"}', "expected a number of percent"),
        ('smallest = {"p.[a" = 1}', "is not a glob"),
        ('smallest = {"" = 1}', "is not a glob"),
        ('ignore = [" p.a"]', "is not a glob"),
        ('direction = {"p.a" = "up"}', "higher"),
        ('direction = {"[" = "lower"}', "is not a glob"),
    ],
)
def test_wrong_rules_in_settings_say_what_to_do(tmp_path: Any, text: str, fault: str) -> None:
    file = tmp_path / "squash.toml"
    file.write_text(f"[findings]\n{text}\n")
    with pytest.raises(SettingsError, match=fault):
        config.load(file)


def test_rules_in_the_settings_file_and_in_a_variable(tmp_path: Any, monkeypatch: Any) -> None:
    file = tmp_path / "squash.toml"
    file.write_text('[findings.smallest]\n"p.[ab]" = "5 ms"\n"*" = 2\n')
    rules = config.load(file).findings
    assert rules.smallest_of("p.a") == SmallestChange(5, "ms")
    assert rules.smallest_of("q.a") == SmallestChange(2, "%")
    file.write_text("")
    monkeypatch.setenv("SQUASH_FINDINGS__SMALLEST", "1.5")
    assert config.load(file).findings.smallest_of("p.a") == SmallestChange(1.5, "%")


def test_rules_in_files_are_read_and_written(tmp_path: Any, store: Store) -> None:
    file = tmp_path / "shop.yaml"
    text = (
        "shop.n: {unit: s, smallest: 5 ms, direction: none, ignore: false, minimum: 3, operator: <}"
    )
    file.write_text(text)
    given = read_paths([file])
    assert given.metrics[0].rules == {"smallest": "5 ms", "direction": "none", "ignore": False}
    store.load(given.metrics, given.specifications, source="shop")
    again = tmp_path / "again.yaml"
    with store.reader() as reader:
        again.write_text(as_plain(stored(reader, "shop")))
    assert read_paths([again]) == given


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("smallest: -1 ms", r"shop.n.*smallest.*expected a number of percent"),
        ("direction: up", r"direction.*expected 'higher' or 'lower'"),
        ("ignore: maybe", r"ignore.*expected true or false"),
    ],
)
def test_wrong_rules_in_files_name_file_and_field(tmp_path: Any, rule: str, fault: str) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(f"shop.n: {{{rule}}}")
    with pytest.raises(DocumentError, match=fault):
        read_paths([file])


def metric_key(store: Store) -> int:
    rows = store.browser.rows("metric", search="p.a", sort="id", falling=True, first=0, many=1)
    return int(rows.rows[0]["id"])


def set_rules(store: Store, key: int, rules: MetricRules) -> None:
    store.editor.set_rules(key, rules, "ada", NOW, lambda _connection: None)
