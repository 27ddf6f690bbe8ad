from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from squash_jenkins.simulate.history import demo_plan
from squash_jenkins.simulate.history.history import (
    History,
    JobPlan,
    PlannedBuild,
    Planted,
    Series,
    make_history,
)
from squash_jenkins.simulate.history.stack import Contents, Effect, Event, Stack, make_stack

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
CONTENTS = Contents(
    "small", {"afw": "26.0", "geom": "26.0", "old": "26.0"}, {"fftw": "3.3"}, {"a": "team a"}
)
EVENTS = (
    Event(0.3, "new", "Add it", action="add"),
    Event(0.5, "afw", "Slow down", (Effect(("AM1",), 1.5, ("cfht",)),)),
    Event(0.6, "old", "Take it out", action="remove"),
    Event(0.7, "geom", "Break the build", breaks=0.05),
    Event(0.8, "fftw", "Update"),
)
CFHT = Series("cfht", "r", {"AM1": 8.0, "PA1": 5.0}, 0.01)
DECAM = Series("decam", "z", {"AM1": 15.0, "PA1": 9.0}, 0.01)


def small_stack(seed: int = 1, days: float = 100.0) -> Stack:
    return make_stack(seed, CONTENTS, EVENTS, days)


def small_history(seed: int = 1, builds: int = 100, now: datetime = NOW) -> History:
    plan = JobPlan("ci", (CFHT, DECAM))
    return make_history(seed, plan, small_stack(seed), builds, now, 100.0)


def values(history: History, series: Series, metric: str) -> dict[int, float]:
    return {
        each.number: history.quality(each, series)[metric]
        for each in history.builds
        if each.has_values
    }


def names(stack: Stack, position: int) -> set[str]:
    return {each.name for each in stack.packages(position)}


def test_versions_change_with_their_own_commits_only() -> None:
    stack = small_stack()
    for position in range(1, 120):
        before = {each.name: each for each in stack.packages(position - 1)}
        after = {each.name: each for each in stack.packages(position)}
        commit = stack.commits[position - 1]
        changed = {name for name in before if before[name] != after.get(name)} | (
            set(after) - set(before)
        )
        assert changed == {commit.package}
        if commit.action == "change":
            assert after[commit.package].revision == commit.revision


def test_revisions_and_versions_look_like_those_of_eups() -> None:
    stack = small_stack()
    packages = {each.name: each for each in stack.packages(150)}
    for each in packages.values():
        assert each.revision is not None and len(each.revision) == 40
        assert int(each.revision, 16) >= 0
        assert each.url == f"https://git.example.org/stack/{each.name}.git"
    afw = packages["afw"]
    assert afw.version is not None and afw.revision is not None
    assert afw.version.startswith("26.0-") and afw.version.endswith(f"-g{afw.revision[:7]}")
    assert packages["fftw"].version == "3.3+1"


def test_a_package_comes_and_another_goes() -> None:
    stack = small_stack()
    come, gone = stack.position(30.0), stack.position(60.0)
    assert "new" not in names(stack, come - 1) and "new" in names(stack, come)
    assert "old" in names(stack, gone - 1) and "old" not in names(stack, gone)


def test_commits_are_signed_by_roles() -> None:
    authors = {each.author for each in small_stack().commits}
    assert authors == {"team a", "pipelines", "build-bot"}


def test_history_is_as_long_as_asked_and_ends_shortly_before_now() -> None:
    history = small_history()
    assert len(history.builds) == 100
    last = history.builds[-1]
    assert NOW - timedelta(hours=2) < last.started < NOW
    assert last.started + timedelta(seconds=last.duration) < NOW
    started = [each.started for each in history.builds]
    assert started == sorted(started)
    assert all(b - a < timedelta(days=2) for a, b in pairwise(started))


def test_some_numbers_are_missing_and_none_is_used_twice() -> None:
    numbers = [each.number for each in small_history().builds]
    assert numbers == sorted(set(numbers))
    assert 100 < numbers[-1] < 110


@given(seed=st.integers(0, 2**32), builds=st.integers(1, 40))
@settings(max_examples=20)
def test_same_seed_same_history_whatever_the_time(seed: int, builds: int) -> None:
    def told(now: datetime) -> list[object]:
        history = small_history(seed, builds, now)
        plain = [(b.number, b.result, b.position, b.outlier) for b in history.builds]
        return [plain, history.planted, [history.quality(b, CFHT) for b in history.builds]]

    assert told(NOW) == told(NOW + timedelta(days=400, seconds=17))
    assert [each.commits for each in (small_stack(seed), small_stack(seed))] == [
        small_stack(seed).commits
    ] * 2


