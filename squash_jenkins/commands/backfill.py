"""squash-jenkins backfill: take in the builds that Jenkins still has, or an archive of them."""

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
from squash_jenkins.models.source import MakeSource, Stopped
from squash_jenkins.plugins import find
from squash_jenkins.text.numbers import counted

_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"])
_LINE_EVERY = 60.0
"""Seconds between two lines of progress where there is no terminal."""


@click.command("backfill")
@click.argument("jobs", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All jobs, folders searched through.")
@click.option("--since", type=_MOMENT, help="Builds that started then or later (UTC).")
@click.option("--until", type=_MOMENT, help="Builds that started before (UTC).")
@click.option("--builds", help="Numbers and ranges, such as 100..250,300.")
@click.option("--result", "results", multiple=True, help="Only builds that ended so; repeatable.")
@click.option("--workers", type=click.IntRange(1, 256), help="Connections at once.")
@click.option("--force", is_flag=True, help="Read again what is stored already, too.")
@click.option("--dry-run", is_flag=True, help="Say what would be read, and do nothing.")
@click.option("--link", is_flag=True, help="Write the links into the builds' descriptions, too.")
@click.option("--no-pages", is_flag=True, help="Leave the pages to `dashboards build`.")
@click.option(
    "--from-archive",
    "archive",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A copy of Jenkins' jobs folder, or a tree JOB/NUMBER/files, in place of Jenkins.",
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
    """Take in builds that Jenkins still has: JOBS are full names, folders or globs.

    What is stored and final is left alone, so an interrupted run is gone on with by the same
    call. Ctrl-C finishes what is in flight; pressed again it ends at once.

    Exit code: 0 all was taken in, 2 a part (each gap is told), 1 nothing.
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
        raise SettingsError("Which jobs? Name them (full names, folders, globs), or give --all.")
    return ["*"] if everything else list(jobs)


def _where(
    settings: Settings, controller: str | None, archive: Path | None
) -> tuple[MakeSource, int]:
    """Return what makes the source, and how many connections to it are useful at once."""
    if archive is not None:
        return MakeArchive(controller or settings.controller_names[0], archive), cores() or 1
    server = settings.controller(controller)
    return partial(jenkins_source, server, settings.wait), server.connections


def _linker(settings: Settings, controller: str | None) -> JenkinsClient:
    if settings.public_url is None:
        raise SettingsError("--link needs public_url in the settings: links begin with it.")
    return JenkinsClient(settings.controller(controller))


def jenkins_source(
    server: Controller, patience: float, connections: int, part: float, stopped: Stopped
) -> JenkinsClient:
    """Return a client that keeps to its part of what the settings allow.

    A Jenkins that restarts is waited for, for so many seconds of patience, until `stopped`.
    """
    rate = server.requests_per_second * part
    share = min(connections, server.connections)
    server = replace(server, connections=share, requests_per_second=rate)
    return JenkinsClient(server, sleep=stopped.wait, patience=patience, stopped=stopped)


def cores() -> int:
    """Return how many processes read where there are many builds; 0 where one core is all."""
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
        faults.append(f"--since {first:%Y-%m-%d %H:%M} UTC is in the future: no build can fit.")
    if first and last and first >= last:
        faults.append("--since is not before --until: no build can fit.")
    return Selection(tuple(ranges), first, last, tuple(result.upper() for result in results))


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Console:
    """Tell sentences and how far a run is.

    On a terminal one last line shows the progress and is rewritten, else there is a line a minute.
    """

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._every = 0.2 if self._terminal else _LINE_EVERY
        self._begin = self._last = time.monotonic()

    def log(self, sentence: str) -> None:
        """Print a sentence above the progress."""
        self._clear()
        click.echo(f"squash-jenkins: {sentence}", err=True)

    def show(self, progress: Progress) -> None:
        """Show the counts, unless it was just done."""
        now = time.monotonic()
        if now - self._last < self._every:
            return
        self._last = now
        self._clear()
        click.echo(_progress(progress, now - self._begin), err=True, nl=not self._terminal)

    def log_stopping(self) -> None:
        """Say that the first Ctrl-C was heard."""
        self.log("stopping; what is in flight is finished first.")

    def end(self) -> None:
        """Take the progress away."""
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
    """Print the counts, and how to go on after an interruption."""
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
        click.echo(f"Stopped: {left} of the builds listed so far are left; the same call goes on.")
    return _exit_code(progress)


def _counted(progress: Progress) -> str:
    """Return the counts in words; those that are 0 are left out but for the first two."""
    counts = {
        "already there": progress.already,
        "read again without a change": progress.same,
        "without a report": progress.without_report,
        _plural(progress.set_aside, "file set aside", "files set aside"): progress.set_aside,
        "with another result": progress.left_out,
        "still running": progress.running,
        "gone": progress.gone,
        "failed": progress.failed,
        _plural(progress.refused, "job not listed", "jobs not listed"): progress.refused,
    }
    shown = [
        f"{count} {name}" for name, count in counts.items() if count or name == "already there"
    ]
    return ", ".join([f"{counted(progress.stored, 'build')} stored", *shown])


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


def _exit_code(progress: Progress) -> int:
    if progress.complete:
        return 0
    return 2 if progress.worked else 1
