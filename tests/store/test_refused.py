"""What a database refuses of a build, and a database that refuses everything."""

from dataclasses import replace

import pytest

from squash_jenkins.config import Settings
from squash_jenkins.errors import StoreError, StoreUnreachable
from squash_jenkins.ingest.saving import ingest_spool, refused, save_builds, spool_builds
from squash_jenkins.models import Blob, BuildId, Column

UNEVEN = Blob("m", "Uneven", {"a": Column([1.0]), "b": Column([1.0, 2.0])})


@pytest.fixture
def settings(tmp_path, store):
    url = store._engine.url.render_as_string(hide_password=False)
    return Settings(folder=tmp_path, database=url).resolved()


def with_bad_file(good):
    """Return the build with one more file, whose table no store takes."""
    (report,) = good.reports
    bad = replace(report, path="bad_table.json", digest="b" * 64, blobs=[UNEVEN])
    return replace(good, reports=[report, bad])


def test_a_refused_file_is_set_aside_and_the_rest_of_the_batch_is_stored(settings, store, record):
    builds = [record(1), with_bad_file(record(2)), record(3)]
    kept = save_builds(settings, store, builds)
    assert [each.saved.changed for each in kept] == [True] * 3
    (sentence,) = [text for pair in zip(builds, kept, strict=True) for text in refused(*pair)]
    assert sentence.startswith("sqre/validate_drp #2: bad_table.json is set aside: ")
    with store.reader() as reader:
        rows = reader.builds.of_job(reader.builds.jobs()[0].key)
        assert [row.number for row in rows] == [1, 2, 3]
        reports = {each.path for each in reader.contents.reports([rows[1].key])}
        aside = {each.path: each.reason for each in reader.contents.rejected([rows[1].key])}
    assert reports == {"cfht/Cfht_output_r.json.xz"}
    assert set(aside) == {"bad.json", "bad_table.json"}
    assert "cannot be stored" in aside["bad_table.json"]


def test_the_spool_goes_on_after_what_is_refused(settings, store, record):
    spool_builds(settings, [record(1), with_bad_file(record(2)), record(3)])
    taken = ingest_spool(settings, store)
    assert sorted(id.number for id in taken.saved) == [1, 2, 3]
    (fault,) = taken.faults
    assert "bad_table.json is set aside" in fault
    assert list(settings.spool.iterdir()) == []


def test_a_number_out_of_reach_does_not_stop_the_others(settings, store, record):
    wrong = replace(record(2), build=replace(record(2).build, id=BuildId("ci", "x", 1 << 70)))
    with pytest.raises(StoreError, match=r"cannot be stored|refused") as caught:
        save_builds(settings, store, [record(1), wrong, record(3)])
    assert not isinstance(caught.value, StoreUnreachable)
    with store.reader() as reader:
        assert [row.number for row in reader.builds.of_job(reader.builds.jobs()[0].key)] == [1, 3]


def test_a_database_that_can_be_written_is_left_as_it_was(store):
    store.try_writing()
    with store.reader() as reader:
        assert reader.counts()["controller"] == 0
        assert reader.revisions.newest() == 0
