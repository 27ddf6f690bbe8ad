"""A step that runs before Jenkins archives: what is said, what is judged, and what comes later."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.simulate.state import Fault

HOOK = Path(__file__).resolve().parents[2] / "hooks/post_build.sh"
INSIDE = {"JOB_NAME": "ci_cfht", "BUILD_NUMBER": "3"}


@pytest.fixture
def running(lab: Any) -> Any:
    """Return a lab whose build #3 is in a step before archiving."""
    lab.world.start_build("ci_cfht", number=3, artifacts={"out/qa.json": lab.qa()})
    return lab


def test_a_build_whose_files_are_not_archived_is_not_read_yet(running: Any) -> None:
    done = running.run("post-build", **INSIDE)
    assert (
        "not over yet: provisional): no QA file is archived so far; it is read again" in done.stdout
    )
    assert "no QA measurements" not in done.stdout
    described = running.description(number=3) or ""
    assert described.endswith("/jobs/ci_cfht/3/ — QA files not read yet")
    assert (
        "QA files are not read yet"
        in (running.folder / "site/jobs/ci_cfht/3/index.html").read_text()
    )
    assert "not read yet: 3" in running.run("status").stdout
    running.world.finish_build("ci_cfht", 3)
    running.post_build(number=3)
    assert "2 of 3 measured" in (running.description(number=3) or "")
    assert "not read yet" not in running.run("status").stdout


def test_a_second_run_after_the_end_needs_no_other_build(running: Any) -> None:
    """The hook returns at once; what it leaves running reads the build when it is over."""
    linked = threading.Event()
    running.world.faults.append(
        Fault("/3/submitDescription", "call", times=2, call=lambda: linked.set())
    )
    program = running.folder / "squash-jenkins"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m squash_jenkins "$@"\n')
    program.chmod(0o755)
    own = {**INSIDE, "SQUASH_COMMAND": str(program), "SQUASH_AFTER": "100"}
    done = subprocess.run(
        ["sh", str(HOOK)],
        cwd=running.folder,
        env={**running.environment, **own, "BUILD_ID": "3", "SQUASH_AFTER_LOG": "after.log"},
        capture_output=True,  # ends only when nobody holds the build's output open any more
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith("The build is read once more when it is over, within 100 s.\n")
    assert "/jobs/ci_cfht/3/" in done.stdout.splitlines()[-1]
    assert "QA files not read yet" in (running.description(number=3) or "")
    linked.clear()
    running.world.finish_build("ci_cfht", 3)
    assert linked.wait(60), (running.folder / "after.log").read_text()
    assert running.rows("select provisional from build") == [(0,)]
    assert running.rows("select count(*) from report") == [(1,)]
