"""Store the families that were read, link their builds, and count what failed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from squash_jenkins.backfill.events import FamilyRead
from squash_jenkins.backfill.progress import Observer, Progress, listed
from squash_jenkins.config import Settings
from squash_jenkins.errors import JenkinsError, NotFound, StoreError, StoreUnreachable
from squash_jenkins.ingest.file_notes import FileNotes
from squash_jenkins.ingest.publish import link
from squash_jenkins.ingest.saving import Stored, save_builds
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import BuildId, BuildRecord
from squash_jenkins.reliability.backoff import delay
from squash_jenkins.store import Store
from squash_jenkins.verification.build import BuildStatuses
from squash_jenkins.verification.summary import summary_of

_TRIES = 5
"""Tries to store builds in a database that stays locked or away; each try waits by itself."""
_DELAYS = 2.0, 60.0
"""Seconds between two tries: the first and the longest."""
_IN_A_ROW = 5
"""So many builds in a row, and at least one per thread, fail before Jenkins counts as away."""


@dataclass(slots=True)
class Results:
    """The results of a backfill's workers on their way into the store.

    `linker` writes links into the descriptions of builds; None does not.
    """

    settings: Settings
    store: Store
    observer: Observer
    progress: Progress
    threads: int
    linker: JenkinsClient | None
    _notes: FileNotes = field(default_factory=FileNotes)
    _in_a_row: int = 0
    _unanswered: dict[str, list[BuildId]] = field(default_factory=dict)

    def store_families(self, families: Sequence[FamilyRead]) -> None:
        """Store families together; when one is refused, the others without it.

        Raises
        ------
        StoreUnreachable
            The database takes nothing, even after some tries.

        """
        self.progress.done += len(families)
        read = []
        for family in families:
            if family.error is None:
                self._in_a_row = 0
                read.append(family)
            else:
                self._count_failure(family)
        try:
            self._store([record for family in read for record in family.records])
        except StoreUnreachable:
            raise
        except (StoreError, ValueError):
            for family in read:
                self._store_alone(family)

    def log_unanswered(self) -> None:
        """Log, once per reason, which builds Jenkins did not serve."""
        for reason, ids in self._unanswered.items():
            self.observer.log(f"{reason} Not read: {listed(ids)}.")

    def _store_alone(self, family: FamilyRead) -> None:
        try:
            self._store(family.records)
        except StoreUnreachable:
            raise
        except (StoreError, ValueError) as error:
            self.progress.failed += 1
            self.observer.log(f"{family.id} is not stored: {error}")

    def _store(self, records: Sequence[BuildRecord]) -> None:
        if not records:
            return
        stored = self._save(records)
        for each in stored:
            self.progress.count_stored(each.record, changed=each.saved.changed)
            for note in self._notes.of(each.record):
                self.observer.log(note)
        if self.linker is not None:
            self._link(self.linker, stored)

    def _save(self, records: Sequence[BuildRecord]) -> list[Stored]:
        """Save builds; wait for a database that is locked or restarts."""
        for attempt in range(1, _TRIES + 1):
            try:
                return save_builds(self.settings, self.store, records)
            except StoreUnreachable as error:
                if attempt == _TRIES or self.observer.stopped.is_set():
                    raise
                self.observer.log(f"{error} Trying again.")
                self.observer.stopped.wait(delay(attempt, *_DELAYS))
        raise AssertionError("the last try returns or raises")

    def _link(self, linker: JenkinsClient, stored: Sequence[Stored]) -> None:
        """Link the builds that changed; a refusal ends linking, not storing."""
        with self.store.reader() as reader:
            statuses = BuildStatuses(reader, self.settings.findings.recent)
            summaries = {
                each.record.build.id: summary_of(statuses.of(each.saved.build_key, back=0))
                for each in stored
                if each.saved.changed
            }
        for id, summary in summaries.items():
            try:
                link(self.settings, linker, id, summary)
            except NotFound:
                continue  # deleted in Jenkins: there is no page to link
            except JenkinsError as error:
                self.observer.log(f"Build pages are not linked: {error}")
                self.linker = None
                return

    def _count_failure(self, family: FamilyRead) -> None:
        """Count a family that was not read; stop the run when Jenkins has stopped answering."""
        if family.gone:
            self.progress.gone += 1
        else:
            self.progress.failed += 1
        if not family.unreachable:
            self._in_a_row = 0
            self.observer.log(str(family.error))
            return
        self._in_a_row += 1
        self._unanswered.setdefault(str(family.error), []).append(family.id)
        away = self._in_a_row >= max(self.threads, _IN_A_ROW)
        if away and not self.observer.stopped.is_set():
            self.observer.log("Jenkins no longer answers: the rest is left to another run.")
            self.observer.stopped.set()
