from dataclasses import replace

from squash_jenkins.models import BuildId
from squash_jenkins.store.rows import DatasetUse, Presence


def test_the_datasets_of_builds_are_found(store, save, record):
    two, one = (save(record(number)).build_key for number in (2, 1))
    decam = save(record(4, report={"dataset": "decam", "filter": None})).build_key
    save(record(5, report={"dataset": None}))
    other = save(record(9, id=BuildId("ci", "other", 9), report={"filter": "z"})).build_key
    with store.reader() as reader:
        jobs = {row.name: row.key for row in reader.builds.jobs()}
        own = jobs["sqre/validate_drp"]
        assert set(reader.coverage.dataset_uses(own, 1, 5)) == {
            DatasetUse(one, 1, "cfht", "r"),
            DatasetUse(two, 2, "cfht", "r"),
            DatasetUse(decam, 4, "decam", ""),
        }
        assert [row.number for row in reader.coverage.dataset_uses(own, 2, 3)] == [2]
        assert reader.coverage.dataset_uses(jobs["other"], 0, 63) == [
            DatasetUse(other, 9, "cfht", "z")
        ]
        assert reader.coverage.dataset_uses(12345, 0, 63) == []


def test_reports_of_one_dataset_and_filter_count_once(store, save, record):
    made = record(1)
    (report,) = made.reports
    made.reports.append(replace(report, path="b.json", blobs=[]))
    made.reports.append(replace(report, path="c.json", filter="R", blobs=[]))
    key = save(made).build_key
    with store.reader() as reader:
        rows = reader.coverage.dataset_uses(reader.builds.jobs()[0].key, 1, 1)
    assert rows == [DatasetUse(key, 1, "cfht", "R"), DatasetUse(key, 1, "cfht", "r")]


def test_reports_and_rejected_files_of_builds_are_counted(store, save, record):
    key = save(record(1)).build_key
    bare = record(2, runs=[])
    bare.reports.clear()
    empty = save(type(bare)(bare.build)).build_key
    with store.reader() as reader:
        assert reader.coverage.presence([key, empty, 999]) == {
            key: Presence(True, 1, 1),
            empty: Presence(False, 0, 0),
        }
        assert reader.coverage.presence([]) == {}
