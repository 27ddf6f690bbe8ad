"""Give the tests of the store real SQLite files, builds to save, and programs of other versions."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.models import (
    LEVELS,
    Blob,
    Build,
    BuildId,
    BuildRecord,
    Cause,
    Change,
    Column,
    Measurement,
    Metric,
    Package,
    Rejected,
    Report,
    Specification,
)
from squash_jenkins.store import Store, open_store
from tests import databases

_POSTGRESQL = (databases.SERVER or "").startswith("postgresql")
collect_ignore = [] if _POSTGRESQL else ["test_site_defaults.py"]  # it sets those of PostgreSQL
collect_ignore += [] if (databases.SERVER or "").startswith("m") else ["test_mariadb.py"]
collect_ignore += (
    [] if databases.SERVER else ["test_lost_connections.py", "test_same_pages.py"]
)  # of a server

ROOT = Path(__file__).resolve().parents[2]
FIRST = datetime(2026, 1, 1, 3, 30, 0, 123456, tzinfo=UTC)
URL = "http://jenkins.example/"


def make_report(number: int = 1, **changes: Any) -> Report:
    names = ["validate_drp.AM1", "validate_drp.PA1", "validate_drp.AM3"]
    report = Report(
        path="cfht/Cfht_output_r.json.xz",
        format="validate_drp",
        digest=f"{number:064x}",
        size=253_144,
        dataset="cfht",
        filter="r",
        terms={"instrument": "CFHT"},
        measurements=[
            Measurement(names[0], 7.845 + number, "marcsec", blobs=["m"], extra={"D": 5}),
            Measurement(names[1], 16.52, "mmag", level="design", blobs=["m", "e"]),
            Measurement(names[2], float("nan"), "marcsec"),
        ],
        metrics=[Metric(name, "marcsec", f"What {name} is", {"page": 23}) for name in names],
        specifications=[
            Specification(names[0], level, level, "<=", bound, "marcsec", ("r", "i"))
            for level, bound in zip(LEVELS, (20.0, 10.0, 5.0), strict=True)
        ],
        blobs=[
            Blob("m", "Matched", {"mag": Column([20.1, float("nan")], "mag", "m", "Magnitude")}),
            Blob("e", "ErrorModel", parameters={"gamma": {"value": 0.04}}),
        ],
        packages=[Package("afw", "12.1", f"{number:040x}", "https://git.example/afw", "main")],
    )
    return replace(report, **changes)


def make_record(
    number: int = 1, *, report: dict[str, Any] | None = None, **build: Any
) -> BuildRecord:
    made = Build(
        id=BuildId("ci", "sqre/validate_drp", number),
        started=FIRST + timedelta(days=number),
        duration=3600.5,
        result="SUCCESS",
        node="worker-1",
        parameters={"BRANCH": "main"},
        causes=[Cause("Started by timer"), Cause("Upstream", None, "release", 7)],
        changes=[Change("c0ffee", "Ann", "Fix it", FIRST, ("a.py",))],
        runs=[BuildId("ci", "sqre/validate_drp/dataset=cfht", number)],
        extra={"queue": 3},
    )
    reports = [make_report(number, **(report or {}))]
    return BuildRecord(
        replace(made, **build), reports, [Rejected("bad.json", "malformed", None, 9)]
    )


@pytest.fixture
def record() -> Callable[..., BuildRecord]:
    """Return a maker of builds: number, changes to the build, `report` changes to its report."""
    return make_record


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return the file of the store; tests that look into it are about SQLite only."""
    if databases.SERVER is not None:
        pytest.skip("it looks into a file of SQLite")
    return tmp_path / "squash.sqlite"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(databases.url_of(tmp_path), str(tmp_path / "blobs")) as opened:
        yield opened


@pytest.fixture
def save(store: Store) -> Callable[[BuildRecord], Any]:
    return lambda record: store.save(record, controller_url=URL)


@pytest.fixture
def dump(database: Path) -> Callable[[], list[str]]:
    """Return everything that is in the database."""

    def dumped() -> list[str]:
        with closing(sqlite3.connect(database)) as connection:
            return list(connection.iterdump())

    return dumped


Run = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Return a way to start Python code with this or, from a folder, another program version."""
    started: list[subprocess.Popen[str]] = []

    def of(folder: Path = ROOT) -> Run:
        def run(code: str) -> subprocess.Popen[str]:
            child = subprocess.Popen(
                [sys.executable, "-W", "error", "-c", code],
                env={**os.environ, "PYTHONPATH": str(folder)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=folder,
            )
            started.append(child)
            return child

        return run

    yield of
    for child in started:
        child.kill()
        child.communicate()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Return a folder with a copy of this program, to be made another version of it."""
    folder = tmp_path / "other version"
    for part in ("squash_jenkins", "db"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    return folder
