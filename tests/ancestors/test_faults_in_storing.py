"""Check that what SQuaSH did wrong when it took in and stored a job cannot happen here.

`test_faults_of_squash.py` lists all its faults and where each of them is tested.
"""

import json
import math
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from squash_jenkins.models import Build, BuildId, BuildRecord, Measurement, Report, Specification
from squash_jenkins.store import open_store

START = datetime(2026, 3, 1, tzinfo=UTC)


def test_nan_is_in_no_file_of_the_site_and_in_no_json_column(house: Any, verify_job: Any) -> None:
    # Fault: the literal NaN, which is no JSON, was sent and kept.
    document = verify_job({"p.known": 1.5, "p.unknown": math.nan}, instrument="X", odd=math.nan)
    # A table and a parameter of a blob, and a measurement's own table, with NaN.
    data = {"mag": {"value": [1.0, math.nan]}, "offset": {"value": math.nan}}
    document["blobs"] = [{"identifier": "b1", "name": "stars", "data": data}]
    house.take_in(1, {"a.json": document})
    assert house.values(1) == {("p.known", None): 1.5, ("p.unknown", None): None}
    scripts = list((house.folder / "site/data").rglob("*.js"))
    assert scripts
    for file in scripts:
        text = file.read_text(encoding="utf-8")
        payloads = [found.end() for found in re.finditer(r'squash\.data\("[^"]+",\s*', text)]
        assert payloads
        for at in payloads:
            json.JSONDecoder(parse_constant=_no).raw_decode(text, at)
    for table, column in _json_columns(house):
        for (text,) in house.rows(f'SELECT "{column}" FROM "{table}"'):  # noqa: S608 -- own names
            json.loads(text or "null", parse_constant=_no)


