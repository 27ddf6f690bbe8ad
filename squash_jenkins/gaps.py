"""Find what is missing of a job: compare what is stored with what Jenkins has."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from squash_jenkins.errors import JenkinsError, NotFound, SignInRefused, Unreachable
from squash_jenkins.models import Listed
from squash_jenkins.store import Reader
from squash_jenkins.store.coverage import CoverageRow
from squash_jenkins.store.rows import JobRow

_SAME_MOMENT = timedelta(minutes=1)
"""Builds that start at once may get their numbers in another order than their times."""


class Why(StrEnum):
    """Say why there is nothing of a build to look at."""

    MISSING = "missing"
    """Jenkins has it, finished, and it is not stored."""
    DELETED = "deleted"
    """Jenkins no longer has it."""
    UNKNOWN = "unknown"
    """It is not stored, and Jenkins was not asked or did not answer."""
    QUARANTINED = "quarantined"
    """Every QA file of it was set aside."""
    NO_REPORT = "no report"
    """It is stored and came without any QA file."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what Jenkins says of a job: its builds, or why there is no list of them.

    `listed` None without a `fault` means that Jenkins was not asked. `gone` is for a job that
    Jenkins no longer has.
    """

    listed: Sequence[Listed] | None = None
    fault: str | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Newest:
    """Name the newest build of some kind; `result` is what is stored of it."""

    number: int
    started: datetime
    result: str | None = None


@dataclass(frozen=True, slots=True)
class JobState:
    """Tell how a job stands.

    Attributes
    ----------
    controller, job
        Short name of the Jenkins server, full name of the job.
    builds
        Number of stored builds.
    earlier
        How many of them belong to an earlier job of this name.
    answer
        What Jenkins said.
    stored, finished
        The newest build that is stored, and the newest one that is over in Jenkins.
    lag
        Seconds since the start of the newest build that is over in Jenkins and not stored;
        0 when all are stored, None when Jenkins did not tell.
    provisional, ended, unread
        Numbers of the builds that were stored while they ran, which of them are over, and of
        which no QA file was archived then.
    gaps
        Numbers by why there is nothing of them, in ascending order; reasons without any are left
        out.

    """

    controller: str
    job: str
    builds: int
    earlier: int
    answer: Answer
    stored: Newest | None
    finished: Newest | None
    lag: float | None
    provisional: Sequence[int] = ()
    ended: Sequence[int] = ()
    unread: Sequence[int] = ()
    gaps: dict[Why, list[int]] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Tell whether nothing is known to be missing, as far as Jenkins was asked."""
        return not (self.gaps.get(Why.MISSING) or self.ended or self.answer.fault)


class Asker:
    """Ask one Jenkins for the builds of jobs; once it is out of reach it is not asked again."""

    def __init__(self, listing: Callable[[str], Sequence[Listed]]) -> None:
        self._listing = listing
        self._fault: str | None = None

    def ask(self, job: str) -> Answer:
        """Return what Jenkins says of a job."""
        if self._fault is not None:
            return Answer(fault=self._fault)
        try:
            return Answer(listed=self._listing(job))
        except (Unreachable, SignInRefused) as error:
            self._fault = str(error)
            return Answer(fault=self._fault)
        except NotFound:
            return Answer(listed=(), gone=True)
        except JenkinsError as error:
            return Answer(fault=str(error))


def job_state(reader: Reader, job: JobRow, answer: Answer, now: datetime) -> JobState:
    """Compare what is stored of a job with what Jenkins said of it, as of `now` (UTC)."""
    rows = reader.coverage(job.key)
    listed = answer.listed or ()
    own = _of_newest_job(rows, listed)
    over = {each.number: each for each in listed if not each.running}
    provisional = [row.number for row in rows if row.provisional]
    gaps = _gaps(own, answer, over)
    return JobState(
        controller=job.controller,
        job=job.name,
        builds=len(rows),
        earlier=len(rows) - len(own),
        answer=answer,
        stored=_newest_row(own),
        finished=_newest_listed(over.values()),
        lag=None if answer.listed is None else _lag(gaps.get(Why.MISSING, ()), over, now),
        provisional=provisional,
        ended=_ended(rows, answer),
        unread=[row.number for row in rows if row.provisional and _is_empty(row)],
        gaps=gaps,
    )


def _of_newest_job(rows: Sequence[CoverageRow], listed: Sequence[Listed]) -> list[CoverageRow]:
    """Return the stored builds that do not belong to an earlier job of the same name.

    A job that is deleted and created again counts from 1: a build is of an earlier job when the
    same number, or a smaller one, started later.
    """
    known = {(row.number, row.started) for row in rows}
    known |= {(each.number, each.started) for each in listed}
    latest: datetime | None = None
    superseded: set[tuple[int, datetime]] = set()
    by_number: dict[int, list[datetime]] = {}
    for number, started in known:
        by_number.setdefault(number, []).append(started)
    for number in sorted(by_number):
        last = max(by_number[number])
        for started in by_number[number]:
            if started < last or (latest and started < latest - _SAME_MOMENT):
                superseded.add((number, started))
        latest = last if latest is None else max(latest, last)
    return [row for row in rows if (row.number, row.started) not in superseded]


def _gaps(
    rows: Sequence[CoverageRow], answer: Answer, over: Collection[int]
) -> dict[Why, list[int]]:
    stored = {row.number for row in rows}
    here = {each.number for each in answer.listed or ()}
    reached = stored | here
    first = min(stored, default=0)
    absent = set(range(first, max(reached) + 1)) - reached if stored else set()
    empty = [row for row in rows if not row.reports and not row.provisional and not row.matrix]
    found = {
        Why.MISSING: set(over) - stored,
        Why.DELETED: absent if answer.listed is not None else set(),
        Why.UNKNOWN: absent if answer.listed is None else set(),
        Why.QUARANTINED: {row.number for row in empty if row.rejected},
        Why.NO_REPORT: {row.number for row in empty if not row.rejected},
    }
    return {why: sorted(numbers) for why, numbers in found.items() if numbers}


def _is_empty(row: CoverageRow) -> bool:
    return not (row.reports or row.rejected or row.matrix)


def _ended(rows: Sequence[CoverageRow], answer: Answer) -> list[int]:
    """Return the provisional builds that do not run any more; of a lost job nothing more comes."""
    if answer.listed is None or answer.gone:
        return []
    running = {(each.number, each.started) for each in answer.listed if each.running}
    return [
        row.number for row in rows if row.provisional and (row.number, row.started) not in running
    ]


def _lag(missing: Iterable[int], over: dict[int, Listed], now: datetime) -> float:
    starts = [over[number].started for number in missing]
    return max(0.0, (now - max(starts)).total_seconds()) if starts else 0.0


def _newest_row(rows: Sequence[CoverageRow]) -> Newest | None:
    last = max(rows, key=lambda row: row.number, default=None)
    return Newest(last.number, last.started, last.result) if last else None


def _newest_listed(builds: Iterable[Listed]) -> Newest | None:
    last = max(builds, key=lambda each: each.number, default=None)
    return Newest(last.number, last.started) if last else None


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return ascending numbers as (first, last) of each unbroken run."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def as_text(numbers: Iterable[int]) -> str:
    """Return ascending numbers as people write them: ``12–40, 55``."""
    return ", ".join(
        str(first) if first == last else f"{first}–{last}" for first, last in ranges(numbers)
    )
