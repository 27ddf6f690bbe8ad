"""A build of a branch compared with the newest builds of its target, as every output shows it."""

import random
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from status_builds import PAGES, START, record

from squash_jenkins.config import FindingsSettings, JobSettings, Settings
from squash_jenkins.findings.acceptance import MeantSeries, SeriesChoice, Statement
from squash_jenkins.findings.rules import RuleBook
from squash_jenkins.ingest.saving import save
from squash_jenkins.models import Branch, BuildRecord, ListedBranch, Measurement
from squash_jenkins.store import Store, open_store
from squash_jenkins.verification.baseline_faults import baseline_faults
from squash_jenkins.verification.build import BuildStatus, BuildStatuses
from squash_jenkins.verification.comparison import NEWEST, TargetComparisons
from squash_jenkins.verification.comparison_text import comparison_json
from squash_jenkins.verification.junit import junit
from squash_jenkins.verification.markdown import markdown
from squash_jenkins.verification.summary import summary_of
from squash_jenkins.verification.targets import Target, Targets

MAIN, PULL = "team/repo/main", "team/repo/PR-7"
NAMED = Settings(jobs=(JobSettings(match="team/repo/*", baseline=MAIN),))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/squash.sqlite", str(tmp_path / "blobs")) as opened:
        yield opened


def history(count: int = 40, job: str = MAIN) -> list[BuildRecord]:
    return [record(number, job) for number in range(1, count + 1)]


def pull(job: str = PULL, branch: Branch | None = None, **values: Any) -> BuildRecord:
    """Return the first build of a branch, a while after those of `history`."""
    made = record(1, job, **{"AM1": 7.8, "AD1": 27.1, **values})
    after = replace(made.build, started=START + timedelta(days=9), branch=branch)
    return replace(made, build=after)


def status_of(store: Store, build: BuildRecord, settings: Settings = NAMED) -> BuildStatus:
    [saved] = save(settings, store, [build])
    with store.reader() as reader:
        rules = partial(RuleBook, settings.findings, reader)
        comparisons = TargetComparisons(reader, Targets(settings, reader), rules)
        return BuildStatuses(reader, comparisons=comparisons).of(saved.build_key)


def verdicts(status: BuildStatus) -> dict[str, str]:
    assert status.comparison is not None
    return {each.placed.name: each.verdict for each in status.comparison.compared}


def target_of(store: Store, job: str, settings: Settings) -> Target | None:
    with store.reader() as reader:
        row = next(row for row in reader.builds.jobs() if row.name == job)
        return Targets(settings, reader).of(row)


def test_the_first_build_of_a_branch_is_compared_with_its_target(store: Store) -> None:
    save(NAMED, store, history())
    status = status_of(store, pull(AD1=32.5))
    assert verdicts(status) == {"AD1": "worse", "AM1": "within noise", "AM3": "no comparison"}
    assert status.comparison is not None
    assert list(status.comparison.numbers) == list(range(1, 41))
    assert status.fails("regression")
    [worse] = status.worse
    assert worse.usual == pytest.approx(27.1, abs=0.2)
    assert worse.percent == pytest.approx(20, abs=1)
    assert worse.noise_multiples == pytest.approx(18, abs=5)
    assert worse.builds == 40


def test_better_is_no_regression(store: Store) -> None:
    save(NAMED, store, history())
    status = status_of(store, pull(AD1=20.0))
    assert verdicts(status)["AD1"] == "better"
    assert not status.fails("regression")


def test_the_log_says_what_is_worse_and_by_how_much(store: Store) -> None:
    save(NAMED, store, history())
    status = status_of(store, pull(AD1=32.5))
    lines = summary_of(status).text().splitlines()
    assert lines[1] == (
        "  compared with team/repo/main (40 builds up to #40): 1 worse, 1 within noise, "
        "1 no comparison"
    )
    assert lines[2].startswith(
        "  AD1 (COSMOS · r) is 32.5 marcsec, worse than team/repo/main: "
        "usually 27.0 marcsec (+20%, "
    )
    assert "× the noise)" in lines[2]
    assert summary_of(status).line().endswith("; 1 worse than team/repo/main")


