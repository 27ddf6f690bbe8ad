"""Time how the API answers: a series of 10 000 points in each form, and pages of lists.

Run with ``make bench``; prints milliseconds and ratios, asserts nothing about time. The server is
a process of its own with its database on disk. *First* is the answer after something of the job
changed, so that nothing is kept of it; *again* is the same question when nothing did. The floor is
the database's own answer to the same question in this process, without any program around it.
"""

import http.client
import sqlite3
import statistics
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from squash_jenkins.models import Build, BuildId, BuildRecord, Measurement, Report
from squash_jenkins.store import Store, open_store
from tests.benchmarks.bench_api_writes import seconds, serving

POINTS, METRICS, TURNS = 10_000, 10, 15
GOAL = 50.0
"""Milliseconds that a series may take."""
_FIRST = datetime(2010, 1, 1, tzinfo=UTC)
_FLOOR = """
select b.id, b.number, b.started, m.value, r.dataset_id, r.filter, m.level, m.unit
from measurement m join report r on r.id = m.report_id join build b on b.id = r.build_id
where m.metric_id = (select id from metric where name = 'bench.M3') and b.job_id = 1
order by b.started desc, b.number desc, m.id desc limit 20001
"""


def record(number: int) -> BuildRecord:
    """Return a build that measured every metric once."""
    build = Build(
        BuildId("main", "ci", number),
        _FIRST + timedelta(hours=8 * number),
        duration=1.0,
        result="SUCCESS",
    )
    values = [Measurement(f"bench.M{at}", at + number % 17 / 7, "s") for at in range(METRICS)]
    report = Report("r.json", "plain", digest="0" * 64, size=1, measurements=values)
    return BuildRecord(build, [report])


def fill(store: Store) -> None:
    """Store as many builds as there are to be points."""
    records = [record(number) for number in range(1, POINTS + 1)]
    for at in range(0, POINTS, 500):
        store.save_all(records[at : at + 500], controller_url="https://ci.example.org/")


def median(work: Callable[[], object], before: Callable[[int], object] | None = None) -> float:
    """Return the middle of some times in milliseconds."""
    times = []
    for turn in range(TURNS):
        if before is not None:
            before(turn)
        times.append(1000 * seconds(work))
    return statistics.median(times)


def test_reads(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Print how long answers take, and ratios to the database alone."""
    url, blobs = f"sqlite:///{tmp_path}/squash.sqlite", str(tmp_path / "blobs")
    with open_store(url, blobs) as store:
        fill(store)
        alone = median(lambda: _floor(tmp_path))
        print(f"\n{POINTS} points; the database alone {alone:.1f} ms")
        with (
            serving(tmp_path) as port,
            closing(http.client.HTTPConnection("127.0.0.1", port, timeout=600)) as connection,
        ):

            def changed(turn: int) -> None:
                more = record(POINTS + 1 + turn)
                store.save(more, controller_url="https://ci.example.org/")

            for form in ("json", "csv", "arrow"):
                path = f"/api/series/?job=ci&metric=bench.M3&limit={POINTS}&format={form}"
                size = len(_get(connection, path))
                again = median(lambda path=path: _get(connection, path))  # type: ignore[misc] # a default of a lambda
                _tell(f"{form}, {size / 1e3:.0f} kB, again", again, alone)
            path = f"/api/series/?job=ci&metric=bench.M3&limit={POINTS}"
            first = median(lambda: _get(connection, path), changed)
            _tell("json, first", first, alone)
            record_property("api.series_first_ratio", round(first / alone, 3))
            for path in ("/api/builds/", "/api/builds/?limit=1000", "/api/measurements/"):
                _tell(path, median(lambda path=path: _get(connection, path)), alone)  # type: ignore[misc] # a default of a lambda


def _floor(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "squash.sqlite")) as connection:
        assert len(connection.execute(_FLOOR).fetchall()) == POINTS


def _tell(name: str, took: float, alone: float) -> None:
    goal = "" if "," not in name else f"   {took / GOAL:5.2f} of the goal"
    print(f"{name:28}{took:8.1f} ms   {took / alone:5.2f} times the database alone{goal}")


def _get(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body
    return body


if __name__ == "__main__":
    raise SystemExit(pytest.main(["-s", "-p", "no:cacheprovider", __file__]))
