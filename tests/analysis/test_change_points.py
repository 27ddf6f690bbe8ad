"""Find steps and outliers, from scratch and point by point."""

import math

import numpy as np
import numpy.typing as npt
import pytest
import ruptures
from hypothesis import given, settings
from hypothesis import strategies as st

from squash_jenkins.analysis.change_points import detect
from squash_jenkins.analysis.change_points.changes import Changes
from squash_jenkins.analysis.change_points.period import basis

Floats = npt.NDArray[np.float64]


def noise(seed: int, points: int, sigma: float = 1.0) -> Floats:
    return np.random.default_rng(seed).normal(0, sigma, points)


def autoregressive(seed: int, points: int, inherited: float) -> Floats:
    fresh, values = noise(seed, points + 100), np.zeros(points + 100)
    for each in range(1, len(values)):
        values[each] = inherited * values[each - 1] + fresh[each]
    return values[100:]


def staircase(seed: int, points: int = 600, sigma: float = 1.0) -> tuple[Floats, list[int]]:
    """Return a series with a step of 5 to 12 sigma every 40 to 120 points, and their places."""
    rng = np.random.default_rng(seed)
    places = np.cumsum(rng.integers(40, 120, 20))
    places = places[places < points - 20]
    sizes = rng.uniform(5, 12, len(places)) * rng.choice([-1, 1], len(places))
    values = rng.normal(100, 1, points)
    for place, size in zip(places, sizes, strict=True):
        values[place:] += size
    return values * sigma, places.tolist()


def places(changes: Changes) -> list[int]:
    return [each.index for each in changes.steps]


def test_a_step_is_told_with_its_size_and_place() -> None:
    values = noise(1, 100, 0.2) + 10
    values[60:] += 1.5
    found = detect(values)
    assert (places(found), found.drifts, found.outliers) == ([60], (), ())
    step = found.steps[0]
    assert step.first <= 60 <= step.last
    assert step.before == pytest.approx(10, abs=0.1)
    assert step.effect == pytest.approx(1.5, abs=0.15)
    assert step.percent == pytest.approx(15, abs=1.5)
    assert step.noise_multiples == pytest.approx(1.5 / 0.2, rel=0.2)
    assert (step.points_before, step.points_after) == (60, 40)
    assert step.p_value < 1e-10


@pytest.mark.parametrize("seed", range(20))
def test_steps_are_where_an_exact_search_finds_them(seed: int) -> None:
    values, true = staircase(seed)
    oracle = ruptures.KernelCPD(kernel="linear", min_size=3).fit(values)
    exact = oracle.predict(pen=4 * math.log(len(values)))[:-1]
    found = places(detect(values))
    assert len(found) == len(true) == len(exact)
    assert found == pytest.approx(exact, abs=1)


def test_the_first_and_last_place_hold_the_true_one_as_often_as_said() -> None:
    held = []
    for seed in range(200):
        values = noise(seed, 120)
        values[60:] += 2.5
        held += [each.first <= 60 <= each.last for each in detect(values).steps]
    assert len(held) >= 199
    assert np.mean(held) > 0.93


def test_places_count_what_was_not_measured() -> None:
    values = noise(2, 80)
    values[40:] += 8
    gaps = np.insert(values, [10, 40, 40, 70], [math.nan, math.inf, -1e200, math.nan])
    step = detect(gaps).steps[0]
    assert (step.index, step.first, step.last) == (43, 41, 43)
    assert detect(gaps).measured == 80


def test_a_step_is_seen_in_its_third_build_and_rarely_earlier() -> None:
    seen = {1: 0, 2: 0, 3: 0}
    for seed in range(100):
        values = noise(seed, 303)
        values[300:] += 4
        for after in seen:
            seen[after] += places(detect(values[: 300 + after])) != []
    assert seen[1] <= 1
    assert seen[2] <= 20
    assert seen[3] >= 95


def test_two_outliers_at_the_end_are_no_step() -> None:
    alarms = 0
    for seed in range(50):
        values = noise(seed, 302)
        values[300:] += 15
        found = detect(values)
        alarms += len(found.steps)
        assert found.outliers[-2:] == (300, 301)
    assert alarms <= 2


def test_outliers_are_no_steps() -> None:
    values = noise(3, 300)
    values[[50, 120, 121, 200, 299]] += [30, -12, -15, 1e6, 40]
    found = detect(values)
    assert (found.steps, found.drifts) == ((), ())
    assert found.outliers == (50, 120, 121, 200, 299)
    assert found.sigma == pytest.approx(1, abs=0.1)


def test_noise_gives_no_alarms() -> None:
    assert sum(len(detect(noise(seed, 300)).steps) for seed in range(150)) <= 3
    assert sum(len(detect(noise(seed, seed)).steps) for seed in range(120)) <= 2


