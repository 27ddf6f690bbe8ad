"""Let `check` try Jenkins: each thing by itself, and what only looks wrong is no failure."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import responses

from squash_jenkins.commands.check import CheckResult, check
from squash_jenkins.config import Settings
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World

START = datetime(2026, 3, 1, tzinfo=UTC)
REFUSED = {
    "X-You-Are-Authenticated-As": "anonymous",
    "X-Required-Permission": "hudson.model.Run.Artifacts",
}


@pytest.fixture
def jenkins() -> Iterator[SimulatedJenkins]:
    with SimulatedJenkins(World()) as simulated:
        yield simulated


def findings(url: str, folder: Path) -> dict[str, CheckResult]:
    settings = Settings(folder=folder, controllers={"lab": {"url": url}}).resolved()
    return {each.what: each for each in check(settings) if each.what.startswith("Jenkins lab")}


def test_a_jenkins_without_jobs_is_no_failure(jenkins: SimulatedJenkins, tmp_path: Path) -> None:
    found = findings(jenkins.url, tmp_path)
    assert all(each.well for each in found.values())
    assert found["Jenkins lab: reads jobs"].warning
    assert "0 jobs visible" in found["Jenkins lab: reads jobs"].found


def test_files_that_may_not_be_read_are_a_failure_that_names_the_permission(
    jenkins: SimulatedJenkins, tmp_path: Path
) -> None:
    world = jenkins.world
    for job, files in (("empty", {}), ("full", {"a.json": b"{}" * 100_000})):
        world.add_job(job)
        world.add_build(job, started=START, artifacts=files)
    found = findings(jenkins.url, tmp_path)["Jenkins lab: reads artifacts"]
    assert (found.well, found.found) == (True, "may read a.json of full #1")
    world.order_fault("/artifact/", status=403, headers=REFUSED, times=10)
    found = findings(jenkins.url, tmp_path)["Jenkins lab: reads artifacts"]
    assert not found.well
    assert "Run/Artifacts (hudson.model.Run.Artifacts)" in found.found
    assert "Run/Artifacts" in found.todo


def test_one_thing_that_fails_hides_no_other(jenkins: SimulatedJenkins, tmp_path: Path) -> None:
    jenkins.world.add_job("ci")
    jenkins.world.add_build("ci", started=START)
    jenkins.world.order_fault("/whoAmI", status=500, times=10)
    found = findings(jenkins.url, tmp_path)
    assert not found["Jenkins lab: signed in"].well
    assert found["Jenkins lab: reads jobs"].found == "1 job visible"
    assert "Jenkins lab: sets descriptions" in found


@responses.activate
def test_a_proxy_that_hides_the_version_is_a_warning(tmp_path: Path) -> None:
    root = "https://ci.example.org/"
    responses.get(f"{root}whoAmI/api/json", json={"name": "anonymous"})
    responses.get(re.compile(f"{root}api/json"), json={"mode": "NORMAL", "jobs": []})
    responses.post(re.compile(".*"), status=405)
    found = findings(root, tmp_path)
    assert found["Jenkins lab"].well
    assert found["Jenkins lab"].warning
    assert "X-Jenkins" in found["Jenkins lab"].todo
    assert found["Jenkins lab: signed in"].well
    assert found["Jenkins lab: reads jobs"].well


@responses.activate
def test_what_is_no_jenkins_is_one_failure(tmp_path: Path) -> None:
    responses.get(re.compile(".*"), json={"jobs": 5})
    [found] = findings("https://ci.example.org/", tmp_path).values()
    assert not found.well
    assert "does not answer as a Jenkins does" in found.found
