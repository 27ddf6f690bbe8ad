"""squash-jenkins watch: follow every Jenkins of the settings until it is stopped."""

import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from squash_jenkins import config
from squash_jenkins.commands.stopping import stopping
from squash_jenkins.plugins import find
from squash_jenkins.watch import Watch


@click.command("watch")
@click.option("--once", is_flag=True, help="Make one round and end.")
@click.option("--every", type=click.FloatRange(min=0.1), help="Seconds between two rounds.")
@click.pass_obj
def command(settings_file: Path | None, once: bool, every: float | None) -> int:
    """Take in each build when it is done: new ones, missed ones, and those stored as provisional.

    Each round asks each Jenkins once; the settings are read at the start only. SIGTERM and Ctrl-C
    let it finish the build in hand; a second time they end it at once.

    Exit code: 0 when it was stopped. With --once: 0 all is taken in, 2 a part, 1 nothing.
    """
    settings = config.load(settings_file)
    stopped = threading.Event()
    watch = Watch(settings, find(settings.dashboards), tell=_tell, stopped=stopped, every=every)
    with closing(watch), stopping(stopped, _tell_stopping):
        if once:
            done = watch.round()
            return 0 if done.complete else 2 if done.worked else 1
        _tell(f"watching {', '.join(settings.controllers)}.")
        watch.run()
    _tell("stopped.")
    return 0


def _tell(sentence: str) -> None:
    """Print a line for a log, with the time in UTC."""
    line = " ".join(sentence.split())
    click.echo(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}")


def _tell_stopping() -> None:
    _tell("stopping: the build in hand is finished first.")
