"""Give what no good series looks like: hardly any values, no noise, no end of it, gaps."""

import math
import sys

import numpy as np
import numpy.typing as npt
import pytest

from squash_jenkins.analysis.change_points import detect
from squash_jenkins.analysis.change_points.changes import Changes

Floats = npt.NDArray[np.float64]
NAN, INF = math.nan, math.inf
LARGEST = sys.float_info.max


def noise(seed: int, points: int) -> Floats:
    return np.random.default_rng(seed).normal(0, 1, points)


def places(changes: Changes) -> list[int]:
    return [each.index for each in changes.steps]


def numbers(changes: Changes) -> list[float]:
    told = [changes.sigma, changes.autocorrelation]
    for each in (*changes.steps, *changes.drifts):
        told += [each.before, each.after, each.effect, each.strength, each.p_value]
    return told


STRANGE: dict[str, list[float]] = {
    "none": [],
    "one": [3.0],
    "two": [3.0, 9.0],
    "two equal": [3.0, 3.0],
    "three": [1.0, 2.0, 3.0],
    "one not measured": [NAN],
    "one among gaps": [NAN, 5.0, NAN, NAN],
    "all equal": [5.0] * 50,
    "all zero": [0.0] * 50,
    "zeros of both signs": [0.0, -0.0] * 25,
    "the smallest number": [5e-324] * 50,
    "smallest or nothing": [5e-324, 0.0] * 25,
    "all missing": [NAN] * 50,
    "all infinite": [INF, -INF] * 25,
    "the largest number": [LARGEST, -LARGEST] * 25,
    "alternating": [1.0, 2.0] * 50,
    "alternating, odd": [1.0, 2.0] * 50 + [1.0],
    "alternating at the limit": [1e150, -1e150] * 30,
    "in threes": [1.0, 1.0, 2.0] * 40,
    "whole numbers, large": (1e15 + np.round(noise(1, 100))).tolist(),
    "whole numbers, last digit": (1e17 + 16 * np.round(noise(1, 100))).tolist(),
    "noise of the smallest numbers": (noise(1, 100) * 1e-310).tolist(),
}


@pytest.mark.parametrize("values", STRANGE.values(), ids=STRANGE)
def test_nothing_is_told_of_nothing(values: list[float]) -> None:
    found = detect(values)
    assert (found.steps, found.drifts, found.outliers) == ((), (), ())
    assert found.measured == sum(abs(each) <= 1e150 for each in values)
    assert all(map(math.isfinite, numbers(found)))


WILD: dict[str, Floats] = {
    "10 powers": np.logspace(-140, 140, 280),
    "suddenly wild": np.concatenate([noise(1, 50), noise(2, 50) * 1e140]),
    "suddenly tame": np.concatenate([noise(1, 50) * 1e140, noise(2, 50)]),
    "to infinity and back": np.array([1.0, INF, 2.0, -INF, LARGEST, 1e149, 3.0] * 20),
    "at both limits": np.array([1e150] * 30 + [-1e150] * 30),
    "the limit among nothing": np.array([0.0] * 30 + [1e150] * 3),
    "a millionth of the smallest step": np.array([1.0] * 30 + [math.nextafter(1.0, 2.0)] * 30),
}


@pytest.mark.parametrize("values", WILD.values(), ids=WILD)
def test_infinite_spreads_give_finite_numbers(values: Floats) -> None:
    found = detect(values)
    assert all(map(math.isfinite, numbers(found)))
    assert all(0 <= each.p_value <= 1 for each in found.steps)


def test_a_step_from_limit_to_limit() -> None:
    found = detect(WILD["at both limits"])
    assert places(found) == [30]
    assert found.steps[0].effect == pytest.approx(-2e150)
    assert found.steps[0].percent == pytest.approx(-200)


@pytest.mark.parametrize("place", [0, 1, 2, 25, 48, 49])
@pytest.mark.parametrize("other", [5.0001, -1e149, 6.0])
def test_constant_but_for_one_value(place: int, other: float) -> None:
    values = [5.0] * 50
    values[place] = other
    found = detect(values)
    assert (found.steps, found.drifts, found.outliers) == ((), (), (place,))
    assert found.sigma == 0


