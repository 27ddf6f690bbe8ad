"""squash-jenkins watch: follow every Jenkins in the settings until stopped."""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click

from squash_jenkins import config
from squash_jenkins.commands.terminal.stopping import stopping
from squash_jenkins.plugins import find
from squash_jenkins.watch.service import Round, Watch

Result = TypeVar("Result")


@click.command("watch")
@click.option("--once", is_flag=True, help="Run one round and exit.")
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    help="Seconds between two rounds; by default as in the settings.",
)
@click.pass_obj
def command(settings_file: Path | None, once: bool, every: float | None) -> int:
    """Ingest each build when it has ended: new, missed and provisional ones.

    Each round asks every Jenkins once, and none waits for another; the settings are read once, at
    the start. SIGTERM and Ctrl-C let it finish the current build, unless Jenkins takes longer than
    five seconds for a response; a second one ends it at once.

    Exit code: 0 when it was stopped. With --once: 0 all builds were ingested, 2 some, 1 none.
    """
    settings = config.load(settings_file)
    stopped = threading.Event()
    plugins = find(settings.dashboards)
    with ExitStack() as opened:
        watches = [
            Watch(settings, plugins, log=_log, stopped=stopped, names=names, every=every)
            for names in [[name] for name in settings.controllers] or [[]]
        ]
        for watch in watches:
            opened.callback(watch.close)
        opened.enter_context(stopping(stopped, _log_stopping))
        if once:
            return _code(_of_each(Watch.round, watches, stopped))
        _log(f"watching {', '.join(settings.controllers)}.")
        _of_each(Watch.run, watches, stopped)
    _log("stopped.")
    return 0


def _of_each(
    action: Callable[[Watch], Result], watches: Sequence[Watch], stopped: threading.Event
) -> list[Result]:
    """Return the result of the action for each watch, in one thread for each Jenkins.

    An error in one ends the others and is raised. The threads end with the process: a second
    Ctrl-C waits for none.
    """
    if len(watches) == 1:
        return [action(watches[0])]
    ended: queue.Queue[Future[Result]] = queue.Queue()
    for watch in watches:
        threading.Thread(
            target=lambda one: ended.put(_future(action, one)), args=(watch,), daemon=True
        ).start()
    futures = []
    for _ in watches:
        futures.append(ended.get())
        if futures[-1].exception() is not None:
            stopped.set()
    return [future.result() for future in futures]


def _future(action: Callable[[Watch], Result], watch: Watch) -> "Future[Result]":
    future: Future[Result] = Future()
    try:
        future.set_result(action(watch))
    except BaseException as error:  # noqa: BLE001 - raised again with the result
        future.set_exception(error)
    return future


def _code(rounds: Sequence[Round]) -> int:
    if all(each.complete for each in rounds):
        return 0
    return 2 if any(each.worked for each in rounds) else 1


def _log(sentence: str) -> None:
    """Print a log line with the time in UTC."""
    line = " ".join(sentence.split())
    click.echo(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}")


def _log_stopping() -> None:
    _log("stopping; the current build is finished first.")
