"""What is said of one series: steps, drifts, specifications left, metrics that vanish."""

import numpy as np
import pytest

from squash_jenkins.analysis.series.series import Series, windows
from squash_jenkins.analysis.series.series_changes import Rules, changes_of
from squash_jenkins.models import WITHIN, SeriesId, Specification
from squash_jenkins.models.finding import (
    APPEARED,
    BACK_WITHIN,
    BETTER,
    DRIFT,
    NEUTRAL,
    OUT_OF,
    STEP,
    VANISHED,
    WORSE,
)
from squash_jenkins.models.metric_rules import SmallestChange
from squash_jenkins.text.evidence import evidence_facts
from tests.analysis.noise_kinds import two_machines

SERIES = SeriesId("cfht", "r", "validate_drp.AM1", "")


def spec(threshold, level="minimum", operator="<=", unit="marcsec", upper=None):
    name = f"AM1.{level}"
    return Specification(SERIES.metric, name, level, operator, threshold, unit, upper=upper)


def told(values, *limits, operator=None, reporting=None, rules=None):
    values = np.asarray(values, dtype=float)
    series = Series(SERIES, "marcsec", operator, values, limits)
    (window,) = windows(len(values))
    if reporting is None:
        reporting = np.ones(len(values), dtype=bool)
    return changes_of(series, window, np.asarray(reporting, dtype=bool), rules or Rules())


def level(builds, value, seed=0, noise=0.2):
    return value + noise * np.random.default_rng(seed).standard_normal(builds)


@pytest.mark.parametrize(
    ("operator", "limits", "direction"),
    [
        ("<=", [], WORSE),
        ("<", [], WORSE),
        (">=", [], BETTER),
        (None, [(0, [spec(40)])], WORSE),
        (None, [(0, [spec(2, operator=">")])], BETTER),
        (None, [(0, [spec(13, operator="==")])], BETTER),
        (None, [(0, [spec(5, operator="==")])], WORSE),
        (None, [(0, [spec(5, operator=WITHIN, upper=20)])], NEUTRAL),
        (None, [(0, [spec(12.5, operator=WITHIN, upper=20)])], BETTER),
        (None, [(0, [spec(1, operator=WITHIN, upper=11)])], WORSE),
        (None, [(0, [spec(0.04, unit="arcsec")])], WORSE),
        (None, [(0, [spec(40, unit="furlong")])], NEUTRAL),
        (None, [], NEUTRAL),
    ],
)
def test_the_direction_of_a_step_follows_from_the_operator(operator, limits, direction):
    values = [*level(30, 10), *level(20, 13, 1)]
    (step,) = [each for each in told(values, *limits, operator=operator) if each.kind == STEP]
    assert (step.direction, step.build, step.unit) == (direction, 30, "marcsec")
    assert step.before == pytest.approx(10, abs=0.2)
    assert step.after == pytest.approx(13, abs=0.2)
    assert "times the noise of" in step.statistics
    assert "marcsec" in step.statistics
    assert step.p_value is not None
    assert step.p_value < 1e-6


def test_a_level_that_leaves_a_specification_and_comes_back_is_told_once_each():
    values = [*level(30, 10), *level(20, 13, 1), *level(20, 10, 2)]
    changes = told(values, (0, [spec(12), spec(11, "design")]))
    crossed = [
        (each.kind, each.build, each.specification) for each in changes if each.specification
    ]
    assert crossed == [
        (OUT_OF, 30, "minimum ≤ 12 marcsec"),
        (BACK_WITHIN, 50, "design ≤ 11 marcsec"),
    ]


def test_single_values_beyond_a_threshold_leave_no_specification():
    values = level(200, 10)
    values[[20, 90, 150]] = 30
    assert told(values, (0, [spec(11)])) == []


def test_a_level_at_the_threshold_does_not_flap():
    assert told(level(280, 10), (0, [spec(10)])) == []


def test_a_specification_that_tightens_is_told_as_such():
    changes = told(level(60, 10), (0, [spec(12)]), (40, [spec(9)]))
    assert [(each.kind, each.build) for each in changes] == [(OUT_OF, 40)]
    assert "changed from minimum ≤ 12 marcsec to minimum ≤ 9 marcsec" in changes[0].statistics


def test_a_drift_crosses_the_threshold_where_its_line_does():
    values = level(120, 10)
    values[30:90] += np.linspace(0, 6, 60)
    values[90:] += 6
    changes = told(values, (0, [spec(13)]))
    (drift,) = [each for each in changes if each.kind == DRIFT]
    (left,) = [each for each in changes if each.kind == OUT_OF]
    assert drift.direction == WORSE
    assert abs(drift.first - 30) < 8
    assert abs(left.build - 60) < 8


