"""Blocks give what verifying one measurement after the other gives."""

import base64
import struct
from dataclasses import replace
from typing import Any

import pytest

from squash_jenkins.analysis.specifications.timeline import by_metric
from squash_jenkins.models import Measurement, Metric, SeriesId, Specification
from squash_jenkins.render.content import data_files
from squash_jenkins.render.links import Links
from squash_jenkins.render.site.site import Site
from squash_jenkins.store import Store
from squash_jenkins.verification.measurements import Verified, verified_row

Told = dict[tuple[int, SeriesId], tuple[Any, ...]]


def words_of(each: Verified) -> tuple[Any, ...]:
    met = [(v.specification.level, v.met, v.limits) for v in each.verdicts]
    told = (each.value, each.unit or "", each.status, each.tone, each.word)
    return (*told, met, each.limits, each.lines)


def one_by_one(store: Store) -> Told:
    """Verify every stored measurement by itself."""
    found = {}
    with store.reader() as reader:
        for job in reader.builds.jobs():
            for build in reader.builds.outline(job.key):
                reports = {row.key: row for row in reader.contents.reports([build.key])}
                held = reader.definitions.specifications(list(reports))
                for row in reader.measurements.of_builds([build.key]):
                    own = by_metric(held.get(row.report, ()))
                    each = verified_row(row, reports[row.report], build.started, own)
                    found[build.key, each.series] = words_of(each)
    return found


def by_site(site: Site) -> Told:
    return {
        (key, each.series): words_of(each)
        for job in site.jobs
        for key, measured in site.verified(site.builds(job)).items()
        for each in measured
    }


@pytest.fixture
def history(store: Store, save: Any) -> Store:
    """Store 140 builds with failures, two filters, not measured values and changing rules."""
    for number in range(1, 141):
        if number % 31 == 0:
            continue
        result = "FAILURE" if number % 17 == 0 else "SUCCESS"
        shift = 1 + (number % 10) / 10
        save("sqre/ci_hsc", number, filters=("r", "i"), result=result, shift=shift)
        if number % 40 == 0:
            rule = Specification("ip_diffim.completeness", "x", "extra", ">=", number / 2, "%")
            store.load([Metric("ip_diffim.completeness", "%")], [rule], source="own")
    save("ci_cfht", 3)
    return store


def test_blocks_verify_as_one_by_one(history: Store) -> None:
    with history.reader() as reader:
        site = Site(reader, Links("main"), None, {})
        told = by_site(site)
    assert told == one_by_one(history)
    assert len({words[2] for words in told.values()}) > 4


def test_entries_are_those_of_the_series(history: Store) -> None:
    with history.reader() as reader:
        site = Site(reader, Links("main"), None, {})
        job = next(each for each in site.jobs if each.name == "sqre/ci_hsc")
        builds = site.builds(job)[50:90]
        key = SeriesId("cfht", "i", "validate_drp.AD1", "")
        entries = site.measured.entries(builds, [key, SeriesId("no", "such", "series", "")])
        assert list(entries) == [key]
        assert any(entries[key])
        for build, entry in zip(builds, entries[key], strict=True):
            own = [each for each in site.verified([build])[build.key] if each.series == key]
            assert [entry] == own or (entry is None and own == [])


def test_files_of_groups_hold_what_the_files_of_blocks_hold(history: Store) -> None:
    with history.reader() as reader:
        site = Site(reader, Links("main"), None, {})
        job = next(each for each in site.jobs if each.name == "sqre/ci_hsc")
        blocks = list(site.measured.blocks(job))
        assert blocks == [0, 1, 2]
        assert data_files.sealed(blocks) == {0: [0, 1]}
        outline = data_files.outline_file(site, job, [0, 1])
        metrics = dict(data_files.metric_files(site, job, [0, 1]))
        parts = [site.measured.block(job, block) for block in (0, 1)]
        files = [data_files.values_file(site, job, number, exact=True) for number in (0, 1)]
        assert outline["number"] == [each.number for part in parts for each in part.builds]
        failed, good = ["FAILURE", "misses", "failed"], ["SUCCESS", "stretch", "good"]
        expected = [failed if each % 17 == 0 else good for each in outline["number"]]
        assert [outline["results"][at] for at in outline["result"]] == expected
        assert metrics
        for metric, told in metrics.items():
            for entry in told()["series"]:
                own = [_same(file, entry) for file in files]
                assert _values(entry) == _values(own[0]) + _values(own[1])
                assert _statuses(entry) == _statuses(own[0]) + _statuses(own[1])
                assert entry["metric"] == metric


def _same(file: Any, entry: Any) -> Any:
    names = ("metric", "dataset", "filter", "level", "unit")
    return next(o for o in file["series"] if all(o[name] == entry[name] for name in names))


def _values(entry: Any) -> list[str]:
    raw = base64.b64decode(entry["value"])
    return [repr(each) for (each,) in struct.iter_unpack("<d", raw)]


def _statuses(entry: Any) -> list[str]:
    return ["" if sign == "." else entry["statuses"][int(sign)][0] for sign in entry["status"]]


def test_a_value_that_no_build_measured_is_kept_as_such(store: Store, samples: Any) -> None:
    record = samples.record("ci_hsc", 1)
    nothing = [Measurement("p.none", None, None)]
    store.save(
        replace(record, reports=[replace(record.reports[0], measurements=nothing)]),
        controller_url=samples.ROOT,
    )
    with store.reader() as reader:
        site = Site(reader, Links("main"), None, {})
        (job,) = site.jobs
        (entry,) = data_files.values_file(site, job, 0, exact=True)["series"]
        assert (_values(entry), _statuses(entry)) == (["nan"], ["not measured"])
        assert site.measured.catalogue(job).measurements == 1


def test_short_numbers_are_used_where_they_hold_what_is_shown(store: Store, samples: Any) -> None:
    record = samples.record("ci_hsc", 1)
    given = {"p.a": 1 / 3, "p.big": 1e300, "p.tiny": 1e-40, "p.zero": 0.0, "p.none": None}
    measured = [Measurement(name, value, "s") for name, value in given.items()]
    report = replace(record.reports[0], measurements=measured)
    store.save(replace(record, reports=[report]), controller_url=samples.ROOT)
    with store.reader() as reader:
        site = Site(reader, Links("main"), None, {})
        short = data_files.values_file(site, site.jobs[0], 0, exact=False)["series"]
        kinds = {each["metric"]: each["kind"] for each in short}
        assert kinds == {"p.a": "f4", "p.big": "f8", "p.tiny": "f8", "p.zero": "f4", "p.none": "f4"}
        whole = data_files.values_file(site, site.jobs[0], 0, exact=True)["series"]
        assert {each["kind"] for each in whole} == {"f8"}
        assert _values(whole[0]) == [repr(1 / 3)]
