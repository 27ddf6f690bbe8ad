"""squash-jenkins backfill: ingest the builds that Jenkins, or a copy of it, still has."""

import json
import os
import sys
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from squash_jenkins import config
from squash_jenkins.archive import MakeArchive
from squash_jenkins.backfill.progress import Observer, Progress
from squash_jenkins.backfill.run import Backfill
from squash_jenkins.backfill.selection import Selection, read_ranges
from squash_jenkins.commands.terminal.stopping import stopping
from squash_jenkins.config import Controller, Settings
from squash_jenkins.errors import SettingsError
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models.source import MakeSource, StopEvent
from squash_jenkins.plugins import find
from squash_jenkins.text.dates import utc_text
from squash_jenkins.text.numbers import counted

_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"])
_LINE_EVERY = 60.0
"""Seconds between two lines of progress where there is no terminal."""


@click.command("backfill")
@click.argument("jobs", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All jobs, in all folders.")
@click.option(
    "--since", type=_MOMENT, metavar="TIME", help="Only builds that started then or later (UTC)."
)
@click.option(
    "--until", type=_MOMENT, metavar="TIME", help="Only builds that started before (UTC)."
)
@click.option("--builds", help="Only these numbers and ranges, such as 100..250,300.")
@click.option(
    "--result", "results", multiple=True, help="Only builds with this result; repeatable."
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    help="Connections at once; by default as in the settings.",
)
@click.option("--force", is_flag=True, help="Also read stored builds again.")
@click.option("--dry-run", is_flag=True, help="Print what would be read, and do nothing.")
@click.option("--link", is_flag=True, help="Also write the links into the builds' descriptions.")
@click.option(
    "--no-pages", is_flag=True, help="Do not rebuild the pages; `dashboards build` does it later."
)
@click.option(
    "--from-archive",
    "archive",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Read a copy of Jenkins' jobs folder, or a tree JOB/NUMBER/files, instead of Jenkins.",
)
@click.option("--controller", help="Short name of the Jenkins server; by default the first.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@click.pass_obj
def command(
    settings_file: Path | None,
    jobs: tuple[str, ...],
    everything: bool,
    since: datetime | None,
    until: datetime | None,
    builds: str | None,
    results: tuple[str, ...],
    workers: int | None,
    force: bool,
    dry_run: bool,
    link: bool,
    no_pages: bool,
    archive: Path | None,
    controller: str | None,
    as_json: bool,
) -> int:
    """Ingest the builds that Jenkins still has: JOBS are full names, folders or globs.

    Builds that are stored and final are skipped, so repeat the same command to continue an
    interrupted run. Ctrl-C finishes the builds in progress; a second one exits at once.

    Exit code: 0 all builds were ingested, 2 some (each missing one is reported), 1 none.
    """
    settings = config.load(settings_file)
    names = _names(jobs, everything)
    console = Console()
    faults: list[str] = []
    selection = _selection(since, until, builds, results, faults)
    for fault in faults:
        console.log(fault)
    make_source, connections = _where(settings, controller, archive)
    observer = Observer(log=console.log, on_progress=console.show)
    run = Backfill(
        settings,
        find(settings.dashboards),
        make_source,
        observer,
        threads=workers or connections,
        processes=cores(),
        force=force,
        linker=_linker(settings, controller) if link and not dry_run else None,
        pages=not no_pages,
        progress=Progress(refused=len(faults)),
    )
    if dry_run:
        return _print_plan(run.plan(names, selection), as_json)
    with stopping(observer.stopped, console.log_stopping):
        progress = run.run(names, selection)
    console.end()
    return _print_end(progress, as_json)


def _names(jobs: tuple[str, ...], everything: bool) -> list[str]:
    if everything == bool(jobs):
        raise SettingsError("Which jobs? Name them (full names, folders, globs), or use --all.")
    return ["*"] if everything else list(jobs)


def _where(
    settings: Settings, controller: str | None, archive: Path | None
) -> tuple[MakeSource, int]:
    """Return a factory of the source, and how many connections to it are useful at once."""
    if archive is not None:
        return MakeArchive(controller or settings.controller_names[0], archive), cores() or 1
    server = settings.controller(controller)
    return partial(jenkins_source, server, settings.wait), server.connections


def _linker(settings: Settings, controller: str | None) -> JenkinsClient:
    if settings.public_url is None:
        raise SettingsError("--link needs public_url in the settings: links begin with it.")
    return JenkinsClient(settings.controller(controller))


def jenkins_source(
    server: Controller, outage_limit: float, connections: int, part: float, stopped: StopEvent
) -> JenkinsClient:
    """Return a client that uses its part of what the settings allow.

    It waits for a restarting Jenkins for `outage_limit` seconds, until `stopped`.
    """
    rate = server.requests_per_second * part
    share = min(connections, server.connections)
    server = replace(server, connections=share, requests_per_second=rate)
    return JenkinsClient(server, sleep=stopped.wait, outage_limit=outage_limit, stopped=stopped)


def cores() -> int:
    """Return how many processes read when there are many builds; 0 with a single core."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return cores if cores and cores > 1 else 0


def _selection(
    since: datetime | None,
    until: datetime | None,
    builds: str | None,
    results: tuple[str, ...],
    faults: list[str],
) -> Selection:
    ranges, wrong = read_ranges(builds) if builds else ([], [])
    faults += wrong
    first, last = _utc(since), _utc(until)
    if first and first > datetime.now(UTC):
        faults.append(f"--since {utc_text(first)} is in the future: no build can match.")
    if first and last and first >= last:
        faults.append("--since is not before --until: no build can match.")
    return Selection(tuple(ranges), first, last, tuple(result.upper() for result in results))


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Console:
    """Print messages and the progress of a run.

    On a terminal the last line shows the progress and is rewritten; elsewhere a line is printed
    each minute.
    """

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._every = 0.2 if self._terminal else _LINE_EVERY
        self._begin = self._last = time.monotonic()

    def log(self, sentence: str) -> None:
        """Print a message above the progress."""
        self._clear()
        click.echo(f"squash-jenkins: {sentence}", err=True)

    def show(self, progress: Progress) -> None:
        """Show the counts, unless they were shown just before."""
        now = time.monotonic()
        if now - self._last < self._every:
            return
        self._last = now
        self._clear()
        click.echo(_progress(progress, now - self._begin), err=True, nl=not self._terminal)

    def log_stopping(self) -> None:
        """Confirm the first Ctrl-C."""
        self.log("stopping; builds in progress are finished first.")

    def end(self) -> None:
        """Remove the progress."""
        self._clear()

    def _clear(self) -> None:
        if self._terminal:
            click.echo("\r\033[K", err=True, nl=False)


def _progress(progress: Progress, seconds: float) -> str:
    rate = progress.done / seconds if seconds else 0.0
    left = (progress.wanted - progress.done) / rate if rate else 0.0
    bar = "█" * round(20 * progress.done / progress.wanted) if progress.wanted else ""
    return (
        f"{bar:░<20} {progress.done} of {progress.wanted} builds, {rate:.0f}/s, "
        f"{int(left) // 60}:{int(left) % 60:02} left"
    )


def _print_plan(progress: Progress, as_json: bool) -> int:
    wanted = progress.wanted - progress.left_out
    if as_json:
        click.echo(json.dumps({"would_read": wanted, "already": progress.already}))
    else:
        click.echo(
            f"{counted(wanted, 'build')} of {counted(progress.jobs, 'job')} would be read; "
            f"{progress.already} {'is' if progress.already == 1 else 'are'} stored "
            f"already, {progress.running} still run{'s' if progress.running == 1 else ''}."
        )
    return _exit_code(progress)


def _print_end(progress: Progress, as_json: bool) -> int:
    """Print the counts, and how to continue after an interruption."""
    if as_json:
        click.echo(json.dumps({**asdict(progress), "complete": progress.complete}))
        return _exit_code(progress)
    rate = (
        f" ({progress.done / progress.seconds:.0f} builds/s)"
        if progress.done and progress.seconds
        else ""
    )
    click.echo(f"{_counted(progress)} in {progress.seconds:.1f} s{rate}.")
    if progress.page_seconds:
        click.echo(
            f"Pages: {counted(progress.pages, 'file')} written in {progress.page_seconds:.1f} s."
        )
    if progress.stopped:
        left = progress.wanted - progress.done
        click.echo(
            f"Stopped: {left} of the builds listed so far are left; repeat the command to continue."
        )
    return _exit_code(progress)


def _counted(progress: Progress) -> str:
    """Return the counts in words; zeros are left out, except for the first two."""
    counts = {
        "already stored": progress.already,
        "unchanged": progress.same,
        "without a report": progress.without_report,
        _plural(progress.set_aside, "file quarantined", "files quarantined"): progress.set_aside,
        "with another result": progress.left_out,
        "still running": progress.running,
        "deleted in Jenkins": progress.gone,
        "failed": progress.failed,
        _plural(progress.refused, "job not listed", "jobs not listed"): progress.refused,
    }
    shown = [
        f"{count} {name}" for name, count in counts.items() if count or name == "already stored"
    ]
    return ", ".join([f"{counted(progress.stored, 'build')} stored", *shown])


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


def _exit_code(progress: Progress) -> int:
    if progress.complete:
        return 0
    return 2 if progress.worked else 1