def test_markdown_has_a_table_with_regressions_first(store: Store) -> None:
    save(NAMED, store, history())
    text = markdown([status_of(store, pull(AM1=9.5))], PAGES)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert rows[0] == "| Metric | Where | Usual | This build | Change | In noise | Verdict |"
    assert rows[2].startswith("| AM1 | COSMOS · r | 7.")
    assert rows[2].endswith("| **worse** |")
    assert rows[3].startswith("| AD1 ")
    assert rows[3].endswith("| within noise |")
    assert rows[4].endswith("| no comparison: not measured |")


def test_junit_has_a_case_for_each_measurement_where_regressions_fail(store: Store) -> None:
    save(NAMED, store, history())
    status = status_of(store, pull(AD1=32.5))
    content = junit([status], PAGES, regressions=True)
    suite = ET.fromstring(content).find(  # noqa: S314 - our own
        "testsuite[@name='team_repo_PR-7.compared with team_repo_main']"
    )
    assert suite is not None
    states = {case.get("name"): [child.tag for child in case] for case in suite.iter("testcase")}
    assert states == {
        "AD1 COSMOS · r": ["failure"],
        "AM1 COSMOS · r": ["system-out"],
        "AM3 COSMOS · r": ["skipped"],
    }
    assert b"compared with" not in junit([status], PAGES)


def test_json_has_the_figures(store: Store) -> None:
    save(NAMED, store, history())
    comparison = status_of(store, pull(AD1=32.5)).comparison
    assert comparison is not None
    found = comparison_json(comparison)
    assert found["target"] == MAIN
    assert found["counts"] == {"worse": 1, "within noise": 1, "no comparison": 1}
    [first, *_] = found["measurements"]
    assert (first["metric"], first["verdict"], first["value"]) == ("drp.AD1", "worse", 32.5)
    assert first["percent"] == pytest.approx(20, abs=1)


def test_builds_of_the_target_that_ended_later_do_not_count(store: Store) -> None:
    save(NAMED, store, [record(number, MAIN, AD1=50.0) for number in range(41, 80)])
    early = pull(AD1=27.1)
    early = replace(
        early, build=replace(early.build, started=START + timedelta(hours=30, minutes=30))
    )
    status = status_of(store, early)
    assert status.comparison is not None
    assert status.comparison.reason == (
        "no build of team/repo/main that measured anything ended before this one started"
    )
    assert "not compared with team/repo/main: no build of" in summary_of(status).text()
    save(NAMED, store, history())
    again = status_of(store, early)
    assert again.comparison is not None
    assert again.comparison.numbers[-1] == 29  # 30 still ran


def test_only_the_level_after_the_newest_step_of_the_target_counts(store: Store) -> None:
    builds = [
        record(number, MAIN, AD1=40 + random.Random(number).gauss(0, 0.3))
        for number in range(21, 41)
    ]
    save(NAMED, store, [*history(20), *builds])
    assert verdicts(status_of(store, pull(AD1=40.0)))["AD1"] == "within noise"


def accept(store: Store, metric: str, number: int) -> None:
    with store.reader() as reader:
        job = next(row for row in reader.builds.jobs() if row.name == MAIN)
        choice = SeriesChoice(metric)
        meant = MeantSeries(reader, job, choice, number)
        accepted = meant.accepted(Statement("ada", "new compiler"))
    store.accept(job.key, accepted)


@pytest.mark.parametrize("since", [30, 39])
def test_the_level_of_the_target_is_that_after_its_acceptance(store: Store, since: int) -> None:
    # too small a step for one that is found by itself
    save(NAMED, store, [record(n, MAIN, AD1=27.0 + 0.2 * (-1) ** n) for n in range(1, since)])
    save(NAMED, store, [record(n, MAIN, AD1=27.3 + 0.2 * (-1) ** n) for n in range(since, 41)])
    before = status_of(store, pull(AD1=28.3)).comparison
    accept(store, "drp.AD1", since)
    after = status_of(store, pull(AD1=28.3)).comparison
    assert before is not None
    assert after is not None
    usual = [
        next(each.usual for each in found.compared if each.placed.name == "AD1")
        for found in (before, after)
    ]
    assert usual[0] == pytest.approx(27.0, abs=0.25)
    assert usual[1] == pytest.approx(27.3, abs=0.21)
    assert usual[0] != usual[1]


