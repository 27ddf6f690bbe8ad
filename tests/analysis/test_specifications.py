"""Compare measurements with specifications."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squash_jenkins.analysis.specifications.applicable import (
    NOT_MEASURED,
    Conditions,
    applicable,
    best_level,
    same_unit,
    severity,
    verify,
    worst,
)
from squash_jenkins.models import WITHIN, Measurement, Specification

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
    verdicts = verify(measurement, applicable(measurement, AM1, IN_R))
    assert list(verdicts) == ["minimum", "design", "stretch"]
    assert best_level(measurement, verdicts) == status


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ({"dataset": "cfht"}, True),
        ({"ci_dataset": "cfht"}, True),
        ({"dataset": "cfht · arm64"}, True),
        ({"arch": "arm64"}, True),
        ({"dataset": "hsc"}, False),
        ({"dataset": "cfht", "arch": "x86_64"}, False),
        ({"label": None}, False),
    ],
)
def test_a_label_that_is_joined_to_a_dataset_keeps_no_specification_off(
    query: dict[str, Any], holds: bool
) -> None:
    terms = {"dataset": "cfht", "arch": "arm64"}
    labelled = Conditions("r", "cfht · arm64", STARTED, terms)
    found = applicable(measured(1.0), [specified("design", 1, query=query)], labelled)
    assert bool(found) == holds


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
    verdicts = [verify(measured(value), [specification])["design"] for value in (9, 10, 11)]
    assert [verdict.met for verdict in verdicts] == met
    assert [verdict.distance for verdict in verdicts] == distances


def test_depth_is_better_when_greater() -> None:
    deep = [
        specified(level, threshold, operator=">=", unit="mag")
        for level, threshold in (("minimum", 24.3), ("design", 24.7), ("stretch", 24.8))
    ]
    for value, status in ((24.2, "misses minimum"), (24.5, "minimum"), (25.0, "stretch")):
        measurement = measured(value, unit="mag")
        assert best_level(measurement, verify(measurement, deep)) == status


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


def test_a_measurement_for_a_level_is_compared_with_it_alone() -> None:
    measurement = measured(12.0, level="design")
    verdicts = verify(measurement, applicable(measurement, AM1, IN_R))
    assert list(verdicts) == ["design"]
    assert best_level(measurement, verdicts) == "misses design"


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


def test_thresholds_are_told_in_the_unit_that_was_measured_in() -> None:
    measurement = measured(0.007, unit="arcsec")
    verdict = verify(measurement, AM1)["design"]
    assert (verdict.met, verdict.limits) == (True, (0.01,))
    assert verdict.distance == pytest.approx(0.003)
    assert best_level(measurement, verify(measurement, AM1)) == "design"


@pytest.mark.parametrize(
    ("unit", "reason"),
    [
        ("s", "measured in s, specified in marcsec: different kinds of quantities"),
        ("dimensionless", "measured in dimensionless, specified in marcsec: different kinds"),
        ("parrots", "the unit 'parrots' is not known"),
        ("9**9**9**9", "the unit '9**9**9**9' is not known"),
    ],
)
def test_units_that_do_not_fit_are_not_compared(unit: str, reason: str) -> None:
    measurement = measured(0.007, unit=unit)
    verdicts = verify(measurement, AM1)
    assert verdicts["design"].met is None
    assert verdicts["design"].limits == ()
    assert str(verdicts["design"].reason).startswith(reason)
    assert best_level(measurement, verdicts) == "not comparable"


def within(low: float, high: float | None, **more: Any) -> Specification:
    return specified("design", low, **{"operator": WITHIN, "upper": high, **more})


@pytest.mark.parametrize(
    ("value", "met", "distance"),
    [(3.9, False, -0.1), (4.0, True, 0.0), (5.5, True, 0.5), (6.0, True, 0.0), (7.0, False, -1.0)],
)
def test_a_range_includes_its_ends(value: float, met: bool, distance: float) -> None:
    verdict = verify(measured(value), [within(4, 6)])["design"]
    assert (verdict.met, verdict.limits) == (met, (4.0, 6.0))
    assert verdict.distance == pytest.approx(distance)


def test_a_range_is_converted_at_both_ends() -> None:
    verdict = verify(measured(0.005, unit="arcsec"), [within(4, 6)])["design"]
    assert (verdict.met, verdict.limits) == (True, (0.004, 0.006))


def test_a_range_may_be_open() -> None:
    for specification in (within(-math.inf, 6), within(4, math.inf)):
        assert verify(measured(5.0), [specification])["design"].met
    everything = verify(measured(5.0), [within(-math.inf, math.inf)])["design"]
    assert (everything.met, everything.distance) == (True, None)


@pytest.mark.parametrize(
    ("specification", "reason"),
    [
        (within(6, 4), "its range is reversed: 6 … 4"),
        (within(4, None), "its range has no upper end"),
        (within(4, math.nan), "its range has no upper end"),
        (within(math.nan, 4), "its threshold is not a number"),
        (specified("design", math.nan), "its threshold is not a number"),
        (specified("design", 4, operator="~"), "unknown operator ~"),
        (specified("design", 1e308, unit="arcsec"), "1e+308 is too large"),
    ],
)
def test_what_cannot_be_compared_says_why(specification: Specification, reason: str) -> None:
    verdict = verify(measured(5.0), [specification])["design"]
    assert (verdict.met, verdict.distance, verdict.limits) == (None, None, ())
    assert reason in str(verdict.reason)


def test_what_was_not_measured_still_tells_its_limits() -> None:
    verdict = verify(measured(None, unit="arcsec"), [within(4, 6)])["design"]
    assert (verdict.met, verdict.reason, verdict.limits) == (None, NOT_MEASURED, (0.004, 0.006))


def test_the_strictest_is_found_across_units_and_among_ranges() -> None:
    loose, strict = specified("design", 10), specified("design", 0.008, unit="arcsec")
    assert applicable(measured(1.0), [strict, loose], IN_R) == [strict]
    assert applicable(measured(1.0), [loose, strict], IN_R) == [strict]
    wide, narrow = within(0, 10), within(4, 6)
    assert applicable(measured(1.0), [wide, narrow], IN_R) == [narrow]
    assert applicable(measured(1.0), [narrow, wide], IN_R) == [narrow]


def test_a_release_target_that_tightens_counts_from_its_date_on() -> None:
    newer = STARTED + timedelta(days=30)
    targets = [
        specified("release", 30, until=newer),
        specified("release", 20, since=newer),
    ]
    for started, status in ((STARTED, "release"), (newer, "misses release")):
        conditions = Conditions("r", "cfht", started)
        measurement = measured(25.0)
        verdicts = verify(measurement, applicable(measurement, targets, conditions))
        assert best_level(measurement, verdicts) == status


def test_other_levels_count_where_there_are_no_usual_ones() -> None:
    slow = specified("maximum", 600, unit="s")
    quick, late = measured(320.0, unit="s"), measured(700.0, unit="s")
    assert best_level(quick, verify(quick, [slow])) == "maximum"
    assert best_level(late, verify(late, [slow])) == "misses maximum"
    both = verify(measured(7.0), [*AM1, specified("FY17", 1)])
    assert best_level(measured(7.0), both) == "design"


def test_a_missed_minimum_is_told_even_when_a_stray_level_is_met() -> None:
    odd = [specified("minimum", 3), specified("design", 5)]
    assert best_level(measured(4.0), verify(measured(4.0), odd)) == "misses minimum"


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
    assert worst(["not measured", "no specification"]) == "no specification"
    assert worst(["not measured", "not comparable"]) == "not comparable"
    assert worst(["not measured", "not measured"]) == "not measured"
    assert worst([]) == "no specification"


@given(value=st.floats(-1e308, 1e308), threshold=st.floats(-1e308, 1e308))
def test_distance_and_verdict_agree(value: float, threshold: float) -> None:
    for operator in ("<=", ">="):
        verdict = verify(measured(value), [specified("design", threshold, operator=operator)])[
            "design"
        ]
        assert verdict.distance is None or (verdict.distance >= 0) is verdict.met
