import pytest

from squash_jenkins.errors import StoreError
from squash_jenkins.models import BuildId
from squash_jenkins.store.rows import BuildKey, DatasetRow


def test_an_empty_database_answers_with_nothing(store):
    with store.reader() as reader:
        assert (
            reader.revisions.newest(),
            reader.builds.jobs(),
            reader.revisions.changed_since(0),
        ) == (0, [], [])
        assert (
            reader.builds.of_job(1),
            reader.measurements.of_builds(),
            reader.definitions.metrics(),
        ) == ([], [], {})
        assert reader.contents.rejected() == []
        assert reader.builds.find("ci", "job", 1) is None
        counts = reader.counts()
        assert {name for name, rows in counts.items() if rows} == {"counter"}
        with pytest.raises(StoreError, match="no build with the key 5"):
            reader.builds.get(5)


def test_changes_are_told_in_their_order(store, save, record):
    keys = [save(record(number)).build_key for number in (2, 1, 3)]
    with store.reader() as reader:
        revision = reader.revisions.newest()
        (job,) = reader.builds.jobs()
        assert reader.revisions.changed_since(0) == [BuildKey(key, job.key) for key in keys]
    save(record(1, result="FAILURE"))
    with store.reader() as reader:
        assert reader.revisions.changed_since(revision) == [BuildKey(keys[1], job.key)]


def test_a_reader_sees_one_moment(store, save, record):
    save(record(1))
    with store.reader() as reader:
        assert len(reader.revisions.changed_since(0)) == 1
        save(record(2))
        assert (len(reader.revisions.changed_since(0)), reader.revisions.newest()) == (1, 1)


def test_builds_come_in_order_of_start_and_number(store, save, record):
    same = record(1).build.started
    save(record(3))
    save(record(2, started=same))
    save(record(1, started=same))
    with store.reader() as reader:
        assert [row.number for row in reader.builds.of_job(reader.builds.jobs()[0].key)] == [
            1,
            2,
            3,
        ]


def test_any_number_of_keys_may_be_asked_for(store, save, record):
    key = save(record()).build_key
    many = [*range(100_000, 102_500), key]
    with store.reader() as reader:
        assert len(reader.measurements.of_builds(many)) == 3
        assert len(reader.contents.reports(many)) == 1
        assert list(reader.contents.packages(many)) == [key]
        assert reader.measurements.of_builds([]) == []


def test_measurements_of_a_metric_and_of_builds(store, save, record):
    keys = [save(record(number)).build_key for number in (1, 2, 3)]
    with store.reader() as reader:
        found = reader.measurements.of_builds(keys[:2], metric="validate_drp.PA1")
        assert [(row.build, row.level) for row in found] == [
            (keys[0], "design"),
            (keys[1], "design"),
        ]
        assert len(reader.measurements.of_builds(metric="validate_drp.PA1")) == 3
        assert reader.measurements.of_builds(metric="unknown") == []


def test_a_build_without_packages_is_absent(store, save, record):
    key = save(record(report={"packages": []})).build_key
    with store.reader() as reader:
        assert reader.contents.packages([key]) == {}


def test_the_camera_of_a_dataset_is_learnt(store, save, record):
    save(record(1, report={"terms": {}}))
    save(record(2))
    with store.reader() as reader:
        assert reader.definitions.datasets() == [DatasetRow("cfht", "CFHT", None)]


def test_jobs_of_one_name_on_two_controllers_are_two(store, save, record):
    save(record(1, id=BuildId("a", "job", 1)))
    save(record(1, id=BuildId("b", "job", 1)))
    with store.reader() as reader:
        assert [(row.controller, row.name) for row in reader.builds.jobs()] == [
            ("a", "job"),
            ("b", "job"),
        ]
        assert len(reader.contents.rejected()) == 2
