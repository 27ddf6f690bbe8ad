"""Wait for builds of a simulated Jenkins: through their life, restarts, crashes and faults."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from squash_jenkins.errors import NotFound, StillRunning, UnexpectedAnswer, Unreachable
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import Build, BuildId
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World

START = datetime(2026, 3, 1, 12, 0, 0, 250000, UTC)
Connect = Callable[..., JenkinsClient]


def of(job: str, number: int = 1) -> BuildId:
    return BuildId("lab", job, number)


@pytest.fixture
def ci(world: World) -> str:
    world.add_job("ci_hsc")
    world.add_build("ci_hsc", started=START, duration=12.5)
    return "ci_hsc"


def life(world: World, *steps: Callable[[], object]) -> threading.Thread:
    """Let the world go through `steps`, one each 0.1 s."""

    def run() -> None:
        for step in steps:
            time.sleep(0.1)
            step()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_facts_1_2_4_waiting_through_the_life_of_a_build(
    world: World, client: JenkinsClient
) -> None:
    world.add_job("ci")
    files = {"a.json": b"{}", "b.json": b"{}"}
    world.start_build("ci", started=START, artifacts=files)
    first = client.build(of("ci"))
    assert (first.provisional, first.result, first.duration) == (True, None, None)
    assert first.artifacts == []
    seen: list[Build] = []
    thread = life(
        world,
        lambda: world.post_build_step("ci", 1, "SUCCESS", visible=1),
        lambda: seen.append(client.build(of("ci"))),
        lambda: world.finish_build("ci", 1, finalize=False),
    )
    [done] = client.wait(of("ci"), limit=10)
    thread.join()
    assert (seen[0].provisional, seen[0].result, len(seen[0].artifacts)) == (True, "SUCCESS", 1)
    assert (done.provisional, done.result, len(done.artifacts)) == (False, "SUCCESS", 2)
    assert done.duration is not None


def test_waiting_backs_off_and_ends(world: World, connect: Connect) -> None:
    world.add_job("ci")
    world.start_build("ci", started=START)
    now, naps = [0.0], []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        now[0] += seconds

    client = connect(sleep=sleep, clock=lambda: now[0])
    with pytest.raises(StillRunning, match="ci #1 was still running after 60 s"):
        client.wait(of("ci"), limit=60)
    assert naps[:6] == [0.5, 1, 2, 4, 8, 10]
    assert max(naps) == 10
    assert sum(naps) == 60
    naps.clear()
    with pytest.raises(StillRunning):
        client.wait(of("ci"), limit=0)
    assert naps == []


def test_fact_20_a_restart_is_waited_through(world: World, connect: Connect) -> None:
    world.add_job("pipe", "pipeline")
    world.start_build("pipe", started=START)
    client = connect(attempts=2)
    thread = life(
        world,
        lambda: world.restart(refused=0.4, starting=0.4),
        lambda: world.finish_build("pipe", 1),
    )
    assert client.wait(of("pipe"), limit=60)[0].result == "SUCCESS"
    thread.join()


def test_fact_20_a_restart_is_tried_through(world: World, client: JenkinsClient, ci: str) -> None:
    client.build(of(ci))
    world.restart(refused=0.3, starting=0.4)
    assert client.build(of(ci)).result == "SUCCESS"
    world.restart(refused=0.3, starting=0.4)
    client.describe(of(ci), "after a restart")
    world.restart(refused=0.3, starting=0.4)
    assert client.version() == "2.263.4"


@pytest.mark.parametrize("running", ["vanish", "fail", "fail_unsaved"])
def test_fact_7_a_build_that_is_killed_while_waited_for(
    world: World, client: JenkinsClient, running: Any
) -> None:
    world.add_job("ci")
    world.start_build("ci", started=START, artifacts={"a": b""})
    thread = life(world, lambda: world.restart(refused=0.1, starting=0.1, running=running))
    if running == "vanish":
        with pytest.raises(NotFound, match="lost when Jenkins was killed"):
            client.wait(of("ci"), limit=30)
    else:
        [done] = client.wait(of("ci"), limit=30)
        assert (done.result, done.provisional, done.artifacts) == ("FAILURE", False, [])
        assert (done.duration is None) is (running == "fail_unsaved")
    thread.join()


def unsettled(world: World) -> Callable[[], None]:
    """Add a Pipeline's build that is over but for its last words; return what says them."""
    world.add_job("pipe", "pipeline")
    build = world.add_build("pipe", started=START, duration=0.0, result="UNSTABLE")

    def settle() -> None:
        build.duration, build.result = 61.5, "FAILURE"

    return settle


