import random
import sqlite3
import time
from contextlib import closing

SAVE = """
import sys
from datetime import UTC, datetime, timedelta
from squash_jenkins.models import Build, BuildId, BuildRecord, Measurement, Report
from squash_jenkins.store import open_store
with open_store("sqlite:///{database}", "{blobs}") as store:
    for number in range({first}, {first} + {count}):
        started = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
        measured = [Measurement(f"p.m{{i}}", float(number)) for i in range({measured})]
        report = Report("a.json", "plain", "0" * 64, 1, measurements=measured)
        print("saving", number, flush=True)
        build = Build(BuildId("ci", "job", number), started)
        store.save(BuildRecord(build, [report]), controller_url="http://x/")
"""


def saving(database, first, count, measured=5):
    return SAVE.format(
        database=database,
        blobs=database.parent / "blobs",
        first=first,
        count=count,
        measured=measured,
    )


def rows(database, query):
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def test_eight_writers_at_once_lose_nothing_from_the_first_moment_on(program, database):
    run = program()
    writers = [run(saving(database, 100 * each, 25)) for each in range(8)]
    for writer in writers:
        _, errors = writer.communicate(timeout=200)
        assert writer.returncode == 0, errors
    expected = sorted(100 * each + offset for each in range(8) for offset in range(25))
    assert [number for (number,) in rows(database, "SELECT number FROM build ORDER BY 1")] == (
        expected
    )
    assert rows(database, "SELECT count(*) FROM measurement") == [(8 * 25 * 5,)]
    assert rows(database, "SELECT count(*) FROM metric") == [(5,)]
    revisions = rows(database, "SELECT revision FROM build ORDER BY 1")
    assert revisions == [(number,) for number in range(1, 201)]


def test_the_same_builds_from_two_processes_are_stored_once(program, database):
    run = program()
    writers = [run(saving(database, 0, 20)) for _ in range(2)]
    for writer in writers:
        _, errors = writer.communicate(timeout=200)
        assert writer.returncode == 0, errors
    assert rows(database, "SELECT count(*), max(revision) FROM build") == [(20, 20)]
    assert rows(database, "SELECT value FROM counter WHERE name = 'revision'") == [(20,)]


def test_a_killed_writer_leaves_whole_builds_only(program, database):
    run = program()
    wait = random.Random(7)
    for attempt in range(4):
        writer = run(saving(database, 1000 * attempt, 500, measured=1500))
        for _ in range(2):
            assert writer.stdout is not None
            assert writer.stdout.readline().startswith("saving")
        time.sleep(wait.uniform(0.0, 0.15))
        writer.kill()
        writer.communicate()
        assert rows(database, "PRAGMA integrity_check") == [("ok",)]
        counted = rows(
            database,
            "SELECT count(measurement.id) FROM build LEFT JOIN report ON build_id = build.id "
            "LEFT JOIN measurement ON report_id = report.id GROUP BY build.id",
        )
        assert len(counted) > attempt
        assert set(counted) == {(1500,)}
        assert rows(database, "SELECT max(revision) FROM build") == rows(
            database, "SELECT value FROM counter WHERE name = 'revision'"
        )
    again = run(saving(database, 5000, 1))
    _, errors = again.communicate(timeout=60)
    assert again.returncode == 0, errors
