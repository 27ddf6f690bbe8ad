"""Open the store: the database and the blob store together."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from squash_jenkins.models import BuildId, BuildRecord, Metric, Specification
from squash_jenkins.models.finding import Triage
from squash_jenkins.store.blobs.store import BlobStore
from squash_jenkins.store.engine import make_engine, reading
from squash_jenkins.store.faults import telling_failures
from squash_jenkins.store.read.reader import Reader
from squash_jenkins.store.read.rows import FindingRow, JudgementRow
from squash_jenkins.store.schema import migrate
from squash_jenkins.store.service import notifications
from squash_jenkins.store.write import blocks, builds, provisional, renamed_jobs, seed
from squash_jenkins.store.write import findings as finding_rows
from squash_jenkins.store.write.builds import Also, Saved
from squash_jenkins.store.write.findings import Plan


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
        copy beside it. Other databases are upgraded by `upgrade_database` only.

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
    """Keep builds; made by `open_store` and closed by leaving its context.

    It may be shared by threads, but not handed to a child process.
    """

    def __init__(self, engine: sa.Engine, blobs: BlobStore) -> None:
        self.engine = engine
        self.blobs = blobs
        self._writer = builds.Writer(engine, blobs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        with telling_failures(self.engine):
            self.engine.dispose()

    def check(self) -> None:
        """Do nothing when the database can be read and its tables fit this program.

        Raises
        ------
        StoreUnreachable, OlderDatabase, NewerDatabase, StoreError
            As `open_store`.

        """
        migrate.prepare(self.engine, upgrade_allowed=False)

    def try_writing(self) -> None:
        """Do nothing when the database takes a row, of which nothing stays.

        Raises
        ------
        StoreUnreachable
            It is away, locked, full, read-only or damaged.

        """
        builds.try_writing(self.engine)

    def save(self, record: BuildRecord, *, controller_url: str) -> Saved:
        """Store one build in one transaction; see `save_all`."""
        (saved,) = self.save_all([record], controller_url=controller_url)
        return saved

    def save_all(
        self, records: Sequence[BuildRecord], *, controller_url: str, also: Also | None = None
    ) -> list[Saved]:
        """Store builds in one transaction, in their order; see `Writer.save_all`.

        When one of them cannot be stored, this raises and none is: try them one by one then.
        """
        return self._writer.save_all(records, controller_url, also)

    def drop_rejected(self, keys: Sequence[int]) -> int:
        """Delete files that were set aside; see `write.drop_rejected`."""
        return builds.drop_rejected(self.engine, keys)

    def join_renamed(self, old: str, new: str) -> int:
        """Give builds stored of a job its new name; see `renamed.join_renamed`."""
        return renamed_jobs.join_renamed(self.engine, old, new)

    def close_lost(self, id: BuildId, started: datetime) -> int:
        """Make a provisional build final that Jenkins has lost; see `lost.close_lost`."""
        return provisional.close_lost(self.engine, id, started)

    def write_findings(
        self, job: int, judgement: JudgementRow, before: JudgementRow | None, plan: Plan
    ) -> list[FindingRow] | None:
        """Write what was found in a job, unless others did; see `finding_rows.write_findings`."""
        return finding_rows.write_findings(self.engine, job, judgement, before, plan)

    def pack_up(self, job: int) -> int:
        """Keep what the builds of a job measured as arrays; see `write_packs.pack_up`."""
        return blocks.pack_up(self.engine, job)

    def say(self, finding: int, triage: Triage, also: Also | None = None) -> None:
        """Add what somebody says of a finding (by key); see `finding_rows.say`."""
        finding_rows.say(self.engine, finding, triage, also)

    def claim(self, findings: Collection[int], target: str, when: datetime) -> set[int]:
        """Claim findings that are to be sent to a target; see `notifications.claim`."""
        return notifications.claim(self.engine, findings, target, when)

    def sent(
        self, findings: Collection[int], target: str, claimed: datetime, when: datetime
    ) -> None:
        """Note that a target took the claimed findings; see `notifications.sent`."""
        notifications.sent(self.engine, findings, target, claimed, when)

    def release(self, findings: Collection[int], target: str, claimed: datetime) -> None:
        """Take back claims: the next run may try again; see `notifications.release`."""
        notifications.release(self.engine, findings, target, claimed)

    def told(self, target: str) -> set[int]:
        """Return the keys of the findings that a target was told of."""
        with reading(self.engine) as connection:
            return notifications.told(connection, target)

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """Give a reader that sees the database as of one moment."""
        with reading(self.engine) as connection:
            yield Reader(connection)

    def load(
        self,
        metrics: Sequence[Metric],
        specifications: Sequence[Specification],
        *,
        source: str = "seed",
        whole: bool = True,
    ) -> bool:
        """Load definitions that hold for everyone; return whether any changed. See `seed.load`."""
        return seed.load(self.engine, metrics, specifications, source=source, whole=whole)
