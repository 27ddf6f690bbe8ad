"""Time the store alone, beside plain sqlite3 that writes the same rows in the same run.

Run with ``make bench``; prints ratios, asserts nothing about time. Processor time is of this
process; the floor writes the very rows that the store wrote, one transaction for each build or
batch, into an empty copy of its file under the same settings.
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from squash_jenkins.formats.base import read_document
from squash_jenkins.formats.opening import open_document
from squash_jenkins.models import (
    Blob,
    Build,
    BuildId,
    BuildRecord,
    Cause,
    Change,
    Measurement,
    Metric,
    Package,
    Report,
    Specification,
)
from squash_jenkins.plugins import find
from squash_jenkins.store import Store, detach_blobs, open_store
from tests.made_documents import made_document

URL = "http://jenkins.example/"
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
BATCH = 32
DOCUMENTS = Path(__file__).resolve().parents[3] / "shared/data/squash"


class Figures(NamedTuple):
    """Milliseconds per build."""

    wall: float
    processor: float


def small(number: int) -> BuildRecord:
    """Return a build with 20 measurements; its definitions are those of the build before."""
    names = [f"validate_drp.M{each}" for each in range(10)]
    reference = {"doc": "LPM-17", "page": 23, "url": "http://ls.st/lpm-17"}
    report = Report(
        path="validate/Cfht_output_r.json",
        format="lsst.verify",
        digest=f"{number:064x}",
        size=20_000,
        dataset="validation_data_cfht",
        filter="r",
        terms={"instrument": "MEGACAM", "filter_name": "r"},
        measurements=[
            Measurement(names[at % 10], 3.5 + at + number / 10, "marcsec", "design" * (at > 9))
            for at in range(20)
        ],
        metrics=[Metric(name, "marcsec", f"What {name} is", reference, ("a",)) for name in names],
        specifications=[
            Specification(names[at % 10], f"s{at}", "design", "<=", 5.0 + at, "marcsec", ("r",))
            for at in range(60)
        ],
        packages=[
            Package(f"pkg{at}", "12.1", f"{number + at:040x}", f"https://git.example/pkg{at}")
            for at in range(20)
        ],
    )
    return BuildRecord(_build("sqre/validate_drp", number), [report])


def _build(job: str, number: int) -> Build:
    return Build(
        BuildId("ci", job, number),
        FIRST + timedelta(hours=number),
        duration=123.5,
        result="SUCCESS",
        node="worker-1",
        parameters={"BRANCH": "main"},
        causes=[Cause("Started by timer")],
        changes=[Change(f"{number:040x}", "Ann", "Fix it", FIRST, ("a.py",))],
    )


@pytest.mark.parametrize("size", [1, BATCH, 256])
def test_small_builds(
    tmp_path: Path, size: int, record_property: Callable[[str, object], None]
) -> None:
    count = 200 if size == 1 else 50 * BATCH
    records = [small(number) for number in range(count + size)]
    with _opened(tmp_path) as store:
        store.save_all(records[:size], controller_url=URL)
        figures = _timed(lambda: _save(store, records[size:], size), count)
        again = _timed(lambda: _save(store, records[size:], size), count)
    floor = _floor(tmp_path, size)
    _print(f"small, {size} at once", figures, floor)
    _print("  nothing new", again, floor)
    record_property(f"store.{size}_at_once_ratio", round(figures.wall / floor.wall, 3))
    rate = 20_000 / figures.wall
    print(f"  {rate:,.0f} measurements/s ({20_000 / floor.wall:,.0f} by plain sqlite3)")


@pytest.mark.parametrize("name", ["lsst_verify_Cfht_output_r", "validate_drp_2016_Cfht_output_r"])
def test_whole_documents(tmp_path: Path, name: str) -> None:
    """Each build gets numbers of its own, so that no table of it is there already."""
    file = DOCUMENTS / f"{name}.json"
    if not file.is_file():
        file = tmp_path / "made.json"
        file.write_bytes(made_document(f"{name}.json"))
    formats = find().formats
    count = 2 * BATCH
    reading = _timed(lambda: [_read(file, formats) for _ in range(5)], 5)
    reports = _read(file, formats)
    records = [_other(reports, number) for number in range(count)]
    with _opened(tmp_path) as store:
        store.save_all([detach_blobs(store.blobs, _other(reports, count))], controller_url=URL)
        detached: list[BuildRecord] = []
        keeping = _timed(
            lambda: detached.extend(detach_blobs(store.blobs, each) for each in records), count
        )
        saving = _timed(lambda: _save(store, detached, BATCH), count)
    floor = _floor(tmp_path, BATCH)
    print(f"\n{name}: {file.stat().st_size / 1e6:.1f} MB")
    _print("  read the document", reading, floor)
    _print("  keep its tables", keeping, floor)
    _print("  save the rest", saving, floor)


def _read(file: Path, formats: Sequence[Any]) -> Sequence[Report]:
    return read_document(open_document(file, file.name, 10**9), formats) or ()


def _other(reports: Sequence[Report], number: int) -> BuildRecord:
    """Return a build with these reports in which every table differs a little."""
    changed = [
        replace(report, blobs=[_nudged(blob, number) for blob in report.blobs])
        for report in reports
    ]
    return BuildRecord(_build("real", number), changed)


def _nudged(blob: Blob, number: int) -> Blob:
    told = f"of build {number}"
    columns = {name: replace(each, description=told) for name, each in blob.columns.items()}
    return replace(blob, columns=columns)


def _opened(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs"))


def _save(store: Store, records: Sequence[BuildRecord], size: int) -> None:
    for start in range(0, len(records), size):
        store.save_all(records[start : start + size], controller_url=URL)


def _timed(work: Callable[[], object], count: int) -> Figures:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return Figures(wall * 1000 / count, processor * 1000 / count)


def _floor(folder: Path, size: int) -> Figures:
    """Write the rows of the store's builds again with plain sqlite3, batch by batch."""
    target = folder / "floor.sqlite"
    with closing(sqlite3.connect(folder / "squash.sqlite")) as source:
        with closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
        builds = [key for (key,) in source.execute("SELECT id FROM build ORDER BY id")]
        found = [_rows(source, builds[at : at + size]) for at in range(0, len(builds), size)]
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("DELETE FROM measurement_blob")
        for table in ("measurement", "blob", "report", "build_package", "change_set", "build"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 # names of our own
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")
        return _timed(lambda: _write(connection, found), len(builds))


_OWNED = {
    "build": "id IN ({})",
    "report": "build_id IN ({})",
    "blob": "report_id IN (SELECT id FROM report WHERE build_id IN ({}))",
    "measurement": "report_id IN (SELECT id FROM report WHERE build_id IN ({}))",
    "measurement_blob": "measurement_id IN (SELECT id FROM measurement WHERE report_id IN "
    "(SELECT id FROM report WHERE build_id IN ({})))",
    "build_package": "build_id IN ({})",
    "change_set": "build_id IN ({})",
}


def _rows(connection: sqlite3.Connection, builds: Sequence[int]) -> dict[str, list[Any]]:
    keys = ",".join(map(str, builds))
    return {
        table: connection.execute(f"SELECT * FROM {table} WHERE {where.format(keys)}").fetchall()  # noqa: S608 - our own names
        for table, where in _OWNED.items()
    }


def _write(connection: sqlite3.Connection, batches: Sequence[dict[str, list[Any]]]) -> None:
    for batch in batches:
        connection.execute("BEGIN IMMEDIATE")
        for table, rows in batch.items():
            if rows:
                marks = ",".join("?" * len(rows[0]))
                connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names
        connection.execute("COMMIT")


def _print(what: str, figures: Figures, floor: Figures) -> None:
    ratio = figures.wall / floor.wall
    print(
        f"{what:<24} {figures.wall:8.3f} ms/build {figures.processor:8.3f} ms processor; "
        f"sqlite3 {floor.wall:7.3f} ms; ratio {ratio:5.1f}"
    )