def test_autocorrelated_noise_gives_few_alarms() -> None:
    found = [detect(autoregressive(seed, 300, 0.5)) for seed in range(100)]
    assert sum(len(each.steps) + len(each.drifts) for each in found) <= 10
    assert np.median([each.autocorrelation for each in found]) == pytest.approx(0.5, abs=0.1)


def test_the_noise_is_not_moved_by_steps_and_outliers() -> None:
    values, _ = staircase(4, 2000)
    values[::97] += 50
    assert detect(values).sigma == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("points", range(6))
def test_too_few_points_tell_nothing(points: int) -> None:
    found = detect(np.arange(points) * 1000.0)
    assert (found.steps, found.drifts) == ((), ())
    assert found.measured == points


def test_nothing_measured_tells_nothing() -> None:
    assert detect([math.nan] * 50) == Changes()
    assert detect([math.inf, -math.inf, math.nan, 1.7e308] * 20) == Changes()
    assert detect([]) == Changes()


def test_values_that_repeat_exactly() -> None:
    assert detect([7.5] * 100).steps == ()
    assert detect([0.1 + 0.2, 0.3] * 50).steps == ()
    blip = detect([7.5] * 50 + [8.0] * 2 + [7.5] * 50)
    assert (blip.steps, blip.outliers, blip.sigma) == ((), (50, 51), 0)
    lasting = detect([7.5] * 50 + [7.6] * 3)
    assert places(lasting) == [50]
    assert lasting.steps[0].noise_multiples is None
    assert lasting.steps[0].effect == pytest.approx(0.1)


def test_a_series_that_was_constant_shows_its_first_step() -> None:
    values = [0.0] * 290 + [2.0] * 3
    assert places(detect(values)) == [290]


def test_a_step_a_billion_times_the_noise() -> None:
    values = np.append(noise(10, 290), noise(11, 10) + 1e9)
    assert places(detect(values)) == [290]


def test_a_level_of_zero_has_no_percent() -> None:
    step = detect([0.0] * 20 + [1.0] * 20).steps[0]
    assert (step.before, step.percent) == (0, None)
    assert step.after == pytest.approx(1)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.2, 0.3, 0.5, 0.8])
def test_counts_that_flicker_give_no_alarms(share: float) -> None:
    rng = np.random.default_rng(5)
    alarms = [len(detect((rng.random(300) < share) * 1.0).steps) for _ in range(40)]
    assert np.mean(alarms) <= 0.1


def test_counts_that_flicker_show_their_steps() -> None:
    rng = np.random.default_rng(6)
    values = (rng.random(300) < 0.3) * 1.0
    values[150:] += 2
    assert places(detect(values)) == pytest.approx([150], abs=1)


def test_huge_spreads_are_computed() -> None:
    values = noise(7, 200) * 1e149
    values[100:] *= -1e-140
    assert all(math.isfinite(each.strength) for each in detect(values).steps)
    values = noise(8, 200)
    values[100:] += 1e140
    assert places(detect(values)) == [100]


values_with_steps = st.builds(
    lambda seed, levels: np.round(
        16 * (np.repeat(levels, 25) + np.random.default_rng(seed).normal(0, 1, 25 * len(levels)))
    ),
    st.integers(0, 2**32 - 1),
    st.lists(st.sampled_from([0.0, 3.0, 8.0, -5.0, 100.0]), min_size=1, max_size=8),
)
"""Whole numbers, so that shifts and scales by powers of two are exact."""


@settings(max_examples=60)
@given(values_with_steps, st.integers(-1000, 1000), st.sampled_from([2.0**-20, 0.5, 1024.0]))
def test_shift_and_scale_change_nothing_but_the_unit(
    values: Floats, shift: int, scale: float
) -> None:
    one, other = detect(values), detect((values + shift) * scale)
    assert places(one) == places(other)
    assert one.outliers == other.outliers
    assert [(each.first, each.last) for each in one.drifts] == [
        (each.first, each.last) for each in other.drifts
    ]
    assert [each.effect * scale for each in one.steps] == pytest.approx(
        [each.effect for each in other.steps]
    )


@settings(max_examples=60)
@given(values_with_steps)
def test_the_other_sign_mirrors(values: Floats) -> None:
    one, other = detect(values), detect(-values)
    assert [(s.index, s.first, s.last, s.p_value) for s in one.steps] == [
        (s.index, s.first, s.last, s.p_value) for s in other.steps
    ]
    assert [each.effect for each in one.steps] == pytest.approx(
        [-each.effect for each in other.steps]
    )


def test_noise_is_measured_from_nearly_all_points() -> None:
    assert [basis(each) for each in (0, 5, 127, 128, 135, 136, 300)] == [
        0,
        5,
        127,
        128,
        128,
        136,
        288,
    ]
    assert all(15 * each <= 16 * basis(each) for each in range(30_000))
