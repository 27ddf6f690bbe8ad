"""Kill servers while they have builds to read: each is read in the end, none twice at once."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from squash_jenkins.config import Settings, load
from squash_jenkins.plugins import Plugins
from squash_jenkins.server.webhook.queue_workers import QueueWorkers
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World
from squash_jenkins.store import Store, open_store
from squash_jenkins.store.service.build_queue import CLAIM_SECONDS, BuildQueue, QueuedBuild
from tests import databases

START = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
MANY = 4
HANGS = 2
"""So many builds Jenkins does not answer for, so that they are in hand at the kill."""


@pytest.fixture
def jenkins() -> Iterator[SimulatedJenkins]:
    world = World()
    world.add_job("ci")
    for number in range(1, MANY + 1):
        began = START + timedelta(hours=number)
        world.add_build("ci", number=number, started=began, artifacts={"qa.json": b'{"a": 1}'})
    with SimulatedJenkins(world) as simulated:
        yield simulated


@pytest.fixture
def settings(tmp_path: Path, jenkins: SimulatedJenkins) -> Settings:
    file = tmp_path / "squash.toml"
    told = f'database = "{databases.url_of(tmp_path)}"\ndescription = "off"\n'
    file.write_text(f'{told}[controllers.main]\nurl = "{jenkins.url}"\n')
    return load(file).resolved()


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings.database, settings.blobs) as opened:
        yield opened


@pytest.fixture
def serve(tmp_path: Path, settings: Settings, store: Store) -> Iterator[Callable[[], Any]]:
    """Return a function that starts a server in a process of its own, and gives it and its URL."""
    started: list[subprocess.Popen[str]] = []

    def start() -> tuple["subprocess.Popen[str]", str]:
        command = [sys.executable, "-m", "squash_jenkins", "serve", "--port", "0"]
        with (tmp_path / "log").open("a") as log:
            process = subprocess.Popen(
                command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=log, text=True, env=os.environ
            )
        started.append(process)
        assert process.stdout is not None
        said = process.stdout.readline()
        assert "http://" in said, (tmp_path / "log").read_text()
        return process, "http://" + said.split("http://")[1].split("/")[0]

    yield start
    for process in started:
        with process:
            if process.poll() is None:
                process.kill()


def until(queue: BuildQueue, true: Callable[[list[QueuedBuild]], bool]) -> list[QueuedBuild]:
    """Wait for the queue of other processes, which sends no events."""
    ends = time.monotonic() + 90
    while time.monotonic() < ends:
        rows = queue.newest(100)
        if true(rows):
            return rows
        time.sleep(0.1)
    raise AssertionError(rows)


def test_a_killed_server_loses_no_build(
    serve: Callable[[], Any],
    store: Store,
    settings: Settings,
    plugins: Plugins,
    jenkins: SimulatedJenkins,
) -> None:
    queue, killed = store.build_queue, threading.Event()
    for number in range(1, HANGS + 1):
        jenkins.world.order_fault(
            rf"/job/ci/{number}/api/json", kind="call", call=lambda: killed.wait(60)
        )
    process, url = serve()
    for number in range(1, MANY + 1):
        body = {"controller": "main", "job": "ci", "build": number}
        assert requests.post(f"{url}/api/notify/", json=body, timeout=60).status_code == 202
    until(queue, lambda rows: sum(row.state == "running" for row in rows) == HANGS)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    killed.set()
    states = {row.number: row.state for row in queue.newest(100)}
    assert states == {n: "running" if n <= HANGS else "waiting" for n in range(1, MANY + 1)}

    process, url = serve()
    rows = until(queue, lambda rows: sum(row.state == "done" for row in rows) == MANY - HANGS)
    assert {row.number for row in rows if row.state == "running"} == {1, 2}
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    work = QueueWorkers(settings, plugins, queue)
    while row := queue.claim(datetime.now(UTC) + timedelta(seconds=CLAIM_SECONDS)):
        work.read(row)
    assert [row.state for row in queue.newest(100)] == ["done"] * MANY
    with store.reader() as reader:
        for number in range(1, MANY + 1):
            assert reader.builds.find("main", "ci", number) is not None
