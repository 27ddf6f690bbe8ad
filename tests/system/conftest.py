"""Give each test a Jenkins with a finished build, settings for it, and the command line."""

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from warm_start import WarmStart

from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.state import SimChange
from squash_jenkins.simulate.world import World

KEY = "11d5hush5token"
START = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
OWN = {".squash-lock"}
"""What is no page in the output folder: the lock."""
_SECONDS = 120.0
"""After so long a run is killed, and its test fails."""
QA = {"validate.PA1": {"value": 4.2, "unit": "mmag"}, "speed": 12.5, "depth": None}


@dataclass
class Lab:
    """Hold a Jenkins, a folder with settings, and the means to run the command there."""

    world: World
    jenkins: SimulatedJenkins
    folder: Path
    start: WarmStart
    environment: dict[str, str] = field(default_factory=dict)
    program: tuple[str, ...] = (sys.executable, "-m", "squash_jenkins")

    @staticmethod
    def qa(**values: Any) -> bytes:
        """Return a plain QA document; a float is a value, None is not measured."""
        return json.dumps({**QA, **values}).encode()

    def run(self, *arguments: str, check: int | None = 0, **variables: str) -> Any:
        """Run the command as a process of its own and check its exit code."""
        environment = {**self.environment, **variables}
        done = self.start.run(arguments, self.folder, environment, _SECONDS)
        if check is not None:
            assert done.returncode == check, done.stdout + done.stderr
        assert KEY not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    def facts(self, *arguments: str, **variables: str) -> Any:
        """Run the command with --json and return what it printed."""
        return json.loads(self.run(*arguments, "--json", **variables).stdout)

    def post_build(self, job: str = "ci_cfht", number: int = 1, *more: str, **options: Any) -> Any:
        """Run post-build for a build."""
        return self.run("post-build", "--job", job, "--number", str(number), *more, **options)

    def write_settings(self, text: str = "", url: str | None = None) -> None:
        """Write squash.toml; `text` holds top-level keys and comes first.

        Missed builds are left alone unless `text` says otherwise: tests count what is stored.
        """
        text = text if "catch_up" in text else f"catch_up = 0\n{text}"
        if "public_url" not in text:
            text = f'public_url = "https://qa.example.org/dash"\n{text}'
        (self.folder / "squash.toml").write_text(
            f"wait = 20\n{text}\n[controllers.lab]\n"
            f'url = "{url or self.jenkins.url}"\nuser = "dev"\ntimeout = 5\n',
            encoding="utf-8",
        )

    def stop_jenkins(self) -> None:
        """Stop Jenkins for good; runs try each request once, as nothing will come back."""
        self.jenkins.stop()
        self.environment["SQUASH_CONTROLLERS__LAB__ATTEMPTS"] = "1"

    def description(self, job: str = "ci_cfht", number: int = 1) -> str | None:
        """Return the description of a build in Jenkins."""
        return self.world.jobs[job].builds[number].description

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of every table."""
        connection = sqlite3.connect(self.folder / "squash.sqlite")
        try:
            names = connection.execute("select name from sqlite_master where type = 'table'")
            tables = [name for (name,) in names.fetchall() if not name.startswith("sqlite_")]
            return {
                name: sorted(connection.execute(f'select * from "{name}"'), key=repr)  # noqa: S608 - the names come from the file itself
                for name in tables
            }
        finally:
            connection.close()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        connection = sqlite3.connect(self.folder / "squash.sqlite")
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def pages(self) -> dict[str, tuple[int, bytes]]:
        """Return time and content of every file of the site."""
        site = self.folder / "site"
        files = [file for file in site.rglob("*") if file.is_file() and file.name not in OWN]
        return {str(f.relative_to(site)): (f.stat().st_mtime_ns, f.read_bytes()) for f in files}


@pytest.fixture(scope="session")
def warm_start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmStart]:
    """Return what starts the command line for all tests of this process."""
    with WarmStart(tmp_path_factory.mktemp("runs")) as start:
        yield start


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory, warm_start: WarmStart) -> Path:
    """Return the pages of a site without builds: its plots are defined, which takes long."""
    folder = tmp_path_factory.mktemp("empty")
    (folder / "squash.toml").write_text("[controllers.lab]\nurl = 'http://127.0.0.1:1/'\n")
    done = warm_start.run(["dashboards", "build"], folder, _own_environment(), _SECONDS)
    assert done.returncode == 0, done.stderr
    return folder / "site"


def _own_environment() -> dict[str, str]:
    """Return the environment without what Jenkins or other settings put there."""
    others = ("SQUASH_", "BUILD_", "JOB_", "JENKINS_")
    return {name: value for name, value in os.environ.items() if not name.startswith(others)}


@pytest.fixture
def lab(tmp_path: Path, warm_start: WarmStart, empty_site: Path) -> Iterator[Lab]:
    """Return a lab whose job ci_cfht has builds 1 and 2, finished."""
    shutil.copytree(empty_site, tmp_path / "site")
    world = World()
    allowed = {"Overall/Read", "Job/Read", "Run/Update"}
    world.add_user("dev", token=KEY, permissions=allowed)
    world.add_job("ci_cfht")
    for number in (1, 2):
        world.add_build(
            "ci_cfht",
            number=number,
            started=START + timedelta(days=number),
            duration=61.5,
            artifacts={"out/qa.json": Lab.qa(speed=12.5 + number), "out/run log #1.txt": b"log"},
            changes=[SimChange(f"{number}" * 40, "pipelines", "Widen the match", 1772340000000)],
            node="agent-1",
        )
    environment = {**_own_environment(), "SQUASH_CONTROLLERS__LAB__TOKEN": KEY}
    with SimulatedJenkins(world) as jenkins:
        lab = Lab(world, jenkins, tmp_path, warm_start, environment)
        lab.write_settings()
        yield lab
