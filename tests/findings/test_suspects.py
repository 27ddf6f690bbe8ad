"""Which code changed between two builds, and who is suspect of a finding."""

import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from squash_jenkins.config import Settings
from squash_jenkins.definitions.verify_metrics import load_definitions
from squash_jenkins.errors import StoreError
from squash_jenkins.findings.detect import detect_findings
from squash_jenkins.findings.suspects import SuspectFinder, Suspects, code_between, suspects_of
from squash_jenkins.models import (
    Build,
    BuildId,
    BuildRecord,
    Change,
    Measurement,
    Metric,
    Package,
    Report,
)
from squash_jenkins.models.finding import APPEARED, DRIFT, STEP, VANISHED
from squash_jenkins.resources import folder
from squash_jenkins.simulate.history import demo_plan
from squash_jenkins.simulate.history.history import History, JobPlan, PlannedBuild, make_history
from squash_jenkins.simulate.history.stack import make_stack
from squash_jenkins.store import Store, open_store
from squash_jenkins.store.read.contents import ContentReader
from squash_jenkins.store.read.transaction import Transaction
from squash_jenkins.store.rows import FindingRow

START = datetime(2026, 1, 1, 4, tzinfo=UTC)
URL = "https://github.com/ops/{}.git"


@pytest.fixture
def store(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'squash.sqlite'}", str(tmp_path / "blobs")) as opened:
        yield opened


def packages(versions: dict[str, int]) -> list[Package]:
    """Return packages whose commits follow from name and version."""
    return [
        Package(name, f"1.{number}", f"{sum(name.encode()):04x}{number:036x}", URL.format(name))
        for name, number in versions.items()
    ]


def build(
    number: int,
    values: dict[str, float | None] | None,
    versions: dict[str, int] | None = None,
    *,
    job: str = "nightly",
    result: str = "SUCCESS",
    commits: Sequence[Change] = (),
    started: datetime | None = None,
) -> BuildRecord:
    made = Build(
        BuildId("ci", job, number),
        started or START + timedelta(hours=number),
        60.0,
        result,
        changes=tuple(commits),
    )
    if values is None:
        return BuildRecord(made)
    report = Report(
        "qa.json",
        "plain",
        f"{number:064x}",
        100,
        measurements=[Measurement(f"p.{name}", value, "ms") for name, value in values.items()],
        metrics=[Metric(f"p.{name}", "ms", operator="<=") for name in values],
        packages=packages(versions or {}),
    )
    return BuildRecord(made, [report])


def save(store: Store, records: Sequence[BuildRecord]) -> None:
    for at in range(0, len(records), 200):
        store.save_all(records[at : at + 200], controller_url="http://ci.example/")


def keys(reader: Any, job: str = "nightly") -> tuple[int, dict[int, int]]:
    """Return the key of a job, and the keys of its builds by number."""
    [row] = [each for each in reader.builds.jobs() if each.name == job]
    return row.key, {each.number: each.key for each in reader.builds.of_job(row.key)}


@pytest.fixture
def short(store):
    """Return a store with five builds: 2 adds, 3 tells nothing, 4 and 5 change and remove."""
    first, second = Change("c1", "ops", "afw: One"), Change("c2", "qa", "base: Two")
    save(
        store,
        [
            build(1, {"a": 1.0}, {"afw": 1, "base": 1}),
            build(2, {"a": 1.0}, {"afw": 1, "base": 1, "log": 1}, commits=[first]),
            build(3, None, result="FAILURE", commits=[first, second]),
            build(4, {"a": 1.0}, {"afw": 2, "base": 1, "log": 1}, commits=[second]),
            build(5, {"a": 1.0}, {"afw": 2, "log": 1}),
        ],
    )
    return store


def told(code: Any) -> list[tuple[str, str]] | None:
    return None if code.packages is None else [(each.name, each.kind) for each in code.packages]


