"""A job that was renamed in Jenkins keeps its history: one series, under the new name."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from squash_jenkins.config import Settings, load
from squash_jenkins.errors import SettingsError
from squash_jenkins.findings.detect import detect_findings
from squash_jenkins.ingest.publish import rebuild_pages
from squash_jenkins.ingest.saving import ingest_spool, save
from squash_jenkins.models import Build, BuildId, BuildRecord, Measurement, Report
from squash_jenkins.plugins import find
from squash_jenkins.store import Store, open_store

START = datetime(2026, 3, 1, tzinfo=UTC)
OLD, NEW = "lsst/ci old", "lsst/ci_new"


def settings_of(folder: Path, *formerly: str) -> Settings:
    jobs = [{"match": NEW, "formerly": list(formerly)}] if formerly else []
    return Settings(
        folder=folder, controllers={"lab": {"url": "https://ci.example.org/"}}, jobs=jobs
    ).resolved()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    settings = settings_of(tmp_path)
    with open_store(settings.database, settings.blobs) as opened:
        yield opened


def record(job: str, number: int) -> BuildRecord:
    build = Build(BuildId("lab", job, number), START + timedelta(days=number), 60.0, "SUCCESS")
    value = 10.0 if number < 20 else 20.0
    report = Report(
        "qa.json", "plain", "0" * 64, 2, measurements=[Measurement("a.speed", value, "s")]
    )
    return BuildRecord(build, [report], [])


def numbers(store: Store) -> dict[str, list[int]]:
    with store.reader() as reader:
        return {
            job.name: [number for number, _ in sorted(reader.builds.stored("lab", job.name))]
            for job in reader.builds.jobs()
        }


def fill(settings: Settings, store: Store) -> None:
    """Store builds of the old name, then later ones of the new name; #15 is in both."""
    save(settings, store, [record(OLD, number) for number in range(1, 16)])
    save(settings, store, [record(NEW, number) for number in range(15, 31)])


def test_the_builds_of_both_names_become_one_series_and_it_is_said_once(
    tmp_path: Path, store: Store
) -> None:
    plain, joined = settings_of(tmp_path), settings_of(tmp_path, OLD)
    fill(plain, store)
    detect_findings(plain, store)
    site = rebuild_pages(plain, find(None), store)
    assert (tmp_path / "site/jobs/lsst/ci old/3/index.html").is_file()
    assert not site.faults
    [sentence] = ingest_spool(joined, store).faults
    assert sentence == f"{OLD} was renamed: its builds now belong to {NEW}, which has 30 builds."
    assert numbers(store) == {NEW: list(range(1, 31))}
    assert ingest_spool(joined, store).faults == []
    detect_findings(joined, store)
    rebuild_pages(joined, find(None), store)
    assert not (tmp_path / "site/jobs/lsst/ci old").exists()
    page = (tmp_path / "site/jobs/lsst/ci_new/3/index.html").read_text()
    assert "https://ci.example.org/job/lsst/job/ci_new/3/" in page
    with store.reader() as reader:
        names = {row.name for row in reader.builds.jobs()}
        assert names == {NEW}
        assert len(reader.findings.find()) == 1  # the step at #20, seen over both names


def test_builds_that_come_under_the_old_name_later_join_too(tmp_path: Path, store: Store) -> None:
    joined = settings_of(tmp_path, OLD)
    save(joined, store, [record(OLD, 1)])
    save(joined, store, [record(NEW, 2)])
    assert numbers(store) == {NEW: [1, 2]}


def test_a_job_of_that_name_on_another_controller_joins_its_own(
    tmp_path: Path, store: Store
) -> None:
    plain, joined = settings_of(tmp_path), settings_of(tmp_path, OLD)
    save(plain, store, [record(OLD, 1)])
    other = Build(BuildId("other", OLD, 1), START)
    save(plain, store, [BuildRecord(other, [], [])])
    ingest_spool(joined, store)
    with store.reader() as reader:
        assert sorted((row.controller, row.name) for row in reader.builds.jobs()) == [
            ("lab", NEW),
            ("other", NEW),
        ]


@pytest.mark.parametrize("match", ["lsst/*", OLD])
def test_the_new_name_must_be_one_job(tmp_path: Path, match: str) -> None:
    file = tmp_path / "squash.toml"
    file.write_text(f'[[jobs]]\nmatch = "{match}"\nformerly = ["{OLD}"]\n')
    with pytest.raises(SettingsError, match="formerly needs match"):
        load(file)
