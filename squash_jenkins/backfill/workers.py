"""Read families of builds in many threads, in this process or in several.

Threads are enough while the run waits for Jenkins. Parsing 2 MB of JSON is different: the threads
of one process take turns at it, so a long backfill starts a process per core. Either way the
same loop runs between the same two bounded queues, so memory does not grow with the work.
"""

import os
import queue
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from squash_jenkins.backfill.events import Event, FamiliesReturned, FamilyRead
from squash_jenkins.backfill.queues import ProcessQueues, Queues, get, put
from squash_jenkins.config import Settings
from squash_jenkins.errors import SquashError, StoreUnreachable
from squash_jenkins.ingest.artifacts import FileReader, bound_memory
from squash_jenkins.models.source import Family, MakeSource, Source
from squash_jenkins.plugins import find
from squash_jenkins.store import BlobStore, detach_blobs

_AHEAD = 256
"""Families that wait to be read, so that the next page of a list loads meanwhile."""
_BEHIND = 64
"""Families that were read and wait to be stored."""
_BUNDLE = 8
"""Families sent to another process together: sending one alone costs as much as storing it."""
_GATHER_SECONDS = 0.1
_PARENT_DEATH_SIGNAL = 1
"""Linux' number for the signal that a process gets when the one that started it ends."""


@dataclass(frozen=True, slots=True)
class Task:
    """The settings and the source for reading, which can be sent to another process.

    `folder` takes the files while they are read.
    """

    settings: Settings
    make_source: MakeSource
    folder: str = ""


class WorkerPool:
    """Workers that take families and give events back, in any order; made by `worker_pool`."""

    def __init__(self, queues: Queues, is_alive: Callable[[], bool], bundle: int) -> None:
        self._queues = queues
        self._is_alive = is_alive
        self._bundle = bundle

    def read(self, families: Iterable[Family], stopped: threading.Event) -> int:
        """Queue families until they end or `stopped` is set, waiting for room; return how many."""
        waiting = iter(families)
        queued = 0
        while bundle := list(islice(waiting, self._bundle)):
            while not put(self._queues.todo, bundle):
                if stopped.is_set() or self._queues.ended.is_set():
                    return queued
            queued += len(bundle)
            if stopped.is_set() or self._queues.ended.is_set():
                break
        return queued

    def halt(self) -> int:
        """Have workers finish the family in hand and begin no other; return how many are dequeued.

        Families that a worker holds already come back as `FamiliesReturned`.
        """
        self._queues.halted.set()
        dequeued = 0
        while (bundle := get(self._queues.todo, wait=0)) is not None:
            dequeued += len(bundle)
        return dequeued

    def emit(self, event: Event) -> None:
        """Add an event of the caller."""
        while not put(self._queues.done, [event]) and not self._queues.ended.is_set():
            continue

    def end(self) -> None:
        """End all waiting; what is still queued is dropped."""
        self._queues.ended.set()

    def events(self, most: int) -> list[Event]:
        """Return the events of a short time: at least one and hardly more than `most`.

        Storing many builds together costs much less than storing each alone.

        Raises
        ------
        SquashError
            A process of the pool died, for example because memory ran out.

        """
        found = self._first()
        end = time.monotonic() + _GATHER_SECONDS
        while len(found) < most and (left := end - time.monotonic()) > 0:
            if more := get(self._queues.done, left):
                found += more
        return found

    def _first(self) -> list[Event]:
        while (events := get(self._queues.done)) is None:
            if not self._is_alive():
                raise SquashError(
                    "A worker process died (out of memory?). Run the command again with fewer "
                    "--workers; what was stored stays stored."
                )
        return list(events)


@contextmanager
def worker_pool(task: Task, threads: int, processes: int) -> Iterator[WorkerPool]:
    """Start `threads` workers, spread over `processes` (0: all in this one); end them on exit."""
    starting = _in_processes if processes else _in_threads
    try:
        room = tempfile.TemporaryDirectory(prefix="squash-", ignore_cleanup_errors=True)
    except OSError as error:
        raise StoreUnreachable(
            f"No temporary folder for the files of builds: {error.strerror or error}. "
            "Free some space in the folder for temporary files (TMPDIR)."
        ) from error
    with room as folder:
        own = replace(task, folder=folder)
        with starting(own, threads, max(1, min(processes, threads))) as pool:
            yield pool


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
        queues.ended.set()  # after an error nobody waits: the threads end with the process


