"""What is said where the noise changes: one finding of its own kind, never steps."""

import numpy as np
import pytest

from squash_jenkins.analysis.change_points import detect
from squash_jenkins.analysis.series.grouping import group
from squash_jenkins.analysis.series.joining import join
from squash_jenkins.analysis.series.matching import match
from squash_jenkins.analysis.series.series import HALF, Series, Window, windows
from squash_jenkins.analysis.series.series_changes import Rules, changes_of
from squash_jenkins.models import SeriesId
from squash_jenkins.models.finding import BETTER, NEUTRAL, NOISE, WORSE, Finding, SeriesChange
from squash_jenkins.models.metric_rules import SmallestChange
from squash_jenkins.text.sentences import details, headline, verdict_word
from tests.analysis.noise_kinds import KINDS, POINTS, noisy, second_mode_late, two_machines, white

SERIES = SeriesId("cfht", "r", "p.startup", "")
CHANGING = {
    "second mode from 200": [200],
    "noisy first 60": [60],
    "noisy from 220": [220],
    "noisy in between": [100, 150],
    "constant, then noisy": [150],
}
RULES = Rules()


def found_in(values, window: Window | None = None, rules: Rules = RULES) -> list[SeriesChange]:
    window = window or windows(len(values))[0]
    part = np.asarray(values, dtype=float)[window.start : window.end]
    series = Series(SERIES, "ms", "<=", part)
    return changes_of(series, window, np.ones(len(part), dtype=bool), rules)


def words(finding: Finding) -> str:
    return details(finding, {place: place for place in range(1000)})


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(CHANGING) - {"growing noise"}))
def test_noise_that_stays_is_no_change(kind):
    rng = np.random.default_rng(20261201)
    found = [detect(100 * KINDS[kind].make(rng, POINTS)) for _ in range(100)]
    assert sum(len(each.noise_changes) for each in found) <= 1


@pytest.mark.parametrize("kind", CHANGING)
def test_where_the_noise_changes_it_is_found_once(kind):
    rng, seen = np.random.default_rng(20261201), 0
    for _ in range(50):
        changes = detect(100 * KINDS[kind].make(rng, POINTS)).noise_changes
        assert len(changes) <= len(CHANGING[kind]) + 1
        places = zip(changes, CHANGING[kind], strict=False)
        seen += len(changes) == len(CHANGING[kind]) and all(
            each.first - 15 <= place <= each.last + 15 for each, place in places
        )
    assert seen >= (40 if kind == "second mode from 200" else 45)


def test_the_spreads_are_those_before_and_after():
    [change] = detect(
        100 * noisy(220, POINTS, 0.10)(np.random.default_rng(1), POINTS)
    ).noise_changes
    assert change.before == pytest.approx(1, rel=0.2)
    assert change.after == pytest.approx(10, rel=0.2)
    assert not change.levels_before
    assert not change.levels_after
    assert (change.points_before, change.points_after) == (change.index, POINTS - change.index)


def test_a_noise_that_follows_its_level_is_no_change():
    for seed in range(20):
        values = 100 * (1 + 0.02 * np.random.default_rng(seed).standard_normal(POINTS))
        values[150:] *= 3
        found = detect(values)
        assert [step.index for step in found.steps] == [150]
        assert found.noise_changes == ()


def test_a_series_that_begins_to_alternate_names_its_levels():
    changes = found_in(100 * second_mode_late(np.random.default_rng(1), POINTS))
    [finding] = group(changes)
    assert (finding.kind, finding.direction) == (NOISE, NEUTRAL)
    assert headline(finding).startswith("startup alternates between 54.9 and 100 ms")
    assert f"since #{finding.build}" in words(finding)
    assert "it was at 100 ms before" in words(finding)


def test_a_series_that_ceases_to_alternate_says_where_it_stays():
    rng = np.random.default_rng(1)
    values = 100 * np.concatenate((two_machines(0.4, 1.4)(rng, 200), white(rng, 100)))
    [finding] = group(found_in(values))
    assert headline(finding).startswith("startup no longer alternates between 100 and 140 ms")
    assert abs(finding.build - 200) <= 8
    assert "it is at 100 ms now" in words(finding)


def test_a_noise_is_over_when_the_former_returns():
    values = 100 * noisy(100, 150, 0.10)(np.random.default_rng(1), POINTS)
    louder, calmer = group(found_in(values))
    assert louder.ended == calmer.build
    assert calmer.ended is None
    assert headline(louder).startswith("startup became noisier (×")
    assert headline(calmer).startswith("startup became calmer (×")


def test_more_noise_is_worse_by_a_setting_and_never_a_regression():
    values = 100 * noisy(100, 150, 0.10)(np.random.default_rng(1), POINTS)
    found = group(found_in(values, rules=Rules(noise=WORSE)))
    assert [each.direction for each in found] == [WORSE, BETTER]
    assert {verdict_word(each) for each in found} == {"noise change"}


def test_a_spread_below_the_smallest_change_is_not_reported():
    values = 100 * noisy(220, POINTS, 0.05)(np.random.default_rng(1), POINTS)
    assert found_in(values, rules=Rules(smallest=SmallestChange(3)))
    assert not found_in(values, rules=Rules(smallest=SmallestChange(8)))


def test_series_whose_noise_changed_together_are_one_finding():
    [change] = found_in(100 * noisy(220, POINTS, 0.10)(np.random.default_rng(1), POINTS))
    [other] = found_in(50 * noisy(220, POINTS, 0.10)(np.random.default_rng(2), POINTS))
    other = SeriesChange(
        **{f: getattr(other, f) for f in SeriesChange.__match_args__} | {"metric": "p.memory"}
    )
    [finding] = group([change, other])
    assert "changed with it." in words(finding)


@pytest.mark.parametrize(
    "kind", ["noisy from 220", "noisy first 60", "second mode from 200", "constant, then noisy"]
)
def test_a_boundary_that_wanders_keeps_the_identity(kind):
    for seed in range(5):
        values = 100 * KINDS[kind].make(np.random.default_rng(seed), POINTS)
        known: dict[int, Finding] = {}
        ever = 0
        for builds in range(150, POINTS + 1, 2):
            found = [each for each in group(found_in(values[:builds])) if each.kind == NOISE]
            matched = match(known, found)
            known = dict(matched.kept)
            for finding in matched.new:
                ever += 1
                known[ever] = finding
        assert ever <= 1


def test_neighbouring_windows_find_one_change():
    rng = np.random.default_rng(3)
    values = 100 * noisy(2 * HALF - 128, 4 * HALF, 0.10)(rng, 4 * HALF)
    found: list[SeriesChange] = []
    for window in windows(len(values)):
        found = join(found, found_in(values, window), window)
    assert [abs(each.build - (2 * HALF - 128)) <= 5 for each in found] == [True]
