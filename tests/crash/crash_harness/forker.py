"""Start the command line again and again without paying for its imports, and kill it.

Run as a program: a process with one thread that has the package imported already. Each line on
its input is a JSON list of runs that are forked at once, each line on its output what became of
them. A run is a real process with its own group; it ends by itself, is killed after some seconds,
or kills itself at its n-th event: an SQL statement, a request, or anything that changes a file.
"""

import atexit
import errno
import gc
import importlib
import json
import mmap
import os
import resource
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO

import sqlalchemy

FILES = {
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.chmod",
    "os.truncate",
    "shutil.rmtree",
    "shutil.copyfile",
    "fcntl.flock",
    "socket.connect",
    "http.client.send",
}
NEEDS_ROOM = {"write", "fsync", "os.mkdir"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_EVENT_BYTES = 1024


class Trap:
    """Count the events of one process, keep the last one, and kill the process at one of them.

    `at` is the number of the event before which the process kills itself; 0 never does. From
    the event `full` on the disk has no room: nothing can be written or made any more.
    """

    def __init__(self, at: int, full: int) -> None:
        self.at = at
        self.full = full
        self.memory = mmap.mmap(-1, _EVENT_BYTES)
        self.lock = threading.Lock()
        self.owner = 0

    def arm(self) -> None:
        """Begin to count, in this process only; its own children are not followed."""
        self.owner = os.getpid()
        fsync: Callable[[int], None] = os.fsync

        def counted_fsync(file: int) -> None:
            self.event("fsync", "")
            fsync(file)

        os.fsync = counted_fsync
        sys.addaudithook(self._hear)
        sqlalchemy.event.listen(sqlalchemy.Pool, "connect", self._trace)

    def _trace(self, connection: Any, _record: object) -> None:
        if hasattr(connection, "set_trace_callback"):
            connection.set_trace_callback(lambda text: self.event("sql", " ".join(text.split())))

    def _hear(self, name: str, values: tuple[Any, ...]) -> None:
        if name == "open":
            if isinstance(values[2], int) and values[2] & WRITING:
                self.event("write", str(values[0]))
        elif name in FILES:
            self.event(name, " ".join(str(value) for value in values[:2])[:300])

    def event(self, name: str, detail: str) -> None:
        """Note one event; end the process when it is the one."""
        if os.getpid() != self.owner:
            return
        with self.lock:
            count = self.count() + 1
            text = f"{name} {detail}".encode(errors="replace")[: _EVENT_BYTES - 16]
            self.memory.seek(0)
            self.memory.write(count.to_bytes(4, "little") + len(text).to_bytes(4, "little") + text)
            if count == self.at:
                os.kill(self.owner, signal.SIGKILL)
        if self.full and count >= self.full and name in NEEDS_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), detail)

    def count(self) -> int:
        """Return the number of events so far."""
        return int.from_bytes(self.memory[:4], "little")

    def last(self) -> str:
        """Return the newest event."""
        length = int.from_bytes(self.memory[4:8], "little")
        return self.memory[8 : 8 + length].decode(errors="replace")


class Child:
    """Hold one forked run; `order` says what to run and when to kill it."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.trap = Trap(order.get("kill_at") or 0, order.get("full_at") or 0)
        self.learned, told = os.pipe()
        gc.freeze()  # what is imported stays shared with the children
        self.began = time.perf_counter()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.learned)
            _live(order, self.trap, told)
        os.close(told)
        self.handle = os.pidfd_open(self.pid)
        self.ended: float | None = None
        self.killed = False

    def due(self) -> float | None:
        """Return the seconds until this run is to be sent its signal."""
        after = self.order.get("kill_after")
        if after is None or self.killed or self.ended is not None:
            return None
        return max(0.0, self.began + after - time.perf_counter())

    def kill(self) -> None:
        """Send the signal."""
        os.kill(self.pid, self.order.get("signal") or signal.SIGKILL)
        self.killed = True

    def reap(self) -> None:
        """Note that the process has ended."""
        _, status = os.waitpid(self.pid, 0)
        self.ended = time.perf_counter() - self.began
        self.status = os.waitstatus_to_exitcode(status)
        os.close(self.handle)

    def result(self) -> dict[str, Any]:
        """Return what became of the run, and import what it had to import."""
        with os.fdopen(self.learned) as told:
            for name in told.read().split():
                _import(name)
        return {
            "group": self.pid,
            "status": self.status,
            "seconds": self.ended,
            "events": self.trap.count(),
            "last": self.trap.last(),
        }


def _live(order: dict[str, Any], trap: Trap, told: int) -> None:
    """Be the run: never returns."""
    status = 70
    try:
        os.setpgid(0, 0)
        os.chdir(order["folder"])
        os.environ.clear()
        os.environ.update(order["environment"])
        output = os.open(order["output"], os.O_WRONLY | os.O_APPEND)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.stdout, sys.stderr = _line_by_line(1), _line_by_line(2)
        _disturb(order)
        before = set(sys.modules)
        trap.arm()
        status = _run(order["arguments"])
        os.write(told, " ".join(set(sys.modules) - before).encode()[:60_000])
    except BaseException:  # noqa: BLE001 - it is told, and the process ends with 70
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _run(arguments: list[str]) -> int:
    from squash_jenkins.commands import main

    try:
        main(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        atexit._run_exitfuncs()
    raise AssertionError("the command line ends by SystemExit")


def _disturb(order: dict[str, Any]) -> None:
    """Limit the size of files, or let the clock go backwards, as ordered."""
    if order.get("largest_file"):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then writing fails with EFBIG
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"], order["largest_file"]))
    if order.get("clock_back"):
        _turn_back(order["clock_back"])


def _turn_back(seconds: float) -> None:
    """Let this process' clock jump back by `seconds` each time it is read, from now on."""
    clock, reads = time.time, [0]

    def earlier() -> float:
        reads[0] += 1
        return clock() - seconds * reads[0]

    class Turned(datetime, metaclass=_AnyDatetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.fromtimestamp(earlier(), tz or UTC)

    time.time = earlier
    for name, loaded in list(sys.modules.items()):
        if name.startswith("squash_jenkins") and getattr(loaded, "datetime", None) is datetime:
            loaded.datetime = Turned  # type: ignore[attr-defined] # modules that import it have it


class _AnyDatetime(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


def _line_by_line(handle: int) -> TextIO:
    return os.fdopen(os.dup(handle), "w", buffering=1, encoding="utf-8", errors="replace")


def _import(name: str) -> None:
    """Import what a run needed, so that the next one has it; plug-ins are read by their path."""
    if not name.startswith(("dashboards", "__mp_main__")):
        try:
            importlib.import_module(name)
        except ImportError:  # a part of a package that is no module of its own
            return


def _warm_up() -> None:
    """Import what every run needs and compile the templates of the pages."""
    _import("squash_jenkins.commands.post_build")
    from squash_jenkins.render.engine.html import own_templates

    templates = own_templates()
    for name in templates.list_templates():
        templates.get_template(name)


def _together(orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Run all at once and return what became of each, in their order."""
    children = [Child(order) for order in orders]
    while waiting := [child for child in children if child.ended is None]:
        due = [seconds for child in waiting if (seconds := child.due()) is not None]
        ready, _, _ = select.select(
            [child.handle for child in waiting], [], [], min(due) if due else None
        )
        for child in waiting:
            if child.handle in ready:
                child.reap()
            elif child.due() == 0.0:
                child.kill()
    return [child.result() for child in children]


def serve() -> None:
    """Answer each line of input until it ends."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_together(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _warm_up()
    serve()
