"""Kill post-build at any instant and run it again: nothing is lost, nothing doubled."""

import pytest
from crash_harness import history
from crash_harness.trials import (
    KILLS,
    NO_DATABASE,
    Bench,
    Scenario,
    Step,
    kills_at_events,
    random_kills,
)


def post_build(job: str, number: int, *more: str) -> tuple[str, ...]:
    return ("post-build", "--job", job, "--number", str(number), *more)


def stored(job: str, number: int) -> Step:
    return Step(post_build(job, number))


def spooled(job: str, number: int) -> Step:
    return Step(post_build(job, number), variables=NO_DATABASE)


SCENARIOS = [
    Scenario("the first build", (stored("stack/validate", 1),)),
    Scenario(
        "builds in the spool",
        (stored("stack/validate", 2),),
        earlier=(
            stored("stack/validate", 1),
            spooled("stack/validate", 3),
            spooled("stack/validate", 5),
        ),
    ),
    Scenario(
        "the database is away",
        (spooled("stack/validate", 3), stored("stack/validate", 4)),
    ),
    Scenario(
        "provisional, then final",
        (
            Step(post_build("nightly", history.RUNNING, "--wait", "0")),
            Step(post_build("nightly", history.RUNNING), before=history.finish_running),
        ),
        earlier=(stored("nightly", 5),),
    ),
    Scenario("a matrix", (stored("matrix", 2),), earlier=(stored("matrix", 1),)),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_killed_at_random_instants(bench: Bench, scenario: Scenario) -> None:
    assert len(random_kills(bench, scenario, KILLS // 15)) >= KILLS // 15


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_killed_at_events(bench: Bench, scenario: Scenario) -> None:
    assert kills_at_events(bench, scenario, KILLS // 15)