def test_any_two_builds_are_compared(short):
    with short.reader() as reader:
        job, key = keys(reader)
        code = code_between(reader, job, key[1], key[5])
        assert told(code) == [("afw", "updated"), ("base", "removed"), ("log", "added")]
        assert code.compared == (key[1], key[5])
        assert [each.number for each in code.builds] == [2, 3, 4, 5]
        assert (code.reason, code.backwards) == ("", False)
        same = code_between(reader, job, key[4], key[4])
        assert (told(same), list(same.commits), list(same.builds)) == ([], [], [])


def test_commits_of_all_builds_between_are_told_once_with_the_first(short):
    with short.reader() as reader:
        job, key = keys(reader)
        code = code_between(reader, job, key[1], key[5])
        assert [(build, each.revision) for build, each in code.commits] == [
            (key[2], "c1"),
            (key[3], "c2"),
        ]
        later = code_between(reader, job, key[3], key[4])
        assert [(build, each.revision) for build, each in later.commits] == [(key[4], "c2")]


def test_backwards_everything_is_the_other_way_round(short):
    with short.reader() as reader:
        job, key = keys(reader)
        forth = code_between(reader, job, key[1], key[5])
        back = code_between(reader, job, key[5], key[1])
    assert told(back) == [("afw", "updated"), ("base", "added"), ("log", "removed")]
    assert back.backwards
    assert back.commits == forth.commits
    afw, base, log = back.packages
    old, new = (packages({"afw": number})[0].revision for number in (2, 1))
    assert afw.url == f"https://github.com/ops/afw/compare/{old}...{new}"
    assert base.url.startswith("https://github.com/ops/base/commit/")
    assert log.url == f"https://github.com/ops/log/commit/{packages({'log': 1})[0].revision}"


def test_the_first_build_compares_with_nothing(short):
    with short.reader() as reader:
        job, key = keys(reader)
        code = code_between(reader, job, None, key[1])
    assert (code.packages, code.compared, code.after) == (None, None, None)
    assert code.reason == "There is no build before #1 to compare with."
    assert [each.number for each in code.builds] == [1]


def test_a_build_that_tells_no_packages_says_so(short):
    with short.reader() as reader:
        job, key = keys(reader)
        code = code_between(reader, job, key[2], key[3])
        assert (code.packages, code.reason) == (None, "#3 does not report the packages.")
        assert [each.revision for _, each in code.commits] == ["c1", "c2"]
        nothing = code_between(reader, job, key[3], key[3])
        assert nothing.reason == "#3 does not report the packages."
    save(short, [build(6, None)])
    with short.reader() as reader:
        code = code_between(reader, job, key[3], keys(reader)[1][6])
    assert code.reason == "#3 and #6 do not report the packages."


def test_builds_of_another_job_are_refused(short):
    save(short, [build(1, {"a": 1.0}, job="other")])
    with short.reader() as reader:
        job, key = keys(reader)
        other = keys(reader, "other")[1][1]
        for pair in ((key[1], other), (other, key[1])):
            with pytest.raises(StoreError, match="is not of this job"):
                code_between(reader, job, *pair)


def noisy(number: int, level: float) -> float:
    """Return a level with a little noise that follows from the number."""
    return level * (1 + 0.004 * ((number * 7919) % 11 - 5) / 5)


def stepping(number: int, begin: int = 20) -> dict[str, float | None]:
    return {"a": noisy(number, 10 if number < begin else 14), "b": noisy(number, 5)}


def finding(store: Store, kind: str = STEP, job: str = "nightly") -> tuple[FindingRow, Suspects]:
    """Detect findings; return the one finding of this kind and its suspects."""
    detect_findings(Settings(), store)
    with store.reader() as reader:
        key, _ = keys(reader, job)
        [row] = [each for each in reader.findings.find(key) if each.finding.kind == kind]
        return row, suspects_of(reader, row)


def numbers(store: Store, builds: Sequence[int]) -> list[int]:
    with store.reader() as reader:
        return [reader.builds.get(key).number for key in builds]


