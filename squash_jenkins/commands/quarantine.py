"""squash-jenkins quarantine: the files that could not be read, and what to do with them."""

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
from squash_jenkins.ingest.quarantine import Aside
from squash_jenkins.ingest.retry import Fate, Retry, Tried
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.plugins import find
from squash_jenkins.text.numbers import counted

_TRIES = 2
_SHOWN = 12
"""Digits of a digest that are shown to people."""


@click.group("quarantine")
def command() -> None:
    """Look at the files that were set aside, read them again, or forget them."""


def _which(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what says which files are meant."""
    for decorate in (
        click.option("--all", "everything", is_flag=True, help="All files that are set aside."),
        click.option("--job", "glob", help="Those of the jobs whose full name fits this glob."),
        click.argument("builds", nargs=-1),
    ):
        function = decorate(function)
    return function


@command.command("list")
@click.option("--job", "glob", help="Only jobs whose full name fits this glob.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_files(settings_file: Path | None, glob: str | None, as_json: bool) -> None:
    """Show each file that was set aside: build, path, reason, size, digest, since when."""
    found = _entries(config.load(settings_file))
    files = quarantine.chosen(found, glob, (), everything=glob is None)
    if as_json:
        click.echo(json.dumps([_facts(each) for each in files], indent=1))
        return
    for each in files:
        click.echo(_line(each))
    if not files:
        click.echo("Nothing is set aside.")


@command.command("retry")
@_which
@click.pass_obj
def retry(
    settings_file: Path | None, builds: tuple[str, ...], glob: str | None, everything: bool
) -> int:
    """Read files again: those of BUILDS (job#3), of jobs that fit a glob, or all.

    What Jenkins still has is fetched from there, else the kept copy is read. SIGTERM and Ctrl-C
    let it store what is read and make its pages; a second time they end it at once.

    Exit code: 0 none is set aside any more, 2 some are, 1 all are.
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
    """Forget files: those of BUILDS (job#3), of jobs that fit a glob, or all, and their copies."""
    settings = config.load(settings_file)
    files = quarantine.chosen(_entries(settings), glob, builds, everything)
    if not files:
        click.echo("Nothing is set aside.")
        return
    if not yes:
        _confirm(files)
    count = quarantine.drop(settings, find(settings.dashboards), files)
    click.echo(f"{count} file{'' if count == 1 else 's'} forgotten.")


def _confirm(files: list[Aside]) -> None:
    for each in files:
        click.echo(_line(each))
    if not sys.stdin.isatty():
        raise SettingsError("Nothing is dropped: give --yes where nobody can be asked.")
    click.confirm(f"Forget {counted(len(files), 'file')} and delete what was copied?", abort=True)


def _entries(settings: Settings) -> list[Aside]:
    with open_store_for(settings) as store, store.reader() as reader:
        return quarantine.entries(reader)


def _facts(each: Aside) -> dict[str, Any]:
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


def _line(each: Aside) -> str:
    entry = each.entry
    size = "no copy" if entry.digest is None else f"{entry.size} bytes, {entry.digest[:_SHOWN]}"
    since = f"since {entry.created:%Y-%m-%d %H:%M} UTC"
    return f"{each.id} {entry.path}: {entry.reason} ({size}, {since})"


def _print_stopping() -> None:
    click.echo("squash-jenkins: stopping: what is read is stored and shown first.", err=True)


def _tried(tried: Tried) -> str:
    reason = f": {tried.reason}" if tried.reason else ""
    return f"{tried.aside.id} {tried.aside.entry.path}: {tried.fate.value}{reason}"
