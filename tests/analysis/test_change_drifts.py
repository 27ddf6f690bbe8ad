"""Tell drifts from steps."""

import numpy as np
import pytest

from squash_jenkins.analysis.change_points import detect
from squash_jenkins.analysis.changes import Changes


def drifting(seed: int, rise: float, first: int, last: int, points: int = 300) -> Changes:
    rng = np.random.default_rng(seed)
    share = np.clip((np.arange(points) - first) / (last - first), 0, 1)
    return detect(rng.normal(50, 1, points) + rise * share)


@pytest.mark.parametrize(("first", "last"), [(0, 299), (100, 200), (150, 299)])
@pytest.mark.parametrize("rise", [-4.0, 10.0])
def test_a_drift_is_no_staircase(rise: float, first: int, last: int) -> None:
    found = [drifting(seed, rise, first, last) for seed in range(30)]
    good = [each for each in found if len(each.drifts) == 1 and not each.steps]
    assert len(good) >= 27
    drifts = [each.drifts[0] for each in good]
    assert np.median([each.effect for each in drifts]) == pytest.approx(rise, rel=0.1, abs=0.5)
    assert np.median([each.first for each in drifts]) == pytest.approx(first, abs=20)
    assert np.median([each.last for each in drifts]) == pytest.approx(last, abs=20)


def test_a_drift_says_what_it_is() -> None:
    drift = drifting(1, 10, 150, 299).drifts[0]
    assert drift.ongoing
    assert drift.slope == pytest.approx(10 / 150, rel=0.2)
    assert drift.p_value < 1e-6
    assert "goes on" in drift.statistics


@pytest.mark.parametrize("rise", [2.0, 3.0, 6.0])
def test_a_step_is_no_drift(rise: float) -> None:
    found = [drifting(seed, rise, 150, 151) for seed in range(50)]
    assert sum(len(each.drifts) for each in found) <= 1
    assert sum(len(each.steps) == 1 for each in found) >= 48


def test_steps_one_after_the_other_are_no_drift() -> None:
    for seed in range(30):
        values = np.random.default_rng(seed).normal(0, 1, 300)
        values[100:] += 4
        values[200:] += 4
        found = detect(values)
        assert ([len(found.steps)], found.drifts) == ([2], ())


def test_a_drift_that_a_step_undoes() -> None:
    values = np.random.default_rng(2).normal(0, 1, 300)
    values[:200] += np.linspace(0, 12, 200)
    found = detect(values)
    assert [each.index for each in found.steps] == pytest.approx([200], abs=1)
    assert len(found.drifts) == 1
    assert found.steps[0].before == pytest.approx(12, abs=1.5)


def test_outliers_of_a_drift_are_told_by_the_drift() -> None:
    values = np.random.default_rng(3).normal(0, 1, 300) + np.linspace(0, 40, 300)
    values[[40, 250]] += [20, -20]
    found = detect(values)
    assert (found.steps, len(found.drifts)) == ((), 1)
    assert found.outliers == (40, 250)


def test_noise_does_not_drift() -> None:
    found = [detect(np.random.default_rng(seed).normal(0, 1, 300)) for seed in range(100)]
    assert sum(len(each.drifts) for each in found) <= 1
