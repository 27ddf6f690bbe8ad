from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from squash_jenkins.analysis import health

MONDAY = datetime(2026, 6, 1, 2, tzinfo=UTC)


class Run(NamedTuple):
    started: datetime
    result: str | None = "SUCCESS"
    duration: float | None = 60.0
    provisional: bool = False


def nightly(results: Sequence[str | None]) -> list[Run]:
    return [Run(MONDAY + timedelta(days=at), result) for at, result in enumerate(results)]


def test_an_unstable_build_came_through_and_a_running_one_does_not_count() -> None:
    builds = nightly(["SUCCESS", "UNSTABLE", "FAILURE", "ABORTED", "NOT_BUILT", None])
    builds.append(Run(MONDAY, "SUCCESS", provisional=True))
    rate = health.success_rate(builds)
    assert (rate.good, rate.total, rate.share) == (2, 5, 0.4)
    assert health.success_rate([]).share is None


def test_failures_are_counted_back_to_the_last_success() -> None:
    assert health.failing(nightly(["FAILURE", "SUCCESS", "FAILURE", None, "ABORTED"])) == 2
    assert health.failing(nightly(["FAILURE", "SUCCESS"])) == 0
    assert health.failing([]) == 0


def test_the_days_are_those_up_to_the_newest_build() -> None:
    builds = nightly(["SUCCESS"] * 40)
    assert len(health.since(builds, 30)) == 30
    assert health.since([], 30) == []


@pytest.mark.parametrize("many", [0, 1, 4])
def test_few_builds_have_no_rhythm(many: int) -> None:
    builds = nightly(["SUCCESS"] * many)
    assert health.rhythm(builds) is None
    assert health.due(builds) is None
    assert health.usual_duration(builds) is None


def test_silence_is_remarkable_after_three_usual_intervals() -> None:
    builds = nightly(["SUCCESS"] * 10)
    assert health.rhythm(builds) == timedelta(days=1)
    assert health.due(builds) == builds[-1].started + timedelta(days=3)


def test_a_job_that_rests_on_weekends_is_not_missed_on_mondays() -> None:
    days = [week * 7 + day for week in range(4) for day in range(5)]
    builds = [Run(MONDAY + timedelta(days=day)) for day in days]
    due = health.due(builds)
    assert due is not None
    assert due > MONDAY + timedelta(days=28, hours=12)


def test_a_burst_of_builds_is_not_missed_within_the_hour() -> None:
    builds = [Run(MONDAY + timedelta(seconds=30 * at)) for at in range(20)]
    assert health.due(builds) == builds[-1].started + timedelta(hours=1)


def test_the_usual_duration_is_that_of_builds_that_came_through() -> None:
    good = [Run(MONDAY, "SUCCESS", seconds) for seconds in (50.0, 60.0, 70.0, 80.0, 9000.0)]
    assert health.usual_duration([*good, *[Run(MONDAY, "FAILURE", 1.0)] * 9]) == 70.0
    assert health.usual_duration([*good[:4], Run(MONDAY, "SUCCESS", None)]) is None
