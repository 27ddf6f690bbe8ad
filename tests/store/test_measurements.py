"""The analysis reads every measurement of a job with what it is judged by."""

import math
from dataclasses import replace
from itertools import pairwise

from squash_jenkins.models import BuildId, Measurement, Specification
from squash_jenkins.store.rows import ReportedMeasurement

AM1 = "validate_drp.AM1"


def asked(threshold, metric=AM1):
    return Specification(metric, "design", "design", "<=", threshold, "marcsec")


def job_of(store, build):
    with store.reader() as reader:
        return reader.builds.get(build).job_key


def test_every_measurement_names_its_specifications(store, save, record):
    measured = [Measurement(AM1, 7.5, "marcsec"), Measurement("p.x", math.nan, level="design")]
    key = save(record(report={"measurements": measured})).build_key
    job = job_of(store, key)
    with store.reader() as reader:
        rows = reader.measurements.of_job(job, [key])
        (number,) = {row.specification_set for row in rows}
        terms = {"instrument": "CFHT"}
        assert sorted(rows) == [
            ReportedMeasurement(key, "p.x", "cfht", "r", "design", None, None, number, terms),
            ReportedMeasurement(key, AM1, "cfht", "r", "", 7.5, "marcsec", number, terms),
        ]
        assert rows[0].terms is rows[1].terms
        (own,) = reader.definitions.specification_sets({number}).values()
    assert [each.threshold for each in own] == [20.0, 10.0, 5.0]


def test_only_the_given_builds_are_read_in_order(store, save, record):
    keys = [save(record(number)).build_key for number in (3, 1, 2)]
    other = save(record(1, id=BuildId("ci", "other", 1))).build_key
    job = job_of(store, keys[0])
    with store.reader() as reader:
        rows = reader.measurements.of_job(job, [keys[2], keys[0], other, 999])
        assert [row.build for row in rows] == [keys[0]] * 3 + [keys[2]] * 3
        assert reader.measurements.of_job(job, []) == []
        assert reader.measurements.of_job(job + 10, keys) == []


def test_several_documents_of_a_build_are_sorted_by_path_and_filter(store, save, record):
    several = [("b.json", "r"), ("b.json", "g"), ("a.json", None)]
    reports = [record(report={"path": path, "filter": f}).reports[0] for path, f in several]
    key = save(replace(record(), reports=reports)).build_key
    with store.reader() as reader:
        rows = reader.measurements.of_job(job_of(store, key), [key])
    assert [row.filter for row in rows] == [None] * 3 + ["g"] * 3 + ["r"] * 3


def test_more_reports_than_a_list_of_keys_takes(store, record):
    builds = [record(number, report={"blobs": []}) for number in range(1, 1102)]
    saved = store.save_all(builds, controller_url="http://jenkins.example/")
    keys = [each.build_key for each in saved]
    with store.reader() as reader:
        rows = reader.measurements.of_job(reader.builds.jobs()[0].key, keys)
    assert len(rows) == 3 * 1101
    assert all(one.build <= other.build for one, other in pairwise(rows))


def test_a_report_without_specifications_has_the_common_ones(store, save, record):
    store.load([], [asked(5.0)])
    key = save(record(report={"specifications": []})).build_key
    with store.reader() as reader:
        rows = reader.measurements.of_job(job_of(store, key), [key])
        assert {row.specification_set for row in rows} == {None}
        assert reader.definitions.specification_sets({None}) == {None: [asked(5.0)]}
        assert reader.definitions.specification_sets(set()) == {}


def test_the_highest_revision_is_found_by_job(store, save, record):
    save(record(1))
    other = save(record(1, id=BuildId("ci", "other", 1))).build_key
    save(record(2))
    with store.reader() as reader:
        revisions = reader.revisions.by_job()
        other_job = reader.builds.get(other).job_key
    assert revisions.pop(other_job) == 2
    assert list(revisions.values()) == [3]
