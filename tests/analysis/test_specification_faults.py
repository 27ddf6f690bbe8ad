"""Tell what is odd about specifications, each once."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from squash_jenkins.analysis.specifications.faults import warnings
from squash_jenkins.definitions.verify_metrics import load_definitions
from squash_jenkins.models import WITHIN, Metric, Specification
from squash_jenkins.resources import folder

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def specified(level: str, threshold: float, **more: Any) -> Specification:
    fields: dict[str, Any] = {"operator": "<=", "unit": "mmag", **more}
    return Specification("p.TE2", f"p.TE2.{level}", level, threshold=threshold, **fields)


def test_the_seed_has_nothing_odd() -> None:
    metrics, specifications = load_definitions(folder("db") / "seed")
    assert warnings(specifications, {each.name: each for each in metrics}) == []


def test_a_looser_design_is_told_once() -> None:
    odd = [specified("minimum", 1e-7), specified("design", 3e-7), specified("stretch", 5e-8)]
    sentence = "design ≤ 3.00e−7 mmag is looser than minimum ≤ 1.00e−7 mmag: p.TE2."
    assert warnings([*odd, *odd]) == [sentence]


@pytest.mark.parametrize(
    ("pair", "odd"),
    [
        ([specified("minimum", 8), specified("design", 8)], ""),
        ([specified("minimum", 0.008, unit="mag"), specified("design", 5)], ""),
        ([specified("minimum", 0.004, unit="mag"), specified("design", 5)], "is looser than"),
        ([specified("minimum", 8), specified("design", 9, filters=("u",))], ""),
        ([specified("minimum", 8), specified("design", 9, query={"a": [1]})], ""),
        ([specified("minimum", 8, until=NOON), specified("design", 9, since=NOON)], ""),
        ([specified("minimum", 8), specified("FY17", 9)], ""),
        ([specified("minimum", 8, operator="!="), specified("design", 9)], ""),
        (
            [specified("minimum", 24, operator=">="), specified("design", 23, operator=">=")],
            "is looser than",
        ),
        ([specified("minimum", 8), specified("design", 5, operator=">=")], "does not lie within"),
        (
            [
                specified("minimum", 4, operator=WITHIN, upper=6),
                specified("design", 4.5, operator=WITHIN, upper=5),
            ],
            "",
        ),
        (
            [
                specified("minimum", 4, operator=WITHIN, upper=6),
                specified("design", 5, operator=WITHIN, upper=7),
            ],
            "design 5 … 7 mmag does not lie within minimum 4 … 6 mmag",
        ),
    ],
)
def test_which_levels_contradict_each_other(pair: list[Specification], odd: str) -> None:
    found = warnings(pair)
    assert found == warnings(list(reversed(pair)))
    assert len(found) == bool(odd)
    assert odd in "".join(found)


@pytest.mark.parametrize(
    ("odd", "sentence"),
    [
        (specified("x", 1, operator="~"), "p.TE2.x has no effect: unknown operator ~."),
        (specified("x", math.nan), "has no effect: its threshold is not a number."),
        (specified("x", 3, operator=WITHIN, upper=2), "its range is reversed: 3 … 2."),
        (specified("x", 1, unit="parrots"), "the unit 'parrots' is not known"),
        (specified("x", 1, unit="s"), "is in s, but p.TE2 is measured in mag: different kinds"),
        (
            specified("x", 1, since=NOON, until=NOON),
            "is never valid: since 2026-01-01 12:00",
        ),
        (specified("x", 1, filters=("q", "w")), "No data has a filter of q, w, which p.TE2.x"),
    ],
)
def test_each_oddity_is_one_sentence(odd: Specification, sentence: str) -> None:
    (found,) = warnings([odd], {"p.TE2": Metric("p.TE2", unit="mag")}, {"r", "g"})
    assert sentence in found


def test_what_is_well_is_not_told() -> None:
    fine = [
        specified("x", 1, filters=("q", "r")),
        specified("y", 1, since=NOON, until=NOON + timedelta(1)),
        specified("z", 1, unit=None),
    ]
    assert warnings(fine, {"p.TE2": Metric("p.TE2", unit="mag")}, {"r"}) == []
    assert warnings([specified("x", 1, filters=("q",))]) == []
