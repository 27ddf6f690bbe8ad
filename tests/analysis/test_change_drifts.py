"""Tell drifts from steps."""

import numpy as np
import pytest

from squash_jenkins.analysis.change_points import detect
from squash_jenkins.analysis.change_points.changes import Changes
from squash_jenkins.analysis.change_points.ramp import SHORTEST_DRIFT, fit


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
    assert drift.slope == pytest.approx(10 / 150, rel=0.2)
    assert drift.p_value < 1e-6


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


@pytest.mark.parametrize("rise", [4.0, 20.0])
@pytest.mark.parametrize("size", [6.0, -6.0])
def test_a_step_at_the_end_of_a_drift_is_told_in_its_third_build(rise: float, size: float) -> None:
    good = 0
    for seed in range(30):
        values = np.random.default_rng(seed).normal(50, 1, 300)
        values[100:] += np.linspace(0, rise, 200)
        values[297:] += size
        found = detect(values)
        good += ([each.index for each in found.steps], len(found.drifts)) == ([297], 1)
    assert good >= 28


@pytest.mark.parametrize("size", [5.0, -8.0])
def test_a_step_within_a_drift_parts_it(size: float) -> None:
    good = []
    for seed in range(30):
        values = np.random.default_rng(seed).normal(50, 1, 300) + np.linspace(0, 10, 300)
        values[150:] += size
        found = detect(values)
        if (len(found.steps), len(found.drifts)) == (1, 2):
            good.append(found)
    assert len(good) >= 27
    steps = [each.steps[0] for each in good]
    assert [each.index for each in steps] == pytest.approx([150] * len(steps), abs=3)
    assert np.median([each.effect for each in steps]) == pytest.approx(size, abs=0.7)
    assert all(each.p_value < 1e-3 for each in steps)
    assert np.median([each.points_before for each in steps]) == pytest.approx(150, abs=1)


def test_ramps_are_the_best_of_all() -> None:
    rng = np.random.default_rng(9)
    places = np.arange(90, dtype=np.float64)
    for first in (0, 10, 40, 65):
        values = rng.normal(0, 1, 90) + 8 * np.clip((places - first) / 25, 0, 1)
        found = fit(values)
        assert found is not None
        shapes = [
            np.clip((places - begin) / (end - begin), 0, 1)
            for begin in range(90)
            for end in range(begin + SHORTEST_DRIFT, 90)
        ]
        rests = [np.polyfit(shape, values, 1, full=True)[1][0] for shape in shapes]
        assert found.residual == pytest.approx(min(rests), rel=0.01)
        assert float(np.sum((values - found.at(places)) ** 2)) == pytest.approx(found.residual)


@pytest.mark.parametrize("points", [0, 1, 39])
def test_a_ramp_needs_points(points: int) -> None:
    assert fit(np.arange(points) * 1.0) is None
