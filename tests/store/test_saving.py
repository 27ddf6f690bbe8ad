import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from squash_jenkins.models import BuildId, BuildRecord, Column, Measurement, Package, Rejected
from squash_jenkins.store import open_store


def only_build(store):
    with store.reader() as reader:
        (job,) = reader.builds.jobs()
        (build,) = reader.builds.of_job(job.key)
        return build


def test_everything_comes_back_as_it_was_saved(store, save, record):
    made = record()
    key, changed = save(made)
    assert changed
    with store.reader() as reader:
        build = reader.builds.get(key)
        (report,) = reader.contents.reports([key])
        measured = {row.metric: row for row in reader.measurements.of_builds([key])}
        made_from = reader.blobs.metrics([report.key])
        blobs = {row.key: row for row in reader.blobs.of_reports([report.key])}
        packages, changes = reader.contents.packages([key]), reader.contents.changes([key])
        (rejected,) = reader.contents.rejected([key])
    for name in ("started", "duration", "result", "node", "parameters", "extra", "provisional"):
        assert getattr(build, name) == getattr(made.build, name)
    assert list(build.causes) == made.build.causes
    assert list(build.runs) == made.build.runs
    assert (report.dataset, report.filter, report.size) == ("cfht", "r", 253_144)
    assert measured["validate_drp.AM1"].value == 7.845 + 1
    assert measured["validate_drp.AM1"].extra == {"D": 5}
    assert measured["validate_drp.AM3"].value is None
    assert {blobs[key].name: metrics for key, metrics in made_from.items()} == {
        "Matched": ["validate_drp.AM1", "validate_drp.PA1"],
        "ErrorModel": ["validate_drp.PA1"],
    }
    assert packages == {key: {"afw": made.reports[0].packages[0]}}
    assert changes == {key: made.build.changes}
    assert (rejected.path, rejected.reason, rejected.size) == ("bad.json", "malformed", 9)


def test_saving_again_changes_no_row(save, record, dump):
    first = save(record())
    before = dump()
    assert save(record()) == (first.build_key, False)
    assert dump() == before


def test_saving_the_same_after_other_builds_changes_no_row(save, record, dump):
    for number in (3, 1, 2):
        save(record(number))
    before = dump()
    assert not any(save(record(number)).changed for number in (1, 2, 3))
    assert dump() == before


def test_a_list_of_artifacts_alone_is_no_change(save, record):
    save(record())
    assert not save(record(artifacts=["anything"])).changed


def test_a_provisional_build_becomes_final_under_its_key(store, save, record):
    running = replace(record(provisional=True, result=None), reports=[])
    key = save(running).build_key
    with store.reader() as reader:
        assert [row.key for row in reader.builds.provisional()] == [key]
        revision = reader.revisions.newest()
    assert save(record()) == (key, True)
    with store.reader() as reader:
        assert reader.builds.provisional() == []
        assert [row.key for row in reader.revisions.changed_since(revision)] == [key]
        assert reader.builds.get(key).result == "SUCCESS"
        assert len(reader.measurements.of_builds([key])) == 3


def test_a_final_build_never_becomes_provisional_again(save, record, dump):
    save(record())
    before = dump()
    assert not save(record(provisional=True, result=None)).changed
    assert dump() == before


def test_a_number_used_again_by_a_recreated_job_is_another_build(store, save, record):
    old = save(record(started=datetime(2016, 5, 1, tzinfo=UTC))).build_key
    new = save(record()).build_key
    assert old != new
    with store.reader() as reader:
        (job,) = reader.builds.jobs()
        assert [row.key for row in reader.builds.of_job(job.key)] == [old, new]
        assert reader.builds.find("ci", "sqre/validate_drp", 1).key == new


