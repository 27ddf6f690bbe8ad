"""Read families of builds with many threads, in this process or in several.

Threads are enough while Jenkins is what one waits for. Reading 2 MB of JSON is not: threads of
one process take turns at it, so a long backfill starts a process for each core. Both ways run
the same loop over the same pair of bounded queues, so memory does not grow with the work.
"""

import os
import queue
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from squash_jenkins.backfill.queues import Queues, get, put
from squash_jenkins.config import Settings
from squash_jenkins.errors import BuildMissing, SquashError, StoreUnreachable, Unreachable
from squash_jenkins.ingest.artifacts import Reader, bound_memory
from squash_jenkins.models import BuildId, BuildRecord
from squash_jenkins.models.source import Family, MakeSource, Source
from squash_jenkins.plugins import find
from squash_jenkins.store import BlobStore, detach_blobs

_AHEAD = 256
"""So many families wait to be read: the next page of a list comes while one is worked off."""
_BEHIND = 64
"""So many families that were read wait to be stored."""
_BUNDLE = 8
"""So many families go to another process together: sending one costs as much as storing it."""
_GATHER_SECONDS = 0.1
_PARENT_DEATH_SIGNAL = 1
"""Linux' number for the signal that a process gets when the one that started it ends."""


@dataclass(frozen=True, slots=True)
class Task:
    """Hold what reading needs; it can be sent to another process. `folder` is for its files."""

    settings: Settings
    make_source: MakeSource
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """Hold one family that was read, or why it was not; `id` names the build itself."""

    id: BuildId
    records: Sequence[BuildRecord] = ()
    error: SquashError | None = None

    @property
    def gone(self) -> bool:
        """Tell whether the build vanished after it was listed."""
        return isinstance(self.error, BuildMissing)

    @property
    def unreachable(self) -> bool:
        """Tell whether Jenkins did not answer."""
        return isinstance(self.error, Unreachable)


@dataclass(frozen=True, slots=True)
class Unread:
    """Tell that so many families came back unread, because the pool was halted."""

    families: int


class WorkerPool:
    """Give families away and take results back, in any order; made by `worker_pool`."""

    def __init__(self, queues: Queues, is_alive: Callable[[], bool], bundle: int) -> None:
        self._queues = queues
        self._is_alive = is_alive
        self._bundle = bundle

    def read(self, families: Iterable[Family], stopped: threading.Event) -> int:
        """Hand families over, waiting for room; return how many until the end or `stopped`."""
        waiting = iter(families)
        handed = 0
        while bundle := list(islice(waiting, self._bundle)):
            while not put(self._queues.todo, bundle):
                if stopped.is_set() or self._queues.ended.is_set():
                    return handed
            handed += len(bundle)
            if stopped.is_set() or self._queues.ended.is_set():
                break
        return handed

    def halt(self) -> int:
        """Have everybody end the family in hand and begin no other; return what was taken back.

        Those that were handed to somebody already come back as `Unread`.
        """
        self._queues.halted.set()
        taken = 0
        while (bundle := get(self._queues.todo, wait=0)) is not None:
            taken += len(bundle)
        return taken

    def emit(self, event: object) -> None:
        """Put something of the caller's own among the results."""
        while not put(self._queues.done, [event]) and not self._queues.ended.is_set():
            continue

    def end(self) -> None:
        """Let nobody wait any more: what was not taken is dropped."""
        self._queues.ended.set()

    def results(self, most: int) -> list[Any]:
        """Return what comes within a short time, at least one and hardly more than `most`.

        Storing many builds together costs much less than storing each alone.

        Raises
        ------
        SquashError
            A process of the pool died, as when memory runs out.

        """
        found = self._first()
        end = time.monotonic() + _GATHER_SECONDS
        while len(found) < most and (left := end - time.monotonic()) > 0:
            found += get(self._queues.done, left) or ()
        return found

    def _first(self) -> list[Any]:
        while (events := get(self._queues.done)) is None:
            if not self._is_alive():
                raise SquashError(
                    "A process that read builds has died (out of memory?): run the command again "
                    "with fewer --workers. What was stored stays stored."
                )
        return list(events)


@contextmanager
def worker_pool(task: Task, threads: int, processes: int) -> Iterator[WorkerPool]:
    """Start `threads` readers, shared among `processes` (0: all in this one); end them at last."""
    starting = _in_processes if processes else _in_threads
    try:
        room = tempfile.TemporaryDirectory(prefix="squash-", ignore_cleanup_errors=True)
    except OSError as error:
        raise StoreUnreachable(
            f"There is no room for files while they are read: {error.strerror or error}. "
            "Make room in the folder for temporary files (TMPDIR)."
        ) from error
    with room as folder:
        there = replace(task, folder=folder)
        with starting(there, threads, max(1, min(processes, threads))) as made:
            yield made


