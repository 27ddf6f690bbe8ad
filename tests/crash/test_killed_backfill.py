"""Kill backfill at any instant, itself or a process that reads for it, and run it again."""

from collections.abc import Iterator

import pytest
from crash_harness import history
from crash_harness.calls import backfill, healing, post_build, spooled
from crash_harness.killing import Forker, wait_for_orphans
from crash_harness.trials import KILLS, Bench, Scenario, kills_at_events, random_kills

from squash_jenkins.simulate.server import SimulatedJenkins

SCENARIOS = [
    Scenario("everything into nothing", (backfill(),)),
    Scenario(
        "some are there and some in the spool",
        (backfill("--all", "--link"),),
        earlier=(
            post_build("stack/validate", 2),
            post_build("nightly", history.RUNNING, "--wait", "0"),
            spooled("stack/validate", 3),
            spooled("matrix", 1),
        ),
    ),
    Scenario(
        "the next build heals what nobody repeats",
        (backfill("nightly", repeated=False), healing("nightly", 5)),
        earlier=(post_build("nightly", 1),),
    ),
]
SHARE = max(1, KILLS // (8 * len(SCENARIOS)))
"""A quarter of all kills is for backfill."""
PROCESSES = Scenario("with processes that read", (backfill(),))
BUILDS_FOR_PROCESSES = 210
KILLS_OF_PROCESSES = max(2, KILLS // 100)
"""Few: each run takes seconds."""


@pytest.fixture(scope="module")
def large(forker: Forker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Return a bench with a job that is large enough for several processes."""
    world = history.empty_world()
    history.add_many(world, "large", BUILDS_FOR_PROCESSES)
    with SimulatedJenkins(world) as jenkins:
        yield Bench(tmp_path_factory.mktemp("large"), world, jenkins, forker)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_killed_at_random_instants(bench: Bench, scenario: Scenario) -> None:
    assert len(random_kills(bench, scenario, SHARE)) >= SHARE


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_killed_at_events(bench: Bench, scenario: Scenario) -> None:
    assert kills_at_events(bench, scenario, SHARE)


def test_killed_with_processes_that_read(large: Bench) -> None:
    assert len(random_kills(large, PROCESSES, KILLS_OF_PROCESSES)) >= KILLS_OF_PROCESSES


def test_a_killed_reading_process_is_told_and_the_next_run_goes_on(large: Bench) -> None:
    plan = large.undisturbed(PROCESSES)
    folder = large.folder(plan.template)
    middle = large.world.jobs["large"].builds[BUILDS_FOR_PROCESSES // 2]
    history.on_first_read(middle, "qa.json", lambda: large.forker.readers()[0].kill())
    (step,) = PROCESSES.steps
    ran = large.run(folder, step)
    assert ran.status == 1, ran.output
    assert "A worker process died" in ran.output
    assert "Traceback" not in ran.output
    assert wait_for_orphans([ran]) == []
    large.clean_run(folder, step)
    assert list(large.problems(folder, plan.end)) == []
