"""Tell people of a change only once it hardly vanishes any more."""

import numpy as np
import numpy.typing as npt
import pytest

from squash_jenkins.analysis.change_points import detect
from squash_jenkins.analysis.change_points.changes import Change
from squash_jenkins.models.finding import SETTLED


def stepped(seed: int, size: float, after: int) -> npt.NDArray[np.float64]:
    values = np.random.default_rng(seed).normal(0, 1, 200 + after)
    values[200:] += size
    return values


def is_settled(change: Change) -> bool:
    return change.p_value <= SETTLED


def settled(seed: int, size: float, after: int) -> bool:
    return any(map(is_settled, detect(stepped(seed, size, after)).steps))


@pytest.mark.parametrize(("size", "after"), [(4.0, 5), (3.0, 10), (2.0, 30)])
def test_a_smaller_step_takes_more_builds_to_settle(size: float, after: int) -> None:
    assert np.mean([settled(seed, size, after) for seed in range(60)]) > 0.9
    assert np.mean([settled(seed, size, 3) for seed in range(60)]) < 0.9


def test_a_large_step_is_settled_in_its_third_build() -> None:
    assert all(settled(seed, 8, 3) for seed in range(30))


def test_values_that_repeat_exactly_settle_at_once() -> None:
    (step,) = detect([5.0] * 30 + [6.0] * 3).steps
    assert is_settled(step)


def test_what_is_settled_stays() -> None:
    for seed in range(10):
        values = stepped(seed, 4, 60)
        told = [any(map(is_settled, detect(values[:end]).steps)) for end in range(201, 261)]
        assert all(told[told.index(True) :])


def test_noise_that_grows_settles_nothing() -> None:
    told = any_settled = 0
    for seed in range(12):
        values = np.random.default_rng(seed).normal(0, 1, 200)
        values[::40] += 15
        found = [detect(values[:end]) for end in range(21, 201)]
        told += any(each.steps for each in found)
        any_settled += any(is_settled(step) for each in found for step in each.steps)
    assert any_settled == 0
    assert told <= 3


def test_a_drift_settles_as_it_goes_on() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(0, 1, 300)
    values[100:] += np.linspace(0, 8, 200)
    assert is_settled(detect(values).drifts[0])
