from datetime import timedelta

from squash_jenkins.models import BuildId
from squash_jenkins.store.read_datasets import DatasetUse, Presence


def test_a_job_tells_how_it_used_each_dataset(store, save, record):
    for number in (2, 1, 3):
        save(record(number))
    save(record(4, report={"dataset": "decam", "filter": None}))
    save(record(5, report={"dataset": None}))
    save(record(9, id=BuildId("ci", "other", 9), report={"filter": "z"}))
    first = record(1).build.started
    with store.reader() as reader:
        jobs = {row.name: row.key for row in reader.jobs()}
        uses = reader.dataset_uses(jobs["sqre/validate_drp"])
        assert uses == [
            DatasetUse("cfht", ("r",), 3, first, first + timedelta(days=2)),
            DatasetUse("decam", (), 1, *[first + timedelta(days=3)] * 2),
        ]
        assert [use.filters for use in reader.dataset_uses(jobs["other"])] == [("z",)]
        assert reader.dataset_uses(12345) == []


def test_a_build_with_two_reports_counts_once(store, save, record):
    made = record(1)
    (report,) = made.reports
    other = report.__class__(path="b.json", format="x", digest="0" * 64, size=1, dataset="cfht",
                             filter="i")  # fmt: skip
    made.reports.append(other)
    save(made)
    with store.reader() as reader:
        (use,) = reader.dataset_uses(reader.jobs()[0].key)
    assert (use.filters, use.builds) == (("i", "r"), 1)


def test_what_there_is_of_builds(store, save, record):
    key = save(record(1)).build_key
    bare = record(2, runs=[])
    bare.reports.clear()
    empty = save(type(bare)(bare.build)).build_key
    with store.reader() as reader:
        assert reader.presence([key, empty, 999]) == {
            key: Presence(True, 1, 1),
            empty: Presence(False, 0, 0),
        }
        assert reader.presence([]) == {}
