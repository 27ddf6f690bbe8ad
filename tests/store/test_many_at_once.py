"""Batches must store what single saves in the same order would."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from squash_jenkins.models import (
    Blob,
    Build,
    BuildId,
    BuildRecord,
    Change,
    Column,
    Measurement,
    Metric,
    Package,
    Rejected,
    Report,
    Specification,
)
from squash_jenkins.store import Store, detach_blobs, open_store

URL = "http://jenkins.example/"
FEW = st.integers(0, 2)
NAMES = st.sampled_from(["p.a", "p.b", "c"])
QUERIES = {
    "controllers": "SELECT name, url FROM controller",
    "jobs": "SELECT c.name, j.name FROM job j JOIN controller c ON c.id = controller_id",
    "builds": """SELECT j.name, number, started, duration, result, provisional, parameters, causes,
        runs, extra, revision, b.digest FROM build b JOIN job j ON j.id = job_id""",
    "reports": """SELECT b.revision, r.path, r.filter, r.format, r.digest, d.name, s.digest,
        r.terms, r.extra FROM report r JOIN build b ON b.id = build_id
        LEFT JOIN dataset d ON d.id = dataset_id
        LEFT JOIN specification_set s ON s.id = specification_set_id""",
    "datasets": "SELECT name, camera FROM dataset",
    "metrics": "SELECT name, package, unit, description, reference, tags, operator FROM metric",
    "definitions": """SELECT m.name, source, digest, d.unit, d.description, first_seen, last_seen
        FROM metric_definition d JOIN metric m ON m.id = metric_id""",
    "specifications": """SELECT m.name, s.name, threshold, source, s.digest, version
        FROM specification s JOIN metric m ON m.id = metric_id""",
    "sets": """SELECT t.digest, s.digest FROM specification_set_member
        JOIN specification_set t ON t.id = specification_set_id
        JOIN specification s ON s.id = specification_id""",
    "measurements": """SELECT b.revision, r.path, r.filter, m.name, level, value, x.unit, x.extra
        FROM measurement x JOIN metric m ON m.id = metric_id JOIN report r ON r.id = report_id
        JOIN build b ON b.id = build_id""",
    "blobs": """SELECT b.revision, r.path, r.filter, identifier, x.name, x.digest, rows, columns,
        x.parameters FROM blob x JOIN report r ON r.id = report_id JOIN build b ON b.id = build_id
        """,
    "links": """SELECT b.revision, r.path, r.filter, m.name, level, identifier
        FROM measurement_blob JOIN measurement x ON x.id = measurement_id
        JOIN blob ON blob.id = blob_id JOIN metric m ON m.id = metric_id
        JOIN report r ON r.id = x.report_id JOIN build b ON b.id = build_id""",
    "packages": """SELECT b.revision, p.name, p.url, version, x.revision, branch
        FROM build_package x JOIN package p ON p.id = package_id JOIN build b ON b.id = build_id""",
    "known packages": "SELECT name, url FROM package",
    "changes": """SELECT b.revision, position, c.revision, author, message, committed, paths
        FROM change_set c JOIN build b ON b.id = build_id""",
    "rejected": """SELECT b.revision, path, reason, q.digest, size
        FROM quarantine q JOIN build b ON b.id = build_id""",
    "counter": "SELECT name, value FROM counter",
}


def contents(database: Path) -> dict[str, list[Any]]:
    """Return everything that is stored, with natural keys in place of numbers."""
    with closing(sqlite3.connect(database)) as connection:
        return {
            what: sorted(connection.execute(query).fetchall(), key=repr)
            for what, query in QUERIES.items()
        }


measurements = st.lists(
    st.builds(
        Measurement,
        NAMES,
        st.sampled_from([1.0, 2.0, None, float("nan")]),
        level=st.sampled_from(["", "design"]),
        blobs=st.lists(st.sampled_from(["m", "e", "none"]), max_size=2),
        extra=st.sampled_from([{}, {"d": [1, float("inf")]}, {"\0": "\ud800"}]),
    ),
    max_size=4,
)
reports = st.lists(
    st.builds(
        Report,
        path=st.sampled_from(["a.json", "b.json"]),
        format=st.just("plain"),
        digest=st.sampled_from(["1", "2"]),
        size=st.just(7),
        dataset=st.sampled_from([None, "cfht", "hsc"]),
        filter=st.sampled_from([None, "r"]),
        terms=st.sampled_from([{}, {"instrument": "CFHT"}, {"instrument": "MegaCam"}]),
        measurements=measurements,
        metrics=st.lists(
            st.builds(Metric, NAMES, description=st.sampled_from([None, "x", "y"])), max_size=2
        ),
        specifications=st.lists(
            st.builds(
                Specification,
                NAMES,
                st.just("design"),
                st.just("design"),
                st.just("<="),
                st.sampled_from([1.0, 2.0]),
                since=st.sampled_from([None, datetime(2026, 1, 1, tzinfo=UTC)]),
            ),
            max_size=2,
        ),
        blobs=st.lists(
            st.builds(
                Blob,
                st.sampled_from(["m", "e"]),
                st.just("Matched"),
                st.sampled_from([{}, {"x": Column([1.0, 2.0], "mag")}, {"y": Column([])}]),
            ),
            max_size=2,
        ),
        packages=st.lists(
            st.builds(
                Package,
                st.sampled_from(["afw", "base"]),
                version=st.sampled_from(["1", "2"]),
                url=st.sampled_from([None, "http://a", "http://b"]),
            ),
            max_size=2,
        ),
    ),
    max_size=2,
)
records = st.builds(
    BuildRecord,
    st.builds(
        Build,
        st.builds(BuildId, st.sampled_from(["ci", "other"]), st.sampled_from(["j", "k"]), FEW),
        FEW.map(lambda day: datetime(2026, 1, 1 + day, tzinfo=UTC)),
        result=st.sampled_from(["SUCCESS", "FAILURE"]),
        provisional=st.booleans(),
        changes=st.lists(st.just(Change("c0ffee", "Ann", "Fix")), max_size=2),
    ),
    reports,
    st.lists(st.builds(Rejected, st.sampled_from(["bad", "worse"]), st.just("why")), max_size=2),
)
batches = st.lists(
    st.tuples(st.lists(records, min_size=1, max_size=5), st.sampled_from([URL, "http://new/"])),
    min_size=1,
    max_size=3,
)


def opened(folder: str, name: str) -> Store:
    return open_store(f"sqlite:///{folder}/{name}.sqlite", f"{folder}/blobs")


@settings(max_examples=25)
@given(batches, st.booleans(), st.randoms())
def test_a_batch_stores_what_single_saves_would(batches, detached, random):
    with (
        TemporaryDirectory() as folder,
        opened(folder, "single") as single,
        opened(folder, "batch") as batch,
        opened(folder, "batch") as another,
    ):
        for records, url in batches:
            expected = [single.save(record, controller_url=url) for record in records]
            given = (
                [detach_blobs(batch.blobs, record) for record in records] if detached else records
            )
            found = random.choice([batch, another]).save_all(given, controller_url=url)
            assert [each.changed for each in found] == [each.changed for each in expected]
            assert same_builds(found, expected)
        assert contents(Path(folder, "batch.sqlite")) == contents(Path(folder, "single.sqlite"))


def same_builds(found: Sequence[Any], expected: Sequence[Any]) -> bool:
    """Return whether both lists group the builds in the same way."""
    pairs = {(one.build_key, other.build_key) for one, other in zip(found, expected, strict=True)}
    return len({one for one, _ in pairs}) == len(pairs) == len({other for _, other in pairs})


def test_two_stores_on_one_file_follow_each_other(database, record):
    url, blobs = f"sqlite:///{database}", str(database.parent / "blobs")
    with open_store(url, blobs) as one, open_store(url, blobs) as other:
        for number in range(1, 13):
            store = (one, other)[number // 2 % 2]
            store.save_all([record(number)], controller_url=URL)
            with closing(sqlite3.connect(database)) as connection:
                assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_what_another_store_wrote_is_not_overlooked(database, record):
    url, blobs = f"sqlite:///{database}", str(database.parent / "blobs")

    def of(number, address):
        return record(number, report={"packages": [Package("afw", "1", url=address)]})

    with open_store(url, blobs) as one, open_store(url, blobs) as other:
        one.save(of(2, "http://a"), controller_url="http://old/")
        other.save(of(9, "http://b"), controller_url="http://new/")
        one.save(of(5, "http://a"), controller_url="http://old/")
        with one.reader() as reader:
            days = [
                definition.last_seen
                for definition in reader.definitions.of_metric("validate_drp.AM1")
            ]
            assert days == [record(9).build.started]
            assert [job.controller_url for job in reader.builds.jobs()] == ["http://old/"]
            assert {p["afw"].url for p in reader.contents.packages([1, 2, 3]).values()} == {
                "http://a"
            }
        other.load([Metric("validate_drp.AM1", "mas", "Loaded")], [])
        poor = [Metric("validate_drp.AM1", "mag", "Other")]
        one.save(record(11, report={"metrics": poor}), controller_url=URL)
        with one.reader() as reader:
            assert reader.definitions.metrics()["validate_drp.AM1"].unit == "mas"


def test_of_a_moved_controller_one_build_is_written(store, record):
    batch = [record(1), record(2)]
    store.save_all(batch, controller_url="http://old/")
    found = store.save_all(batch, controller_url="http://new/")
    assert [each.changed for each in found] == [True, False]


def test_a_bad_build_keeps_the_whole_batch_out_and_nothing_is_remembered(
    store, record, dump, database
):
    store.save(record(1), controller_url=URL)
    before = dump()
    fresh = {"dataset": "new", "packages": [Package("new", "1")], "metrics": [Metric("n.m", "s")]}
    bad = record(3, report={"measurements": [Measurement("n.m", "not a number")]})
    batch = [record(2, report=fresh, id=BuildId("new", "new", 2)), bad]
    with pytest.raises(ValueError, match="not a number"):
        store.save_all(batch, controller_url=URL)
    assert dump() == before
    (saved,) = store.save_all(batch[:1], controller_url=URL)
    assert saved.changed
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    with store.reader() as reader:
        assert reader.contents.packages([saved.build_key])[saved.build_key].keys() == {"new"}
        assert [row.dataset for row in reader.contents.reports([saved.build_key])] == ["new"]
        assert reader.revisions.newest() == 2


def test_every_changed_build_of_a_batch_has_a_revision_of_its_own(store, record):
    store.save(record(2), controller_url=URL)
    batch = [record(1), record(2), record(3), record(1, result="FAILURE"), record(3)]
    saved = store.save_all(batch, controller_url=URL)
    assert [each.changed for each in saved] == [True, False, True, True, False]
    assert saved[0].build_key == saved[3].build_key
    with store.reader() as reader:
        assert reader.revisions.newest() == 4
        changed = [row.key for row in reader.revisions.changed_since(1)]
        assert changed == [saved[2].build_key, saved[3].build_key]
        assert reader.builds.get(saved[0].build_key).result == "FAILURE"


def test_the_blobs_of_a_batch_are_there(store, record):
    blob = replace(record().reports[0].blobs[0], columns={"y": Column([[1.0], [], [2.0, 3.0]])})
    saved = store.save_all([record(1), record(2, report={"blobs": [blob]})], controller_url=URL)
    with store.reader() as reader:
        reports = reader.contents.reports([each.build_key for each in saved])
        tables = [
            store.blobs.read(row.digest)
            for row in reader.blobs.of_reports([r.key for r in reports])
            if row.digest
        ]
    assert [list(table) for table in tables] == [["mag"], ["y"]]
    assert tables[1]["y"].values == [[1.0], [], [2.0, 3.0]]


def test_no_builds_are_no_change(store, dump):
    before = dump()
    assert store.save_all([], controller_url=URL) == []
    assert dump() == before
