"""What is found in noise like that of real CI machines: no false change, and true ones in time."""

import numpy as np
import pytest

from squash_jenkins.analysis.change_points import detect
from squash_jenkins.models.finding import SETTLED
from tests.analysis.noise_kinds import AT, KINDS, POINTS, Kind, two_machines, white

_SERIES = 100


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_noise_alone_is_no_change(kind: Kind) -> None:
    rng = np.random.default_rng(20261201)
    found = [detect(100 * kind.make(rng, POINTS)) for _ in range(_SERIES)]
    assert np.mean([len(each.steps) + len(each.drifts) for each in found]) <= kind.most


@pytest.mark.parametrize("kind", [each for each in KINDS.values() if each.factor])
def test_a_step_is_seen_within_ten_builds(kind: Kind) -> None:
    rng, seen = np.random.default_rng(20261201), 0
    for _ in range(_SERIES):
        values = 100 * kind.make(rng, AT + 10)
        values[AT:] *= kind.factor or 1
        seen += any(abs(step.index - AT) <= 3 for step in detect(values).steps)
    assert seen / _SERIES >= kind.least


def test_a_step_between_modes_has_the_size_that_it_has_in_each() -> None:
    values = 100 * two_machines(0.3, 1.4)(np.random.default_rng(1), POINTS)
    values[AT:] *= 1.1
    [step] = detect(values).steps
    assert step.index == AT
    assert step.percent == pytest.approx(10, abs=0.5)
    assert step.sigma == pytest.approx(1, rel=0.2)


def test_a_level_that_returns_a_few_times_is_no_mode() -> None:
    values = 100 * white(np.random.default_rng(1), POINTS)
    values[60:120] *= 1.2
    values[180:240] *= 1.2
    assert [step.index for step in detect(values).steps] == [60, 120, 180, 240]


@pytest.mark.parametrize("factor", [1.0, 1.2])
def test_where_the_noise_changes_the_level_may_change_too(factor: float) -> None:
    rng = np.random.default_rng(1)
    values = 100 * np.concatenate((white(rng, 200), 1 + 0.05 * rng.standard_normal(100)))
    values[200:] *= factor
    steps = detect(values).steps
    assert [abs(step.index - 200) <= 5 for step in steps] == ([True] if factor > 1 else [])
    assert all(step.percent == pytest.approx(20, abs=3) for step in steps)


@pytest.mark.parametrize("factor", [1.3, 3.0, 20.0])
def test_a_step_to_a_level_with_its_own_noise_is_at_its_build(factor: float) -> None:
    for seed in range(20):
        values = 100 * (1 + 0.02 * np.random.default_rng(seed).standard_normal(POINTS))
        values[150:] *= factor
        assert [step.index for step in detect(values).steps] == [150]


@pytest.mark.parametrize("kind", ["noisy from 220", "second mode from 200", "noisy first 60"])
def test_few_are_reported_while_a_series_grows(kind: str) -> None:
    rng, ever = np.random.default_rng(5), 0
    for _ in range(20):
        values = 100 * KINDS[kind].make(rng, POINTS)
        lengths = range(20, POINTS + 1, 4)
        ever += any(
            step.p_value <= SETTLED for end in lengths for step in detect(values[:end]).steps
        )
    assert ever <= 7