def test_an_acceptance_that_came_later_changes_nothing(store: Store) -> None:
    save(NAMED, store, history())
    save(NAMED, store, [later(41), later(42)])
    before = status_of(store, pull(AD1=32.5)).comparison
    accept(store, "drp.AD1", 42)
    after = status_of(store, pull(AD1=32.5)).comparison
    assert before is not None
    assert after is not None
    assert comparison_json(before) == comparison_json(after)


def later(number: int) -> BuildRecord:
    made = record(number, MAIN)
    return replace(made, build=replace(made.build, started=START + timedelta(days=20)))


def test_ignored_and_small_changes_are_no_regressions(store: Store) -> None:
    save(NAMED, store, history())
    small = NAMED.model_copy(update={"findings": FindingsSettings(smallest=25)})
    assert verdicts(status_of(store, pull(AD1=32.5), small))["AD1"] == "within noise"
    lower = NAMED.model_copy(update={"findings": FindingsSettings(direction={"*": "higher"})})
    assert verdicts(status_of(store, pull(AD1=32.5), lower))["AD1"] == "better"
    ignoring = NAMED.model_copy(update={"findings": FindingsSettings(ignore=("*.AD1",))})
    assert "AD1" not in verdicts(status_of(store, pull(AD1=32.5), ignoring))


def test_a_target_without_the_metric_or_with_too_few_builds_is_no_comparison(store: Store) -> None:
    save(NAMED, store, history(4))
    status = status_of(store, pull(PF1=3.0))
    assert status.comparison is not None
    reasons = {each.placed.name: each.reason for each in status.comparison.compared}
    assert reasons == {
        "AD1": "the target measured it in 4 of 5 builds that are needed",
        "AM1": "the target measured it in 4 of 5 builds that are needed",
        "AM3": "not measured",
        "PF1": "the target does not measure it",
    }
    assert not status.fails("regression")


def test_where_neither_metric_nor_specification_says_what_is_good_it_changed(store: Store) -> None:
    def plain(build: BuildRecord) -> BuildRecord:
        [report] = build.reports
        metrics = [replace(each, operator=None) for each in report.metrics]
        return replace(build, reports=[replace(report, metrics=metrics, specifications=())])

    save(NAMED, store, [plain(each) for each in history()])
    status = status_of(store, plain(pull(AD1=32.5)))
    assert verdicts(status)["AD1"] == "changed"
    assert not status.fails("regression")
    assert "changed from team/repo/main" in summary_of(status).text()


def test_a_target_that_never_ran_is_named(store: Store) -> None:
    status = status_of(store, pull())
    assert status.comparison is not None
    assert summary_of(status).text().splitlines()[1] == (
        "  not compared with team/repo/main: no build of team/repo/main is stored: it never ran, "
        "or has another name"
    )


def test_cyclic_baselines_are_named_and_a_job_is_not_its_own_baseline(store: Store) -> None:
    jobs = ("a", "b", "c")
    save(NAMED, store, [record(1, job) for job in jobs])
    tables = [JobSettings(match=one, baseline=of) for one, of in ("ab", "bc", "ca", "dd")]
    cyclic = Settings(jobs=tuple(tables))
    found = target_of(store, "a", cyclic)
    assert found is not None
    assert found.job is None
    assert found.reason == "the baselines in [[jobs]] form a cycle: a → b → c → a"
    own = Settings(jobs=(JobSettings(match="*", baseline="a"),))
    assert target_of(store, "a", own) is None
    other = target_of(store, "b", own)
    assert other is not None
    assert other.job is not None


