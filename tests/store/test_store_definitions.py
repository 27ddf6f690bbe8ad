from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from squash_jenkins.models import WITHIN, Metric, Specification
from squash_jenkins.store.write import seed
from squash_jenkins.store.write.digests import specification_digest

AM1 = "validate_drp.AM1"
SEEDED = [Metric(AM1, "marcsec", "A long and careful text", {"doc": "LPM-17"}, ("a",), "<=")]
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def bound(threshold, name="design", metric=AM1, **rest):
    return Specification(metric, name, name, "<=", threshold, "marcsec", **rest)


def specifications_of(store, *builds):
    with store.reader() as reader:
        reports = {row.build: row.key for row in reader.contents.reports(builds)}
        found = reader.definitions.specifications(list(reports.values()))
        return [found[reports[build]] for build in builds]


def test_every_definition_is_kept_with_its_time(store, save, record):
    for number, text in ((5, "new"), (1, "old"), (3, "old"), (4, "new")):
        save(record(number, report={"metrics": [Metric(AM1, "marcsec", text)]}))
    with store.reader() as reader:
        history = reader.definitions.of_metric(AM1)
        assert reader.definitions.metrics()[AM1].description == "new"
        days = {
            row.number: row.started for row in reader.builds.of_job(reader.builds.jobs()[0].key)
        }
    assert [(row.description, row.first_seen, row.last_seen) for row in history] == [
        ("old", days[1], days[3]),
        ("new", days[4], days[5]),
    ]


def test_a_poorer_document_takes_nothing_from_a_seeded_metric(store, save, record):
    store.load(SEEDED, [])
    save(record(report={"metrics": [Metric(AM1, description="short")]}))
    with store.reader() as reader:
        assert reader.definitions.metrics()[AM1] == SEEDED[0]


def test_a_document_adds_what_the_seed_does_not_say(store, save, record):
    store.load([Metric(AM1, "marcsec")], [])
    save(record(report={"metrics": [Metric(AM1, "mas", "What it is")]}))
    with store.reader() as reader:
        metric = reader.definitions.metrics()[AM1]
    assert (metric.unit, metric.description) == ("marcsec", "What it is")


def test_metrics_of_one_name_in_a_document_are_one(store, save, record):
    several = [Metric(AM1, None, "first"), Metric(AM1, "marcsec", "second")]
    save(record(report={"metrics": several}))
    with store.reader() as reader:
        assert (
            reader.definitions.metrics()[AM1].unit,
            reader.definitions.metrics()[AM1].description,
        ) == (
            "marcsec",
            "first",
        )


def test_an_old_build_keeps_the_specifications_of_its_document(store, save, record):
    old = save(record(1, report={"specifications": [bound(10.0)]})).build_key
    new = save(record(2, report={"specifications": [bound(7.0)]})).build_key
    assert specifications_of(store, old, new) == [[bound(10.0)], [bound(7.0)]]


def test_the_same_specifications_are_stored_once(store, save, record):
    for number in range(1, 6):
        given = record(number).reports[0].specifications
        save(record(number, report={"specifications": list(reversed(given))}))
    with store.reader() as reader:
        counts = reader.counts()
    assert (counts["specification"], counts["specification_set"]) == (3, 1)


def test_specifications_come_back_whole(store, save, record):
    given = bound(
        10.5,
        filters=("r", "i"),
        query={"instrument": "HSC"},
        tags=("x",),
        since=NOON,
        until=NOON + timedelta(days=1),
    )
    key = save(record(report={"specifications": [given]})).build_key
    assert specifications_of(store, key) == [[given]]


def test_a_range_comes_back_whole(store, save, record):
    given = replace(bound(1.0), operator=WITHIN, upper=2.5)
    wider = replace(given, upper=3.5)
    assert store.load([], [replace(given, metric="validate_drp.PA1")])
    keys = [
        save(record(number, report={"specifications": [each]})).build_key
        for number, each in enumerate((given, wider), 1)
    ]
    loaded = replace(given, metric="validate_drp.PA1")
    assert specifications_of(store, *keys) == [[given, loaded], [wider, loaded]]


