"""Backfill: list the missing builds, read them in parallel, store them, rebuild the pages."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from typing import assert_never

from squash_jenkins.backfill.backlog import Backlog
from squash_jenkins.backfill.events import (
    AllQueued,
    BacklogEvent,
    BuildSkipped,
    BuildUnreadable,
    BuildVanished,
    FamiliesReturned,
    FamilyRead,
    JobListed,
    JobRefused,
)
from squash_jenkins.backfill.progress import Observer, Progress
from squash_jenkins.backfill.results import Results
from squash_jenkins.backfill.selection import Selection
from squash_jenkins.backfill.workers import Task, WorkerPool, worker_pool
from squash_jenkins.config import Settings
from squash_jenkins.errors import SquashError
from squash_jenkins.ingest.publish import rebuild_pages, send_notifications
from squash_jenkins.ingest.saving import ingest_spool, open_store_for
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models.source import Family, MakeSource, Source
from squash_jenkins.plugins import Plugins
from squash_jenkins.store import Store

_BATCH = 64
"""Families that are stored in one transaction, at most."""
_PAGES_EVERY = 600.0
"""Seconds after which a long run rebuilds the pages in between."""
_MANY = 200
"""Builds that make it worth the second it takes to start processes."""


@dataclass(slots=True)
class Backfill:
    """One run of a backfill.

    Parameters
    ----------
    make_source
        Makes the source of the builds, once in each process.
    threads, processes
        How many threads read, in how many processes; 0 processes: in this one.
    force
        Read builds again that are stored as final.
    linker
        Writes links into the descriptions of the builds that were stored; None does not.
    pages
        Rebuild the pages at the end, and now and then during a long run.

    """

    settings: Settings
    plugins: Plugins
    make_source: MakeSource
    observer: Observer
    threads: int = 16
    processes: int = 0
    force: bool = False
    linker: JenkinsClient | None = None
    pages: bool = True
    progress: Progress = field(default_factory=Progress)
    _pool: WorkerPool | None = None

    def run(self, names: Sequence[str], selection: Selection) -> Progress:
        """Ingest the selected builds of the named jobs, then rebuild the pages.

        Raises
        ------
        StoreError
            The database cannot be used. What was stored stays stored.
        SquashError
            A worker process died.

        """
        with open_store_for(self.settings, seed=True) as store:
            begin = time.monotonic()
            self._log(*ingest_spool(self.settings, store).faults)
            share = 1 / (self.processes + 1)
            with closing(self.make_source(1, share, self.observer.stopped)) as source:
                self._ingest(Backlog(source, store, names, selection, self.force), store)
                self._count_faults(source)
            self._rebuild_pages(store)
        self.progress.stopped = self.observer.stopped.is_set()
        self.progress.seconds = time.monotonic() - begin - self.progress.page_seconds
        return self.progress

    def plan(self, names: Sequence[str], selection: Selection) -> Progress:
        """Count as `wanted` what `run` would read; nothing is read or stored."""
        with (
            closing(self.make_source(1, 1.0, self.observer.stopped)) as source,
            open_store_for(self.settings) as store,
        ):
            Backlog(source, store, names, selection, self.force).plan(self._count)
            self._count_faults(source)
        return self.progress

    def _ingest(self, backlog: Backlog, store: Store) -> None:
        """Read what the backlog yields and store it; only many builds are worth processes."""
        families = backlog.families(self._handle, self.observer.stopped)
        first = next(families, None)
        if first is None:
            return
        processes = self.processes if self.progress.wanted >= _MANY else 0
        task = Task(self.settings, self.make_source)
        with worker_pool(task, self.threads, processes) as pool:
            self._pool = pool
            feeder = threading.Thread(
                target=self._feed, args=(pool, chain([first], families)), daemon=True
            )
            feeder.start()
            self._store_results(pool, store)
            pool.end()
            feeder.join()

    def _feed(self, pool: WorkerPool, families: Iterator[Family]) -> None:
        """Queue the families for the workers; runs in a thread of its own."""
        pool.emit(AllQueued(pool.read(families, self.observer.stopped)))

    def _handle(self, event: BacklogEvent) -> None:
        """Count an event of the backlog; from the feeding thread it goes through the queue."""
        if self._pool is None:
            self._count(event)
        else:
            self._pool.emit(event)

    def _store_results(self, pool: WorkerPool, store: Store) -> None:
        """Store what the workers read until every family that was queued has come back."""
        results = Results(
            self.settings, store, self.observer, self.progress, self.threads, self.linker
        )
        queued, back, rebuilt = None, 0, time.monotonic()
        while queued is None or back < queued:
            events = pool.events(_BATCH)
            results.store_families([each for each in events if isinstance(each, FamilyRead)])
            for event in events:
                match event:
                    case FamilyRead():
                        back += 1
                    case FamiliesReturned():
                        back += event.families
                    case AllQueued():
                        queued = event.families
                    case (
                        JobListed()
                        | JobRefused()
                        | BuildSkipped()
                        | BuildUnreadable()
                        | BuildVanished()
                    ):
                        self._count(event)
                    case _:
                        assert_never(event)
            if queued is not None and self.observer.stopped.is_set():
                queued -= pool.halt()
            self.observer.on_progress(self.progress)
            if time.monotonic() - rebuilt > _PAGES_EVERY:
                self._rebuild_pages(store)
                rebuilt = time.monotonic()
        results.log_unanswered()

    def _rebuild_pages(self, store: Store) -> None:
        """Rebuild the pages and send notifications; a fault is logged, what is stored stays."""
        if not self.pages:
            return
        begin = time.monotonic()
        try:
            built = rebuild_pages(self.settings, self.plugins, store, heal=self.force)
            self.progress.pages += len(built.written)
            self._log(*send_notifications(self.settings, store))
        except (SquashError, OSError) as error:
            self._log(f"The pages were not rebuilt: {error}. The next run rebuilds them.")
        self.progress.page_seconds += time.monotonic() - begin

    def _count(self, event: BacklogEvent) -> None:
        if (message := self.progress.count(event)) is not None:
            self._log(message)

    def _count_faults(self, source: Source) -> None:
        self.progress.failed += len(source.faults)
        self._log(*source.faults)

    def _log(self, *messages: str) -> None:
        for message in messages:
            self.observer.log(message)
