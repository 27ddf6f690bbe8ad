from dataclasses import replace

from squash_jenkins.ingest.spool import spool, spooled
from squash_jenkins.models import Rejected
from squash_jenkins.store import detach_blobs

URL = "http://jenkins.example/"


def test_what_is_stored_of_a_job_is_told_by_number_and_start(store, save, record):
    first, second = save_two(save, record)
    started = {number: record(number).build.started for number in (first, second)}
    with store.reader() as reader:
        found = reader.builds.stored("ci", "sqre/validate_drp")
        assert found == {(1, started[1]): True, (2, started[2]): False}
        assert reader.builds.stored("ci", "sqre/validate_drp", [2, 9]) == {(2, started[2]): False}
        assert reader.builds.stored("ci", "sqre/validate_drp", range(3, 3000)) == {}
        assert reader.builds.stored("ci", "other") == {}


def save_two(save, record):
    save(record(1))
    save(record(2, provisional=True))
    return 1, 2


def test_dropped_files_are_gone_and_their_builds_have_changed(store, save, record):
    keys = [save(record(number)).build_key for number in (1, 2, 3)]
    with store.reader() as reader:
        before, rows = (
            reader.revisions.newest(),
            {row.build: row.key for row in reader.contents.rejected()},
        )
    assert store.drop_rejected([rows[keys[0]], rows[keys[2]], 999]) == 2
    with store.reader() as reader:
        assert [row.build for row in reader.contents.rejected()] == [keys[1]]
        assert [row.key for row in reader.revisions.changed_since(before)] == [keys[0], keys[2]]
        assert reader.revisions.newest() == before + 2
    assert not save(record(1)).changed


def test_dropping_nothing_is_no_change(store, save, record, dump):
    save(replace(record(), rejected=[Rejected("bad.json", "malformed")]))
    before = dump()
    assert store.drop_rejected([]) == 0
    assert store.drop_rejected([77]) == 0
    assert dump() == before


def test_detached_records_store_the_same_as_full_ones(store, save, record, dump):
    detached = detach_blobs(store.blobs, record())
    (report,) = detached.reports
    assert [(blob.rows, bool(blob.digest)) for blob in report.blobs] == [(2, True), (0, False)]
    assert [column.values for column in report.blobs[0].columns.values()] == [()]
    assert detach_blobs(store.blobs, detached) == detached
    assert save(detached).changed
    before = dump()
    assert not save(record()).changed
    assert dump() == before


def test_a_detached_record_survives_the_spool(store, save, record, tmp_path):
    spool(tmp_path / "spool", detach_blobs(store.blobs, record()))
    [(_, spooled_record)] = spooled(tmp_path / "spool")
    key = save(spooled_record).build_key
    assert save(record()) == (key, False)
    with store.reader() as reader:
        (report,) = reader.contents.reports([key])
        digests = [blob.digest for blob in reader.blobs.of_reports([report.key]) if blob.digest]
    assert [list(store.blobs.read(digest)) for digest in digests] == [["mag"]]
