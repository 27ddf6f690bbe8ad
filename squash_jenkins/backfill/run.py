"""Take in the builds that a Jenkins or an archive has: list, read concurrently, store."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from squash_jenkins.backfill.backlog import Backlog, Fed
from squash_jenkins.backfill.progress import Observer, Progress, listed
from squash_jenkins.backfill.selection import Selection
from squash_jenkins.backfill.workers import Result, Task, Unread, WorkerPool, worker_pool
from squash_jenkins.config import Settings
from squash_jenkins.errors import JenkinsError, NotFound, SquashError, StoreError, StoreUnreachable
from squash_jenkins.ingest.file_notes import FileNotes
from squash_jenkins.ingest.publish import link, rebuild_pages, send_notifications
from squash_jenkins.ingest.saving import Stored, ingest_spool, open_store_for, save_builds
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import BuildId, BuildRecord
from squash_jenkins.models.source import Family, MakeSource, Source
from squash_jenkins.plugins import Plugins
from squash_jenkins.store import Saved, Store
from squash_jenkins.verification.build import Standings
from squash_jenkins.verification.summary import summary_of

_BATCH = 64
"""Families that are stored in one transaction, at most."""
_PAGES_EVERY = 600.0
"""Seconds after which a long run rebuilds the pages in between."""
_MANY = 200
"""With so many builds the second that it takes to start processes is worth it."""
_TRIES = 5
"""So often a database that stays locked or away is tried; each time waits by itself."""
_IN_A_ROW = 5
"""So many builds in a row, and at least one for each thread, fail before Jenkins counts as away."""


@dataclass(slots=True)
class Backfill:
    """Hold one run.

    Parameters
    ----------
    make_source
        Makes the place that the builds come from, once for each process.
    threads, processes
        So many readers at once in so many processes; 0 processes: in this one.
    force
        Read again what is stored as final, too.
    linker
        Writes links into the descriptions of the builds that were stored; None does not.
    pages
        Rebuild the pages at the end, and now and then on a long run.

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
    _notes: FileNotes = field(default_factory=FileNotes)
    _unreachable: int = 0
    _unanswered: dict[str, list[BuildId]] = field(default_factory=dict)
    _pool: WorkerPool | None = None

    def run(self, names: Sequence[str], selection: Selection) -> Progress:
        """Take in the selected builds of the named jobs, then rebuild the pages.

        Raises
        ------
        StoreError
            The database cannot be used. What was stored stays stored.
        SquashError
            A reading process died.

        """
        with open_store_for(self.settings, seed=True) as store:
            begin = time.monotonic()
            for fault in ingest_spool(self.settings, store).faults:
                self.observer.log(fault)
            source = self.make_source(1, 1 / (self.processes + 1), self.observer.stopped)
            try:
                self._ingest(Backlog(source, store, names, selection, self.force), store)
                self._note_faults(source)
            finally:
                source.close()
            self._rebuild_pages(store)
        self.progress.stopped = self.observer.stopped.is_set()
        self.progress.seconds = time.monotonic() - begin - self.progress.page_seconds
        return self.progress

    def plan(self, names: Sequence[str], selection: Selection) -> Progress:
        """Count what `run` would read, as `wanted`; nothing is read or stored."""
        source = self.make_source(1, 1.0, self.observer.stopped)
        with open_store_for(self.settings) as store:
            backlog = Backlog(source, store, names, selection, self.force)
            try:
                backlog.plan(self._note)
                self._note_faults(source)
            finally:
                source.close()
        return self.progress

    def _ingest(self, backlog: Backlog, store: Store) -> None:
        """Read and store what the backlog has; processes are started for many builds only."""
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
            self._log_unanswered()
            pool.end()
            feeder.join()

    def _handle(self, event: object) -> None:
        """Take what the backlog tells: in the thread that feeds it goes among the results."""
        if self._pool is None:
            self._note(event)
        else:
            self._pool.emit(event)

    def _feed(self, pool: WorkerPool, families: Iterator[Family]) -> None:
        pool.emit(Fed(pool.read(families, self.observer.stopped)))

    def _store_results(self, pool: WorkerPool, store: Store) -> None:
        """Store what is read until all that was handed over has come back."""
        families, back, shown = None, 0, time.monotonic()
        while families is None or back < families:
            events = pool.results(_BATCH)
            results = [event for event in events if isinstance(event, Result)]
            back += len(results)
            self.progress.done += len(results)
            self._store(results, store)
            for event in events:
                self._note(event)
                if isinstance(event, Fed):
                    families = event.families
                elif isinstance(event, Unread):
                    back += event.families
            if families is not None and self.observer.stopped.is_set():
                families -= pool.halt()
            self.observer.on_progress(self.progress)
            if time.monotonic() - shown > _PAGES_EVERY:
                self._rebuild_pages(store)
                shown = time.monotonic()

    def _store(self, results: Sequence[Result], store: Store) -> None:
        good = [result for result in results if result.error is None]
        for result in results:
            if result.error is None:
                self._unreachable = 0
            else:
                self._note_failure(result)
        try:
            self._save(store, [record for result in good for record in result.records])
        except StoreUnreachable:
            raise
        except (StoreError, ValueError):  # one is at fault: the others are stored without it
            for result in good:
                self._save_alone(store, result)

    def _save_alone(self, store: Store, result: Result) -> None:
        try:
            self._save(store, result.records)
        except StoreUnreachable:
            raise
        except (StoreError, ValueError) as error:
            self.progress.failed += 1
            self.observer.log(f"{result.id} is not stored: {error}")

    def _save(self, store: Store, records: Sequence[BuildRecord]) -> None:
        if not records:
            return
        stored = self._save_patiently(store, records)
        for each in stored:
            self.progress.count(each.record, changed=each.saved.changed)
            for sentence in self._notes.of(each.record):
                self.observer.log(sentence)
        if self.linker is not None:
            self._link(store, self.linker, records, [each.saved for each in stored])

    def _save_patiently(self, store: Store, records: Sequence[BuildRecord]) -> list[Stored]:
        """Store builds; a database that is locked or restarts is waited for."""
        for attempt in range(1, _TRIES + 1):
            try:
                return save_builds(self.settings, store, records)
            except StoreUnreachable as error:
                if attempt == _TRIES or self.observer.stopped.is_set():
                    raise
                self.observer.log(f"{error} It is tried again.")
                self.observer.stopped.wait(2.0**attempt)
        raise AssertionError("the last try returns or raises")

    def _note_faults(self, source: Source) -> None:
        for fault in source.faults:
            self.progress.failed += 1
            self.observer.log(fault)

    def _note_failure(self, result: Result) -> None:
        if result.gone:
            self.progress.gone += 1
        else:
            self.progress.failed += 1
        self._unreachable = self._unreachable + 1 if result.unreachable else 0
        if result.unreachable:
            self._unanswered.setdefault(str(result.error), []).append(result.id)
        else:
            self.observer.log(str(result.error))
        away = self._unreachable >= max(self.threads, _IN_A_ROW)
        if away and not self.observer.stopped.is_set():
            self.observer.log("Jenkins does not answer any more: the rest is left to another run.")
            self.observer.stopped.set()

    def _log_unanswered(self) -> None:
        """Say once for each reason which builds Jenkins did not give."""
        for reason, ids in self._unanswered.items():
            self.observer.log(f"{reason} Not read: {listed(ids)}.")

    def _note(self, event: object) -> None:
        self._log(self.progress.note(event))

    def _log(self, sentence: str | None) -> None:
        if sentence is not None:
            self.observer.log(sentence)

    def _link(
        self,
        store: Store,
        client: JenkinsClient,
        records: Sequence[BuildRecord],
        saved: Sequence[Saved],
    ) -> None:
        """Link the builds that changed; a refusal ends linking, not storing."""
        with store.reader() as reader:
            standings = Standings(reader, self.settings.findings.recent)
            summaries = {
                record.build.id: summary_of(standings.of(entry.build_key, back=0))
                for record, entry in zip(records, saved, strict=True)
                if entry.changed
            }
        for id, summary in summaries.items():
            try:
                link(self.settings, client, id, summary)
            except NotFound:
                continue  # deleted in Jenkins: there is no page to link
            except JenkinsError as error:
                self.observer.log(f"Build pages are not linked: {error}")
                self.linker = None
                return

    def _rebuild_pages(self, store: Store) -> None:
        if not self.pages:
            return
        begin = time.monotonic()
        try:
            self.progress.pages += len(
                rebuild_pages(self.settings, self.plugins, store, heal=self.force).written
            )
            for warning in send_notifications(self.settings, store):
                self.observer.log(warning)
        except (SquashError, OSError) as error:
            self.observer.log(f"The pages were not rebuilt: {error}. The next run does it.")
        self.progress.page_seconds += time.monotonic() - begin
