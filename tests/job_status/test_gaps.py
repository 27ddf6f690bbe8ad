import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from squash_jenkins.errors import IsFolder, NotFound, PermissionMissing, Unreachable
from squash_jenkins.job_status.gaps import (
    GapReason,
    JobLister,
    JobListing,
    JobStatus,
    job_status_of,
)
from squash_jenkins.models import (
    Build,
    BuildId,
    BuildRecord,
    ListedBuild,
    Measurement,
    Rejected,
    Report,
)
from squash_jenkins.store import Store, open_store

START = datetime(2026, 3, 1, tzinfo=UTC)
NOW = START + timedelta(days=400)
FAR = datetime(2038, 1, 19, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/a.sqlite", str(tmp_path / "blobs")) as store:
        yield store


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def keep(
    store: Store,
    number: int,
    *,
    started: datetime | None = None,
    reports: int = 1,
    rejected: int = 0,
    provisional: bool = False,
    runs: Sequence[BuildId] = (),
) -> None:
    id = BuildId("lab", "a", number)
    build = Build(
        id, started or day(number), 1.0, "SUCCESS", provisional=provisional, runs=tuple(runs)
    )
    found = [
        Report(f"{n}.json", "plain", "0" * 64, 1, measurements=[Measurement("m.n", 1.0)])
        for n in range(reports)
    ]
    aside = [Rejected(f"bad{n}.json", "broken") for n in range(rejected)]
    store.save(BuildRecord(build, found, aside), controller_url="http://x/")


def state(store: Store, listed: Sequence[ListedBuild] | None) -> JobStatus:
    with store.reader() as reader:
        [job] = reader.builds.jobs()
        return job_status_of(reader, job, JobListing(listed), NOW)


def has(*numbers: int, running: Sequence[int] = ()) -> list[ListedBuild]:
    every = sorted({*numbers, *running}, reverse=True)
    return [ListedBuild(number, day(number), number in running) for number in every]


def test_every_gap_has_its_reason(store: Store) -> None:
    for number in (3, 4, 7):
        keep(store, number)
    keep(store, 8, reports=0)
    keep(store, 9, reports=0, rejected=2)
    keep(store, 10, reports=1, rejected=2)
    found = state(store, has(1, 2, 3, 5, 7, 8, 9, 10, 12, running=[13]))
    assert found.gaps == {
        GapReason.MISSING: [(1, 2), (5, 5), (12, 12)],
        GapReason.DELETED: [(6, 6), (11, 11)],
        GapReason.QUARANTINED: [(9, 9)],
        GapReason.NO_REPORT: [(8, 8)],
    }
    assert found.stored and found.stored.number == 10
    assert found.finished and found.finished.number == 12
    assert found.lag == (NOW - day(12)).total_seconds()
    assert not found.complete


def test_numbers_before_the_first_stored_count_only_if_jenkins_has_them(store: Store) -> None:
    keep(store, 40)
    assert state(store, has(40)).gaps == {}
    assert state(store, has(38, 40)).gaps == {GapReason.MISSING: [(38, 38)]}


def test_unasked_numbers_are_unknown(store: Store) -> None:
    keep(store, 1)
    keep(store, 4)
    found = state(store, None)
    assert found.gaps == {GapReason.UNKNOWN: [(2, 3)]}
    assert (found.lag, found.finished, found.complete) == (None, None, True)


def test_all_stored_is_no_lag(store: Store) -> None:
    keep(store, 1)
    found = state(store, has(1, running=[2]))
    assert (found.lag, found.gaps, found.complete) == (0.0, {}, True)


def test_a_build_that_runs_is_no_gap_and_one_that_has_ended_is_told(store: Store) -> None:
    for number in (1, 2, 3):
        keep(store, number, provisional=True, reports=0)
    found = state(store, has(2, running=[3]))
    assert (found.provisional, found.ended) == ([1, 2, 3], [1, 2])
    assert found.gaps == {}
    assert not found.complete


def test_a_matrix_build_has_its_reports_in_its_runs(store: Store) -> None:
    keep(store, 1, reports=0, runs=[BuildId("lab", "a/X=1", 1)])
    assert [state(store, has(1)).gaps] == [{}]


def test_of_a_re_created_job_the_newest_counts(store: Store) -> None:
    for number in range(1, 9):
        keep(store, number)
    for number in (1, 3):
        keep(store, number, started=day(100 + number))
    listed = [ListedBuild(number, day(100 + number)) for number in (3, 1)]
    for listing in (listed, None):
        found = state(store, listing)
        assert (found.builds, found.earlier) == (10, 8)
        assert found.stored and found.stored.started == day(103)
        assert list(found.gaps.values()) == [[(2, 2)]]


def test_of_a_re_created_job_nothing_may_be_stored_yet(store: Store) -> None:
    for number in range(5, 9):
        keep(store, number)
    found = state(store, [ListedBuild(number, day(100 + number)) for number in (2, 1)])
    assert (found.earlier, found.stored) == (4, None)
    assert found.gaps == {GapReason.MISSING: [(1, 2)]}


def test_builds_that_start_at_one_moment_are_of_one_job(store: Store) -> None:
    keep(store, 1, started=START + timedelta(milliseconds=3))
    keep(store, 2, started=START)
    assert state(store, None).earlier == 0


@pytest.mark.parametrize("error", [NotFound("no"), IsFolder("a folder now")])
def test_a_job_that_jenkins_does_not_have_is_gone(error: Exception) -> None:
    assert JobLister(raising(error)).list_builds("a") == JobListing(listed=(), gone=True)


def test_jenkins_out_of_reach_is_asked_once_and_one_refusal_is_about_one_job() -> None:
    asked: list[str] = []

    def listing(job: str) -> list[ListedBuild]:
        asked.append(job)
        if job == "closed":
            raise PermissionMissing("not yours")
        raise Unreachable("down")

    lister = JobLister(listing)
    assert [lister.list_builds(job).fault for job in ("closed", "b", "c")] == [
        "not yours",
        "down",
        "down",
    ]
    assert asked == ["closed", "b"]


def test_a_list_with_lines_that_were_passed_over_is_used_and_its_fault_told() -> None:
    passed_over = ["an odd line of before"]

    def listing(job: str) -> list[ListedBuild]:
        passed_over.append(f"an odd line of {job}")
        return has(1)

    listing = JobLister(listing, lambda: passed_over).list_builds("a")
    assert (listing.listed, listing.fault) == (has(1), "an odd line of a")


def raising(error: Exception):  # type: ignore[no-untyped-def] # returns nothing that is used
    def listing(job: str) -> list[ListedBuild]:
        raise error

    return listing


def test_a_jump_of_numbers_costs_nothing(store: Store) -> None:
    for number in (1, 3, 20260301):
        keep(store, number, started=day(min(number, 4)))
    tracemalloc.start()
    try:
        offline = state(store, None).gaps
        listed = [ListedBuild(20260303, day(5)), *has(1, 3)]
        asked = state(store, listed).gaps
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert offline == {GapReason.UNKNOWN: [(2, 2), (4, 20260300)]}
    assert asked == {
        GapReason.MISSING: [(20260303, 20260303)],
        GapReason.DELETED: [(2, 2), (4, 20260300), (20260302, 20260302)],
    }
    assert peak < 2_000_000


def test_a_build_with_a_wrong_clock_hides_no_other(store: Store) -> None:
    for number in range(1, 61):
        keep(store, number, started=FAR if number == 30 else day(number))
    offline = state(store, None)
    assert (offline.earlier, offline.gaps) == (0, {})
    assert offline.stored and offline.stored.number == 60
    listed = [
        ListedBuild(number, {30: FAR, 62: FAR}.get(number, day(number)))
        for number in range(62, 20, -1)
    ]
    asked = state(store, listed)
    assert (asked.earlier, asked.gaps) == (0, {GapReason.MISSING: [(61, 62)]})
    assert asked.lag == 0.0  # nobody knows when #62 started
    assert state(store, listed[1:]).lag == (NOW - day(61)).total_seconds()


def test_what_jenkins_lists_is_of_one_job_whatever_the_clocks_say(store: Store) -> None:
    keep(store, 1, started=FAR)
    for number in (20, 21):
        keep(store, number)
    listed = [ListedBuild(21, day(21)), ListedBuild(20, day(20)), ListedBuild(1, FAR)]
    assert state(store, listed).earlier == 0