def test_small_effects_are_left_out_on_request():
    values = [*level(50, 100, noise=0.1), *level(50, 101, 1, noise=0.1)]
    assert [each.kind for each in told(values)] == [STEP]
    assert told(values, rules=Rules(smallest=SmallestChange(2.0))) == []


def test_a_metric_that_vanishes_is_told_after_three_builds_with_reports():
    values = [*level(20, 10), *[np.nan] * 6]
    failed = [*[True] * 20, False, False, False, True, True, False]
    assert told(values, reporting=failed) == []
    failed[25] = True
    (gone,) = told(values, reporting=failed)
    assert (gone.kind, gone.direction) == (VANISHED, WORSE)
    assert (gone.first, gone.build, gone.last) == (20, 23, 23)
    assert gone.before == pytest.approx(10, abs=0.3)
    assert gone.after is None


def test_a_metric_that_is_measured_now_and_then_vanishes_later():
    values = np.full(60, np.nan)
    values[0:40:5] = 10
    assert told(values[:44]) == []
    (gone,) = told(values)
    assert (gone.kind, gone.build) == (VANISHED, 36)


def test_a_metric_that_comes_back_and_a_new_one():
    values = [*level(10, 10), *[np.nan] * 8, *level(10, 10, 1)]
    kinds = [(each.kind, each.build, each.direction) for each in told(values)]
    assert kinds == [(VANISHED, 10, WORSE), (APPEARED, 18, BETTER)]
    (new,) = told([*[np.nan] * 8, *level(10, 10, 1)])
    assert (new.kind, new.build, new.direction) == (APPEARED, 8, NEUTRAL)
    assert told([*[np.nan] * 2, *level(10, 10, 1)]) == []
    assert told([*[np.nan] * 8, 1.0, 2.0]) == []


@pytest.mark.parametrize(
    "values",
    [
        [],
        [1.0],
        [1.0, 2.0],
        [np.nan],
        [np.nan] * 30,
        [5.0] * 30,
        [np.inf, -np.inf, *[1.0] * 10],
        [1e300, -1e300] * 20,
        [0.0] * 10,
    ],
    ids=str,
)
def test_series_that_say_nothing_give_nothing(values):
    assert told(values, (0, [spec(4), spec(2, "design")])) == []


def test_values_that_never_vary_otherwise_tell_a_step():
    (step,) = told([5.0] * 20 + [6.0] * 10)
    assert (step.kind, step.build, step.sigma) == (STEP, 20, 0.0)
    assert "the same otherwise" in step.statistics


def test_levels_are_on_the_side_of_the_limit_where_they_were_found():
    values = np.concatenate((level(40, 7.9, noise=0.01), level(40, 8.0004, seed=1, noise=0.01)))
    values[40:] += 8.0004 - values[40:].mean()
    changes = told(values, (0, [spec(8)]))
    assert {each.kind for each in changes} == {STEP, OUT_OF}
    for each in changes:
        assert each.before < 8 < each.after < 8.01


def test_evidence_names_test_builds_modes_and_noise_period():
    rng = np.random.default_rng(2)
    values = 100 * two_machines(0.3, 1.4)(rng, 200)
    values[180:] *= 1.1
    (step,) = told(values)
    assert step.evidence.test.startswith("likelihood ratio of two levels")
    assert (step.evidence.builds_before, step.evidence.builds_after) == (30, 20)
    assert step.evidence.modes == ("+40%",)
    assert (step.evidence.period, step.evidence.periods) == (1, 1)
    facts = dict(evidence_facts(step))
    assert facts["builds before"] == "30 or more"
    assert facts["builds after"] == "20"
    assert facts["p-value"] == "below 1e-12"
    assert facts["modes taken out"] == "+40%"
    assert facts["noise period"].startswith("one")


def test_a_step_between_noises_is_tested_with_both():
    rng = np.random.default_rng(1)
    calm, loud = rng.standard_normal(100), 10 * rng.standard_normal(100)
    (step,) = [each for each in told(np.concatenate((100 + calm, 150 + loud))) if each.kind == STEP]
    assert step.evidence.test.startswith("Welch")
    assert dict(evidence_facts(step))["noise period"].startswith("2 of 2")


def test_what_no_test_decided_says_so():
    values = np.concatenate((level(40, 7, noise=0), level(40, 9, noise=0)))
    (crossed,) = [each for each in told(values, (0, [spec(8)])) if each.kind == OUT_OF]
    assert dict(evidence_facts(crossed))["test"].startswith("none;")