def test_a_step_begins_with_the_build_that_has_its_commit() -> None:
    history = small_history()
    (step,) = [each for each in history.planted if each.kind == "step"]
    assert (step.dataset, step.metrics, step.factor, step.package) == ("cfht", ("AM1",), 1.5, "afw")
    first = next(each for each in history.builds if each.number == step.first)
    assert step.revision in revisions(history, first)
    before = [each for each in history.builds if each.number < first.number and each.has_values]
    assert step.revision not in revisions(history, before[-1])
    found = values(history, CFHT, "AM1")
    early, late = split(found, step.first)
    assert late / early == pytest.approx(1.5, rel=0.02)
    early, late = split(values(history, DECAM, "AM1"), step.first)
    assert late / early == pytest.approx(1.0, rel=0.02)


def revisions(history: History, build: PlannedBuild) -> set[str | None]:
    return {each.revision for each in history.stack.packages(build.position)} | {
        each.revision for each in history.stack.commits[: build.position]
    }


def split(found: dict[int, float], first: int) -> tuple[float, float]:
    """Return the medians before build `first` and from it on."""
    early = [value for number, value in found.items() if number < first]
    late = [value for number, value in found.items() if number >= first]
    return median(early), median(late)


def test_outliers_stand_out_in_every_metric() -> None:
    history = small_history()
    planted = [each for each in history.planted if each.kind == "outlier"]
    assert {each.first for each in planted} == {each.last for each in planted}
    assert len({each.first for each in planted}) == history.plan.outliers
    found = values(history, CFHT, "PA1")
    usual = median(found.values())
    far = {number for number, value in found.items() if abs(value / usual - 1) > 0.2}
    assert far == {each.first for each in planted}


def test_every_build_fails_while_the_stack_is_broken() -> None:
    history = small_history()
    broken = [each for each in history.builds if 70.0 <= each.day < 75.0]
    assert len(broken) >= 4
    assert {each.result for each in broken} == {"FAILURE"}
    others = [each.result for each in history.builds if not 70.0 <= each.day < 75.0]
    assert others.count("FAILURE") + others.count("ABORTED") < 15


def test_changes_are_the_commits_since_the_build_before() -> None:
    history = small_history()
    told = [commit for build in history.builds for commit in history.changes(build)]
    first, last = history.builds[0], history.builds[-1]
    assert told == list(history.stack.commits[first.position : last.position])
    assert list(history.changes(first)) == []


def test_a_drift_reaches_its_factor_slowly() -> None:
    plan = demo_plan.SQRE
    stack = make_stack(5, demo_plan.PIPELINES, (), 200.0)
    history = make_history(5, plan, stack, 200, NOW, 200.0)
    (drift,) = [each for each in history.planted if each.kind == "drift"]
    assert (drift.filter, drift.metrics) == ("HSC-I", ("PA1",))
    assert drift.last is not None
    found = values(history, demo_plan.HSC_I, "PA1")
    parts = [
        median(v for n, v in found.items() if low <= n < high)
        for low, high in ((0, drift.first), (drift.first, drift.last), (drift.last, 999))
    ]
    assert parts[0] < parts[1] < parts[2]
    assert parts[2] / parts[0] == pytest.approx(drift.factor, rel=0.02)


def test_more_builds_follow_the_last_with_new_commits() -> None:
    history = small_history()
    last = history.builds[-1]
    added = [history.extend(last.number + i, NOW + timedelta(seconds=i)) for i in range(1, 11)]
    assert [each.number for each in added] == list(range(last.number + 1, last.number + 11))
    assert added[-1].position > last.position
    assert [each.started for each in added] == [NOW + timedelta(seconds=i) for i in range(1, 11)]


def test_a_step_before_the_first_build_was_not_planted_in_it() -> None:
    plan = JobPlan("late", (CFHT,))
    history = make_history(1, plan, small_stack(), 30, NOW, 100.0)
    assert not [each for each in history.planted if each.kind == "step"]


def test_planted_changes_of_the_demo_name_measured_metrics_only() -> None:
    stack = make_stack(2, demo_plan.PIPELINES, demo_plan.PIPELINE_EVENTS, 200.0)
    history = make_history(2, demo_plan.CI_CFHT, stack, 200, NOW, 200.0)
    planted: list[Planted] = history.planted
    assert len([each for each in planted if each.kind == "step"]) == 3
    for each in planted:
        assert set(each.metrics) <= {"AM1", "AM2", "PA1"}