@contextmanager
def _in_processes(task: Task, threads: int, processes: int) -> Iterator[WorkerPool]:
    from multiprocessing import get_context

    # A fork is ready at once, a new process takes a second to import everything; but a fork of
    # a process with threads may wait forever for a lock that one of them held.
    alone = threading.active_count() == 1 and sys.platform == "linux"
    context = get_context("fork") if alone else get_context("spawn")
    queues = ProcessQueues(
        context.Queue(_AHEAD // _BUNDLE),
        context.Queue(_BEHIND // _BUNDLE),
        context.Event(),
        context.Event(),
    )
    shares = [threads // processes + (at < threads % processes) for at in range(processes)]
    part = 1 / (processes + 1)  # one more for the lists, which the main process requests
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
            host.terminate()  # what they hold is read again by the next run
        raise
    finally:
        queues.todo.cancel_join_thread()
        for host in hosts:
            host.join()


def _host_alone(task: Task, threads: int, part: float, queues: ProcessQueues) -> None:
    """Host threads in a process of their own, which ends with the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process in order,
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # or at once
    bound_memory(task.settings)
    _end_with_parent()
    near = Queues(queue.Queue(threads), queue.Queue(_BEHIND), queues.halted, queues.ended)
    for pump in (_receive, _send):
        threading.Thread(target=pump, args=(queues, near), daemon=True).start()
    _host(task, threads, part, near)
    queues.done.cancel_join_thread()  # nobody receives what is left


def _receive(far: Queues, near: Queues) -> None:
    """Pass the families of bundles on to the threads of this process, one by one."""
    while not far.ended.is_set():
        for family in get(far.todo) or ():
            while not put(near.todo, [family]) and not far.ended.is_set():
                continue


def _send(far: Queues, near: Queues) -> None:
    """Send the events of the threads of this process, as many together as there are."""
    while not far.ended.is_set():
        events = get(near.done)
        while events and len(events) < _BUNDLE and (more := get(near.done, wait=0)):
            events += more
        while events and not put(far.done, events) and not far.ended.is_set():
            continue


def _end_with_parent() -> None:
    """Have this process end as soon as the one that started it does, however that ends.

    A thread cannot run while a document holds the interpreter lock; Linux needs no thread.
    """
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is None:
        return

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent.pid:  # it has ended already
            os._exit(1)


def _host(task: Task, threads: int, part: float, queues: Queues) -> None:
    source = task.make_source(threads, part, queues.halted)
    blobs = BlobStore(task.settings.blobs)
    formats = find(task.settings.dashboards).formats
    reader = FileReader(task.settings, formats, Path(task.folder), max(1, threads // 4))
    workers = [
        threading.Thread(target=_work, args=(reader, source, blobs, queues), daemon=True)
        for _ in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    source.close()


def _work(reader: FileReader, source: Source, blobs: BlobStore, queues: Queues) -> None:
    """Read one bundle of families after another until the pool ends."""
    while not queues.ended.is_set():
        bundle = get(queues.todo)
        if bundle is None:
            continue
        events: list[Event] = [
            _read(reader, source, blobs, family) for family in bundle if not queues.halted.is_set()
        ]
        if len(events) < len(bundle):
            events.append(FamiliesReturned(len(bundle) - len(events)))
        while not put(queues.done, events) and not queues.ended.is_set():
            continue


def _read(reader: FileReader, source: Source, blobs: BlobStore, family: Family) -> FamilyRead:
    id = family[0].id
    try:
        records = [detach_blobs(blobs, record) for record in reader.read_family(source, family)]
    except SquashError as error:
        return FamilyRead(id, error=error)
    except Exception as error:  # noqa: BLE001 - reported with its build; nothing else catches it
        return FamilyRead(
            id, error=SquashError(f"{id} was not read: {type(error).__name__}: {error}")
        )
    return FamilyRead(id, records)
