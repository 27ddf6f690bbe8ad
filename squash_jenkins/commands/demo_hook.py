"""Ingest a build of the demo as a job does: its last step runs hooks/post_build.sh."""

import json
import os
import subprocess
import sys
from pathlib import Path

from squash_jenkins.config import Settings, token_variable
from squash_jenkins.models import Branch
from squash_jenkins.resources import folder

SETTINGS = "squash.toml"
PATIENCE = 180.0  # longer than the hook's own limit


def write_settings(settings: Settings) -> None:
    """Write the settings of a job's step; the token stays in its environment.

    Parameters
    ----------
    settings
        Those of the demo; the file lies in their folder.
    """
    name, controller = next(iter(settings.controllers.items()))
    text = json.dumps  # a TOML text is written as a JSON text is
    lines = [
        f"public_url = {text(settings.public_url)}",
        f"description = {text(settings.description)}",
        "catch_up = 0",
        f"[controllers.{name}]",
        f"url = {text(controller.url)}",
        f"user = {text(controller.user)}",
    ]
    for job in settings.jobs:
        lines += ["[[jobs]]", f"match = {text(job.match)}", f"dataset = {text(job.dataset)}"]
    (settings.folder / SETTINGS).write_text("\n".join(lines) + "\n", encoding="utf-8")


def run_hook(settings: Settings, job: str, number: int, branch: Branch | None = None) -> str:
    """Run the hook as the last step of a build and return what it printed for the console."""
    name, controller = next(iter(settings.controllers.items()))
    token = controller.token.get_secret_value() if controller.token else ""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SQUASH_")}
    step = {
        "JOB_NAME": job,
        "BUILD_NUMBER": str(number),
        "SQUASH_COMMAND": str(Path(sys.executable).with_name("squash-jenkins")),
        "SQUASH_SETTINGS": str(settings.folder.resolve() / SETTINGS),
        token_variable(name): token,
        **({} if branch is None else _variables(branch)),
    }
    for unset in ("BUILD_URL", "JOB_URL"):
        kept.pop(unset, None)
    script = folder("hooks") / "post_build.sh"
    done = subprocess.run(  # noqa: S603 - a script of our own
        ["/bin/sh", str(script)],
        cwd=settings.folder,
        env=kept | step,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE,
        check=True,
        text=True,
    )
    return done.stdout


def _variables(branch: Branch) -> dict[str, str]:
    """Return the variables that the Branch API plug-in sets in the builds of a branch."""
    known = {
        "BRANCH_NAME": branch.name,
        "CHANGE_ID": branch.change,
        "CHANGE_TARGET": branch.target,
        "CHANGE_URL": branch.url,
        "BRANCH_IS_PRIMARY": "true" if branch.primary else None,
    }
    return {name: value for name, value in known.items() if value}
