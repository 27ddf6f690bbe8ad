"""The store: the database and the blob store together, and how to open them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from squash_jenkins.models import (
    Branch,
    BuildId,
    BuildRecord,
    ListedBranch,
    Metric,
    SeriesId,
    Specification,
)
from squash_jenkins.models.finding import Acceptance, Triage
from squash_jenkins.store.blobs.store import BlobStore
from squash_jenkins.store.engine import Also, make_engine, reading
from squash_jenkins.store.faults import translating_errors
from squash_jenkins.store.read.reader import Reader
from squash_jenkins.store.rows import DetectionRow, FindingRow
from squash_jenkins.store.schema import migrate
from squash_jenkins.store.service.accounts import Accounts
from squash_jenkins.store.service.audit import AuditLog
from squash_jenkins.store.service.browse import TableBrowser
from squash_jenkins.store.service.build_queue import BuildQueue
from squash_jenkins.store.service.notifications import Notifications
from squash_jenkins.store.write import blocks, builds, provisional, renamed_jobs, seed
from squash_jenkins.store.write import findings as finding_rows
from squash_jenkins.store.write.branches import write_branches, write_listed_branches
from squash_jenkins.store.write.builds import Saved
from squash_jenkins.store.write.editing import DefinitionEditor
from squash_jenkins.store.write.findings import Plan, acceptances


def open_store(database_url: str, blobs: str, *, upgrade: bool = True) -> "Store":
    """Open the database and the blob store.

    Parameters
    ----------
    database_url
        A SQLAlchemy URL.
    blobs
        A folder, or a URL that fsspec opens.
    upgrade
        Make the tables of an empty SQLite file, and upgrade an older one after a backup
        copy beside it. Other databases are upgraded by ``squash-jenkins db upgrade`` only.

    Raises
    ------
    StoreUnreachable
        When there is no connection, the file stays locked or the disk is full.
    OlderDatabase, NewerDatabase
        When the database does not fit this program.
    StoreError
        When the settings are wrong or the database belongs to another program.
    """
    engine = make_engine(database_url)
    try:
        migrate.prepare(engine, upgrade_allowed=upgrade)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, BlobStore(blobs))


class Store:
    """The builds and all that belongs to them; made by `open_store`, closed by leaving its context.

    Threads may share it; a child process may not use it.

    Attributes
    ----------
    blobs
        The tables that came with reports.
    accounts, audit, build_queue, notifications
        What the server and the notifications store: see the classes.
    browser
        The rows of every table, for administrators.
    editor
        Changes of definitions by hand.

    """

    def __init__(self, engine: sa.Engine, blobs: BlobStore) -> None:
        self._engine = engine
        self._writer = builds.Writer(engine, blobs)
        self.blobs = blobs
        self.accounts = Accounts(engine)
        self.audit = AuditLog(engine)
        self.browser = TableBrowser(engine)
        self.build_queue = BuildQueue(engine)
        self.editor = DefinitionEditor(engine)
        self.notifications = Notifications(engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The URL of the database, without its password."""
        return self._engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Close every connection."""
        with translating_errors(self._engine):
            self._engine.dispose()

    def check(self) -> None:
        """Do nothing when the database can be read and its tables fit this program.

        Raises
        ------
        StoreUnreachable, OlderDatabase, NewerDatabase, StoreError
            As `open_store`.

        """
        migrate.prepare(self._engine, upgrade_allowed=False)

    def try_writing(self) -> None:
        """Write a row and take it back.

        Raises
        ------
        StoreUnreachable
            When the database is unreachable, locked, full, read-only or damaged.

        """
        builds.try_writing(self._engine)

    def save(self, record: BuildRecord, *, controller_url: str) -> Saved:
        """Save one build in one transaction; see `save_all`."""
        (saved,) = self.save_all([record], controller_url=controller_url)
        return saved

    def save_all(
        self, records: Sequence[BuildRecord], *, controller_url: str, also: Also | None = None
    ) -> list[Saved]:
        """Save builds in one transaction, in their order; see `Writer.save_all`.

        When one of them cannot be saved, this raises and saves none: try them one by one then.
        """
        return self._writer.save_all(records, controller_url, also)

    def drop_rejected(self, keys: Sequence[int]) -> int:
        """Delete files from quarantine; see `builds.drop_rejected`."""
        return builds.drop_rejected(self._engine, keys)

    def join_renamed(self, old: str, new: str) -> int:
        """Give the stored builds of a job its new name; see `renamed_jobs.join_renamed`."""
        return renamed_jobs.join_renamed(self._engine, old, new)

    def close_lost(self, id: BuildId, started: datetime) -> int:
        """Make a provisional build final that Jenkins has lost; see `provisional.close_lost`."""
        return provisional.close_lost(self._engine, id, started)

    def write_branches(self, branches: Mapping[BuildId, Branch]) -> int:
        """Save the branches that the jobs of builds build; see `branches.write_branches`."""
        return write_branches(self._engine, branches)

    def write_listed_branches(
        self, controller: str, project: str, listed: Mapping[str, ListedBranch], now: datetime
    ) -> int:
        """Save which branches of a project Jenkins has; see `branches.write_listed_branches`."""
        return write_listed_branches(self._engine, controller, project, listed, now)

    def write_findings(
        self, job: int, detection: DetectionRow, before: DetectionRow | None, plan: Plan
    ) -> list[FindingRow] | None:
        """Write the findings of a job, unless others did; see `findings.write_findings`."""
        return finding_rows.write_findings(self._engine, job, detection, before, plan)

    def store_blocks(self, job: int) -> int:
        """Store the measurements of a job as arrays, too; see `blocks.store_blocks`."""
        return blocks.store_blocks(self._engine, job)

    def add_triage(self, finding: int, triage: Triage, also: Also | None = None) -> None:
        """Add a triage note to a finding (by key); see `findings.add_triage`."""
        finding_rows.add_triage(self._engine, finding, triage, also)

    def undo_triage(self, finding: int, who: str, when: datetime, also: Also | None = None) -> None:
        """Take back the latest triage of a finding (by key); see `findings.undo_triage`."""
        finding_rows.undo_triage(self._engine, finding, who, when, also)

    def add_comment(
        self, finding: int, who: str, created: datetime, note: str, also: Also | None = None
    ) -> int:
        """Add a comment to a finding (by key); see `findings.add_comment`."""
        return finding_rows.add_comment(self._engine, finding, who, created, note, also)

    def delete_comment(self, finding: int, comment: int, also: Also | None = None) -> None:
        """Delete a comment of a finding (by key); see `findings.delete_comment`."""
        finding_rows.delete_comment(self._engine, finding, comment, also)

    def accept(self, job: int, accepted: Sequence[Acceptance], also: Also | None = None) -> None:
        """Accept the levels of series of a job (key); see `acceptances.accept`."""
        acceptances.accept(self._engine, job, accepted, also)

    def undo_acceptance(
        self, job: int, series: Sequence[tuple[SeriesId, int]], also: Also | None = None
    ) -> None:
        """Take back what was accepted; see `acceptances.undo`."""
        acceptances.undo(self._engine, job, series, also)

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """Open a reader that sees the database as of one moment."""
        with reading(self._engine) as connection:
            yield Reader(connection)

    def load(
        self,
        metrics: Sequence[Metric],
        specifications: Sequence[Specification],
        *,
        source: str = "seed",
        whole: bool = True,
    ) -> bool:
        """Load definitions that hold for all reports; return whether any changed: `seed.load`."""
        return seed.load(self._engine, metrics, specifications, source=source, whole=whole)