@pytest.mark.parametrize("place", [0, 20, 48])
def test_constant_but_for_two_values(place: int) -> None:
    values = [5.0] * 50
    values[place : place + 2] = [6.0, 6.0]
    found = detect(values)
    assert (found.steps, found.outliers) == ((), (place, place + 1))


@pytest.mark.parametrize("size", [1.0, -1e-6, 1e6])
def test_three_other_values_among_equal_ones(size: float) -> None:
    assert places(detect([5.0] * 47 + [5 + size] * 3)) == [47]
    assert places(detect([5 + size] * 3 + [5.0] * 47)) == [3]
    assert places(detect([5.0] * 20 + [5 + size] * 3 + [5.0] * 27)) == [20, 23]


def test_three_points_at_the_very_begin_or_end_of_noise() -> None:
    end, begin = [], []
    for seed in range(100):
        values = noise(seed, 100)
        values[97:] += 8
        end.append(places(detect(values)) == [97])
        values = noise(seed, 100)
        values[:3] += 8
        begin.append(places(detect(values)) == [3])
    assert sum(end) >= 97
    assert sum(begin) >= 97


def test_whole_numbers_that_step_by_one() -> None:
    found = detect([10.0] * 40 + [11.0] * 40 + [12.0] * 40 + [11.0] * 30)
    assert places(found) == [40, 80, 120]
    assert [each.effect for each in found.steps] == pytest.approx([1, 1, -1])
    assert [each.percent for each in found.steps] == pytest.approx([10, 100 / 11, -100 / 12])


def test_whole_numbers_with_single_others_between() -> None:
    values = [10.0] * 100
    for place in (7, 20, 41, 77):
        values[place] = 11
    found = detect([*values, 12.0, 12.0, 12.0])
    assert (places(found), found.outliers) == ([100], (7, 20, 41, 77))


def test_whole_numbers_that_grow_always() -> None:
    found = detect(np.arange(200) // 5)
    assert (found.steps, len(found.drifts)) == ((), 1)
    assert found.drifts[0].effect == pytest.approx(40, abs=2)


def test_alternating_values_that_step() -> None:
    found = detect([1.0, 2.0] * 50 + [5.0, 6.0] * 20)
    assert places(found) == [100]
    assert found.steps[0].effect == pytest.approx(4, abs=0.1)


def test_a_step_in_a_gap_lies_anywhere_in_it() -> None:
    values = noise(3, 300)
    values[150:] += 6
    values[100:200] = NAN
    (step,) = detect(values).steps
    assert (step.index, step.first, step.last) == (200, 100, 200)
    assert (step.points_before, step.points_after) == (100, 100)


@pytest.mark.parametrize(
    "gap", [slice(0, 150), slice(200, 300), slice(0, 300, 2), slice(1, 300, 3)]
)
def test_gaps_change_nothing_but_the_places(gap: slice) -> None:
    values = noise(4, 300)
    values[170:] += 6
    values[gap] = NAN
    where = np.flatnonzero(~np.isnan(values))
    alone = detect(values[where])
    found = detect(values)
    assert places(found) == [int(where[each]) for each in places(alone)] != []
    assert found.outliers == tuple(int(where[each]) for each in alone.outliers)
    assert [each.effect for each in found.steps] == [each.effect for each in alone.steps]


def test_gaps_at_the_end_change_nothing() -> None:
    values = noise(5, 100)
    values[60:] += 6
    known = detect(values)
    assert detect([*values, NAN, INF, 1e200]) == known


@pytest.mark.parametrize("given", [(3, 1, 2), np.arange(9).reshape(3, 3), [True, False] * 5])
def test_any_sequence_of_numbers_is_taken(given: npt.ArrayLike) -> None:
    assert detect(given).measured == np.size(given)


def test_none_is_not_measured() -> None:
    assert detect(np.array([1.0, None, 2.0], dtype=np.float64)).measured == 2
