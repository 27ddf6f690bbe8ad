"""A build's last step posts to the real server, which ingests the build from Jenkins."""

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from squash_jenkins.server import signin, webhook
from squash_jenkins.server.pages import health
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World
from tests.server import signing

HOOK = Path(__file__).resolve().parents[3] / "hooks" / "post_build.sh"
PARTS = (signin.part, webhook.part, health.part)
NAME = "folder/ci #1 ü"


def last_step(folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run the script as Jenkins does, without any URL variable."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **variables}
    return subprocess.run(
        ["sh", str(HOOK)], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )


def test_the_last_step_of_a_build_tells_the_server(
    server: Callable[..., Any], tmp_path: Path
) -> None:
    world = World()
    world.add_job(NAME)
    world.add_build(NAME, number=7, started=datetime(2026, 3, 1, tzinfo=UTC))
    with SimulatedJenkins(world) as jenkins:
        running = server(controllers={"main": {"url": jenkins.url}}, parts=PARTS)
        member = signing.join(running.store, "jenkins", jobs=["folder/*"])
        build = {"JOB_NAME": NAME, "BUILD_NUMBER": "7", "SQUASH_SERVER_URL": running.url}
        refused = last_step(tmp_path, **build, SQUASH_TOKEN="sqj_none")
        assert (refused.returncode, "401" in refused.stderr) == (0, True)
        strict = last_step(tmp_path, **build, SQUASH_TOKEN="sqj_none", SQUASH_STRICT="1")
        assert strict.returncode != 0
        elsewhere = {**build, "JOB_NAME": "other/job"}
        forbidden = last_step(tmp_path, **elsewhere, SQUASH_TOKEN=member.token)
        assert "403" in forbidden.stderr
        assert running.store.build_queue.newest(5) == []
        done = last_step(tmp_path, **build, SQUASH_TOKEN=member.token)
        assert done.returncode == 0, done.stderr
        page = f"{running.url}/jobs/folder/ci%20%231%20%C3%BC/7/"
        assert done.stdout.splitlines()[-1] == f"QA dashboard: {page}"
        [row] = running.store.build_queue.newest(5)
        assert row.id.job == NAME
    assert member.token not in done.stdout + done.stderr
