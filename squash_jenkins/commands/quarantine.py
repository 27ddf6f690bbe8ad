"""squash-jenkins quarantine: list, retry or drop files that could not be read."""

import json
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from squash_jenkins import config
from squash_jenkins.commands.terminal.stopping import stopping
from squash_jenkins.config import Settings
from squash_jenkins.errors import SettingsError
from squash_jenkins.ingest import quarantine
from squash_jenkins.ingest.quarantine import QuarantinedFile
from squash_jenkins.ingest.retry import Fate, RetriedFile, Retry
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.plugins import find
from squash_jenkins.text.dates import utc_text
from squash_jenkins.text.numbers import counted

_TRIES = 2
_SHOWN = 12
"""Digits of a digest that are shown."""


@click.group("quarantine")
def command() -> None:
    """List the files that could not be read or stored, retry or drop them."""


def _which(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that select files."""
    for decorate in (
        click.option("--all", "everything", is_flag=True, help="All files in the quarantine."),
        click.option("--job", "glob", help="Files of jobs whose full name matches this glob."),
        click.argument("builds", nargs=-1),
    ):
        function = decorate(function)
    return function


@command.command("list")
@click.option("--job", "glob", help="Only jobs whose full name matches this glob.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_files(settings_file: Path | None, glob: str | None, as_json: bool) -> None:
    """List each file: build, path, reason, size, digest, since when."""
    found = _entries(config.load(settings_file))
    files = quarantine.chosen(found, glob, (), everything=glob is None)
    if as_json:
        click.echo(json.dumps([_facts(each) for each in files], indent=1))
        return
    for each in files:
        click.echo(_line(each))
    if not files:
        click.echo("The quarantine is empty.")


@command.command("retry")
@_which
@click.pass_obj
def retry(
    settings_file: Path | None, builds: tuple[str, ...], glob: str | None, everything: bool
) -> int:
    """Read files again: those of BUILDS (job#3), of jobs that match a glob, or all.

    Files that Jenkins still has are fetched again, otherwise the saved copy is read. On SIGTERM
    or Ctrl-C it stores what was read and rebuilds the pages; a second one ends it at once.

    Exit code: 0 no file is left in the quarantine, 2 some are, 1 all are.
    """
    settings = config.load(settings_file)
    files = quarantine.chosen(_entries(settings), glob, builds, everything)

    def client(name: str) -> JenkinsClient:
        return JenkinsClient(settings.controller(name), attempts=_TRIES)

    stopped = threading.Event()
    with stopping(stopped, _print_stopping):
        done = Retry(settings, find(settings.dashboards), client, stopped).run(files)
    for fault in done.faults:
        click.echo(f"squash-jenkins: warning: {fault}", err=True)
    for tried in done.files:
        click.echo(_tried(tried))
    counts = Counter(tried.fate for tried in done.files)
    click.echo(", ".join(f"{counts[fate]} {fate.value}" for fate in Fate) + ".")
    if not counts[Fate.STILL]:
        return 0
    return 2 if counts[Fate.READ] + counts[Fate.DROPPED] else 1


@command.command("drop")
@_which
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def drop(
    settings_file: Path | None,
    builds: tuple[str, ...],
    glob: str | None,
    everything: bool,
    yes: bool,
) -> None:
    """Drop files: those of BUILDS (job#3), of jobs that match a glob, or all, with their copies."""
    settings = config.load(settings_file)
    files = quarantine.chosen(_entries(settings), glob, builds, everything)
    if not files:
        click.echo("The quarantine is empty.")
        return
    if not yes:
        _confirm(files)
    count = quarantine.drop(settings, find(settings.dashboards), files)
    click.echo(f"{count} file{'' if count == 1 else 's'} dropped.")


def _confirm(files: list[QuarantinedFile]) -> None:
    for each in files:
        click.echo(_line(each))
    if not sys.stdin.isatty():
        raise SettingsError("Nothing is dropped: add --yes where nobody can be asked.")
    click.confirm(f"Drop {counted(len(files), 'file')} and delete the copies?", abort=True)


def _entries(settings: Settings) -> list[QuarantinedFile]:
    with open_store_for(settings) as store, store.reader() as reader:
        return quarantine.entries(reader)


def _facts(each: QuarantinedFile) -> dict[str, Any]:
    return {
        "controller": each.id.controller,
        "job": each.id.job,
        "number": each.id.number,
        "started": each.started.isoformat(),
        "path": each.entry.path,
        "reason": each.entry.reason,
        "size": each.entry.size,
        "digest": each.entry.digest,
        "since": each.entry.created.isoformat(),
    }


def _line(each: QuarantinedFile) -> str:
    entry = each.entry
    size = "no copy" if entry.digest is None else f"{entry.size} bytes, {entry.digest[:_SHOWN]}"
    since = f"since {utc_text(entry.created)}"
    return f"{each.id} {entry.path}: {entry.reason} ({size}, {since})"


def _print_stopping() -> None:
    click.echo("squash-jenkins: stopping; what was read is stored and shown first.", err=True)


def _tried(tried: RetriedFile) -> str:
    reason = f": {tried.reason}" if tried.reason else ""
    return f"{tried.aside.id} {tried.aside.entry.path}: {tried.fate.value}{reason}"
