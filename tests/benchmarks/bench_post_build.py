"""Time whole post-build processes, split by stage, on a small and on a larger history.

Run with ``make bench``; prints ratios, asserts nothing about time.
"""

import os
import re
import statistics
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from squash_jenkins.backfill.progress import Observer
from squash_jenkins.backfill.run import Backfill
from squash_jenkins.backfill.selection import Selection
from squash_jenkins.commands.backfill import jenkins_source
from squash_jenkins.config import ControllerSettings, Settings
from squash_jenkins.plugins import find
from squash_jenkins.simulate.history.scene import SERVICE_USER, DemoWorld, demo_world
from squash_jenkins.simulate.server import SimulatedJenkins

PROGRAM = (sys.executable, "-m", "squash_jenkins")
RUNS = 5
JOB = "ci_cfht"
STAGE = re.compile(r"^\s*(\w+)\s+([\d.]+) (s|MiB)$", re.MULTILINE)


@pytest.mark.parametrize("again", [False, True], ids=["new build", "nothing new"])
def test_post_build(
    tmp_path: Path, again: bool, record_property: Callable[[str, object], None]
) -> None:
    figures = {size: _measure(tmp_path / str(size), size, again) for size in (20, 200)}
    for stage in figures[20]:
        small, large = (figures[size][stage] for size in (20, 200))
        ratio = large / small if small else float("nan")
        print(f"{stage:>10} {small:8.3f} {large:8.3f} ratio {ratio:5.2f}")
        kind = "nothing_new" if again else "new_build"
        record_property(f"post_build.{kind}.{stage}_ratio", round(ratio, 3))


def _measure(folder: Path, size: int, again: bool) -> dict[str, float]:
    """Return the median of each stage: seconds, and MiB for memory."""
    folder.mkdir()
    world = demo_world(builds=size + RUNS + 1, now=datetime.now(UTC))
    numbers = list(world.jobs[JOB].builds)
    later = {n: world.jobs[JOB].builds.pop(n) for n in numbers[-RUNS:]}
    with SimulatedJenkins(world) as jenkins:
        _take_in(folder, jenkins.url, world)
        world.jobs[JOB].builds.update(later)
        wanted = [numbers[0]] * RUNS if again else list(later)
        runs = [_run(folder, jenkins.url, world, number) for number in wanted]
    return {stage: statistics.median(run[stage] for run in runs) for stage in runs[0]}


def _take_in(folder: Path, url: str, world: DemoWorld) -> None:
    token = world.users[SERVICE_USER].token
    controller = ControllerSettings(url=url, user=SERVICE_USER, token=token)
    settings = Settings(folder=folder, controllers={"lab": controller}).resolved()
    make_source = partial(jenkins_source, settings.controller(), settings.wait)
    Backfill(settings, find(), make_source, Observer(), threads=2).run([JOB], Selection())


def _run(folder: Path, url: str, world: DemoWorld, number: int) -> dict[str, float]:
    (folder / "squash.toml").write_text(
        f'description = "off"\n[controllers.lab]\nurl = "{url}"\nuser = "{SERVICE_USER}"\n'
    )
    token = world.users[SERVICE_USER].token
    done = subprocess.run(
        [*PROGRAM, "post-build", "--timings", "--job", JOB, "--number", str(number)],
        cwd=folder,
        env={**os.environ, "SQUASH_CONTROLLERS__LAB__TOKEN": token},
        capture_output=True,
        text=True,
        check=True,
    )
    return {stage: float(figure) for stage, figure, _ in STAGE.findall(done.stderr)}
