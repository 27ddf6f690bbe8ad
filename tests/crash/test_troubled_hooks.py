"""Let hooks meet each other, a full disk, a locked database and a clock that goes backwards."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from crash_harness import history
from crash_harness.calls import backfill, post_build
from crash_harness.killing import Forker, Ran
from crash_harness.trials import Bench, Scenario

from squash_jenkins.simulate.server import SimulatedJenkins

HOOKS = 32
MIXED = Scenario("one of the mixed builds", (post_build("stack/validate", 5),))
AFTER_ONE = Scenario(
    "after another build",
    (post_build("stack/validate", 5),),
    earlier=(post_build("stack/validate", 1),),
    linked=("stack/validate #5",),
)
KEPT = "What was read is kept in"


@pytest.fixture
def many(forker: Forker, tmp_path: Path) -> Iterator[Bench]:
    """Return a bench with one job and a build for each hook."""
    world = history.empty_world()
    history.add_many(world, "hooks", HOOKS)
    with SimulatedJenkins(world) as jenkins:
        yield Bench(tmp_path, world, jenkins, forker)


def test_32_hooks_at_once_lose_and_double_nothing(many: Bench) -> None:
    one_by_one = many.undisturbed(Scenario("one call", (backfill("hooks", "--link"),)))
    many.reset()
    folder = many.folder()
    calls = [post_build("hooks", number).arguments for number in range(1, HOOKS + 1)]
    runs = many.forker.together(folder, [(call, {}) for call in calls])
    for ran in runs:
        assert ran.status == 0, ran
        assert KEPT not in ran.output, ran.output
        assert "Traceback" not in ran.output, ran.output
    assert list(many.problems(folder, one_by_one.end, one_by_one.end.descriptions)) == []


def test_many_hooks_for_the_same_finished_build_at_once(bench: Bench) -> None:
    first = post_build("nightly", history.RUNNING, "--wait", "0")
    last = post_build("nightly", history.RUNNING, before=history.finish_running)
    plan = bench.undisturbed(Scenario("provisional, then final", (last,), earlier=(first,)))
    bench.reset()
    history.finish_running(bench.world)
    folder = bench.folder(plan.template)
    call = (last.arguments, {"variables": dict(last.variables)})
    for ran in bench.forker.together(folder, [call] * 6):
        assert ran.status == 0, f"{ran}\n{ran.output}"
        assert "Traceback" not in ran.output, ran.output
    assert list(bench.problems(folder, plan.end)) == []


def troubled(bench: Bench, scenario: Scenario, **trouble: int) -> Ran:
    """Run under a trouble, then without: the end has to be that of an undisturbed run."""
    plan = bench.undisturbed(scenario)
    folder = bench.folder(plan.template)
    bench.reset()
    (step,) = scenario.steps
    ran = bench.run(folder, step, **trouble)
    told = f"{trouble}\n{ran}\n{ran.output}"
    assert ran.status in (0, 1), told
    assert "Traceback" not in ran.output, told
    bench.clean_run(folder, step, told)
    problems = list(bench.problems(folder, plan.end, scenario.linked))
    assert not problems, "\n".join([told, *problems])
    return ran


@pytest.mark.parametrize("kilobytes", [8, 40, 200, 1000])
@pytest.mark.parametrize("scenario", [MIXED, AFTER_ONE], ids=lambda scenario: scenario.name)
def test_files_that_cannot_grow(bench: Bench, scenario: Scenario, kilobytes: int) -> None:
    ran = troubled(bench, scenario, largest_file=1024 * kilobytes)
    if kilobytes < 100:  # the database is larger
        assert "warning" in ran.output


@pytest.mark.parametrize("scenario", [MIXED, AFTER_ONE], ids=lambda scenario: scenario.name)
@pytest.mark.parametrize("share", [0.0, 0.01, 0.02, 0.04, 0.1, 0.4, 0.8])
def test_the_disk_gets_full_on_the_way(bench: Bench, scenario: Scenario, share: float) -> None:
    events = bench.undisturbed(scenario).runs[0].events
    ran = troubled(bench, scenario, full_at=1 + int(share * events))
    assert "warning" in ran.output


@pytest.mark.parametrize("seconds", [1, 86_400 * 400])
def test_the_clock_goes_backwards(bench: Bench, seconds: int) -> None:
    assert troubled(bench, AFTER_ONE, clock_back=seconds).status == 0


@contextmanager
def locked(database: Path) -> Iterator[Callable[[], None]]:
    """Hold the write lock of a database; what is given releases it before the end."""
    with closing(sqlite3.connect(database, check_same_thread=False)) as connection:
        connection.isolation_level = None
        connection.execute("begin immediate")
        yield connection.rollback


def test_a_database_that_stays_locked_spools_and_the_next_run_takes_up(bench: Bench) -> None:
    plan = bench.undisturbed(AFTER_ONE)
    folder = bench.folder(plan.template)
    bench.reset()
    (step,) = AFTER_ONE.steps
    patience = {**step.variables, "SQUASH_DATABASE": "sqlite:///squash.sqlite?timeout=0.3"}
    with locked(folder / "squash.sqlite"):
        ran = bench.forker.run(folder, step.arguments, variables=patience)
    assert ran.status == 0
    assert "it stayed locked" in ran.output
    assert KEPT in ran.output
    assert len(list((folder / "spool").glob("[!.]*"))) == 1
    other = post_build("stack/validate", 1)
    bench.clean_run(folder, other)
    problems = bench.problems(folder, plan.end)
    assert [line for line in problems if "table" in line or "spool" in line] == []


def test_a_database_that_is_locked_for_a_while_is_waited_for(bench: Bench) -> None:
    plan = bench.undisturbed(AFTER_ONE)
    folder = bench.folder(plan.template)
    bench.reset()
    (step,) = AFTER_ONE.steps
    with locked(folder / "squash.sqlite") as release:
        threading.Timer(1.0, release).start()
        ran = bench.clean_run(folder, step)
    assert ran.seconds > 1
    assert KEPT not in ran.output
    assert list(bench.problems(folder, plan.end, AFTER_ONE.linked)) == []
