"""Which values of a metric are better: one decision, from the rule down to a guess."""

import doctest

import numpy as np
import pytest

from squash_jenkins.analysis.series import guess
from squash_jenkins.analysis.series.direction import direction, direction_of, limits_better
from squash_jenkins.analysis.series.guess import guessed_direction
from squash_jenkins.analysis.series.series import Series
from squash_jenkins.models import WITHIN, SeriesId, Specification
from squash_jenkins.models.finding import BETTER, NEUTRAL, WORSE
from squash_jenkins.models.metric_rules import (
    BY_OPERATOR,
    BY_RULE,
    BY_SPECIFICATION,
    GUESSED,
    HIGHER,
    LOWER,
    NEITHER,
    Direction,
)
from squash_jenkins.text import directions


def limit(operator: str, threshold: float = 8.0, upper: float | None = None) -> Specification:
    return Specification(
        "shop.latency", "minimum", "minimum", operator, threshold, None, upper=upper
    )


def series(metric: str, *limits: Specification, rule: str | None = None, unit: str = "") -> Series:
    return Series(SeriesId("", "", metric, ""), unit, None, np.empty(0), [(0, limits)], rule)


def test_a_rule_counts_before_operator_specification_and_guess() -> None:
    asked = [limit(">=")]
    assert direction_of("shop.latency", "ms", NEITHER, ">=", asked) == Direction(NEITHER, BY_RULE)
    assert direction_of("shop.latency", "ms", None, "<=", asked) == Direction(LOWER, BY_OPERATOR)
    by_limit = direction_of("shop.latency", "ms", None, None, asked)
    assert by_limit == Direction(HIGHER, BY_SPECIFICATION)
    assert direction_of("shop.latency", "ms") == Direction(LOWER, GUESSED)
    assert direction_of("shop.answer", None) == Direction()
    assert not direction_of("shop.answer", None).known


def test_within_a_range_neither_is_better_and_a_guess_does_not_count() -> None:
    assert limits_better([WITHIN]) == limits_better(["<=", ">="]) == NEITHER
    assert limits_better([]) is None
    within = series("shop.latency", limit(WITHIN, 4.0, 8.0))
    assert direction(within, 5.0, 7.0, 0) == NEUTRAL
    assert direction(within, 7.0, 9.0, 0) == WORSE
    assert direction(within, 9.0, 8.5, 0) == BETTER


def test_near_a_wanted_value_is_better() -> None:
    wanted = series("shop.latency", limit("==", 8.0))
    assert (direction(wanted, 9.0, 8.1, 0), direction(wanted, 8.1, 9.0, 0)) == (BETTER, WORSE)


def test_a_move_follows_the_guess_where_nothing_else_says_it() -> None:
    assert direction(series("web.memory"), 100.0, 129.0, 0) == WORSE
    assert direction(series("web.requests", unit="1/s"), 100.0, 129.0, 0) == BETTER
    assert direction(series("web.memory", rule="none"), 100.0, 129.0, 0) == NEUTRAL
    assert direction(series("web.answer"), 100.0, 129.0, 0) == NEUTRAL


@pytest.mark.parametrize(
    ("metric", "unit", "better"),
    [
        ("http.latency", None, LOWER),
        ("web.peakMemory", None, LOWER),
        ("tests/test_cart.py::test_add[accuracy]", "s", None),
        ("tests/test_errors.py::test_add", None, None),
        ("bundle", "KiB", LOWER),
        ("web.errors", "1/s", LOWER),
        ("disk.read", "MB/s", HIGHER),
        ("cpu.clock", "GHz", None),
        ("model.F1", None, HIGHER),
        ("tests.coverage", "%", HIGHER),
        ("cache.hit_rate", "%", HIGHER),
        ("cache.miss_rate", "%", LOWER),
        ("coverage_loss", "%", None),
        ("shop.uptime", "h", None),
        ("shop.sample", "mag", None),
        ("", "", None),
    ],
)
def test_a_guess_needs_name_and_unit_that_agree(
    metric: str, unit: str | None, better: str | None
) -> None:
    assert guessed_direction(metric, unit) == better


@pytest.mark.parametrize("module", [guess, directions])
def test_examples(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type] # they are modules
