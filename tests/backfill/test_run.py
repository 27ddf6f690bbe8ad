"""Backfill from a Jenkins that goes away: the run waits for it, and names once what is missing."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import responses

from squash_jenkins.backfill.progress import Observer, listed
from squash_jenkins.backfill.run import Backfill
from squash_jenkins.backfill.selection import Selection
from squash_jenkins.commands.backfill import jenkins_source
from squash_jenkins.config import Controller, Settings, load
from squash_jenkins.errors import Unreachable
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import BuildId
from squash_jenkins.models.source import StopEvent
from squash_jenkins.plugins import find
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World

START = datetime(2026, 3, 1, tzinfo=UTC)


class Hurried(threading.Event):
    """Let time pass quickly for whoever waits for the event in the main thread."""

    def __init__(self) -> None:
        super().__init__()
        self.naps: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        if threading.current_thread() is not threading.main_thread():
            return super().wait(timeout)
        self.naps.append(timeout or 0.0)
        return self.is_set()


@responses.activate
def test_a_starting_jenkins_is_waited_for_by_a_backfill() -> None:
    root = "https://ci.example.org/"
    for _ in range(10):
        page = {"body": "<title>Starting Jenkins</title>", "content_type": "text/html"}
        responses.get(f"{root}job/ci/api/json", status=503, **page)
    responses.get(f"{root}job/ci/api/json", json={"allBuilds": []})
    stopped = Hurried()
    with jenkins_source(Controller("lab", root), 600.0, 1, 1.0, stopped) as client:
        assert client.listing("ci") == []
    assert len(stopped.naps) == 10  # more than the six tries of before
    responses.reset()
    responses.get(f"{root}job/ci/api/json", status=503, **page)
    stopped.set()
    with (
        jenkins_source(Controller("lab", root), 600.0, 1, 1.0, stopped) as client,
        pytest.raises(Unreachable, match="is starting"),
    ):
        client.listing("ci")
    assert len(responses.calls) == 6


@pytest.fixture
def jenkins() -> Iterator[SimulatedJenkins]:
    world = World()
    for job, builds in (("ci", range(1, 6)), ("ci_cfht", range(8, 9))):
        world.add_job(job)
        for number in builds:
            began = START + timedelta(hours=number)
            world.add_build(job, number=number, started=began, artifacts={"a.json": b'{"a": 1}'})
    with SimulatedJenkins(world) as simulated:
        yield simulated


@pytest.fixture
def settings(tmp_path: Path, jenkins: SimulatedJenkins) -> Settings:
    file = tmp_path / "squash.toml"
    file.write_text(f'[controllers.lab]\nurl = "{jenkins.url}"\n')
    return load(file)


def once(settings: Settings, connections: int, part: float, stopped: StopEvent) -> JenkinsClient:
    return JenkinsClient(settings.controller(), attempts=1, stopped=stopped)


def test_the_reason_is_told_once_with_the_builds(
    settings: Settings, jenkins: SimulatedJenkins
) -> None:
    jenkins.world.order_fault("/artifact/", status=503, times=10_000)
    said: list[str] = []
    run = Backfill(
        settings, find(None), partial(once, settings), Observer(said.append), 16, pages=False
    )
    progress = run.run(["*"], Selection())
    assert (progress.failed, progress.stored) == (6, 0)
    [sentence] = [each for each in said if "status 503" in each]
    jobs = sentence.partition("Not read: ")[2].rstrip(".").split("; ")  # in the order of failure
    assert sorted(jobs) == ["ci #1–5", "ci_cfht #8"]


def test_failures_between_successes_do_not_end_a_backfill(
    settings: Settings, jenkins: SimulatedJenkins
) -> None:
    for number in (1, 5):
        jenkins.world.order_fault(f"/ci/{number}/artifact/", status=503, times=10_000)
    said: list[str] = []
    observer = Observer(said.append)
    run = Backfill(settings, find(None), partial(once, settings), observer, 2, pages=False)
    progress = run.run(["ci"], Selection())
    assert (progress.failed, progress.stored, progress.stopped) == (2, 3, False)


def test_two_failures_in_a_row_do_not_end_a_backfill(
    settings: Settings, jenkins: SimulatedJenkins
) -> None:
    jenkins.world.order_fault("/ci_cfht/8/artifact/", status=503, times=10_000)
    jenkins.world.order_fault("/ci/1/artifact/", status=503, times=10_000)
    jenkins.world.order_fault("/ci/2/artifact/", status=503, times=10_000)
    run = Backfill(settings, find(None), partial(once, settings), Observer(print), 2, pages=False)
    progress = run.run(["*"], Selection())
    assert (progress.failed, progress.stored, progress.stopped) == (3, 3, False)


def test_a_jenkins_that_answers_nothing_ends_a_backfill(
    settings: Settings, jenkins: SimulatedJenkins
) -> None:
    jenkins.world.order_fault("/artifact/", status=503, times=10_000)
    run = Backfill(settings, find(None), partial(once, settings), Observer(print), 2, pages=False)
    progress = run.run(["*"], Selection())
    assert (progress.stored, progress.stopped) == (0, True)


def test_builds_are_listed_job_by_job() -> None:
    ids = [BuildId("lab", "b", 2), BuildId("lab", "a", 9), BuildId("lab", "b", 1)]
    assert listed([*ids, BuildId("lab", "b", 7)]) == "b #1–2, #7; a #9"