@contextmanager
def _in_threads(task: Task, threads: int, _: int) -> Iterator[WorkerPool]:
    queues = Queues(queue.Queue(_AHEAD), queue.Queue(_BEHIND), threading.Event(), threading.Event())
    host = threading.Thread(target=_host, args=(task, threads, 1.0, queues), daemon=True)
    host.start()
    try:
        yield WorkerPool(queues, host.is_alive, 1)
        queues.ended.set()
        host.join()
    finally:
        queues.ended.set()  # in haste: the threads are left to end with the process


@contextmanager
def _in_processes(task: Task, threads: int, processes: int) -> Iterator[WorkerPool]:
    import multiprocessing

    # A copy of this process is there at once, a new one takes a second to import everything;
    # but a copy of a process with threads may wait for ever for a lock that one of them held.
    alone = threading.active_count() == 1 and sys.platform == "linux"
    context: Any = multiprocessing.get_context("fork" if alone else "spawn")
    queues = Queues(
        context.Queue(_AHEAD // _BUNDLE),
        context.Queue(_BEHIND // _BUNDLE),
        context.Event(),
        context.Event(),
    )
    shares = [threads // processes + (at < threads % processes) for at in range(processes)]
    part = 1 / (processes + 1)  # one more for the lists, which the calling process asks for
    hosts = [
        context.Process(target=_host_alone, args=(task, share, part, queues), daemon=True)
        for share in shares
    ]
    for host in hosts:
        host.start()
    try:
        yield WorkerPool(queues, lambda: all(host.is_alive() for host in hosts), _BUNDLE)
        queues.ended.set()
    except BaseException:
        for host in hosts:
            host.terminate()  # in haste: what they hold is read again
        raise
    finally:
        queues.todo.cancel_join_thread()
        for host in hosts:
            host.join()


def _host_alone(task: Task, threads: int, part: float, queues: Queues) -> None:
    """Host threads in a process of its own, which ends with the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process in order
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # or at once
    bound_memory(task.settings)
    _end_with_parent()
    near = Queues(queue.Queue(threads), queue.Queue(_BEHIND), queues.halted, queues.ended)
    for pump in (_take, _give):
        threading.Thread(target=pump, args=(queues, near), daemon=True).start()
    _host(task, threads, part, near)
    queues.done.cancel_join_thread()  # nobody takes what is left


def _take(far: Queues, near: Queues) -> None:
    """Hand the families of bundles from afar to the threads of this process, one by one."""
    while not far.ended.is_set():
        for family in get(far.todo) or ():
            while not put(near.todo, [family]) and not far.ended.is_set():
                continue


def _give(far: Queues, near: Queues) -> None:
    """Send what the threads of this process have read, as much together as there is."""
    while not far.ended.is_set():
        results = get(near.done)
        while results and len(results) < _BUNDLE and (more := get(near.done, wait=0)):
            results += more
        while results and not put(far.done, results) and not far.ended.is_set():
            continue


def _end_with_parent() -> None:
    """Have this process end at once when the one that started it does, however that ends.

    A thread cannot run while a document keeps the interpreter to itself; Linux needs none.
    """
    import multiprocessing

    parent: Any = multiprocessing.parent_process()
    threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent.pid:  # it ended before
            os._exit(1)


def _host(task: Task, threads: int, part: float, queues: Queues) -> None:
    source = task.make_source(threads, part, queues.halted)
    blobs = BlobStore(task.settings.blobs)
    formats = find(task.settings.dashboards).formats
    reader = Reader(task.settings, formats, Path(task.folder), max(1, threads // 4))
    readers = [
        threading.Thread(target=_read_on, args=(reader, source, blobs, queues), daemon=True)
        for _ in range(threads)
    ]
    for each in readers:
        each.start()
    for each in readers:
        each.join()
    source.close()


def _read_on(reader: Reader, source: Source, blobs: BlobStore, queues: Queues) -> None:
    """Read one bundle of families after the other until the pool is ended."""
    while not queues.ended.is_set():
        bundle = get(queues.todo)
        if bundle is None:
            continue
        results: list[object] = [
            _read(reader, source, blobs, family) for family in bundle if not queues.halted.is_set()
        ]
        if len(results) < len(bundle):
            results.append(Unread(len(bundle) - len(results)))
        while not put(queues.done, results) and not queues.ended.is_set():
            continue


def _read(reader: Reader, source: Source, blobs: BlobStore, family: Family) -> Result:
    id = family[0].id
    try:
        records = [detach_blobs(blobs, record) for record in reader.read_family(source, family)]
    except SquashError as error:
        return Result(id, error=error)
    except Exception as error:  # noqa: BLE001 - told with its build; a thread has nobody to catch it
        return Result(id, error=SquashError(f"{id} was not read: {type(error).__name__}: {error}"))
    return Result(id, records)
