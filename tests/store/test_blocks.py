"""Blocks agree with the measurements, whatever has changed since they were stored."""

import math
import random
import zlib
from dataclasses import replace

import numpy as np
import sqlalchemy as sa

from squash_jenkins.models import BuildId, Measurement
from squash_jenkins.store import block_arrays
from squash_jenkins.store.block_arrays import BLOCK, Origin, series_in_unit
from squash_jenkins.store.engine import writing
from squash_jenkins.store.rows import BlockState
from squash_jenkins.store.schema import tables
from tests.store.conftest import make_report

_BAD = (b"", b"nothing", zlib.compress(b"x" * 50), zlib.compress(bytes(8) + b"[]"))
AM1, PA1 = "validate_drp.AM1", "validate_drp.PA1"


def job_of(store):
    with store.reader() as reader:
        return reader.builds.jobs()[0].key


def in_blocks(store, job):
    """Return the values and origins in the blocks of a job, by build and series."""
    found = {}
    with store.reader() as reader:
        for _, block in reader.blocks.read(job, list(reader.blocks.states(job))):
            for row, name in enumerate(block.series):
                for column, build in enumerate(block.builds):
                    at = int(block.origin[row, column])
                    number = float(block.values[row, column])
                    assert at >= 0 or math.isnan(number)
                    value = None if math.isnan(number) else number
                    if at >= 0:
                        found[build, name] = (value, block.origins[at])
    return found


def stored(store, job):
    """Return the same from the rows themselves; of several tries the last measured one."""
    found = {}
    with store.reader() as reader:
        for row in reader.measurements.of_job(
            job, [each.key for each in reader.builds.outline(job)]
        ):
            name = series_in_unit(
                row.metric, row.dataset or "", row.filter or "", row.level, row.unit or ""
            )
            key = (row.build, name)
            if row.value is not None or key not in found:
                text = block_arrays.json.dumps(row.terms, sort_keys=True)
                found[key] = (row.value, Origin(row.specification_set, text))
    return found


def measured(rows):
    return {"measurements": [Measurement(name, value, unit) for name, value, unit in rows]}


def test_blocks_contain_every_measurement(store, save, record):
    for number in (1, 2, BLOCK - 1, BLOCK, 3 * BLOCK + 5):
        save(record(number, report={"digest": f"{number:064x}"}))
    job = job_of(store)
    assert in_blocks(store, job) == stored(store, job)
    assert store.store_blocks(job) == 3
    assert store.store_blocks(job) == 0
    assert in_blocks(store, job) == stored(store, job)
    assert len(stored(store, job)) == 15


def test_later_changes_are_read_without_storing_the_block_again(store, save, record):
    for number in range(1, 6):
        save(record(number))
    job = job_of(store)
    store.store_blocks(job)
    save(record(3, report=measured([(AM1, 1.5, "marcsec"), ("p.new", None, None)])))
    save(record(70))
    save(record(2, report=measured([])))
    assert in_blocks(store, job) == stored(store, job)
    with store.reader() as reader:
        assert reader.blocks.stored_states(job) != reader.blocks.states(job)
    assert store.store_blocks(job) == 2
    with store.reader() as reader:
        assert reader.blocks.stored_states(job) == reader.blocks.states(job)
        assert list(reader.blocks.states(job)) == [0, 1]
        assert reader.blocks.states(job)[0] == BlockState(5, reader.revisions.newest())


def test_any_order_of_changes_gives_the_same_block(store, save, record):
    chance = random.Random(4)
    for step in range(40):
        number = chance.randrange(1, 2 * BLOCK)
        values = [(AM1, chance.choice([None, 1.0, 2.5]), chance.choice(["marcsec", None]))]
        values += [(f"p.m{chance.randrange(5)}", chance.random(), "s")]
        save(record(number, report=measured(values)))
        if step % 7 == 0:
            store.store_blocks(job_of(store))
    assert in_blocks(store, job_of(store)) == stored(store, job_of(store))


def test_of_what_is_posted_several_times_the_last_measured_one_counts(store, save, record):
    one = make_report(path="posted:job/a.json", measurements=[Measurement(AM1, 5.0, "marcsec")])
    two = make_report(2, path="posted:job/b.json", measurements=[Measurement(AM1, 6.0, "marcsec")])
    none = make_report(
        3, path="posted:job/c.json", measurements=[Measurement(AM1, None, "marcsec")]
    )
    save(replace(record(1), reports=(one, two, none)))
    ((value, _),) = in_blocks(store, job_of(store)).values()
    assert value == 6.0


def test_a_job_made_anew_has_both_builds_of_a_number_in_a_block(store, save, record):
    save(record(7))
    later = record(7)
    started = later.build.started.replace(year=2027)
    save(replace(later, build=replace(later.build, started=started)))
    job = job_of(store)
    store.store_blocks(job)
    assert len({build for build, _ in in_blocks(store, job)}) == 2


def test_damaged_or_deleted_blocks_are_restored(store, save, record):
    save(record(1))
    job = job_of(store)
    store.store_blocks(job)
    for spoil in (
        sa.delete(tables.pack),
        *(sa.update(tables.pack).values(content=c) for c in _BAD),
    ):
        with writing(store._engine) as connection:
            connection.execute(spoil)
        assert in_blocks(store, job) == stored(store, job)


def test_jobs_without_stored_blocks_are_found(store, save, record):
    save(record(1))
    job = job_of(store)
    with store.reader() as reader:
        assert reader.blocks.jobs_without() == {job}
    store.store_blocks(job)
    with store.reader() as reader:
        assert reader.blocks.jobs_without() == set()


def test_jobs_do_not_mix(store, save, record):
    save(record(1))
    other = record(1)
    save(replace(other, build=replace(other.build, id=BuildId("ci", "other", 1))))
    with store.reader() as reader:
        jobs = [each.key for each in reader.builds.jobs()]
    assert len(jobs) == 2
    for job in jobs:
        store.store_blocks(job)
        assert in_blocks(store, job) == stored(store, job)
        assert len({build for build, _ in in_blocks(store, job)}) == 1


def test_a_block_is_decoded_as_it_was_encoded():
    name = series_in_unit("p.x", "", "", "", "")
    values, origin = np.array([[1e300, np.nan]]), np.array([[0, -1]], dtype=np.int32)
    made = block_arrays.BlockArrays([4, 9], [name], [Origin(None, "{}")], values, origin)
    back = block_arrays.decoded(made.encoded())
    assert back is not None
    assert (back.builds, back.series, back.origins) == (made.builds, made.series, made.origins)
    assert np.array_equal(back.values, values, equal_nan=True)
    assert np.array_equal(back.origin, origin)
    empty = block_arrays.decoded(block_arrays.empty().encoded())
    assert empty is not None and empty.series == []
