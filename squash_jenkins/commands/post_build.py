"""squash-jenkins post-build: ingest one build and link it to its page."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from squash_jenkins import LOADED, config
from squash_jenkins.commands.terminal.outcome import print_outcome, print_timings, warn
from squash_jenkins.commands.terminal.reporting import (
    FAILED,
    Wanted,
    failing,
    not_checked,
    report,
    report_nothing,
    reporting_options,
    unchecked,
)
from squash_jenkins.config import Settings
from squash_jenkins.errors import (
    JenkinsError,
    SettingsError,
    SquashError,
    StoreUnreachable,
    Unreachable,
)
from squash_jenkins.ingest import pipeline
from squash_jenkins.ingest.workspace import Workspace
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.jenkins.names import last_segments, parse_build_url
from squash_jenkins.models import Branch, BuildId
from squash_jenkins.plugins import find
from squash_jenkins.text.one_line import node_name


@click.command("post-build")
@click.option("--url", help="URL of the build; by default $BUILD_URL.")
@click.option("--job", help="Full name of the job; by default $JOB_NAME.")
@click.option(
    "--number", type=click.IntRange(min=1), help="Number of the build; by default $BUILD_NUMBER."
)
@click.option("--controller", help="Short name of the Jenkins server; by default the first.")
@click.option("--wait", type=click.FloatRange(min=0), help="Seconds to wait for the build to end.")
@click.option(
    "--files",
    multiple=True,
    help="Glob of QA files in the workspace ($WORKSPACE) of the build that runs the command: they "
    "are read when Jenkins has archived none yet. By default artifacts of the job's settings. "
    "May be given several times.",
)
@click.option(
    "--node",
    help="Name of the machine that the build runs on, where Jenkins does not say it, as of "
    "Pipelines; by default $NODE_NAME of the build that runs the command.",
)
@reporting_options
@click.option("--strict", is_flag=True, help="Exit with code 1 when Jenkins is unavailable.")
@click.option(
    "--timings", is_flag=True, help="Print the seconds of each stage and the memory used."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(
    settings_file: Path | None,
    /,
    url: str | None,
    job: str | None,
    number: int | None,
    controller: str | None,
    wait: float | None,
    files: tuple[str, ...],
    node: str | None,
    strict: bool,
    timings: bool,
    as_json: bool,
    **reports: Any,
) -> int:
    """Ingest one build from Jenkins: store it, rebuild its pages and link it to them.

    Without options it is the build that runs the command. As that has not ended, it is stored as
    provisional, and the next run makes it final. If none of its QA files is archived yet, they
    are read from its workspace.

    A matrix build includes its configurations: --junit, --markdown and --fail-on apply to all of
    them. A file that cannot be written causes a warning and does not fail the build; a limit of
    --fail-on that could not be checked does.
    """
    imported = time.perf_counter() - LOADED
    settings = config.load(settings_file)
    wanted = Wanted(**reports)
    id, inside = _build(settings, os.environ, url, job, number, controller)
    limit = wait if wait is not None else (0.0 if inside else settings.wait)
    plugins = find(settings.dashboards)
    client = JenkinsClient(settings.controller(id.controller))
    try:
        workspace = _workspace(os.environ, files) if inside else None
        node = node_name(node or (os.environ.get("NODE_NAME") if inside else None))
        branch = Branch.of(os.environ) if inside else None
        outcome = pipeline.post_build(
            settings,
            plugins,
            client,
            id,
            wait=limit,
            workspace=workspace,
            node=node,
            branch=branch,
        )
    except (JenkinsError, StoreUnreachable) as error:
        warn(report_nothing(id, f"not checked: {error}", wanted))
        status = _excuse(id, error, strict)
        warn([not_checked(wanted.fail_on, "nothing was stored")] if wanted.fail_on else ())
        return FAILED if wanted.fail_on else status
    outcome.warnings += report(settings, outcome, wanted)
    missed, open_ = failing(outcome, wanted), unchecked(outcome, wanted)
    outcome.warnings += open_
    print_outcome(outcome, as_json, missed)
    if timings:
        print_timings(outcome, imported)
    return FAILED if missed or open_ else 0


def _workspace(environment: Mapping[str, str], files: Sequence[str]) -> Workspace | None:
    """Return the folder of the running build; Jenkins sets its variable for every step."""
    folder = environment.get("WORKSPACE")
    return Workspace(Path(folder), files) if folder else None


def _build(
    settings: Settings,
    environment: Mapping[str, str],
    url: str | None,
    job: str | None,
    number: int | None,
    controller: str | None,
) -> tuple[BuildId, bool]:
    """Return the build to ingest, and whether the command runs inside it."""
    name = settings.controller(controller).name
    own = _own_build(environment)
    if url:
        meant = parse_build_url(url)
    elif job and number:
        meant = (job, number)
    elif job or number:
        raise SettingsError("Use both --job and --number (or --url).")
    elif own:
        meant = own
    else:
        raise SettingsError(
            "Which build? Neither BUILD_URL nor JOB_NAME and BUILD_NUMBER are set: "
            "use --job and --number, or --url."
        )
    return BuildId(name, *meant), meant == own


def _own_build(environment: Mapping[str, str]) -> tuple[str, int] | None:
    """Return the build in Jenkins' variables; it sets no URL variables without a root URL.

    Plugins have their own forms of URLs: one that cannot be parsed but ends with the number in the
    other variables is a URL of the build in those.
    """
    job, number = environment.get("JOB_NAME"), environment.get("BUILD_NUMBER", "")
    named = (job, int(number)) if job and number.isdecimal() else None
    if not (url := environment.get("BUILD_URL")):
        return named
    try:
        return parse_build_url(url)
    except SettingsError:
        last = last_segments(url)
        if named and last and last[1] == named[1]:
            return named
        raise


def _excuse(id: BuildId, error: SquashError, strict: bool) -> int:
    """Print why nothing was stored; the dashboard must never fail a build."""
    click.echo(f"squash-jenkins: warning: {id}: {error}", err=True)
    passing = isinstance(error, (Unreachable, StoreUnreachable))
    click.echo(
        "Nothing was stored." + (" Run the command again later." if passing else ""), err=True
    )
    sys.stderr.flush()
    return 1 if strict else 0