def test_baselines_without_effect_are_found(store: Store) -> None:
    def other(job: str) -> BuildRecord:
        made = record(1, job)
        [report] = made.reports
        values = [Measurement("other.size", 3.0)]
        return replace(made, reports=[replace(report, measurements=values)])

    save(NAMED, store, [*(record(1, job) for job in ("a", "b", "good", MAIN)), other("odd")])
    pairs = [("a", "b"), ("b", "a"), ("odd", MAIN), ("good", MAIN), ("later*", "missing")]
    settings = Settings(jobs=tuple(JobSettings(match=one, baseline=of) for one, of in pairs))
    with store.reader() as reader:
        assert sorted(baseline_faults(settings, reader)) == [
            "a: the baselines in [[jobs]] form a cycle: a → b → a",
            "b: the baselines in [[jobs]] form a cycle: b → a → b",
            "no build of missing, the baseline of 'later*', is stored",
            "odd and its baseline team/repo/main have no metric in common",
        ]
        assert list(baseline_faults(Settings(), reader)) == []


def test_a_renamed_baseline_is_found_under_its_present_name(store: Store) -> None:
    save(NAMED, store, [record(1, "new"), record(1, "branch")])
    settings = Settings(
        jobs=(
            JobSettings(match="new", formerly=("old",)),
            JobSettings(match="branch", baseline="old"),
        )
    )
    found = target_of(store, "branch", settings)
    assert found is not None
    assert found.name == "new"


def branched(job: str, branch: Branch | None) -> BuildRecord:
    return pull(job, branch)


@pytest.mark.parametrize(
    ("job", "branch", "target"),
    [
        ("r/PR-7", Branch("PR-7", "7", "release/1.0"), "r/release%2F1.0"),
        ("r/PR-8", Branch("PR-8", "8", "main"), "r/main"),
        ("r/tickets%2FDM-1", Branch(), "r/main"),
        ("r/main", Branch("main"), None),
        ("r/plain", None, None),
        ("r/nightly", Branch("some-parameter"), None),
        ("r/tickets%2FDM-2", Branch("tickets/DM-2"), "r/main"),
        ("alone/x", Branch(), "alone/main"),
        ("gone/PR-1", Branch("PR-1", "1", "old"), "gone/old"),
    ],
)
def test_the_target_of_a_branch_is_a_sibling(
    store: Store, job: str, branch: Branch | None, target: str | None
) -> None:
    others = ["r/main", "r/release%2F1.0", "elsewhere/main", "elsewhere/old", "main"]
    settings = Settings()
    save(settings, store, [record(1, name) for name in others if name != job])
    save(settings, store, [branched(job, branch)])
    found = target_of(store, job, settings)
    assert (found and found.name) == target
    if found is not None:
        assert (found.job is None) == (target in ("alone/main", "gone/old"))
        assert (found.reason == "") == (found.job is not None)


def test_the_primary_branch_comes_before_main(store: Store) -> None:
    settings = Settings()
    save(settings, store, [record(1, "r/main"), branched("r/dev", Branch("dev", primary=True))])
    save(settings, store, [branched("r/x", Branch("x"))])
    found = target_of(store, "r/x", settings)
    assert found is not None
    assert found.name == "r/dev"
    assert target_of(store, "r/dev", settings) is None


def test_a_primary_branch_that_is_gone_is_no_target(store: Store) -> None:
    settings = Settings()
    save(settings, store, [record(1, "r/main"), branched("r/dev", Branch("dev", primary=True))])
    save(settings, store, [branched("r/x", Branch("x"))])
    listed = {"main": ListedBranch(), "x": ListedBranch()}
    store.write_listed_branches("main", "r", listed, START)
    found = target_of(store, "r/x", settings)
    assert found is not None
    assert found.name == "r/main"


