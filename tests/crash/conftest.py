"""Give the crash tests a bench: a simulated Jenkins, and a way to start and kill the program."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from crash_harness import history, trials
from crash_harness.killing import Forker
from crash_harness.trials import Bench

from squash_jenkins.simulate.server import SimulatedJenkins


@pytest.fixture(scope="session")
def forker() -> Iterator[Forker]:
    """Return the process that forks runs."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SQUASH_", "BUILD_", "JOB_", "JENKINS_"))
    }
    with Forker({**environment, "SQUASH_CONTROLLERS__LAB__TOKEN": history.KEY}) as forker:
        yield forker


@pytest.fixture(scope="module")
def bench(forker: Forker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Return a bench with a world of its own."""
    world = history.new_world()
    with SimulatedJenkins(world) as jenkins:
        yield Bench(tmp_path_factory.mktemp("crash"), world, jenkins, forker)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the counts of a process of xdist over."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["crash_kills"] = dict(trials.KILLED)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add the counts of a process of xdist."""
    trials.KILLED.update(getattr(node, "workeroutput", {}).get("crash_kills", {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tell where the kills have hit."""
    if trials.KILLED:
        terminalreporter.section(f"{trials.KILLED.total()} kills, CRASH_SEED={trials.SEED}")
        for where, count in sorted(trials.KILLED.items()):
            terminalreporter.line(f"{count:6} {where}")