def test_changed_content_keeps_keys_and_drops_what_is_gone(store, save, record):
    key = save(record()).build_key
    with store.reader() as reader:
        before = {row.metric: row.key for row in reader.measurements.of_builds([key])}
        (report,) = reader.contents.reports([key])
    kept = [Measurement("validate_drp.AM1", 1.0, "marcsec"), Measurement("new.metric", 2.0)]
    assert save(record(report={"measurements": kept})) == (key, True)
    with store.reader() as reader:
        after = {row.metric: row for row in reader.measurements.of_builds([key])}
        assert [row.key for row in reader.contents.reports([key])] == [report.key]
        assert reader.blobs.metrics([report.key]) == {}
    assert set(after) == {"validate_drp.AM1", "new.metric"}
    assert after["validate_drp.AM1"].key == before["validate_drp.AM1"]
    assert after["validate_drp.AM1"].value == 1.0


def test_another_filter_of_the_same_file_replaces_the_report(store, save, record):
    key = save(record()).build_key
    save(record(report={"filter": "i"}))
    with store.reader() as reader:
        assert [row.filter for row in reader.contents.reports([key])] == ["i"]


def test_reports_of_files_that_jenkins_deleted_stay(store, save, record):
    key = save(record()).build_key
    assert save(replace(record(), reports=[], rejected=[])).changed
    with store.reader() as reader:
        assert len(reader.measurements.of_builds([key])) == 3
        assert reader.contents.packages([key])[key].keys() == {"afw"}
        assert reader.contents.rejected([key]) == []


def test_a_moved_controller_is_followed(store, record):
    store.save(record(), controller_url="http://old.example/")
    assert store.save(record(), controller_url="http://new.example/").changed
    with store.reader() as reader:
        assert [job.controller_url for job in reader.builds.jobs()] == ["http://new.example/"]


def test_times_of_other_zones_are_stored_in_utc(store, save, record):
    moment = datetime(2026, 7, 1, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=-7)))
    save(record(started=moment))
    started = only_build(store).started
    assert (started, started.tzinfo) == (moment, UTC)


def test_a_time_without_zone_is_refused(save, record, dump):
    before = dump()
    with pytest.raises(ValueError, match="no time zone"):
        save(record(started=datetime(2026, 7, 1)))  # noqa: DTZ001 - the fault
    assert dump() == before


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), None, 10**400])
def test_what_is_no_number_is_null(store, save, record, database, value):
    hostile = {"x": float("nan"), "list": [float("inf"), 1.5]}
    measured = [Measurement("a.b", value, extra=hostile)]
    save(record(report={"measurements": measured, "terms": hostile}, extra=hostile))
    with closing(sqlite3.connect(database)) as connection:
        ((number, text),) = connection.execute("SELECT value, extra FROM measurement")
    assert number is None
    assert text == '{"x": null, "list": [null, 1.5]}'
    assert only_build(store).extra == {"x": None, "list": [None, 1.5]}


HOSTILE = "<script>alert('x')</script>\"/../..\\\n" + "é💥" * 5000


def hostile_record(record) -> BuildRecord:
    made = record()
    measured = [
        Measurement(HOSTILE, 1.0, HOSTILE, HOSTILE, [HOSTILE]),
        Measurement(HOSTILE + " ", 2.0),
        Measurement(HOSTILE.upper(), 3.0),
    ]
    blob = replace(made.reports[0].blobs[0], identifier=HOSTILE, name=HOSTILE)
    report = replace(
        made.reports[0],
        path=HOSTILE,
        dataset=HOSTILE,
        filter=HOSTILE,
        measurements=measured,
        blobs=[replace(blob, columns={HOSTILE: Column([1.0], HOSTILE)})],
        packages=[Package(HOSTILE, HOSTILE)],
    )
    build = replace(made.build, id=BuildId("ci", HOSTILE, 1), description=HOSTILE)
    return BuildRecord(build, [report], [Rejected(HOSTILE, HOSTILE)])


