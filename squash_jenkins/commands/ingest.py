"""squash-jenkins ingest: ingest a build from files, without Jenkins."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from squash_jenkins import LOADED, config
from squash_jenkins.commands.terminal.outcome import print_outcome, print_timings
from squash_jenkins.commands.terminal.reporting import (
    FAILED,
    Wanted,
    failing,
    report,
    reporting_options,
    unchecked,
)
from squash_jenkins.config import JobSettings, Settings
from squash_jenkins.ingest import pipeline as story
from squash_jenkins.models import Artifact, Build, BuildId
from squash_jenkins.plugins import find


@click.command("ingest")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--job", required=True, help="Full name of the job.")
@click.option(
    "--build", "number", required=True, type=click.IntRange(min=1), help="Number of the build."
)
@click.option("--controller", help="Short name of the Jenkins server; by default the first.")
@click.option("--dataset", help="Dataset of files that do not name one.")
@click.option("--filter", "filter_name", help="Filter of files that do not name one.")
@click.option(
    "--started",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]),
    metavar="TIME",
    help="Start of the build, UTC unless it has an offset; by default the oldest file's time.",
)
@click.option("--duration", type=click.FloatRange(min=0), help="Duration in seconds.")
@click.option("--result", default="SUCCESS", show_default=True, help="Result, in Jenkins' words.")
@click.option("--url", help="URL of a page of the build; stored unchanged.")
@reporting_options
@click.option(
    "--timings", is_flag=True, help="Print the seconds of each stage and the memory used."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(
    settings_file: Path | None,
    /,
    files: tuple[Path, ...],
    job: str,
    number: int,
    controller: str | None,
    dataset: str | None,
    filter_name: str | None,
    started: datetime | None,
    duration: float | None,
    result: str,
    url: str | None,
    timings: bool,
    as_json: bool,
    **reports: Any,
) -> int:
    """Ingest one build from the QA files FILES, without Jenkins, and rebuild the pages."""
    imported = time.perf_counter() - LOADED
    settings = _with_defaults(config.load(settings_file), job, dataset, filter_name)
    build = Build(
        BuildId(controller or settings.controller_names[0], job, number),
        _utc(started) if started else _oldest(files),
        duration,
        result,
        artifacts=[Artifact(path) for path in _paths(files)],
        extra={"url": url} if url else {},
    )
    outcome = story.ingest_files(settings, find(settings.dashboards), build, files)
    wanted = Wanted(**reports)
    outcome.warnings += report(settings, outcome, wanted)
    missed, open_ = failing(outcome, wanted), unchecked(outcome, wanted)
    outcome.warnings += open_
    print_outcome(outcome, as_json, missed)
    if timings:
        print_timings(outcome, imported)
    if not any(record.reports for record in outcome.records):
        return 1
    return FAILED if missed or open_ else 0


def _with_defaults(
    settings: Settings, job: str, dataset: str | None, filter_name: str | None
) -> Settings:
    """Let options take precedence over the settings, and read every file named."""
    known = settings.job(job)
    update = {
        "match": "*",
        "artifacts": ("*",),
        "dataset": dataset or known.dataset,
        "filter": filter_name or known.filter,
    }
    mine: JobSettings = known.model_copy(update=update)
    return settings.model_copy(update={"jobs": (mine,)})


def _paths(files: tuple[Path, ...]) -> list[str]:
    """Return a unique path for each file: its name where that is enough."""
    names = [file.name for file in files]
    return names if len(set(names)) == len(names) else [file.as_posix() for file in files]


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _oldest(files: tuple[Path, ...]) -> datetime:
    return datetime.fromtimestamp(min(file.stat().st_mtime for file in files), UTC)
