"""Count what becomes of the builds of a backfill, and report it while the run goes on."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import assert_never

from squash_jenkins.analysis.number_ranges import as_text, ranges
from squash_jenkins.backfill.events import (
    BacklogEvent,
    BuildSkipped,
    BuildUnreadable,
    BuildVanished,
    JobListed,
    JobRefused,
)
from squash_jenkins.models import BuildId, BuildRecord


def listed(ids: Iterable[BuildId]) -> str:
    """Return builds by job, as people write them: ``ci_hsc #3–5, #9; ci_cfht #1``."""
    jobs: dict[str, set[int]] = {}
    for id in ids:
        jobs.setdefault(id.job, set()).add(id.number)
    return "; ".join(f"{job} {as_text(ranges(sorted(numbers)))}" for job, numbers in jobs.items())


@dataclass(slots=True)
class Progress:
    """Counts of what became of the builds.

    A matrix build counts once in `wanted` (which grows as jobs are listed), `done`, `already`,
    `gone` and `failed`; its configurations count as well in `stored` and in `same`, which are
    builds stored with and without a change. `set_aside` counts files; `doubtful` are those of
    them that nobody named and that could not be fetched, so they may hold no QA. `pages` counts
    files written, `refused` names of jobs. `seconds` is the time of listing, reading and storing,
    `page_seconds` that of rebuilding pages.
    """

    jobs: int = 0
    wanted: int = 0
    done: int = 0
    stored: int = 0
    same: int = 0
    already: int = 0
    running: int = 0
    without_report: int = 0
    set_aside: int = 0
    doubtful: int = 0
    left_out: int = 0
    gone: int = 0
    failed: int = 0
    refused: int = 0
    pages: int = 0
    stopped: bool = False
    seconds: float = 0.0
    page_seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Return whether everything that was selected is stored."""
        wrong = self.gone + self.failed + self.refused + self.set_aside - self.doubtful
        return not wrong and not self.stopped

    @property
    def worked(self) -> bool:
        """Return whether anything that was selected is stored."""
        return bool(self.stored + self.same + self.already + self.left_out)

    def count(self, event: BacklogEvent) -> str | None:
        """Count an event of the backlog; return a message where people should know of it."""
        match event:
            case JobListed():
                self.jobs += 1
                self.wanted += event.wanted
                self.already += event.already
                self.running += event.running
                return None
            case JobRefused():
                self.refused += 1
                return f"{event.error}{' Jenkins is asked nothing more.' if event.last else ''}"
        self.done += 1
        match event:
            case BuildSkipped():
                self.left_out += 1
                return None
            case BuildUnreadable():
                self.failed += 1
                return f"{event.id} cannot be read: {event.error}"
            case BuildVanished():
                self.gone += 1
                return f"{event.job} #{event.number} vanished after Jenkins listed it."
        assert_never(event)

    def count_stored(self, record: BuildRecord, *, changed: bool) -> None:
        """Count a build that was stored."""
        self.stored += changed
        self.same += not changed
        self.without_report += not record.reports and not record.rejected
        self.set_aside += len(record.rejected)
        self.doubtful += len(record.doubtful)


@dataclass(slots=True)
class Observer:
    """The caller's side of a run: `log` gets messages, `on_progress` the counts now and then.

    Set `stopped` to have the run finish what is in flight and end.
    """

    log: Callable[[str], None] = lambda message: None
    on_progress: Callable[[Progress], None] = lambda progress: None
    stopped: threading.Event = field(default_factory=threading.Event)