@pytest.mark.parametrize("ask", ["wait", "family", "page"])
def test_fact_27_a_result_that_still_changes_is_not_taken(
    world: World, connect: Connect, ask: str
) -> None:
    settle = unsettled(world)
    client = connect(sleep=lambda _: settle())
    asked = {
        "wait": lambda: client.wait(of("pipe"), 60),
        "family": lambda: client.family(of("pipe")),
        "page": lambda: client.page("pipe", 0, 100)[0],
    }
    [build] = asked[ask]()
    assert (build.result, build.duration, build.provisional) == ("FAILURE", 61.5, False)


def test_fact_27_a_pipeline_that_was_killed_is_final_after_some_seconds(
    world: World, connect: Connect
) -> None:
    unsettled(world)
    world.add_build("pipe", started=START, duration=0.0, result="ABORTED")
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    client = connect(sleep=sleep, clock=lambda: now[0])
    [build] = client.family(of("pipe"))
    assert (build.result, build.duration, build.provisional) == ("UNSTABLE", None, False)
    assert 2 <= now[0] <= 5
    now[0] = 0.0
    found = [build.result for [build] in client.page("pipe", 0, 100)]
    assert found == ["ABORTED", "UNSTABLE"]
    assert now[0] <= 5, "all of a page are waited for at once"


def test_a_freestyle_build_without_a_duration_is_not_waited_for(
    world: World, connect: Connect
) -> None:
    world.add_job("ci")
    world.add_build("ci", started=START, duration=0.0, result="FAILURE")

    def sleep(_: float) -> None:
        pytest.fail("waited")

    assert connect(sleep=sleep).family(of("ci"))[0].result == "FAILURE"


def test_a_jenkins_that_is_not_there_is_told(connect: Connect, jenkins: SimulatedJenkins) -> None:
    client = connect(attempts=2)
    jenkins.stop()
    for ask in (client.version, client.jobs, lambda: client.wait(of("ci"), limit=600)):
        with pytest.raises(Unreachable, match=r"reached \((Failed|Connection).* refused\)"):
            ask()


@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"kind": "truncate"}, {"status": 502}])
def test_faults_that_pass_are_tried_again(
    world: World, client: JenkinsClient, ci: str, fault: dict[str, Any]
) -> None:
    ordered = world.order_fault("/job/ci_hsc/1/api", times=2, **fault)
    assert client.build(of(ci)).result == "SUCCESS"
    assert ordered.times == 0
    world.order_fault(r"/api/json\?tree=jobs", times=1, **fault)
    assert client.jobs() == [ci]


def test_a_slow_answer_runs_into_the_time_limit(world: World, connect: Connect, ci: str) -> None:
    ordered = world.order_fault("/job/ci_hsc/1/api", kind="slow", seconds=1.0)
    assert connect(timeout=0.3).build(of(ci)).result == "SUCCESS"
    assert ordered.times == 0
    world.order_fault("api/json", kind="slow", seconds=0.6, times=2)
    client = connect(timeout=0.2, attempts=2)
    with pytest.raises(Unreachable, match=r"within 0\.2 s"):
        client.build(of(ci))


def test_a_page_of_a_proxy_is_told(world: World, client: JenkinsClient, ci: str) -> None:
    world.order_fault("/job/ci_hsc/1/api", kind="html")
    with pytest.raises(UnexpectedAnswer, match="Please sign in"):
        client.build(of(ci))
