"""Find the missing builds of a job: compare what is stored with what Jenkins has."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from squash_jenkins.analysis.number_ranges import Ranges, left_out, ranges
from squash_jenkins.errors import JenkinsError, NotFound, SignInRefused, Unreachable
from squash_jenkins.models import ListedBuild
from squash_jenkins.store import Reader
from squash_jenkins.store.build_order import lives
from squash_jenkins.store.rows import CoverageRow, JobRow


class GapReason(StrEnum):
    """Reason why a build has nothing to show."""

    MISSING = "missing"
    """It has ended in Jenkins and is not stored."""
    DELETED = "deleted"
    """Jenkins no longer has it."""
    UNKNOWN = "unknown"
    """It is not stored, and Jenkins was not asked or did not respond."""
    QUARANTINED = "quarantined"
    """All its QA files are in the quarantine."""
    NO_REPORT = "no report"
    """It is stored and had no QA file."""


@dataclass(frozen=True, slots=True)
class JobListing:
    """Builds of a job that Jenkins lists, or the reason why there is no list.

    `listed` None without a `fault` means that Jenkins was not asked; with a list, the fault is
    about incomplete lines. `gone` means that Jenkins no longer has the job.
    """

    listed: Sequence[ListedBuild] | None = None
    fault: str | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class NewestBuild:
    """Newest build of some kind, with the stored result."""

    number: int
    started: datetime
    result: str | None = None


@dataclass(frozen=True, slots=True)
class JobStatus:
    """What is stored, missing and waiting for a job.

    Attributes
    ----------
    controller, job
        Short name of the Jenkins server, full name of the job.
    builds
        Number of stored builds.
    earlier
        How many of them belong to an earlier job of the same name.
    listing
        What Jenkins lists.
    stored, finished
        The newest build that is stored, and the newest one that has ended in Jenkins.
    lag
        Seconds since the start of the newest build that has ended in Jenkins and is not stored;
        0 when all are stored, None without a list from Jenkins.
    provisional, ended, unread
        Numbers of the builds that were stored while they ran, of those that have ended since, and
        of those that had no archived QA file at the time.
    gaps
        Ranges of numbers by reason; reasons without any are left out.

    """

    controller: str
    job: str
    builds: int
    earlier: int
    listing: JobListing
    stored: NewestBuild | None
    finished: NewestBuild | None
    lag: float | None
    provisional: Sequence[int] = ()
    ended: Sequence[int] = ()
    unread: Sequence[int] = ()
    gaps: dict[GapReason, Ranges] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether nothing is known to be missing, as far as Jenkins was asked."""
        return not (self.gaps.get(GapReason.MISSING) or self.ended or self.listing.fault)


class JobLister:
    """Lists the builds of jobs of one Jenkins; once unreachable, it is not asked again."""

    def __init__(
        self,
        listing: Callable[[str], Sequence[ListedBuild]],
        passed_over: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._listing = listing
        self._passed_over = passed_over
        self._fault: str | None = None

    def list_builds(self, job: str) -> JobListing:
        """Return what Jenkins lists of a job."""
        if self._fault is not None:
            return JobListing(fault=self._fault)
        try:
            before = len(self._passed_over())
            listed = self._listing(job)
            return JobListing(listed, " ".join(self._passed_over()[before:]) or None)
        except (Unreachable, SignInRefused) as error:
            self._fault = str(error)
            return JobListing(fault=self._fault)
        except NotFound:
            return JobListing(listed=(), gone=True)
        except JenkinsError as error:
            return JobListing(fault=str(error))


def job_status_of(reader: Reader, job: JobRow, listing: JobListing, now: datetime) -> JobStatus:
    """Compare what is stored of a job with what Jenkins lists, as of `now` (UTC)."""
    rows = reader.coverage.of_job(job.key)
    listed = listing.listed or ()
    own = _of_newest_job(rows, listed)
    over = {each.number: each for each in listed if not each.running}
    provisional = [row.number for row in rows if row.provisional]
    gaps = _gaps(own, listing, over)
    return JobStatus(
        controller=job.controller,
        job=job.name,
        builds=len(rows),
        earlier=len(rows) - len(own),
        listing=listing,
        stored=_newest_row(own),
        finished=_newest_listed(over.values()),
        lag=None if listing.listed is None else _lag(own, over, now),
        provisional=provisional,
        ended=_ended(rows, listing),
        unread=[row.number for row in rows if row.provisional and _is_empty(row)],
        gaps=gaps,
    )


def _of_newest_job(rows: Sequence[CoverageRow], listed: Sequence[ListedBuild]) -> list[CoverageRow]:
    """Return the stored builds that do not belong to an earlier job of the same name.

    All builds that Jenkins lists are of one job, whatever the clocks say; without a list the last
    life counts.
    """
    stored = {(row.number, row.started): row for row in rows}
    here = {(each.number, each.started): each for each in listed}
    every: dict[tuple[int, datetime], CoverageRow | ListedBuild] = {**here, **stored}
    found = lives(every.values())
    of_job = [life for life in found if any((b.number, b.started) in here for b in life)]
    return [
        stored[build.number, build.started]
        for life in of_job or found[-1:]
        for build in life
        if (build.number, build.started) in stored
    ]


def _gaps(
    rows: Sequence[CoverageRow], listing: JobListing, over: Collection[int]
) -> dict[GapReason, Ranges]:
    stored = {row.number for row in rows}
    here = {each.number for each in listing.listed or ()}
    first = min(stored, default=0)
    absent = left_out(sorted(n for n in stored | here if n >= first)) if stored else []
    empty = [row for row in rows if not row.reports and not row.provisional and not row.matrix]
    found = {
        GapReason.MISSING: ranges(sorted(set(over) - stored)),
        GapReason.DELETED: absent if listing.listed is not None else [],
        GapReason.UNKNOWN: absent if listing.listed is None else [],
        GapReason.QUARANTINED: ranges(sorted({row.number for row in empty if row.rejected})),
        GapReason.NO_REPORT: ranges(sorted({row.number for row in empty if not row.rejected})),
    }
    return {why: numbers for why, numbers in found.items() if numbers}


def _is_empty(row: CoverageRow) -> bool:
    return not (row.reports or row.rejected or row.matrix)


def _ended(rows: Sequence[CoverageRow], listing: JobListing) -> list[int]:
    """Return the provisional builds that have ended; none for a deleted job."""
    if listing.listed is None or listing.gone:
        return []
    running = {(each.number, each.started) for each in listing.listed if each.running}
    return [
        row.number for row in rows if row.provisional and (row.number, row.started) not in running
    ]


def _lag(rows: Sequence[CoverageRow], over: dict[int, ListedBuild], now: datetime) -> float:
    """Return the age of the newest missing build; at least 0, whatever the clocks say."""
    newest = max(over.keys() - {row.number for row in rows}, default=None)
    return 0.0 if newest is None else max(0.0, (now - over[newest].started).total_seconds())


def _newest_row(rows: Sequence[CoverageRow]) -> NewestBuild | None:
    last = max(rows, key=lambda row: row.number, default=None)
    return NewestBuild(last.number, last.started, last.result) if last else None


def _newest_listed(builds: Iterable[ListedBuild]) -> NewestBuild | None:
    last = max(builds, key=lambda each: each.number, default=None)
    return NewestBuild(last.number, last.started) if last else None
