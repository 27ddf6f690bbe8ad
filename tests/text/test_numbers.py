import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squash_jenkins.render.svg.sparks import BULLET_WIDTH, bullet, spark_line
from squash_jenkins.text import numbers
from squash_jenkins.text.numbers import number_of, number_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not measured"),
        (float("nan"), "not measured"),
        (0.0, "0"),
        (40.0, "40"),
        (0.5, "0.500"),
        (9.9999, "10.00"),
        (-3.21, "−3.21"),
        (1234.5, "1\u202f234"),
        (3.0e8, "3.00e8"),
    ],
)
def test_numbers_have_the_digits_that_mean_something(value: float | None, text: str) -> None:
    assert numbers.number_text(value) == text


def test_examples() -> None:
    assert doctest.testmod(numbers).failed == 0


def test_a_spark_line_has_gaps_where_nothing_was_measured() -> None:
    drawn = spark_line([1.0, 2.0, None, 3.0, 4.0])
    assert drawn is not None
    assert len(drawn["lines"]) == 2
    assert spark_line([1.0, None]) is None


def test_a_spark_line_of_a_constant_is_level() -> None:
    drawn = spark_line([5.0, 5.0])
    assert drawn is not None
    assert drawn["lines"] == ["3,13 91,13"]


def test_a_bullet_shows_value_and_thresholds_to_scale() -> None:
    bar = bullet(10.0, [("minimum ≤ 20", 20.0), ("design ≤ 5", 5.0)])
    assert bar is not None
    far, near = (tick["x"] for tick in bar["ticks"])
    assert bar["width"] == pytest.approx(far / 2, abs=0.2)
    assert near == pytest.approx(far / 4, abs=0.2)
    assert not bar["cut"]


def test_a_bullet_far_beyond_is_cut() -> None:
    bar = bullet(1e9, [("minimum ≤ 20", 20.0)])
    assert bar is not None
    assert bar["cut"]
    assert bar["width"] == BULLET_WIDTH
    assert bullet(None, [("minimum", 20.0)]) is None
    assert bullet(1.0, []) is None


@given(
    st.floats(-1e9, 1e9).filter(lambda value: abs(value) > 1e-6),
    st.integers(1, 9),
    st.booleans(),
)
def test_a_number_differs_visibly_from_the_one_beside_it(limit, digits, above):
    value = limit * (1 + (1 if above else -1) * 10.0**-digits)
    shown = number_text(value, [limit])
    assert shown != number_text(limit, [value])
    assert (number_of(shown) > limit) == (value > limit)


def test_equal_numbers_need_no_more_digits():
    assert number_text(1 / 3, [1 / 3]) == "0.333"
    assert number_text(1 / 3, [None, float("inf"), float("nan")]) == "0.333"
