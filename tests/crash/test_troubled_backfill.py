"""Let Jenkins restart, transfers break and two backfills meet: the end is that of a quiet run."""

import pytest
from crash_harness import history
from crash_harness.calls import backfill
from crash_harness.cutting import CUTS, Cut, Cutter
from crash_harness.trials import Bench, Scenario, Step

QUIET = Scenario("a quiet backfill", (backfill("stack/*", "matrix"),))
(STEP,) = QUIET.steps


def test_jenkins_restarts_in_mid_backfill(bench: Bench) -> None:
    plan = bench.undisturbed(QUIET)
    folder = bench.folder(plan.template)
    bench.reset()
    build = bench.world.jobs["stack/validate"].builds[3]
    before = dict(build.artifacts)
    history.on_first_read(
        build, "good.json", lambda: bench.world.restart(refused=0.2, starting=0.2)
    )
    session = bench.world.session
    ran = bench.clean_run(folder, STEP)
    build.artifacts = before
    assert bench.world.session != session
    assert "failed" not in ran.output
    assert list(bench.problems(folder, plan.end)) == []


@pytest.mark.parametrize("cut", CUTS)
def test_transfers_that_break_are_repeated_and_never_stored_in_part(bench: Bench, cut: Cut) -> None:
    plan = bench.undisturbed(QUIET)
    folder = bench.folder(plan.template)
    with Cutter(bench.jenkins.url, cut) as cutter:
        settings = folder / "squash.toml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text.replace(bench.jenkins.url, cutter.url), encoding="utf-8")
        bench.clean_run(folder, STEP)
        settings.write_text(text, encoding="utf-8")
    assert cutter.cuts > 5
    bench.clean_run(folder, backfill("stack/*", "matrix", "--force"))  # back to Jenkins' own URL
    bench.clean_run(folder, Step(("dashboards", "build", "--all")))
    assert list(bench.problems(folder, plan.end)) == []


def test_two_backfills_of_the_same_job_at_once(bench: Bench) -> None:
    plan = bench.undisturbed(QUIET)
    folder = bench.folder(plan.template)
    for ran in bench.forker.together(folder, [(STEP.arguments, {})] * 2):
        assert ran.status in STEP.statuses, f"{ran}\n{ran.output}"
        assert "Traceback" not in ran.output, ran.output
    assert list(bench.problems(folder, plan.end)) == []


def test_the_disk_gets_full_in_a_backfill(bench: Bench) -> None:
    plan = bench.undisturbed(QUIET)
    for share in (0.02, 0.2, 0.5):
        folder = bench.folder(plan.template)
        ran = bench.run(folder, STEP, full_at=int(share * plan.runs[0].events))
        assert ran.status in (0, 1, 2), f"{ran}\n{ran.output}"
        assert "Traceback" not in ran.output, ran.output
        bench.clean_run(folder, STEP)
        problems = list(bench.problems(folder, plan.end))
        assert not problems, "\n".join([ran.output, *problems])
