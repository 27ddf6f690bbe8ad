"""Count what becomes of the builds of a backfill, and say it as it happens."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from squash_jenkins.analysis.number_ranges import as_text, ranges
from squash_jenkins.backfill.backlog import JobListed, LeftOut, Refused, Unreadable, Vanished
from squash_jenkins.models import BuildId, BuildRecord


def listed(ids: Iterable[BuildId]) -> str:
    """Return builds job by job, as people write them: ``ci_hsc #3–5, #9; ci_cfht #1``."""
    jobs: dict[str, set[int]] = {}
    for id in ids:
        jobs.setdefault(id.job, set()).add(id.number)
    return "; ".join(f"{job} {as_text(ranges(sorted(numbers)))}" for job, numbers in jobs.items())


@dataclass(slots=True)
class Progress:
    """Count what became of the builds.

    A matrix build is one of `wanted` (which grows as jobs are listed), `done`, `already`, `gone`
    and `failed`; its configurations count as well among the `stored` ones and those that were
    stored the `same`. `set_aside` counts files, `doubtful` those of them that nobody named and
    that could not be had, so that they may hold no QA; `pages` counts files written, `refused`
    names of jobs.
    `seconds` are those of listing, reading and storing, `page_seconds` those of the pages.
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
        """Tell whether all that was asked for is stored."""
        wrong = self.gone + self.failed + self.refused + self.set_aside - self.doubtful
        return not wrong and not self.stopped

    def note(self, event: object) -> str | None:
        """Count what the backlog tells; return a sentence where somebody should know."""
        if isinstance(event, JobListed):
            self.jobs += 1
            self.wanted += event.wanted
            self.already += event.already
            self.running += event.running
        elif isinstance(event, LeftOut):
            self.left_out += 1
            self.done += 1
        elif isinstance(event, Vanished):
            self.gone += 1
            self.done += 1
            return f"{event.job} #{event.number} vanished after Jenkins had listed it."
        elif isinstance(event, Unreadable):
            self.failed += 1
            self.done += 1
            return f"{event.id} cannot be read: {event.error}"
        elif isinstance(event, Refused):
            self.refused += 1
            return f"{event.error}{' Nothing more can be asked.' if event.last else ''}"
        return None

    def count(self, record: BuildRecord, *, changed: bool) -> None:
        """Count one build that was stored."""
        self.stored += changed
        self.same += not changed
        self.without_report += not record.reports and not record.rejected
        self.set_aside += len(record.rejected)
        self.doubtful += len(record.doubtful)

    @property
    def worked(self) -> bool:
        """Tell whether anything of what was asked for is stored."""
        return bool(self.stored + self.same + self.already + self.left_out)


@dataclass(slots=True)
class Observer:
    """Take notice of a run: `log` takes sentences, `on_progress` the counts now and then.

    Set `stopped` to have the run finish what is in flight and end.
    """

    log: Callable[[str], None] = lambda sentence: None
    on_progress: Callable[[Progress], None] = lambda progress: None
    stopped: threading.Event = field(default_factory=threading.Event)