def test_the_package_that_came_in_where_it_began_is_suspect(store):
    versions = [{"x": 1 + (n > 19), "y": 1 + (n > 22), "z": 1 + (n > 10)} for n in range(41)]
    save(store, [build(n, stepping(n), versions[n]) for n in range(1, 41)])
    row, found = finding(store)
    assert numbers(store, [row.finding.build, found.last_good]) == [20, 19]
    [suspect] = found.suspects
    assert (suspect.name, suspect.text, suspect.score) == ("x", "1.1 → 1.2", 1.0)
    assert suspect.reasons == ("came in with #20, the only change where it began",)
    assert suspect.url.startswith("https://github.com/ops/x/compare/")
    assert (list(found.between), found.missing) == ([], [])
    assert told(found.code) == [("x", "updated")]


def test_a_jump_of_numbers_before_the_begin_is_a_range(store):
    jump = 20260300
    records = [
        build(n + jump * (n > 19), stepping(n), {"x": 1}, started=START + timedelta(hours=n))
        for n in range(1, 41)
    ]
    save(store, records)
    tracemalloc.start()
    try:
        _, found = finding(store)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.missing == [(20, jump + 19)]
    assert peak < 50_000_000


def test_failed_builds_and_gaps_before_the_begin_are_told_and_widen_it(store):
    """18 fails, 19 is not stored, 17 did not measure it: the cause came in after 16."""
    commit = Change("d" * 40, "ops", "w: Change the order", None, ("w/a.py",))
    records = [build(n, stepping(n), {"x": 1 + (n > 16), "y": 1}) for n in range(1, 41)]
    records[16] = build(17, {"a": None, "b": 5.0}, {"x": 2, "y": 1})
    records[17] = build(18, None, result="ABORTED", commits=[commit])
    del records[18]
    save(store, records)
    _, found = finding(store)
    assert numbers(store, [found.last_good]) == [16]
    assert [(each.number, each.result) for each in found.between] == [
        (17, "SUCCESS"),
        (18, "ABORTED"),
    ]
    assert found.missing == [(19, 19)]
    assert {each.name: each.reasons[0] for each in found.suspects} == {
        "x": "came in with #17, one of 2 changes where it began",
        "dddddddd": "came in with #18, one of 2 changes where it began",
    }


def test_builds_that_told_their_packages_stand_in_for_those_that_did_not(store):
    silent = {18, 19, 20, 21}
    save(
        store,
        [
            build(n, stepping(n), None if n in silent else {"x": 1 + (n > 19), "y": 1})
            for n in range(1, 41)
        ],
    )
    _, found = finding(store)
    assert numbers(store, found.code.compared) == [17, 22]
    assert found.code.reason == (
        "Packages are compared between #17 and #22: not both #19 and #20 reported them."
    )
    assert [(each.name, each.reasons[0]) for each in found.suspects] == [
        ("x", "came in between #17 and #22, the only change where it began")
    ]


def test_without_any_packages_the_commits_are_suspect(store):
    commits = {20: [Change("e" * 40, "ops", "Fit less"), Change("", "qa", "Nothing")]}
    save(store, [build(n, stepping(n), commits=commits.get(n, ())) for n in range(1, 41)])
    _, found = finding(store)
    assert found.code.packages is None
    assert "No two builds report their packages" in found.code.reason
    assert [(each.name, each.text, each.url) for each in found.suspects] == [
        ("commit", "Nothing", None),
        ("eeeeeeee", "Fit less", None),
    ]


def test_commits_of_a_package_are_told_with_it(store):
    new = packages({"x": 2})[0].revision
    commits = {
        19: [Change("f" * 40, "ops", "Earlier", None, ("x/one.py", "x/two.py"))],
        20: [Change(new, "ops", "Later\n\nAt length")],
    }
    records = [
        build(n, stepping(n), {"x": 1 + (n > 19)}, commits=commits.get(n, ())) for n in range(1, 41)
    ]
    records[18] = build(19, None, commits=commits[19])
    save(store, records)
    _, found = finding(store)
    assert [(each.name, each.text) for each in found.suspects] == [
        ("x", "1.1 → 1.2: Later and 1 more")
    ]


