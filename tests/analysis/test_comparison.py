"""A value compared with the level that a series has had."""

import math

import numpy as np
import pytest

from squash_jenkins.analysis.comparison import FEWEST, student_quantile, usual


def series(seed: int, length: int = 30) -> list[float]:
    return np.random.default_rng(seed).normal(100, 1, length).tolist()


def test_far_off_stands_out_and_noise_does_not() -> None:
    known = usual(series(1))
    assert known is not None
    assert known.level == pytest.approx(100, abs=0.8)
    assert known.noise(130) == pytest.approx(1, rel=0.4)
    assert known.stands_out(106, 1)
    assert known.stands_out(94, 1)
    assert not known.stands_out(101, 1)


def test_many_comparisons_have_a_stricter_limit() -> None:
    found = [known for seed in range(20) if (known := usual(series(seed)))]
    value = 104.0
    alone = sum(known.stands_out(value, 1) for known in found)
    among = sum(known.stands_out(value, 1000) for known in found)
    assert alone > 12 > 4 > among


def test_builds_of_noise_alone_rarely_have_anything_that_stands_out() -> None:
    metrics, builds, alarms = 20, 60, 0
    for build in range(builds):
        for metric in range(metrics):
            *before, value = series(1000 * build + metric, 31)
            known = usual(before)
            alarms += known is not None and known.stands_out(value, metrics)
    assert alarms <= 2  # 0.6 are expected


def test_only_the_newest_level_counts() -> None:
    before = [value + 20 * (place >= 18) for place, value in enumerate(series(2))]
    known = usual(before)
    assert known is not None
    assert known.level == pytest.approx(120, abs=1)
    assert not known.stands_out(120.5, 1)
    assert known.stands_out(100.0, 1)


def test_a_value_in_the_smaller_of_two_modes_is_nothing_new() -> None:
    before = [value * (1.4 if place % 5 == 3 else 1.0) for place, value in enumerate(series(3))]
    known = usual(before)
    assert known is not None
    assert not known.stands_out(140, 1)
    assert known.stands_out(250, 1)


def test_an_outlier_on_the_other_side_hides_nothing() -> None:
    before = series(4)
    before[12] = 20.0
    known = usual(before)
    assert known is not None
    assert known.stands_out(107, 1)
    assert not known.stands_out(60, 1)


def test_where_values_repeat_any_other_value_stands_out() -> None:
    known = usual([7.0] * 10)
    assert known is not None
    assert known.noise(8.0) == 0
    assert known.stands_out(8.0, 100)
    assert not known.stands_out(7.0, 100)
    assert not known.stands_out(7.0 + 1e-14, 100)


def test_too_few_values_say_nothing_of_what_is_usual() -> None:
    assert usual([]) is None
    assert usual([1.0] * (FEWEST - 1) + [math.nan, math.inf, 1e300]) is None
    assert usual([1.0] * FEWEST) is not None


@pytest.mark.parametrize(
    ("normal", "freedom", "quantile"), [(2.5758, 29, 2.7564), (3.8906, 29, 4.506), (1.96, 9, 2.262)]
)
def test_quantiles_are_those_of_the_table(normal: float, freedom: int, quantile: float) -> None:
    assert student_quantile(normal, freedom) == pytest.approx(quantile, rel=0.01)
