"""A specification in a few characters, the same wherever it is shown."""

import math
from typing import Any

import pytest

from squash_jenkins.analysis.specifications.faults import warnings
from squash_jenkins.models import WITHIN, Specification
from squash_jenkins.text.specification import limit_text, limits_in


def specified(level: str, threshold: float, **more: Any) -> Specification:
    fields: dict[str, Any] = {"operator": "<=", "unit": "mmag", **more}
    return Specification("p.x", f"p.x.{level}", level, threshold=threshold, **fields)


@pytest.mark.parametrize(
    ("specification", "text"),
    [
        (specified("design", 5.0), "design ≤ 5 mmag"),
        (specified("design", 5.0, operator=">"), "design > 5 mmag"),
        (specified("design", 0.0005, unit="s"), "design ≤ 500 µs"),
        (specified("design", 19_000_000, unit="B"), "design ≤ 19 MB"),
        (specified("design", 19_437_211, unit="rows"), "design ≤ 19\u202f437\u202f211 rows"),
        (specified("design", 8e5, operator=WITHIN, upper=2e6, unit="B"), "design 0.800 … 2 MB"),
        (specified("design", 3e-5), "design ≤ 3.00e−5 mmag"),
        (specified("design", 5.0, operator="==", unit=None), "design = 5"),
        (specified("minimum", 4.0, operator=WITHIN, upper=6.0), "minimum 4 … 6 mmag"),
        (specified("design", -math.inf, operator=WITHIN, upper=6.0), "design −∞ … 6 mmag"),
        (specified("design", 4.0, operator=WITHIN, upper=math.inf), "design 4 … ∞ mmag"),
        (specified("design", math.nan), "design ≤ NaN mmag"),
    ],
)
def test_a_specification_in_words(specification: Specification, text: str) -> None:
    assert limit_text(specification) == text


def test_limits_in_another_unit() -> None:
    wanted = specified("design", 4.0, operator=WITHIN, upper=6.0)
    assert limit_text(wanted, (0.004, 0.006), "mag") == "design 0.00400 … 0.00600 mag"


def test_warnings_use_the_same_words() -> None:
    [found] = warnings([specified("minimum", 3e-5), specified("design", 4e-5)])
    expected = "design ≤ 4.00e−5 mmag is looser than minimum ≤ 3.00e−5 mmag: p.x."
    assert found == expected


def test_a_threshold_has_the_digits_that_it_was_set_with():
    specification = specified("minimum", 8.0125, unit="ms")
    assert limit_text(specification) == "minimum ≤ 8.0125 ms"


@pytest.mark.parametrize(
    ("text", "unit", "limits"),
    [
        ("minimum ≤ 40 marcsec", "marcsec", [40]),
        ("my level ≥ −3.5 %", "%", [-3.5]),
        ("design 1 … 2", None, [1, 2]),
        ("minimum ≤ 12\u202f345 s", "s", [12345]),
        ("minimum ≤ 3 mag", "mmag", []),
        ("minimum ≤ 500 µs", "s", [0.0005]),
        ("minimum ≤ 19.4\u202fM rows", "rows", [19.4e6]),
        ("minimum ≤ 2.5 MB", "kB", [2500]),
        ("my level", None, []),
        ("", "ms", []),
    ],
)
def test_limits_are_read_from_a_specification_in_words(text, unit, limits):
    assert limits_in(text, unit) == limits