def test_a_package_that_often_changes_without_harm_is_less_suspect(store):
    save(store, [build(n, stepping(n), {"a": n, "z": 1 + (n > 19)}) for n in range(1, 41)])
    _, found = finding(store)
    assert [each.name for each in found.suspects] == ["z", "a"]
    assert "changed in 18 of 18 earlier builds and nothing moved" in found.suspects[1].reasons


def test_changes_where_something_moved_did_harm(store):
    changed = (20, 24, 26, 28, 32)
    levels = [10 + 4 * (n >= 20) + 6 * (n >= 32) for n in range(46)]
    save(
        store,
        [
            build(n, {"a": noisy(n, levels[n])}, {"x": 1 + sum(n >= each for each in changed)})
            for n in range(1, 46)
        ],
    )
    detect_findings(Settings(), store)
    with store.reader() as reader:
        later, _ = reader.findings.find()
        [suspect] = suspects_of(reader, later).suspects
    assert suspect.reasons[1] == "changed in 3 of 19 earlier builds and nothing moved"


def test_of_several_changes_of_a_package_the_one_where_it_began_is_told(store):
    save(store, [build(n, stepping(n), {"x": n, "y": 1 + (n > 22)}) for n in range(1, 41)])
    row, _ = finding(store)
    with store.reader() as reader:
        _, key = keys(reader)
        unsure = replace(row.finding, first=key[18], last=key[24])
        x, y = suspects_of(reader, row._replace(finding=unsure)).suspects
    assert (x.name, x.text) == ("x", "1.19 → 1.20")
    assert (y.name, y.reasons) == ("y", ("came in with #23, where it may also have begun",))


def test_what_came_in_where_another_job_moved_is_more_suspect(store):
    """Both jobs move when z comes in; b and z come in together here, c and z there."""
    here = [build(n, stepping(n), {"b": 1 + (n > 19), "z": 1 + (n > 19)}) for n in range(1, 41)]
    there = [
        build(
            n,
            stepping(n, 25),
            {"c": 1 + (n > 24), "z": 1 + (n > 24)},
            job="other",
            started=START + timedelta(days=5, hours=n),
        )
        for n in range(1, 41)
    ]
    save(store, here)
    save(store, there)
    _, found = finding(store)
    assert [each.name for each in found.suspects] == ["z", "b"]
    assert "also came in with other #25, where a moved" in found.suspects[0].reasons
    _, found = finding(store, job="other")
    assert [each.name for each in found.suspects] == ["z", "c"]


def test_another_job_long_ago_says_nothing(store):
    save(store, [build(n, stepping(n), {"b": 1 + (n > 19), "z": 1}) for n in range(1, 41)])
    late = START + timedelta(days=400)
    save(
        store,
        [
            build(n, stepping(n), {"b": 1 + (n > 19)}, job="b", started=late + timedelta(hours=n))
            for n in range(1, 41)
        ],
    )
    _, found = finding(store)
    assert len(found.suspects[0].reasons) == 1


def test_a_drift_is_about_what_came_in_near_its_begin(store):
    values = [{"a": noisy(n, 10 + 0.1 * max(0, n - 15)), "b": 5.0} for n in range(61)]
    save(store, [build(n, values[n], {"x": n}) for n in range(1, 61)])
    row, found = finding(store, DRIFT)
    first, until = numbers(store, [row.finding.first, found.code.until])
    assert until == first + 5
    assert [each.name for each in found.suspects] == ["x"]


def test_what_vanished_and_what_appeared_have_suspects(store):
    def values(number: int) -> dict[str, float | None]:
        old = {"a": noisy(number, 10)} if number < 20 else {}
        new = {"c": noisy(number, 3)} if number >= 30 else {}
        return {"b": noisy(number, 5), **old, **new}

    versions = [{"x": 1 + (n > 19), "y": 1 + (n > 29)} for n in range(41)]
    save(store, [build(n, values(n), versions[n]) for n in range(1, 41)])
    for kind, name, good in ((VANISHED, "x", 19), (APPEARED, "y", 29)):
        _, found = finding(store, kind)
        assert numbers(store, [found.last_good]) == [good]
        assert [each.name for each in found.suspects] == [name]


