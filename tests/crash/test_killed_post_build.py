"""Kill post-build at any instant and run it or a later one: nothing is lost, nothing doubled."""

import pytest
from crash_harness import history
from crash_harness.calls import healing, post_build, spooled
from crash_harness.trials import KILLS, Bench, Scenario, kills_at_events, random_kills

SCENARIOS = [
    Scenario(
        "the first build",
        (post_build("stack/validate", 1),),
        linked=("stack/validate #1",),
    ),
    Scenario(
        "builds in the spool",
        (post_build("stack/validate", 2),),
        earlier=(
            post_build("stack/validate", 1),
            spooled("stack/validate", 3),
            spooled("stack/validate", 5),
        ),
        linked=("stack/validate #2",),
    ),
    Scenario(
        "the database is away",
        (spooled("stack/validate", 3), post_build("stack/validate", 4)),
        linked=("stack/validate #4",),
    ),
    Scenario(
        "provisional, then final",
        (
            post_build("nightly", history.RUNNING, "--wait", "0"),
            post_build("nightly", history.RUNNING, before=history.finish_running),
        ),
        earlier=(post_build("nightly", 5),),
        linked=(f"nightly #{history.RUNNING}",),
    ),
    Scenario(
        "a matrix",
        (post_build("matrix", 2),),
        earlier=(post_build("matrix", 1),),
        linked=("matrix #2",),
    ),
    Scenario(
        "the next build heals what nobody repeats",
        (
            healing("nightly", 4, repeated=False),
            healing("nightly", history.RUNNING, "--wait", "0", repeated=False),
            healing("nightly", 5, before=history.finish_running),
        ),
        earlier=(post_build("nightly", 1), post_build("nightly", 2), post_build("nightly", 3)),
        linked=("nightly #5",),
    ),
    Scenario(
        "the next build of a matrix heals what the spool has in part",
        (spooled("matrix", 1, repeated=False), healing("matrix", 2)),
        linked=("matrix #2",),
    ),
]
SHARE = max(1, KILLS // (4 * len(SCENARIOS)))
"""Half of all kills are for post-build: in each scenario as many at random as at events."""


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_killed_at_random_instants(bench: Bench, scenario: Scenario) -> None:
    assert len(random_kills(bench, scenario, SHARE)) >= SHARE


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_killed_at_events(bench: Bench, scenario: Scenario) -> None:
    assert kills_at_events(bench, scenario, SHARE)


def test_what_is_compared_has_findings(bench: Bench) -> None:
    heals = next(each for each in SCENARIOS if each.name.startswith("the next build heals"))
    rows = bench.undisturbed(heals).end.rows
    assert any('"appeared"' in row for row in rows["finding"])
    assert rows["finding_series"]
    assert rows["judgement"]
