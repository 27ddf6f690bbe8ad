"""Start the command line again and again without paying for its imports each time.

Run as a program: a process with one thread that has the package imported. Each line of its input
is a run as JSON: ``{arguments, folder, environment, output, errors, seconds}``; it is forked, so
it is a process of its own, and the line that answers is its exit status. Tests that care about the
start itself begin a fresh interpreter instead.
"""

import atexit
import gc
import importlib
import itertools
import json
import os
import select
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self


class WarmStart:
    """Start runs from processes that have everything imported; a context manager.

    Threads may share it: there are as many such processes as there were runs at once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs = itertools.count()
        self._all: list[subprocess.Popen[str]] = []
        self._idle: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes."""
        for process in self._all:
            assert process.stdin and process.stdout
            process.stdin.close()
            process.stdout.close()
            process.wait(timeout=30)

    def run(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line in a folder; after so many seconds it is killed (status -9)."""
        number = next(self._runs)
        files = [self._folder / f"{number}.{name}" for name in ("output", "errors")]
        order = {
            "arguments": list(arguments),
            "folder": str(folder),
            "environment": dict(environment),
            "output": str(files[0]),
            "errors": str(files[1]),
            "seconds": seconds,
        }
        status = self._status(json.dumps(order))
        texts = [file.read_text(encoding="utf-8") for file in files]
        return subprocess.CompletedProcess(list(arguments), status, *texts)

    def _status(self, order: str) -> int:
        try:
            process = self._idle.pop()
        except IndexError:
            process = self._started()
        assert process.stdin and process.stdout
        process.stdin.write(f"{order}\n")
        process.stdin.flush()
        status = int(process.stdout.readline())
        self._idle.append(process)
        return status

    def _started(self) -> subprocess.Popen[str]:
        # Threads of the linear algebra library would not survive the fork.
        quiet = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **quiet},
        )
        self._all.append(process)
        return process


def _warm_up() -> None:
    """Import what every run needs and compile the templates of the pages."""
    _import("squash_jenkins.commands.post_build")
    from squash_jenkins.render.engine.html import own_templates

    templates = own_templates()
    for name in templates.list_templates():
        templates.get_template(name)


def _serve() -> None:
    _warm_up()
    for line in sys.stdin:
        print(_ran(json.loads(line)), flush=True)  # noqa: T201 - the answer


def _ran(order: Mapping[str, Any]) -> int:
    """Fork a run and return its exit status."""
    learned, told = os.pipe()
    gc.freeze()  # what is imported stays shared with the children
    pid = os.fork()
    if pid == 0:
        os.close(learned)
        _live(order, told)
    os.close(told)
    handle = os.pidfd_open(pid)
    if not select.select([handle], [], [], order["seconds"])[0]:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(handle)
    with os.fdopen(learned) as names:
        for name in names.read().split():
            _import(name)
    return os.waitstatus_to_exitcode(status)


def _live(order: Mapping[str, Any], told: int) -> None:
    """Be the run: never returns."""
    status = 70
    try:
        os.chdir(order["folder"])
        os.environ.clear()
        os.environ.update(order["environment"])
        _open_streams(order)
        before = set(sys.modules)
        status = _status_of(order["arguments"])
        os.write(told, " ".join(set(sys.modules) - before).encode()[:60_000])
    except BaseException:  # noqa: BLE001 - it is told, and the process ends with 70
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _open_streams(order: Mapping[str, Any]) -> None:
    """Give the run streams of its own, as a new interpreter has them."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "output"), (2, "errors")):
        os.dup2(os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - see above
    sys.stderr = open(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # noqa: SIM115 - open to the end


def _status_of(arguments: list[str]) -> int:
    from squash_jenkins.commands import main

    try:
        main(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        atexit._run_exitfuncs()
    raise AssertionError("the command line ends by SystemExit")


def _import(name: str) -> None:
    """Import what a run needed, so that the next one has it; plug-ins are read by their path."""
    if not name.startswith(("dashboards", "__mp_main__")):
        try:
            importlib.import_module(name)
        except ImportError:  # a part of a package that is no module of its own
            return


if __name__ == "__main__":
    _serve()