def test_hostile_names_of_ten_thousand_characters_are_stored_as_they_are(store, save, record):
    key = save(hostile_record(record)).build_key
    assert not save(hostile_record(record)).changed
    with store.reader() as reader:
        (report,) = reader.contents.reports([key])
        measured = reader.measurements.of_builds([key])
        (blob,) = reader.blobs.of_reports([report.key])
        assert reader.builds.get(key).description == HOSTILE
        assert [job.name for job in reader.builds.jobs()] == [HOSTILE]
        assert reader.contents.packages([key])[key].keys() == {HOSTILE}
        assert len(reader.measurements.of_builds(metric=HOSTILE)) == 1
    assert (report.path, report.dataset, report.filter) == (HOSTILE,) * 3
    assert {row.metric: row.value for row in measured} == {
        HOSTILE: 1.0,
        HOSTILE + " ": 2.0,
        HOSTILE.upper(): 3.0,
    }
    assert list(store.blobs.read(blob.digest)) == [HOSTILE]


def test_what_no_database_can_hold_is_escaped(store, save, record):
    key = save(record(description="a\0b\ud800c", extra={"k\0": "\udfff"})).build_key
    with store.reader() as reader:
        build = reader.builds.get(key)
    assert build.description == "a\\x00b\\ud800c"
    assert build.extra == {"k\\x00": "\\udfff"}


def test_names_that_differ_in_case_are_different(store, save, record):
    measured = [Measurement("x.AM1", 1.0), Measurement("x.am1", 2.0)]
    save(record(report={"measurements": measured}))
    with store.reader() as reader:
        assert {"x.AM1", "x.am1"} <= reader.definitions.metrics().keys()


def test_of_measurements_given_twice_the_last_counts(store, save, record):
    measured = [Measurement("a.b", 1.0), Measurement("a.b", 2.0)]
    key = save(record(report={"measurements": measured})).build_key
    with store.reader() as reader:
        assert [row.value for row in reader.measurements.of_builds([key])] == [2.0]


def test_a_failed_save_leaves_no_trace(save, record, dump):
    save(record(1))
    before = dump()
    broken = [Measurement("a.b", "not a number")]  # a format must not let this through
    with pytest.raises(ValueError, match="not a number"):
        save(record(2, report={"measurements": broken}))
    assert dump() == before


def test_reopening_finds_everything(database, record):
    url, blobs = f"sqlite:///{database}", str(database.parent / "blobs")
    with open_store(url, blobs) as store:
        key = store.save(record(), controller_url="http://x/").build_key
    with open_store(url, blobs) as store:
        assert store.save(record(), controller_url="http://x/") == (key, False)


def test_a_guessed_start_gives_way_to_the_exact_one(save, record, store):
    exact = record()
    guess = replace(
        exact,
        build=replace(
            exact.build,
            started=exact.build.started + timedelta(hours=5),
            extra={"started_from": "modification time of the files"},
        ),
    )
    first = save(guess)
    assert save(exact) == (first.build_key, True)
    assert only_build(store).started == exact.build.started
    assert "started_from" not in only_build(store).extra


def test_a_job_made_anew_is_another_build_even_with_the_same_number(save, record, store):
    old = record()
    save(old)
    save(replace(old, build=replace(old.build, started=old.build.started + timedelta(days=9))))
    with store.reader() as reader:
        (job,) = reader.builds.jobs()
        assert len(reader.builds.of_job(job.key)) == 2


def test_the_node_of_a_report_comes_back(store, save, record):
    key = save(record(report={"node": "agent-7"})).build_key
    with store.reader() as reader:
        assert [row.node for row in reader.contents.reports([key])] == ["agent-7"]


def test_a_node_stays_when_a_build_is_read_without_it(store, save, record):
    running = record(provisional=True, result=None, node="agent-7")
    key = save(running).build_key
    assert save(record(node=None)).changed
    assert only_build(store).node == "agent-7"
    assert save(record(node=None)) == (key, False)
    assert save(record(node="agent-8")) == (key, True)
    assert only_build(store).node == "agent-8"
