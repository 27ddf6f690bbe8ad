import doctest
import json
import math
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squash_jenkins.render.svg.sparks import BULLET_WIDTH, bullet, spark_line
from squash_jenkins.text import dates, names, numbers, quantities
from squash_jenkins.text.names import ambiguous_names, short_names
from squash_jenkins.text.numbers import change_text, counted, number_of, number_text
from squash_jenkins.text.quantities import quantities_text, quantity_text

CASES = json.loads((Path(__file__).parents[1] / "data" / "number_texts.json").read_text("utf-8"))


def test_numbers_are_written_as_in_the_cases_that_the_script_shares() -> None:
    for case in CASES["numbers"]:
        assert number_text(case["value"], case.get("beside", ()), case.get("noise")) == case["text"]
    assert number_text(math.nan) == number_text(math.inf) == "not measured"


def test_quantities_are_written_as_in_the_shared_cases() -> None:
    for case in CASES["quantities"]:
        beside, noise = case.get("beside", ()), case.get("noise")
        assert quantities_text(case["values"], case["unit"], beside, noise) == case["text"]
    assert quantity_text(None, "s") == quantity_text(math.nan, "s") == "not measured"


def test_changes_and_counts_are_written_as_in_the_shared_cases() -> None:
    assert [change_text(*case[:2]) for case in CASES["changes"]] == [
        case[2] for case in CASES["changes"]
    ]
    assert [counted(count, "build") for count, _ in CASES["counts"]] == [
        text for _, text in CASES["counts"]
    ]


def test_names_are_shortened_only_where_they_stay_unique() -> None:
    names = CASES["names"]
    assert list(short_names(names["metrics"]).values()) == names["short"]
    assert ambiguous_names(names["metrics"]) == ["latency"]


@pytest.mark.parametrize(("metric", "package"), CASES["packages"])
def test_dots_in_parameters_are_no_packages(metric: str, package: str) -> None:
    assert names.package_name(metric) == package


@pytest.mark.parametrize("module", [numbers, quantities, names, dates])
def test_examples(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


@given(st.floats(-1e307, 1e307))
def test_a_number_is_read_back_to_three_digits(value: float) -> None:
    assert number_of(number_text(value)) == pytest.approx(value, rel=0.005, abs=1e-320)


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