def _no(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def _json_columns(house: Any) -> list[tuple[str, str]]:
    with open_store(house.settings.database, house.settings.blobs) as store:
        metadata = sa.MetaData()
        metadata.reflect(store._engine)
    found = [
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.c
        if column.name in ("terms", "extra", "parameters", "columns", "reference", "tags", "query")
    ]
    assert {("report", "terms"), ("measurement", "extra"), ("blob", "parameters")} <= set(found)
    return found


def test_a_metric_that_nobody_defined_keeps_its_own_value(house: Any, verify_job: Any) -> None:
    # Fault: an unknown metric raised an error, or the value went to the metric before it.
    house.take_in(1, {"a.json": verify_job({"p.known": 1.0}, described={"p.known": "Known."})})
    values = {"p.known": 2.0, "p.never_heard_of": 3.0, "q.nor_of_this_package": 4.0}
    outcome = house.take_in(2, {"a.json": verify_job(values, described={"p.known": "Known."})})
    assert house.values(2) == {(name, None): value for name, value in values.items()}
    assert outcome.records[0].rejected == []
    assert "never_heard_of" in house.page(2)


def test_specifications_of_metrics_that_nobody_measured_are_kept(
    house: Any, verify_job: Any
) -> None:
    # Fault: specifications whose metric was not known were dropped without a word.
    specs = {"p.known.design": 5.0, "p.later.design": 7.0}
    house.take_in(1, {"a.json": verify_job({"p.known": 1.0}, specs=specs)})
    kept = house.rows(
        "SELECT metric.name, threshold FROM specification JOIN metric ON metric.id = metric_id "
        "WHERE source = 'document' ORDER BY 1"
    )
    assert kept == [("p.known", 5.0), ("p.later", 7.0)]


@pytest.mark.parametrize("table", ["build", "report", "measurement"])
def test_the_database_itself_refuses_a_second_row_of_one_thing(
    house: Any, verify_job: Any, table: str
) -> None:
    # Fault: nothing was unique about a job, so that anything could be there twice.
    house.take_in(1, {"a.json": verify_job({"p.known": 1.0})})
    columns = [name for _, name, *_ in house.rows(f"PRAGMA table_info({table})") if name != "id"]
    names = ", ".join(f'"{name}"' for name in columns)
    with (
        closing(sqlite3.connect(house.folder / "squash.sqlite")) as connection,
        pytest.raises(sqlite3.IntegrityError, match="UNIQUE"),
    ):
        connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {table}")  # noqa: S608 -- own names


def test_a_stage_that_jenkins_tries_again_gives_one_job(house: Any, verify_job: Any) -> None:
    # Fault: each try of Jenkins' retry(3) posted one more job for the same build.
    for value in (1.0, 2.0, 3.0):
        house.take_in(1, {"Cfht_output_r.json": verify_job({"p.known": value}, filter_name="r")})
    assert house.values(1) == {("p.known", "r"): 3.0}
    assert house.rows("SELECT count(*) FROM build") == [(1,)]
    assert house.rows("SELECT count(*) FROM report") == [(1,)]


FILTERS = ("HSC-R", "HSC-I", "HSC-Y")


def test_all_filters_of_one_build_are_stored_and_shown(house: Any, verify_job: Any) -> None:
    # Faults: one of three HSC filters was sent; of a build's jobs only the first was returned.
    documents = {
        f"Hsc_output_{name}.json": verify_job({"p.known": float(at)}, filter_name=name)
        for at, name in enumerate(FILTERS)
    }
    house.take_in(1, documents)
    assert house.values(1) == {("p.known", name): at for at, name in enumerate(FILTERS)}
    page = house.page(1)
    assert all(name in page and f"Hsc_output_{name}.json" in page for name in FILTERS)


def test_a_document_without_a_filter_is_a_series_of_its_own(house: Any, verify_job: Any) -> None:
    # Fault: what did not name its filter could not be sent at all.
    house.take_in(
        1,
        {
            "named.json": verify_job({"p.known": 1.0}, filter_name="r"),
            "nameless.json": verify_job({"p.known": 2.0}),
        },
    )
    assert house.values(1) == {("p.known", "r"): 1.0, ("p.known", None): 2.0}


@pytest.mark.parametrize("dataset", ["cfht", "decam", "hsc", "HiTS2015", "one of next year"])
def test_no_filter_is_guessed_from_the_name_of_a_dataset(
    house: Any, verify_job: Any, dataset: str
) -> None:
    # Fault: the filter came from a table of three dataset names in the program.
    name = f"{dataset}_output.json"
    house.take_in(1, {name: verify_job({"p.known": 1.0}, dataset=dataset)}, job=f"ci_{dataset}")
    assert house.rows(
        "SELECT filter, name FROM report JOIN dataset ON dataset.id = dataset_id"
    ) == [("", dataset)]


def test_the_time_is_the_builds_own_and_no_later_run_moves_it(house: Any, verify_job: Any) -> None:
    # Fault: every save put the present time over the date that had been posted.
    told = datetime(2016, 5, 1, 3, 30, tzinfo=UTC)
    document = verify_job(
        {"p.known": 1.0}, env={"env_name": "jenkins", "date": "2020-01-01T00:00Z"}
    )
    house.take_in(7, {"a.json": document}, started=told)
    assert house.take_in(7, {"a.json": document}, started=told).changed is False
    other = verify_job({"p.known": 2.0}, env={"env_name": "jenkins", "date": "2021-01-01T00:00Z"})
    assert house.take_in(7, {"a.json": other}, started=told).changed is True
    assert house.rows("SELECT started FROM build") == [("2016-05-01 03:30:00.000000",)]


def test_what_a_page_needs_does_not_live_in_jenkins(house: Any, verify_job: Any) -> None:
    # Fault: Jenkins deletes artifacts after 365 days, and with them went what links led to.
    document = verify_job({"p.known": 1.0}, packages={"afw": "a" * 40})
    document["blobs"] = [
        {"identifier": "b", "name": "stars", "data": {"mag": {"value": [20.5, 21.5]}}}
    ]
    document["measurements"][0]["blob_refs"] = ["b"]
    house.take_in(1, {"a.json": document})
    shutil.rmtree(house.folder / "archive")
    shutil.rmtree(house.folder / "site")
    house.take_in(2, {"a.json": verify_job({"p.known": 2.0}, packages={"afw": "b" * 40})})
    assert "known" in house.page(1)
    with open_store(house.settings.database, house.settings.blobs) as store:
        with store.reader() as reader:
            build = reader.builds.find("main", "ci_hsc", 1)
            assert build is not None
            [report] = reader.contents.reports([build.key])
            [blob] = reader.blobs.of_reports([report.key])
            assert reader.contents.packages([build.key])[build.key]["afw"].revision == "a" * 40
        assert blob.digest is not None
        assert list(store.blobs.read(blob.digest)["mag"].values) == [20.5, 21.5]


def _record(number: int, measurements: int) -> BuildRecord:
    names = [f"p.metric_{at}" for at in range(measurements)]
    report = Report(
        "a.json",
        "plain",
        f"{number:064x}",
        1000,
        measurements=[Measurement(name, number + 0.5) for name in names],
        specifications=[
            Specification(name, f"{name}.design", "design", "<=", 5.0) for name in names
        ],
    )
    started = START + timedelta(days=number)
    return BuildRecord(Build(BuildId("main", "ci_hsc", number), started), [report])


def _statements(house: Any, number: int, measurements: int) -> int:
    """Return how many SQL statements it takes to store one more build in a new process."""
    with open_store(house.settings.database, house.settings.blobs) as store:
        told: list[str] = []
        sa.event.listen(
            store._engine, "before_cursor_execute", lambda *event: told.append(event[2])
        )
        assert store.save(_record(number, measurements), controller_url="").changed
    assert any("measurement" in each for each in told)
    return len(told)


def test_storing_is_not_slower_with_more_measurements_or_a_longer_history(house: Any) -> None:
    # Faults: posting took so long that gateways gave up: one query per measurement, all jobs read.
    for number, measurements in ((1, 900), (2, 10)):  # what is defined once is no matter
        _statements(house, number, measurements)
    few = _statements(house, 3, 10)
    many = _statements(house, 4, 900)
    with open_store(house.settings.database, house.settings.blobs) as store:
        store.save_all([_record(number, 10) for number in range(5, 400)], controller_url="")
    assert _statements(house, 400, 10) == few
    assert many <= few + 3  # long lists of keys go in pieces
    assert few < 40