@pytest.mark.parametrize(
    ("job", "baseline", "target", "reason"),
    [
        ("r/PR-7/A=1", None, "r/main/A=1", ""),
        ("r/PR-7/A=2", None, "r/main/A=2", "no build of r/main/A=2 is stored"),
        ("r/main/A=1", None, None, ""),
        ("other/A=1", "r/main", "r/main/A=1", ""),
        ("other/A=1", "r/main/A=1", "r/main/A=1", ""),
        ("other/A=1", "missing", "missing/A=1", "no build of missing is stored"),
        ("r/main/A=1", "r/main", None, ""),
        ("r/A=7", None, "r/main", ""),
        ("plain/A=1", None, None, ""),
    ],
)
def test_a_configuration_is_compared_with_the_same_one_of_the_target(
    store: Store, job: str, baseline: str | None, target: str | None, reason: str
) -> None:
    settings = Settings(jobs=(JobSettings(match="*", baseline=baseline),))
    branches = {
        "r/main": Branch("main", primary=True),
        "r/PR-7": Branch("PR-7", "7", "main"),
        "r/A=7": Branch("A=7"),
    }
    names = ["r/main/A=1", "r/PR-7/A=1", "r/PR-7/A=2", "other/A=1", "plain/A=1", *branches]
    save(settings, store, [branched(name, branches.get(name)) for name in names])
    found = target_of(store, job, settings)
    assert (found and found.name) == target
    assert (found.reason if found else "").startswith(reason)
    assert found is None or (found.job is None) == bool(reason)


def test_what_a_build_said_of_its_branch_stays_when_jenkins_does_not_know_it(store: Store) -> None:
    known = Branch("PR-7", "7", "main", "https://git.example.org/7")
    settings = Settings()
    save(settings, store, [branched(PULL, known)])
    save(settings, store, [branched(PULL, Branch())])
    with store.reader() as reader:
        [job] = reader.builds.jobs()
        assert reader.branches.all() == {job.key: known}
    assert store.write_branches({branched(PULL, None).build.id: known}) == 0


def test_thousands_of_branches_are_compared_with_one_read_of_their_target(store: Store) -> None:
    save(NAMED, store, history())
    branches = [pull(f"team/repo/b-{number}") for number in range(50)]
    keys = [saved.build_key for saved in save(NAMED, store, branches)]
    with store.reader() as reader:
        rules = partial(RuleBook, NAMED.findings, reader)
        comparisons = TargetComparisons(reader, Targets(NAMED, reader), rules)
        statuses = BuildStatuses(reader, comparisons=comparisons)
        histories = {id(statuses.of(key).comparison and comparisons._history) for key in keys}
    assert len(histories) == 1


def on(node: str, build: BuildRecord) -> BuildRecord:
    """Return a build on a node; agent-7 needs 40% more."""
    [report] = build.reports
    factor = 1.4 if node == "agent-7" else 1.0
    values = [
        replace(each, value=None if each.value is None else factor * each.value)
        for each in report.measurements
    ]
    own = replace(build.build, node=node)
    return replace(build, build=own, reports=[replace(report, measurements=values)])


@pytest.mark.parametrize(
    ("node", "change", "verdict"),
    [
        ("agent-7", 1.0, "within noise"),
        ("agent-7", 1.15, "worse"),
        ("agent-1", 1.0, "within noise"),
        ("agent-1", 1.15, "worse"),
        ("agent-1", 0.85, "better"),
    ],
)
def test_the_effect_of_the_node_is_taken_out(
    store: Store, node: str, change: float, verdict: str
) -> None:
    chance = random.Random(3)
    builds = [
        on("agent-7" if chance.random() < 0.4 else "agent-1", each) for each in history(NEWEST)
    ]
    save(NAMED, store, builds)
    status = status_of(store, on(node, pull(AD1=27.1 * change)))
    assert verdicts(status)["AD1"] == verdict
    assert status.comparison is not None
    [found] = [each for each in status.comparison.compared if each.placed.name == "AD1"]
    assert found.usual == pytest.approx(27.1 * (1.4 if node == "agent-7" else 1.0), rel=0.02)


def test_no_more_than_the_newest_builds_of_the_target_are_read(store: Store) -> None:
    save(NAMED, store, history(NEWEST + 10))
    status = status_of(store, pull())
    assert status.comparison is not None
    assert list(status.comparison.numbers) == list(range(11, NEWEST + 11))