class Counting(ContentReader):
    """Note of which builds the packages are read."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction)
        self.asked: list[int] = []

    def packages(self, builds: Sequence[int]) -> dict[int, dict[str, Package]]:
        self.asked += builds
        return super().packages(builds)


def test_only_a_handful_of_builds_is_read(store):
    save(store, [build(n, stepping(n, 150), {"x": 1 + (n > 149)}) for n in range(1, 301)])
    row, _ = finding(store)
    with store.reader() as reader:
        reader.contents = counting = Counting(reader._transaction)
        assert [each.name for each in suspects_of(reader, row).suspects] == ["x"]
    asked = counting.asked
    assert len(asked) == len(set(asked)) <= 30


def planned_record(history: History, planned: PlannedBuild) -> BuildRecord:
    """Return a build of the demo's plan, without its files."""
    plan, stack = history.plan, history.stack
    commits = [
        Change(each.revision, each.author, f"{each.package}: {each.subject}")
        for each in history.changes(planned)
    ]
    made = Build(
        BuildId("demo", plan.name, planned.number),
        planned.started,
        planned.duration,
        planned.result,
        changes=commits,
    )
    if not planned.has_values:
        return BuildRecord(made)
    reports = [
        Report(
            f"{series.filter}.json",
            "plain",
            f"{planned.number:064x}",
            10,
            series.dataset,
            series.filter,
            measurements=[
                Measurement(f"validate_drp.{name}", value)
                for name, value in history.quality(planned, series).items()
            ],
            packages=stack.packages(planned.position),
        )
        for series in plan.series
    ]
    return BuildRecord(made, reports)


def histories(seed: int, builds: int) -> list[History]:
    """Return the jobs of the demo that build the same stack."""
    span = builds * demo_plan.SQRE.every
    stack = make_stack(seed, demo_plan.PIPELINES, demo_plan.PIPELINE_EVENTS, span)
    plans: list[tuple[JobPlan, int]] = [(demo_plan.CI_CFHT, builds), (demo_plan.SQRE, builds)]
    plans += [(plan, builds // 3) for plan in demo_plan.CONFIGURATIONS]
    now = START + timedelta(days=span)
    return [make_history(seed, plan, stack, count, now, span) for plan, count in plans]


def places_of_culprits(store: Store, made: Sequence[History]) -> list[int | None]:
    """Return where among the suspects (from 1) the package stands that made a planted step."""
    places: list[int | None] = []
    planted = [each for history in made for each in history.planted if each.kind == "step"]
    with store.reader() as reader:
        names = {job.key: job.name for job in reader.builds.jobs()}
        finder = SuspectFinder(reader)
        for row in reader.findings.find():
            first, last = (
                reader.builds.get(key).number for key in (row.finding.first, row.finding.last)
            )
            moved = {each.metric.partition(".")[2] for each in row.finding.series}
            culprits = {
                each.package
                for each in planted
                if each.job == names[row.job] and first <= each.first <= last
                if row.finding.kind != DRIFT and moved & set(each.metrics)
            }
            suspects = [each.name for each in finder.of(row).suspects]
            places += [suspects.index(name) + 1 if name in suspects else None for name in culprits]
    return places


def test_the_culprits_of_the_demo_are_mostly_the_first_suspects(store):
    made = histories(1, 120)
    metrics, specifications = load_definitions(folder("db") / "seed")
    store.load(metrics, specifications)
    for history in made:
        save(store, [planned_record(history, each) for each in history.builds])
    detect_findings(Settings(), store)
    places = places_of_culprits(store, made)
    assert len(places) >= 10
    assert None not in places
    assert places.count(1) >= 0.7 * len(places)
