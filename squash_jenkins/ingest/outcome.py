"""What became of the builds of one call."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from squash_jenkins.errors import StoreError
from squash_jenkins.models import BuildId, BuildRecord
from squash_jenkins.render.engine.static import Built
from squash_jenkins.store import Saved
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.verification.build import BuildStatus
from squash_jenkins.verification.summary import Summary


@dataclass(slots=True)
class Outcome:
    """What became of the builds of one call.

    `records` are the builds that were asked for; `saved` are all that were stored: these, missed
    ones and those from the spool. `failed` has the reason for each build that could not be read.
    `from_spool` are builds from the spool, which an earlier run had read. `unlinked` are builds of
    earlier runs whose page lacks the link, `linked` those that got one although nobody asked for
    them. `parent` is the matrix build of a configuration's build.
    `unreachable` counts the builds in a row, up to the last, for which Jenkins did not answer.
    `found` are the new findings; `statuses` are those of the builds that were asked for, in their
    order. `refused` is why the database, which accepts other builds, refuses one of these.
    `timings` are seconds by stage, `warnings` are sentences.
    """

    records: Sequence[BuildRecord] = ()
    saved: dict[BuildId, Saved] = field(default_factory=dict)
    failed: dict[BuildId, str] = field(default_factory=dict)
    unreachable: int = 0
    parent: BuildId | None = None
    from_spool: list[BuildId] = field(default_factory=list)
    unlinked: list[BuildId] = field(default_factory=list)
    linked: list[BuildId] = field(default_factory=list)
    summaries: dict[BuildId, Summary] = field(default_factory=dict)
    found: Sequence[FindingRow] = ()
    statuses: dict[BuildId, BuildStatus] = field(default_factory=dict)
    pages: Built | None = None
    url: str | None = None
    spooled: list[Path] = field(default_factory=list)
    refused: StoreError | ValueError | None = None
    warnings: list[str] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the duration of a stage to the timings."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.timings[name] = self.timings.get(name, 0.0) + time.perf_counter() - begin

    @property
    def changed(self) -> bool:
        """Return whether any build that was asked for changed in the store."""
        asked = [record.build.id for record in self.records]
        return any(self.saved[id].changed for id in asked if id in self.saved)

    @property
    def summary(self) -> Summary | None:
        """Return the summary of the first build."""
        return self.summaries.get(self.records[0].build.id) if self.records else None
