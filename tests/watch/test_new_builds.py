"""Ask a simulated Jenkins for the jobs that are followed, and no more than what has moved."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from squash_jenkins.errors import NotFound, Unreachable
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.reliability.backoff import Backoff
from squash_jenkins.simulate.state import BROKEN
from squash_jenkins.simulate.world import World
from squash_jenkins.watch.new_builds import MovedJobs, places

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
Connect = Callable[..., JenkinsClient]


def history(world: World, job: str, many: int) -> None:
    world.add_job(job)
    for number in range(1, many + 1):
        world.add_build(job, number=number, started=START + timedelta(hours=number))


class Following:
    """Hold what follows jobs, and what it told."""

    def __init__(self, world: World, client: JenkinsClient, *globs: str, newest: int = 50) -> None:
        self.told: list[str] = []
        self.world = world
        self.now = 0.0
        backoff = Backoff(self.told.append, clock=lambda: self.now)
        self.jobs = MovedJobs(client, globs, newest, backoff)

    def ask(self) -> dict[str, list[int]]:
        """Return the numbers of the newest builds by job, and forget the requests before."""
        self.world.requests.clear()
        return {job: [one.number for one in each] for job, each in self.jobs.ask().items()}

    @property
    def asked(self) -> list[str]:
        """Return the paths of the last requests."""
        return [path.partition("?")[0] for _, path in self.world.requests]


@pytest.mark.parametrize(
    ("globs", "expected"),
    [
        (["*"], [""]),
        (["ci_*", "qa/*"], [""]),
        (["qa/*"], ["qa"]),
        (["qa/deep/x*", "qa/*", "qa2/y"], ["qa", "qa2/y"]),
        (["a/b[12]/c", "job"], ["a", "job"]),
        ([], []),
    ],
)
def test_where_followed_jobs_are(globs: list[str], expected: list[str]) -> None:
    assert places(globs) == expected


def test_many_jobs_are_listed_in_small_answers_and_later_in_one(
    world: World, client: JenkinsClient
) -> None:
    for at in range(300):
        history(world, f"ci_{at}", 50)
    client.listings(50)
    before = world.traffic.sent  # of one answer with everything
    following = Following(world, client, "*")
    found = following.ask()
    assert len(found) == 300
    assert all(each == list(range(50, 0, -1)) for each in found.values())
    assert len(following.asked) == 301
    world.traffic.sent = 0
    assert following.ask() == found
    assert len(following.asked) == 1
    assert world.traffic.sent < before / 20
    world.add_build("ci_7", number=51, started=START + timedelta(hours=51))
    assert following.ask()["ci_7"] == list(range(51, 1, -1))
    assert following.asked == ["/api/json", "/job/ci_7/api/json"]


def test_a_job_is_asked_for_while_a_build_of_it_runs(world: World, client: JenkinsClient) -> None:
    history(world, "ci", 2)
    world.start_build("ci", number=3, started=START + timedelta(hours=3))
    world.add_build("ci", number=4, started=START + timedelta(hours=4))
    following = Following(world, client, "*")
    following.ask()
    following.ask()
    assert len(following.asked) == 2
    world.finish_build("ci", 3)
    assert [one.number for one in following.jobs.ask()["ci"] if one.running] == []
    following.ask()
    assert len(following.asked) == 1


def test_a_job_is_asked_for_anew_when_a_listed_build_could_not_be_read(
    world: World, client: JenkinsClient
) -> None:
    history(world, "ci", 3)
    following = Following(world, client, "*")
    following.ask()
    world.delete_build("ci", 2)
    assert following.ask() == {"ci": [3, 2, 1]}
    following.jobs.forget("ci")
    assert following.ask() == {"ci": [3, 1]}


def test_only_what_may_match_is_asked_for(world: World, client: JenkinsClient) -> None:
    for job in ("qa/deep/ci_a", "qa/ci_b", "qa/other", "elsewhere/ci_c", "one"):
        history(world, job, 3)
    following = Following(world, client, "qa/ci_*", "qa/deep/*", "one", "lost/*")
    numbers = [3, 2, 1]
    assert following.ask() == {"qa/deep/ci_a": numbers, "qa/ci_b": numbers, "one": numbers}
    assert not [path for path in following.asked if "elsewhere" in path or "other" in path]
    everywhere = [path for _, path in world.requests if path.startswith("/api/json")]
    assert everywhere == ["/api/json?tree=mode"]  # is it a Jenkins, when a place is not there
    [told] = following.told
    assert told.startswith("lost of watch_jobs does not exist. ")
    following.ask()
    assert following.told == [told]


def test_nothing_of_what_is_followed_is_there(client: JenkinsClient, world: World) -> None:
    with pytest.raises(NotFound, match="no job 'lost'"):
        Following(world, client, "lost/*").jobs.ask()


def test_a_job_that_breaks_the_answer_stops_no_other(world: World, client: JenkinsClient) -> None:
    for job in ("bad", "folder/good", "good"):
        history(world, job, 12)
    for build in world.jobs["bad"].builds.values():
        build.odd = {"timestamp": BROKEN}
    following = Following(world, client, "*")
    found = following.ask()
    assert found["good"] == found["folder/good"] == list(range(12, 0, -1))
    assert found["bad"] == []
    [told] = following.told
    assert told.startswith("bad cannot be listed: ")
    assert following.ask() == found
    assert len(following.asked) == 2  # the list of what moved, without and with a broken build
    world.jobs["bad"].builds.clear()
    following.now += 3600
    assert following.ask()["bad"] == []
    world.add_build("bad", number=13, started=START)
    assert following.ask()["bad"] == [13]


def test_the_setting_is_named_when_time_runs_out(world: World, connect: Connect) -> None:
    history(world, "ci", 2)
    client = connect(timeout=0.2, attempts=1)
    world.order_fault("^/api/json", kind="slow", seconds=1.0)
    with pytest.raises(Unreachable, match=r"did not answer within.* in watch_jobs, or set a "):
        Following(world, client, "*").jobs.ask()


def test_one_job_that_takes_too_long_stops_no_other(world: World, connect: Connect) -> None:
    for job in ("a_slow", "b", "c"):
        history(world, job, 2)
    client = connect(timeout=0.2, attempts=1)
    world.order_fault("/job/a_slow/", kind="slow", seconds=1.0)
    following = Following(world, client, "*")
    assert following.ask() == {"a_slow": [2], "b": [2, 1], "c": [2, 1]}
    [told] = following.told
    assert "a_slow cannot be listed" in told
    assert "A lower watch_newest" in told
    following.now += 3600
    assert following.ask()["a_slow"] == [2, 1]


def test_a_jenkins_that_went_away_is_not_asked_job_by_job(world: World, connect: Connect) -> None:
    for at in range(9):
        history(world, f"ci_{at}", 2)
    client = connect(attempts=1)
    world.order_fault("/job/", kind="status", status=503, times=99)
    following = Following(world, client, "*")
    with pytest.raises(Unreachable):
        following.ask()
    assert len(following.asked) == 3
