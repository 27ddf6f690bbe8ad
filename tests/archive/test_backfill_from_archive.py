"""Take archives in as `backfill --from-archive` does: once, beside what came from Jenkins."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins import config
from squash_jenkins.archive import MakeArchive
from squash_jenkins.backfill.run import Backfill, Observer, Progress
from squash_jenkins.backfill.selection import Selection
from squash_jenkins.plugins import find
from squash_jenkins.store import open_store
from tests.recordings import HOME


@dataclass
class Site:
    """Hold settings, and what runs told."""

    settings: config.Settings
    told: list[str] = field(default_factory=list)

    def backfill(self, folder: Path, processes: int = 0, **selection: Any) -> Progress:
        """Take in all jobs of an archive."""
        run = Backfill(
            self.settings,
            find(),
            MakeArchive("lab", folder),
            Observer(log=self.told.append),
            threads=2,
            processes=processes,
        )
        return run.run(["*"], Selection(**selection))

    def stored(self, job: str) -> dict[int, tuple[Any, bool]]:
        """Return the builds of a job that are stored: number to start, and whether it is final."""
        opened = open_store(self.settings.database, self.settings.blobs)
        with opened as store, store.reader() as reader:
            found = reader.builds.stored("lab", job)
        assert len({number for number, _ in found}) == len(found)
        return {number: (started, final) for (number, started), final in found.items()}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    file = tmp_path / "site.toml"
    file.write_text('[controllers.lab]\nurl = "https://ci.example.org/"\n')
    return Site(config.load(file))


def test_a_real_copy_is_taken_in_once(site: Site) -> None:
    first = site.backfill(HOME, processes=2)
    assert (first.jobs, first.wanted, first.failed, first.gone) == (10, 35, 0, 0)
    assert first.stored == 39  # with the four configurations of a matrix build
    again = site.backfill(HOME / "jobs")
    assert (again.wanted, again.already, again.stored) == (0, 35, 0)
    assert len(site.stored("multi/tickets%2FDM-1234")) == 1


def test_what_cannot_be_read_is_told_and_the_rest_is_stored(site: Site, disk: Any) -> None:
    for number in range(1, 6):
        disk.build("jobs/ci", number, None, "qa.json")
    disk.write("jobs/ci/builds/3/build.xml", "<build>")
    progress = site.backfill(disk.top)
    assert sorted(site.stored("ci")) == [1, 2, 4, 5]
    assert not progress.complete
    assert progress.worked
    assert any("builds/3/build.xml is broken" in line for line in site.told)


def test_a_build_whose_start_is_guessed_is_the_stored_one_of_its_number(
    site: Site, disk: Any
) -> None:
    disk.build("exact/jobs/ci", 1, None, "qa.json")
    for number in (1, 2):
        disk.write(f"guessed/ci/{number}/qa.json", modified=disk.start.replace(hour=9))
    assert site.backfill(disk.top / "exact").stored == 1
    guessed = site.backfill(disk.top / "guessed")
    assert (guessed.wanted, guessed.already) == (1, 1)
    assert site.stored("ci") == {1: (disk.start, True), 2: (disk.start.replace(hour=9), True)}
    disk.write("guessed/ci/2/qa.json", modified=disk.start)  # as a copy without its times
    assert site.backfill(disk.top / "guessed").already == 2
