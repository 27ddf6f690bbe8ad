"""A step that runs before Jenkins archives: what is said, what is judged, and what comes later."""

import json
import os
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
        "still running: provisional): no QA file is archived yet; it is read again" in done.stdout
    )
    assert "no QA measurements" not in done.stdout
    described = running.description(number=3) or ""
    assert described.endswith("/jobs/ci_cfht/3/ — QA files not read yet")
    assert (
        "QA files have not been read yet"
        in (running.folder / "site/jobs/ci_cfht/3/index.html").read_text()
    )
    assert "not read yet: #3" in running.run("status").stdout
    running.world.finish_build("ci_cfht", 3)
    running.post_build(number=3)
    assert "2 of 3 measured" in (running.description(number=3) or "")
    assert "not read yet" not in running.run("status").stdout


def test_the_step_says_on_which_node_the_build_runs(running: Any) -> None:
    running.run("post-build", NODE_NAME="agent-7", **INSIDE)
    running.world.finish_build("ci_cfht", 3)
    running.run("post-build", "--job", "ci_cfht", "--number", "3", NODE_NAME="another")
    running.run("post-build", "--job", "ci_cfht", "--number", "1", "--node", "agent-8")
    running.world.start_build("ci_cfht", number=4)
    running.world.finish_build("ci_cfht", 4)
    running.run("post-build", "--job", "ci_cfht", "--number", "4", "--node", "agent-9")
    nodes = dict(running.rows("select number, node from build"))
    assert nodes == {1: "agent-1", 3: "agent-7", 4: "agent-9"}  # what Jenkins says comes first


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


GATE = ("--fail-on", "minimum")


def document(value: float) -> bytes:
    return json.dumps({"validate_drp.PA1": {"value": value, "unit": "mmag"}, "depth": 1.5}).encode()


@pytest.fixture
def workspace(running: Any) -> Any:
    """Return the lab with a workspace whose build made a document that misses its minimum."""
    running.write_settings('[[jobs]]\nfilter = "r"\n')
    folder = running.folder / "workspace"
    (folder / "out").mkdir(parents=True)
    (folder / "out/qa.json").write_bytes(document(50))
    running.environment |= {**INSIDE, "WORKSPACE": str(folder)}
    return running


def step(lab: Any, *options: str, status: int = 0) -> Any:
    return lab.run("post-build", *options, check=status)


def reports(lab: Any) -> list[tuple[Any, ...]]:
    return lab.rows("select path, provisional from report join build on build.id = build_id")


def test_a_limit_by_which_nothing_could_be_checked_fails(workspace: Any) -> None:
    done = step(workspace, *GATE, status=3)
    assert "NOT CHECKED against minimum (--fail-on): Jenkins has archived" in done.stderr
    assert "SQUASH_FILES" in done.stderr
    assert reports(workspace) == [], "no file that nobody named is read"
    step(workspace)


def test_files_of_the_workspace_are_checked_before_they_are_archived(workspace: Any) -> None:
    globs = ("--files", "out/*.json", "--junit", "qa.xml")
    done = step(workspace, *GATE, *globs, status=3)
    assert "provisional): 1 report from its workspace, 2 measurements" in done.stdout
    assert "misses minimum: PA1 (r) is 50 mmag, minimum ≤ 8 mmag" in done.stdout
    assert "NOT CHECKED" not in done.stderr
    assert "<failure" in (workspace.folder / "qa.xml").read_text()
    assert reports(workspace) == [("out/qa.json", 1)]
    (workspace.folder / "workspace/out/qa.json").write_bytes(document(5))
    step(workspace, *GATE, *globs)


def test_the_job_s_artifacts_of_the_settings_name_them_too(workspace: Any) -> None:
    workspace.write_settings('[[jobs]]\nartifacts = ["**/qa.json"]\nfilter = "r"\n')
    step(workspace, *GATE, status=3)
    assert reports(workspace) == [("out/qa.json", 1)]


@pytest.mark.parametrize(
    ("archived", "told"),
    [
        ({"out/qa.json": document(50)}, None),
        ({"out/qa.json": document(5)}, "out/qa.json changed before it was archived"),
        ({"other.json": document(50)}, "out/qa.json is not archived"),
    ],
)
@pytest.mark.parametrize("how", ["same", "next"])
def test_what_is_archived_later_is_compared(
    workspace: Any, archived: dict[str, bytes], told: str | None, how: str
) -> None:
    workspace.write_settings('catch_up = 20\n[[jobs]]\nfilter = "r"\n')
    step(workspace, "--files", "out/*.json")
    workspace.world.jobs["ci_cfht"].builds[3].artifacts = archived
    workspace.world.finish_build("ci_cfht", 3)
    done = workspace.post_build("ci_cfht", 3 if how == "same" else 2)
    assert reports(workspace) >= [(next(iter(archived)), 0)]
    assert ("was verified with files of its workspace" in done.stderr) == bool(told)
    assert (told or "") in done.stderr


def test_a_file_that_an_earlier_build_left_is_not_checked(workspace: Any) -> None:
    started = workspace.world.jobs["ci_cfht"].builds[3].started.timestamp()
    os.utime(workspace.folder / "workspace/out/qa.json", (started - 60, started - 60))
    done = step(workspace, *GATE, "--files", "out/*.json", status=3)
    assert "out/qa.json in the workspace is older than the build and is not read" in done.stderr
    assert "NOT CHECKED" in done.stderr
    assert reports(workspace) == []


def test_a_workspace_is_read_only_for_its_own_build(workspace: Any) -> None:
    workspace.world.jobs["ci_cfht"].builds[2].artifacts = {}
    workspace.post_build("ci_cfht", 2, "--files", "out/*.json")
    assert reports(workspace) == []


def test_a_jenkins_that_is_away_judges_nothing(workspace: Any) -> None:
    workspace.stop_jenkins()
    done = step(workspace, *GATE, status=3)
    assert "Nothing was stored" in done.stderr
    assert "NOT CHECKED against minimum" in done.stderr
    step(workspace)
