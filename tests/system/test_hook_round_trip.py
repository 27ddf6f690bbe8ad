"""A simulated Jenkins runs post_build.sh as a build's last step; the next run finalises it."""

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.simulate.answers.access import PERMISSIONS

from .conftest import START, Lab

HOOKS = Path(__file__).resolve().parents[2] / "hooks"
TABLE = re.findall(
    r"^\| (.+?) \| ((?:\w+/\w+(?:, )?)+) \|$", (HOOKS / "README.md").read_text(), re.M
)


def step(lab: Any, job: str, number: int, shell: str = "sh", **variables: str) -> list[str]:
    """Run the hook as Jenkins without a root URL does; return the console's new lines."""
    program = lab.folder / "squash-jenkins"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m squash_jenkins "$@"\n')
    program.chmod(0o755)
    named = {"JOB_NAME": job, "BUILD_NUMBER": str(number), "SQUASH_COMMAND": str(program)}
    done = subprocess.run(
        [shell, str(HOOKS / "post_build.sh")],
        cwd=lab.folder,
        env={**lab.environment, **named, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=True,
    )
    lab.world.write_console(job, number, done.stdout)
    return done.stdout.splitlines()


def test_a_build_s_last_step_stores_it_and_the_next_run_finalises_it(lab: Any) -> None:
    job, files = "folder/größe #1", {"out/qa.json": Lab.qa(speed=3.5)}
    lab.world.add_job(job)
    lab.world.add_build(job, number=1, started=START + timedelta(days=3), artifacts=files)
    lab.world.jobs[job].builds[1].building = True
    lab.world.post_build_step(job, 1, "SUCCESS", 1)
    lines = step(lab, job, 1)
    assert "(still running: provisional)" in lines[0]
    assert lines[-1].startswith("QA dashboard: https://qa.example.org/dash/jobs/folder/")
    assert lines[-1].endswith("/1/")
    assert lab.rows("select provisional from build") == [(1,)]
    lab.world.finish_build(job, 1, "UNSTABLE")
    step(lab, job, 1)
    assert lab.rows("select provisional, result from build") == [(0, "UNSTABLE")]
    assert lines[-1].removeprefix("QA dashboard: ") in lab.description(job, 1)


def test_a_jenkins_that_is_away_fails_no_build(lab: Any) -> None:
    lab.stop_jenkins()
    lines = step(lab, "ci_cfht", 1, SQUASH_DASHBOARD_URL="https://qa.example.org/")
    assert any("could not be ingested" in line for line in lines)
    assert lines[-1] == "QA dashboard: https://qa.example.org/"


@pytest.mark.parametrize("given", [0, 1])
def test_the_permissions_of_the_readme_are_enough(lab: Any, given: int) -> None:
    needed = [set(names.split(", ")) for _, names in TABLE]
    assert needed == [{"Overall/Read", "Job/Read"}, {"Run/Update"}]
    assert needed[1] <= PERMISSIONS.keys()
    lab.world.anonymous = frozenset()
    lab.world.add_user(
        "dev",
        token=lab.environment["SQUASH_CONTROLLERS__LAB__TOKEN"],
        permissions=set().union(*needed[: given + 1]),
    )
    lab.write_settings("" if given else 'description = "off"')
    lines = step(lab, "ci_cfht", 1)
    assert not [line for line in lines if "warning" in line]
    assert ("QA dashboard" in (lab.description() or "")) == bool(given)
