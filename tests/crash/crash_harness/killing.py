"""Ask the forker for runs of the command line, and tell what became of them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psutil

FORKER = Path(__file__).with_name("forker.py")
ORPHANS_END_WITHIN = 15.0
"""Seconds after which no process of a killed run may be left."""
_WRITES = ("begin immediate", "commit", "create", "insert", "update", "delete")


@dataclass(frozen=True)
class Ran:
    """Hold what became of one run: `status` is its exit code, negative for a signal.

    `events` were counted, `last` was the last of them; `seconds` is the time it took.
    """

    arguments: tuple[str, ...]
    status: int
    seconds: float
    events: int
    last: str
    group: int
    output: str

    @property
    def killed(self) -> bool:
        """Return whether SIGKILL ended it."""
        return self.status == -signal.SIGKILL

    @property
    def stage(self) -> str:
        """Return the stage of the program that the last event belongs to."""
        return stage_of(self.last)

    def __str__(self) -> str:
        """Return the run in a line."""
        return (
            f"{' '.join(self.arguments)}: status {self.status} after {1000 * self.seconds:.1f} ms "
            f"and {self.events} events, in {self.stage}; last event: {self.last[:160]}"
        )


def stage_of(event: str) -> str:
    """Return the stage of the program that an event belongs to."""
    name, _, detail = event.partition(" ")
    for word, stage in (
        ("submitDescription", "link"),
        ("/site", "pages"),
        ("/blobs", "blobs"),
        ("/spool", "spool"),
        ("/quarantine", "quarantine"),
        (".download", "download"),
    ):
        if word in detail:
            return stage
    if name == "sql":
        return "store" if detail.lower().startswith(_WRITES) else "look up"
    return {"http.client.send": "jenkins", "socket.connect": "jenkins", "": "start"}.get(
        name, "files"
    )


class Forker:
    """Start runs in forked processes; a context manager."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self.warm: set[str] = set()
        self._runs = 0
        # Threads of the linear algebra library would not survive the fork.
        quiet = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, str(FORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**self.environment, **quiet},
        )

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the forker."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=30)

    def readers(self) -> list[psutil.Process]:
        """Return the processes that the runs of now have started to read for them."""
        runs = psutil.Process(self._process.pid).children()
        below = [each for ran in runs for each in ran.children()]
        return [each for each in below if "resource_tracker" not in " ".join(each.cmdline())]

    def run(self, folder: Path, arguments: Sequence[str], **options: Any) -> Ran:
        """Run the command line in `folder`; see `together`."""
        return self.together(folder, [(arguments, options)])[0]

    def together(
        self, folder: Path, calls: Sequence[tuple[Sequence[str], Mapping[str, Any]]]
    ) -> list[Ran]:
        """Run several command lines at once.

        Options: `kill_after` (seconds), `signal` to be sent then, `kill_at` (number of an
        event), `full_at` (number of the event from which on the disk is full), `largest_file`
        (bytes), `clock_back` (seconds), `variables` of the environment.
        """
        assert self._process.stdin and self._process.stdout
        orders = [self._order(folder, arguments, options) for arguments, options in calls]
        self._process.stdin.write(json.dumps(orders) + "\n")
        self._process.stdin.flush()
        answers = json.loads(self._process.stdout.readline())
        return [
            Ran(
                tuple(order["arguments"]),
                output=Path(order["output"]).read_text(errors="replace"),
                **answer,
            )
            for order, answer in zip(orders, answers, strict=True)
        ]

    def _order(
        self, folder: Path, arguments: Sequence[str], options: Mapping[str, Any]
    ) -> dict[str, Any]:
        (folder / "tmp").mkdir(exist_ok=True)
        (folder / "output").mkdir(exist_ok=True)
        self._runs += 1
        (folder / "output" / str(self._runs)).touch()
        more = dict(options)
        environment = {**self.environment, "TMPDIR": str(folder / "tmp")}
        return {
            "arguments": list(arguments),
            "folder": str(folder),
            "output": str(folder / "output" / str(self._runs)),
            "environment": {**environment, **more.pop("variables", {})},
            **more,
        }


def wait_for_orphans(runs: Sequence[Ran]) -> list[str]:
    """Return the processes that killed runs left behind and that did not end by themselves."""
    deadline = time.monotonic() + ORPHANS_END_WITHIN
    waiting = {ran.group for ran in runs}
    while waiting := {group for group in waiting if _lives(group)}:
        left = [process for process in psutil.process_iter() if _group(process) in waiting]
        alive = [process for process in left if process.status() != psutil.STATUS_ZOMBIE]
        if not alive:
            break
        if time.monotonic() > deadline:
            for process in alive:
                process.kill()
            return [f"{process.pid} of the killed run {_group(process)}" for process in alive]
        time.sleep(0.01)
    return []


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _group(process: psutil.Process) -> int:
    try:
        return os.getpgid(process.pid)
    except ProcessLookupError:
        return 0
