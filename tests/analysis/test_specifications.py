"""Judge measurements by specifications."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squash_jenkins.analysis.specifications import (
    Conditions,
    applicable,
    best_level,
    combined_level,
    judge,
    same_unit,
    severity,
    worst,
)
from squash_jenkins.models import Measurement, Specification

STARTED = datetime(2016, 11, 5, tzinfo=UTC)
IN_R = Conditions(filter="r", dataset="cfht", started=STARTED, terms={"instrument": "CFHT"})


def measured(value: float | None, **more: Any) -> Measurement:
    return Measurement(metric="validate_drp.AM1", value=value, **{"unit": "marcsec", **more})


def specified(level: str, threshold: float, **more: Any) -> Specification:
    fields = {"metric": "validate_drp.AM1", "operator": "<=", "unit": "marcsec", **more}
    return Specification(name=f"x.{level}", level=level, threshold=threshold, **fields)


AM1 = [specified("minimum", 20), specified("design", 10), specified("stretch", 5)]


def levels(specifications: list[Specification]) -> dict[str, float]:
    return {each.level: each.threshold for each in specifications}


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (4.9, "stretch"),
        (5.0, "stretch"),
        (7.845, "design"),
        (10.1, "minimum"),
        (20.0, "minimum"),
        (math.nextafter(20, 21), "misses minimum"),
        (None, "not measured"),
    ],
)
def test_best_level(value: float | None, status: str) -> None:
    measurement = measured(value)
    verdicts = judge(measurement, applicable(measurement, AM1, IN_R))
    assert list(verdicts) == ["minimum", "design", "stretch"]
    assert best_level(measurement, verdicts) == status


@pytest.mark.parametrize(
    ("operator", "met", "distances"),
    [
        ("<=", [True, True, False], [1, 0, -1]),
        ("<", [True, False, False], [1, 0, -1]),
        (">=", [False, True, True], [-1, 0, 1]),
        (">", [False, False, True], [-1, 0, 1]),
        ("==", [False, True, False], [-1, 0, -1]),
        ("!=", [True, False, True], [1, 0, 1]),
    ],
)
def test_operators(operator: str, met: list[bool], distances: list[float]) -> None:
    specification = specified("design", 10, operator=operator)
    verdicts = [judge(measured(value), [specification])["design"] for value in (9, 10, 11)]
    assert [verdict.met for verdict in verdicts] == met
    assert [verdict.distance for verdict in verdicts] == distances


def test_depth_is_better_when_greater() -> None:
    deep = [
        specified(level, threshold, operator=">=", unit="mag")
        for level, threshold in (("minimum", 24.3), ("design", 24.7), ("stretch", 24.8))
    ]
    for value, status in ((24.2, "misses minimum"), (24.5, "minimum"), (25.0, "stretch")):
        measurement = measured(value, unit="mag")
        assert best_level(measurement, judge(measurement, deep)) == status


@pytest.mark.parametrize(
    ("specification", "holds"),
    [
        (specified("design", 1), True),
        (specified("design", 1, filters=("g", "r")), True),
        (specified("design", 1, filters=("HSC-R",)), False),
        (specified("design", 1, metric="validate_drp.AM2"), False),
        (specified("design", 1, query={"instrument": "CFHT"}), True),
        (specified("design", 1, query={"instrument": "HSC"}), False),
        (specified("design", 1, query={"instrument": "CFHT", "visits": [1]}), False),
        (specified("design", 1, query={"dataset_name": "cfht"}), True),
        (specified("design", 1, query={"dataset_name": "hsc"}), False),
        (specified("design", 1, since=STARTED), True),
        (specified("design", 1, since=STARTED + timedelta(seconds=1)), False),
        (specified("design", 1, until=STARTED), False),
        (specified("design", 1, until=STARTED + timedelta(seconds=1)), True),
    ],
)
def test_what_holds(specification: Specification, holds: bool) -> None:
    assert bool(applicable(measured(1.0), [specification], IN_R)) is holds


def test_an_unknown_filter_meets_no_filter() -> None:
    nowhere = Conditions(filter=None, dataset=None, started=STARTED)
    assert applicable(measured(1.0), [specified("design", 1, filters=("r",))], nowhere) == []
    assert applicable(measured(1.0), [specified("design", 1)], nowhere)


def test_a_measurement_for_a_level_is_judged_by_it_alone() -> None:
    measurement = measured(12.0, level="design")
    verdicts = judge(measurement, applicable(measurement, AM1, IN_R))
    assert list(verdicts) == ["design"]
    assert best_level(measurement, verdicts) == "misses design"


def test_levels_measured_apart_are_combined() -> None:
    judged = []
    for level, value in (("minimum", 12.0), ("design", 9.0), ("stretch", 30.0)):
        measurement = measured(value, level=level)
        judged.append((measurement, judge(measurement, applicable(measurement, AM1, IN_R))))
    assert combined_level(judged) == "design"
    assert combined_level([(measured(None, level="design"), {})]) == "not measured"
    assert combined_level([]) == "no specification"


def test_the_documents_own_specifications_win_at_their_level() -> None:
    found = applicable(measured(1.0), [specified("design", 11)], IN_R, seeded=AM1)
    assert levels(found) == {"minimum": 20, "design": 11, "stretch": 5}


def test_the_one_with_more_conditions_counts_then_the_stricter() -> None:
    general, special = specified("design", 10), specified("design", 15, filters=("r",))
    assert applicable(measured(1.0), [general, special], IN_R) == [special]
    assert applicable(measured(1.0), [special, general], IN_R) == [special]
    loose, strict = specified("design", 10), specified("design", 8)
    assert applicable(measured(1.0), [loose, strict], IN_R) == [strict]
    deep, shallow = (specified("design", each, operator=">=") for each in (25.0, 24.0))
    assert applicable(measured(1.0), [shallow, deep], IN_R) == [deep]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("mmag", "mmag", True),
        ("millimag", "mmag", True),
        ("marcsec", "milliarcsec", True),
        ("%", "percent", True),
        ("", "%", True),
        (None, "mmag", True),
        ("s", "", True),
        ("mag", "mmag", False),
        ("s", "ms", False),
    ],
)
def test_units(one: str | None, other: str | None, same: bool) -> None:
    assert same_unit(one, other) is same
    assert same_unit(other, one) is same


def test_units_that_differ_are_not_compared() -> None:
    measurement = measured(0.007, unit="arcsec")
    verdicts = judge(measurement, AM1)
    assert verdicts["design"].met is None
    assert verdicts["design"].reason == "measured in arcsec, specified in marcsec"
    assert best_level(measurement, verdicts) == "not comparable"


def test_other_levels_count_where_there_are_no_usual_ones() -> None:
    slow = specified("maximum", 600, unit="s")
    quick, late = measured(320.0, unit="s"), measured(700.0, unit="s")
    assert best_level(quick, judge(quick, [slow])) == "maximum"
    assert best_level(late, judge(late, [slow])) == "misses maximum"
    both = judge(measured(7.0), [*AM1, specified("FY17", 1)])
    assert best_level(measured(7.0), both) == "design"


def test_a_missed_minimum_is_told_even_when_a_stray_level_is_met() -> None:
    odd = [specified("minimum", 3), specified("design", 5)]
    assert best_level(measured(4.0), judge(measured(4.0), odd)) == "misses minimum"


def test_worst() -> None:
    order = [
        "misses minimum",
        "misses maximum",
        "minimum",
        "design",
        "stretch",
        "not measured",
        "not comparable",
        "no specification",
    ]
    assert sorted(reversed(order), key=severity) == order
    assert worst(["stretch", "not measured", "minimum"]) == "minimum"
    assert worst([]) == "no specification"


@given(value=st.floats(-1e308, 1e308), threshold=st.floats(-1e308, 1e308))
def test_distance_and_verdict_agree(value: float, threshold: float) -> None:
    for operator in ("<=", ">="):
        verdict = judge(measured(value), [specified("design", threshold, operator=operator)])[
            "design"
        ]
        assert verdict.distance is None or (verdict.distance >= 0) is verdict.met
