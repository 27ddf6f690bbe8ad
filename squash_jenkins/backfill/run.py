"""Take in the builds that a Jenkins or an archive has: list, read concurrently, store."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from squash_jenkins.backfill.backlog import Backlog, Fed
from squash_jenkins.backfill.progress import Tally, Watcher, listed
from squash_jenkins.backfill.selection import Selection
from squash_jenkins.backfill.workers import Crew, Result, Task, Unread, crew
from squash_jenkins.config import Settings
from squash_jenkins.errors import JenkinsError, NotFound, SquashError, StoreError, StoreUnreachable
from squash_jenkins.ingest.file_notes import FileNotes
from squash_jenkins.ingest.publish import link, show, tell_news
from squash_jenkins.ingest.saving import Kept, keep, opened, take_up_spool
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
    watcher: Watcher
    threads: int = 16
    processes: int = 0
    force: bool = False
    linker: JenkinsClient | None = None
    pages: bool = True
    tally: Tally = field(default_factory=Tally)
    _notes: FileNotes = field(default_factory=FileNotes)
    _out_of_reach: int = 0
    _unanswered: dict[str, list[BuildId]] = field(default_factory=dict)
    _readers: Crew | None = None

    def run(self, names: Sequence[str], selection: Selection) -> Tally:
        """Take in the selected builds of the named jobs, then rebuild the pages.

        Raises
        ------
        StoreError
            The database cannot be used. What was stored stays stored.
        SquashError
            A reading process died.

        """
        with opened(self.settings, seed=True) as store:
            begin = time.monotonic()
            for fault in take_up_spool(self.settings, store).faults:
                self.watcher.tell(fault)
            source = self.make_source(1, 1 / (self.processes + 1), self.watcher.stopped)
            try:
                self._take_in(Backlog(source, store, names, selection, self.force), store)
                self._note_faults(source)
            finally:
                source.close()
            self._show(store)
        self.tally.stopped = self.watcher.stopped.is_set()
        self.tally.seconds = time.monotonic() - begin - self.tally.page_seconds
        return self.tally

    def plan(self, names: Sequence[str], selection: Selection) -> Tally:
        """Count what `run` would read, as `wanted`; nothing is read or stored."""
        source = self.make_source(1, 1.0, self.watcher.stopped)
        with opened(self.settings) as store:
            backlog = Backlog(source, store, names, selection, self.force)
            try:
                backlog.plan(self._note)
                self._note_faults(source)
            finally:
                source.close()
        return self.tally

    def _take_in(self, backlog: Backlog, store: Store) -> None:
        """Read and store what the backlog has; processes are started for many builds only."""
        families = backlog.families(self._hear, self.watcher.stopped)
        first = next(families, None)
        if first is None:
            return
        processes = self.processes if self.tally.wanted >= _MANY else 0
        task = Task(self.settings, self.make_source)
        with crew(task, self.threads, processes) as readers:
            self._readers = readers
            feeder = threading.Thread(
                target=self._feed, args=(readers, chain([first], families)), daemon=True
            )
            feeder.start()
            self._take_results(readers, store)
            self._tell_unanswered()
            readers.end()
            feeder.join()

    def _hear(self, event: object) -> None:
        """Take what the backlog tells: in the thread that feeds it goes among the results."""
        if self._readers is None:
            self._note(event)
        else:
            self._readers.tell(event)

    def _feed(self, readers: Crew, families: Iterator[Family]) -> None:
        readers.tell(Fed(readers.read(families, self.watcher.stopped)))

    def _take_results(self, readers: Crew, store: Store) -> None:
        """Store what is read until all that was handed over has come back."""
        families, back, shown = None, 0, time.monotonic()
        while families is None or back < families:
            events = readers.results(_BATCH)
            results = [event for event in events if isinstance(event, Result)]
            back += len(results)
            self.tally.done += len(results)
            self._take(results, store)
            for event in events:
                self._note(event)
                if isinstance(event, Fed):
                    families = event.families
                elif isinstance(event, Unread):
                    back += event.families
            if families is not None and self.watcher.stopped.is_set():
                families -= readers.halt()
            self.watcher.progress(self.tally)
            if time.monotonic() - shown > _PAGES_EVERY:
                self._show(store)
                shown = time.monotonic()

    def _take(self, results: Sequence[Result], store: Store) -> None:
        good = [result for result in results if result.error is None]
        for result in results:
            if result.error is None:
                self._out_of_reach = 0
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
            self.tally.failed += 1
            self.watcher.tell(f"{result.id} is not stored: {error}")

    def _save(self, store: Store, records: Sequence[BuildRecord]) -> None:
        if not records:
            return
        kept = self._try(store, records)
        for each in kept:
            self.tally.count(each.record, changed=each.saved.changed)
            for sentence in self._notes.of(each.record):
                self.watcher.tell(sentence)
        if self.linker is not None:
            self._link(store, self.linker, records, [each.saved for each in kept])

    def _try(self, store: Store, records: Sequence[BuildRecord]) -> list[Kept]:
        """Store builds; a database that is locked or restarts is waited for."""
        for attempt in range(1, _TRIES + 1):
            try:
                return keep(self.settings, store, records)
            except StoreUnreachable as error:
                if attempt == _TRIES or self.watcher.stopped.is_set():
                    raise
                self.watcher.tell(f"{error} It is tried again.")
                self.watcher.stopped.wait(2.0**attempt)
        raise AssertionError("the last try returns or raises")

    def _note_faults(self, source: Source) -> None:
        for fault in source.faults:
            self.tally.failed += 1
            self.watcher.tell(fault)

    def _note_failure(self, result: Result) -> None:
        if result.gone:
            self.tally.gone += 1
        else:
            self.tally.failed += 1
        self._out_of_reach = self._out_of_reach + 1 if result.out_of_reach else 0
        if result.out_of_reach:
            self._unanswered.setdefault(str(result.error), []).append(result.id)
        else:
            self.watcher.tell(str(result.error))
        away = self._out_of_reach >= max(self.threads, _IN_A_ROW)
        if away and not self.watcher.stopped.is_set():
            self.watcher.tell("Jenkins does not answer any more: the rest is left to another run.")
            self.watcher.stopped.set()

    def _tell_unanswered(self) -> None:
        """Say once for each reason which builds Jenkins did not give."""
        for reason, ids in self._unanswered.items():
            self.watcher.tell(f"{reason} Not read: {listed(ids)}.")

    def _note(self, event: object) -> None:
        self._tell(self.tally.note(event))

    def _tell(self, sentence: str | None) -> None:
        if sentence is not None:
            self.watcher.tell(sentence)

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
                self.watcher.tell(f"Build pages are not linked: {error}")
                self.linker = None
                return

    def _show(self, store: Store) -> None:
        if not self.pages:
            return
        begin = time.monotonic()
        try:
            self.tally.pages += len(
                show(self.settings, self.plugins, store, heal=self.force).written
            )
            for warning in tell_news(self.settings, store):
                self.watcher.tell(warning)
        except (SquashError, OSError) as error:
            self.watcher.tell(f"The pages were not rebuilt: {error}. The next run does it.")
        self.tally.page_seconds += time.monotonic() - begin
