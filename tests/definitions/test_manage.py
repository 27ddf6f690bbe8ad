"""Load, compare and write definitions through a real store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from squash_jenkins.definitions import manage
from squash_jenkins.definitions.manage import Definitions, difference, read_paths
from squash_jenkins.errors import DocumentError
from squash_jenkins.models import WITHIN, Metric, Specification

SUMMER = datetime(2026, 7, 1, tzinfo=UTC)
SHOP = Definitions(
    [Metric("shop.latency", "s", "How long", {"doc": "SLA"}, ("speed",), "<="), Metric("shop.x")],
    [
        Specification(
            "shop.latency", "shop.latency.a", "minimum", "<=", 6.0, "s", ("r",), until=SUMMER
        ),
        Specification(
            "shop.latency", "shop.latency.b", "minimum", "<=", 5.0, "s", since=SUMMER, tags=("t",)
        ),
        Specification(
            "shop.latency", "shop.latency.c", "band", WITHIN, 1.0, query={"n": [1]}, upper=2.5
        ),
        Specification("shop.latency", "shop.latency.d", "design", "<=", 7.0, "s", since=SUMMER),
    ],
)


def test_what_is_loaded_and_exported_is_the_same(store, tmp_path):
    store.load(SHOP.metrics, SHOP.specifications, source="ops")
    with store.reader() as reader:
        kept = manage.stored(reader, "ops")
    # A metric of which nothing is told has no definition, so that nobody is its source.
    assert kept == Definitions(SHOP.metrics[:1], SHOP.specifications)
    manage.write_folder(tmp_path / "site", kept)
    (tmp_path / "all.yaml").write_text(manage.as_plain(kept))
    for path in (tmp_path / "site", tmp_path / "all.yaml"):
        again = read_paths([path])
        assert not store.load(again.metrics, again.specifications, source="ops")
    assert sorted(again.specifications, key=lambda each: each.name) == SHOP.specifications


def test_sources_are_listed_apart(store):
    store.load(SHOP.metrics, SHOP.specifications, source="ops")
    store.load([Metric("shop.latency", description="short")], [], source="qa")
    with store.reader() as reader:
        latency, other = manage.listed(reader)
        assert manage.listed(reader, "lat*") == [latency]
        assert manage.listed(reader, "shop.y") == []
    assert (latency.sources, len(latency.specifications)) == ({"ops", "qa"}, 4)
    assert (other.metric.name, other.sources) == ("shop.x", set())


def test_loading_less_withdraws_the_rest(store):
    store.load(SHOP.metrics, SHOP.specifications, source="ops")
    store.load(SHOP.metrics, SHOP.specifications[:1], source="ops")
    with store.reader() as reader:
        assert reader.definitions.specifications_by_source() == {"ops": SHOP.specifications[:1]}


def test_documents_last_words_are_a_source_too(store, save, record):
    first = Specification("shop.latency", "shop.latency.a", "minimum", "<=", 9.0, "s")
    for number, each in ((1, first), (2, replace(first, threshold=8.0))):
        save(record(number, report={"specifications": [each]}))
    with store.reader() as reader:
        assert reader.definitions.specifications_by_source() == {
            "document": [replace(first, threshold=8.0)]
        }
        assert manage.stored(reader) == Definitions([], [])
        assert len(manage.stored(reader, "document").specifications) == 1


def test_two_sources_that_ask_differently_are_not_written_together(store):
    store.load([], SHOP.specifications, source="ops")
    store.load([], [replace(SHOP.specifications[0], threshold=9.0)], source="qa")
    with store.reader() as reader, pytest.raises(DocumentError, match="ops and qa ask differently"):
        manage.stored(reader)


def test_differences_go_by_name():
    first, second, third, last = SHOP.specifications
    dated = replace(third, since=SUMMER)
    found = difference([first, second, dated], [replace(first, threshold=1.0), third, last])
    assert found.changed == ["shop.latency.a"]
    assert found.new == ["shop.latency.d"]
    assert found.gone == ["shop.latency.b"]


def test_odd_ones_are_told_of_what_is_given_and_of_what_is_stored(store, save, record):
    save(record(report={"filter": "r"}))
    odd = [
        SHOP.specifications[1],
        SHOP.specifications[3],
        replace(SHOP.specifications[2], filters=("q",), unit="mmag"),
    ]
    store.load(SHOP.metrics, odd, source="ops")
    store.load([], [replace(odd[2], name="shop.latency.z", unit="s")], source="seed")
    with store.reader() as reader:
        given = manage.odd(reader, Definitions(SHOP.metrics, odd))
        assert manage.odd(reader) == given
    assert [sentence.split(" ")[0] for sentence in given] == ["shop.latency.c", "No", "design"]


def test_paths_are_told_apart_by_what_is_in_them(tmp_path: Path):
    manage.write_folder(tmp_path / "site", SHOP)
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "more.json").write_text('{"shop.size": {"unit": "MB"}}')
    (tmp_path / "plain" / "README").write_text("no definitions")
    found = read_paths([tmp_path / "site", tmp_path / "plain"])
    assert [each.name for each in found.metrics] == ["shop.latency", "shop.x", "shop.size"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DocumentError, match=r"expected metrics/ and specs/, or YAML or JSON"):
        read_paths([tmp_path / "empty"])
    (tmp_path / "plain" / "other.yaml").write_text("shop.size: {unit: GB}")
    with pytest.raises(DocumentError, match=r"define shop\.size differently"):
        read_paths([tmp_path / "plain"])


def test_an_export_does_not_mix_with_other_files(tmp_path: Path):
    (tmp_path / "specs" / "old").mkdir(parents=True)
    (tmp_path / "specs" / "old" / "x.yaml").write_text("")
    with pytest.raises(DocumentError, match="remove it first"):
        manage.write_folder(tmp_path, SHOP)


def test_a_release_target_applies_to_builds_by_date(store, save, record, tmp_path):
    text = """
shop.latency:
  operator: "<="
  unit: s
  release:
    - {value: 6, until: 2026-07-01}
    - {value: 5, since: 2026-07-01}
"""
    (tmp_path / "targets.yaml").write_text(text)
    found = read_paths([tmp_path / "targets.yaml"])
    store.load(found.metrics, found.specifications, source="targets")
    with store.reader() as reader:
        asked = reader.definitions.specification_sets({None})[None]
    from squash_jenkins.analysis.specifications.applicable import Conditions, applicable
    from squash_jenkins.models import Measurement

    measured = Measurement("shop.latency", 5.5, "s")
    for started, threshold in ((SUMMER - timedelta(1), 6.0), (SUMMER, 5.0)):
        (held,) = applicable(measured, asked, Conditions(None, None, started))
        assert held.threshold == threshold
