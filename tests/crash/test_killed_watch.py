"""Kill watch at any instant and start it again: each build is taken in once."""

import random

import pytest
from crash_harness import history
from crash_harness.calls import healing, post_build, spooled
from crash_harness.trials import (
    KILLS,
    SEED,
    Bench,
    Scenario,
    Step,
    kills_at_events,
    random_kills,
)

ROUND = Step(("watch", "--once"), statuses=(0, 2))
FOR_EVER = ("watch", "--every", "0.1")
SCENARIOS = [
    Scenario("everything into nothing", (ROUND,)),
    Scenario(
        "a build ends between two rounds",
        (ROUND, Step(ROUND.arguments, before=history.finish_running, statuses=(0, 2))),
        earlier=(
            post_build("stack/validate", 2),
            post_build("nightly", history.RUNNING, "--wait", "0"),
            spooled("stack/validate", 3),
            spooled("matrix", 1),
        ),
    ),
    Scenario(
        "a hook heals what nobody repeats",
        (Step(ROUND.arguments, statuses=(0, 2), repeated=False), healing("nightly", 5), ROUND),
        earlier=(post_build("nightly", 1),),
    ),
]
SHARE = max(1, KILLS // (9 * len(SCENARIOS)))
"""A quarter of all kills is for watch."""


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_killed_at_random_instants(bench: Bench, scenario: Scenario) -> None:
    assert len(random_kills(bench, scenario, SHARE)) >= SHARE


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_killed_at_events(bench: Bench, scenario: Scenario) -> None:
    assert kills_at_events(bench, scenario, SHARE)


def test_killed_while_it_goes_round_and_round(bench: Bench) -> None:
    scenario = SCENARIOS[1]
    plan = bench.undisturbed(scenario)
    chance = random.Random(f"{SEED} for ever")
    killed = 0
    while killed < SHARE:
        chains = [
            [{"arguments": FOR_EVER, "kill_after": chance.uniform(0, 2 * ran.seconds)}] * 2
            for ran in plan.runs
        ]
        killed += len(bench.trial(scenario, chains))
