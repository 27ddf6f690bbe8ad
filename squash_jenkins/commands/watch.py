"""squash-jenkins watch: follow every Jenkins of the settings until it is stopped."""

import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from squash_jenkins import config
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
    with closing(watch), _stopping(stopped):
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


@contextmanager
def _stopping(stopped: threading.Event) -> Iterator[None]:
    """Let SIGTERM or Ctrl-C set `stopped`; the second one ends the program at once."""
    halting = threading.Thread(target=_halt, args=(stopped,), daemon=True)

    def stop(number: int, _: Any) -> None:
        # In a thread: the interrupted code may be inside the event, or in the middle of a line.
        signal.signal(number, signal.default_int_handler)
        if halting.ident is None:
            halting.start()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if halting.ident is not None:
            halting.join()


def _halt(stopped: threading.Event) -> None:
    stopped.set()
    _tell("stopping: the build in hand is finished first.")