@pytest.mark.parametrize(
    ("source", "digest"),
    [
        ("document", "9e285fe43a4205bb9ee39fa883abc46fde80a6d0d8f93931bca3466251950034"),
        ("seed", "9ac1bad07c526357f1ed5130fa9f25999a159da03584927bd6cfc1a5652510ad"),
    ],
)
def test_what_is_no_range_has_the_digest_of_the_first_version(source, digest):
    given = bound(10.5, filters=("r", "i"), query={"instrument": "HSC"}, tags=("x",), since=NOON)
    assert specification_digest(given, source) == digest
    assert specification_digest(replace(given, upper=20.0), source) != digest


def test_a_loaded_specification_holds_where_the_document_says_nothing(store, save, record):
    loaded = [bound(99.0), bound(5.0, metric="validate_drp.PA1")]
    store.load([], loaded)
    carried = save(record(1, report={"specifications": [bound(10.0)]})).build_key
    silent = save(record(2, report={"specifications": []})).build_key
    assert specifications_of(store, carried, silent) == [[bound(10.0), loaded[1]], loaded]


def test_loading_again_changes_no_row(store, dump):
    assert store.load(SEEDED, [bound(10.0)])
    before = dump()
    assert not store.load(SEEDED, [bound(10.0)])
    assert dump() == before


def test_loading_counts_as_a_change(store):
    with store.reader() as reader:
        before = reader.revisions.newest()
    store.load(SEEDED, [])
    with store.reader() as reader:
        assert reader.revisions.newest() == before + 1


def test_the_last_loading_that_changed_anything_is_noted(store, save, record):
    def noted():
        with store.reader() as reader:
            return reader.revisions.definitions()

    assert noted() == 0
    save(record())
    store.load(SEEDED, [bound(10.0)])
    assert noted() == 2
    save(record(2))
    store.load(SEEDED, [bound(10.0)])
    assert noted() == 2
    store.load(SEEDED, [bound(7.0)])
    assert noted() == 4


def test_a_changed_loaded_specification_begins_when_it_changed(store, save, record):
    later = NOON + timedelta(days=30)
    seed.load(store._engine, [], [bound(10.0)], now=NOON - timedelta(days=30))
    seed.load(store._engine, [], [bound(7.0)], now=NOON)
    seed.load(store._engine, [], [bound(10.0)], now=later)
    assert not seed.load(store._engine, [], [bound(10.0)], now=later)
    key = save(record(report={"specifications": []})).build_key
    assert specifications_of(store, key) == [
        [
            bound(10.0, until=NOON),
            bound(7.0, since=NOON, until=later),
            bound(10.0, since=later),
        ]
    ]


def test_a_withdrawn_specification_still_holds_for_the_past(store, save, record):
    seed.load(store._engine, [], [bound(10.0)], now=NOON - timedelta(days=9))
    seed.load(store._engine, [], [], now=NOON)
    key = save(record(report={"specifications": []})).build_key
    assert specifications_of(store, key) == [[bound(10.0, until=NOON)]]


def test_sources_do_not_touch_each_other(store, save, record):
    seed.load(store._engine, [], [bound(10.0)])
    seed.load(store._engine, [], [bound(3.0, "site")], source="site")
    assert not seed.load(store._engine, [], [bound(10.0)])
    key = save(record(report={"specifications": []})).build_key
    assert specifications_of(store, key) == [[bound(10.0), bound(3.0, "site")]]


def test_a_changed_seed_of_a_metric_is_dated(store):
    seed.load(store._engine, SEEDED, [], now=NOON)
    changed = [replace(SEEDED[0], description="Other")]
    seed.load(store._engine, changed, [], now=NOON + timedelta(days=1))
    seed.load(store._engine, SEEDED, [], now=NOON + timedelta(days=2))
    with store.reader() as reader:
        assert reader.definitions.metrics()[AM1] == SEEDED[0]
        assert [row.description for row in reader.definitions.of_metric(AM1)] == [
            SEEDED[0].description,
            "Other",
        ]
