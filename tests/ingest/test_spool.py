import json
import math
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from squash_jenkins.config import Settings
from squash_jenkins.errors import StoreError
from squash_jenkins.ingest import spool
from squash_jenkins.ingest.saving import ingest_spool, open_store_for, spool_builds
from squash_jenkins.models import (
    Artifact,
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

START = datetime(2026, 1, 1, 12, 30, 15, 250000, tzinfo=UTC)


def record(number: int = 7) -> BuildRecord:
    build = Build(
        BuildId("main", "folder/ci – ü", number),
        START + timedelta(days=number),
        1.5,
        "SUCCESS",
        parameters={"A": [1, None, {"b": True}]},
        causes=[Cause("timer"), Cause("up", None, "x", 3)],
        changes=[Change("abc", "team", "Widen", START, ["a.py"])],
        artifacts=[Artifact("a b#.json")],
        runs=[BuildId("main", "m/A=1", number)],
    )
    report = Report(
        "a b#.json",
        "verify_job",
        "0" * 64,
        12,
        "CFHT",
        "r",
        {"instrument": "CFHT"},
        [Measurement("p.AM1", 7.8, "marcsec", "", ["b1"]), Measurement("p.AM3", None)],
        [Metric("p.AM1", "marcsec", "rms", {"page": 23}, ["t"], "<=")],
        [Specification("p.AM1", "design", "design", "<=", 10.0, "marcsec", ["r"], since=START)],
        [Blob("b1", "cat", {"snr": Column([1.0, math.nan, math.inf]), "w": Column([[1.0], []])})],
        [Package("afw", "1", "abc", "https://x/afw.git", "main")],
    )
    return BuildRecord(build, [report], [Rejected("b.json", "is empty", "1" * 64, 0)])


def test_a_build_comes_back_as_it_was(tmp_path: Path) -> None:
    spool.spool(tmp_path / "spool", record())
    [(path, found)] = spool.spooled(tmp_path / "spool")
    assert path.name.startswith("20260108T123015-")
    assert json.dumps(asdict(found), default=str) == json.dumps(asdict(record()), default=str)
    snr = found.reports[0].blobs[0].columns["snr"].values
    assert snr[0] == 1.0
    assert math.isnan(snr[1])
    assert snr[2] == math.inf


def test_the_same_build_replaces_its_file_and_others_are_handed_over_by_time(
    tmp_path: Path,
) -> None:
    for number in (9, 7, 8, 7):
        spool.spool(tmp_path, record(number))
    assert [found.build.id.number for _, found in spool.spooled(tmp_path)] == [7, 8, 9]
    other = replace(record(), build=replace(record().build, id=BuildId("b", "folder/ci – ü", 7)))
    spool.spool(tmp_path, other)
    assert len(spool.paths(tmp_path)) == 4


def test_an_absent_spool_is_empty(tmp_path: Path) -> None:
    assert list(spool.spooled(tmp_path / "none")) == []


def test_a_damaged_file_is_put_apart_and_the_others_are_handed_over(tmp_path: Path) -> None:
    damaged = spool.spool(tmp_path, record(7))
    spool.spool(tmp_path, record(8))
    damaged.write_bytes(damaged.read_bytes()[:-20])
    faults: list[str] = []
    found = [entry.build.id.number for _, entry in spool.spooled(tmp_path, faults)]
    assert found == [8]
    assert "is damaged" in faults[0]
    assert damaged.with_name(damaged.name + ".damaged").exists()


def test_a_spool_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    with pytest.raises(StoreError, match="cannot be kept in the spool"):
        spool.spool(file, record())


def test_a_file_of_another_account_stays_and_the_others_are_handed_over(tmp_path: Path) -> None:
    theirs = spool.spool(tmp_path, record(7))
    spool.spool(tmp_path, record(8))
    theirs.unlink()
    theirs.mkdir()  # root may read every file, but not a folder as one
    faults: list[str] = []
    assert [entry.build.id.number for _, entry in spool.spooled(tmp_path, faults)] == [8]
    [fault] = faults
    assert "cannot be read and stays there" in fault
    assert "It belongs to" in fault
    assert theirs.exists()
    assert spool.damaged(tmp_path) == []


def test_a_build_that_no_database_takes_is_set_aside_and_the_others_are_stored(
    tmp_path: Path,
) -> None:
    settings = Settings(folder=tmp_path).resolved()
    good = replace(record(1), reports=[replace(record(1).reports[0], blobs=[])])
    bad = replace(good, build=replace(good.build, id=BuildId("main", "x", 1 << 70)))
    spool_builds(settings, [good, bad])
    with open_store_for(settings) as store:
        taken = ingest_spool(settings, store)
        again = ingest_spool(settings, store)
    assert [id.number for id in taken.saved] == [1]
    [fault] = taken.faults
    assert f"#{1 << 70} cannot be stored; its file is now" in fault
    assert len(spool.damaged(settings.spool)) == 1
    assert (again.saved, again.faults) == ({}, [])
