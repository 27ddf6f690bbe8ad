"""Measurements with their verdicts; limits are in the unit that was measured in."""

import math
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from squash_jenkins.analysis.specifications.timeline import by_metric
from squash_jenkins.models import WITHIN, Specification
from squash_jenkins.render.svg.sparks import BULLET_WIDTH, bullet
from squash_jenkins.store.rows import MeasurementRow, ReportRow
from squash_jenkins.verification.measurements import Verified, verified_row

STARTED = datetime(2026, 1, 1, tzinfo=UTC)


def specified(level: str, threshold: float, **more: Any) -> Specification:
    fields: dict[str, Any] = {"operator": "<=", "unit": "mmag", **more}
    return Specification("p.x", f"p.x.{level}", level, threshold=threshold, **fields)


def verified(value: float | None, unit: str | None, *specifications: Specification) -> Verified:
    row = SimpleNamespace(metric="p.x", value=value, unit=unit, level="", build=1, report=1)
    report = SimpleNamespace(filter="r", dataset="cfht", terms={})
    return verified_row(
        cast(MeasurementRow, row), cast(ReportRow, report), STARTED, by_metric(specifications)
    )


RANGE = specified("minimum", 4.0, operator=WITHIN, upper=6.0)


def test_limits_are_in_the_unit_that_was_measured_in() -> None:
    found = verified(0.0052, "mag", RANGE, specified("design", 0.005, unit="mag"))
    assert found.limits == ["minimum 0.00400 … 0.00600 mag", "design ≤ 0.00500 mag"]
    assert found.lines == [
        ("minimum", 0.004, "minimum ≥ 0.00400 mag", ">="),
        ("minimum", 0.006, "minimum ≤ 0.00600 mag", "<="),
        ("design", 0.005, "design ≤ 0.00500 mag", "<="),
    ]
    assert found.status == "minimum"


def test_without_a_unit_the_specifications_own_is_shown() -> None:
    found = verified(5.0, "", RANGE)
    assert found.limits == ["minimum 4 … 6 mmag"]
    assert found.thresholds == [("minimum ≥ 4 mmag", 4.0), ("minimum ≤ 6 mmag", 6.0)]


def test_what_cannot_be_compared_or_drawn_has_no_lines() -> None:
    assert verified(5.0, "s", RANGE).lines == []
    assert verified(5.0, "mmag", specified("design", math.inf)).limits == []
    open_range = specified("minimum", -math.inf, operator=WITHIN, upper=6.0)
    assert verified(5.0, "mmag", open_range).thresholds == [("minimum ≤ 6 mmag", 6.0)]


def test_limits_are_told_of_what_was_not_measured() -> None:
    found = verified(None, "mag", RANGE)
    assert (found.status, found.limits) == ("not measured", ["minimum 0.00400 … 0.00600 mag"])


def test_the_bullet_of_a_range_has_two_ticks() -> None:
    drawn = bullet(5.0, verified(5.0, "mmag", RANGE).thresholds)
    assert drawn is not None
    (low, high), bar = drawn["ticks"], drawn["x"] + drawn["width"]
    assert low["label"] == "minimum ≥ 4 mmag"
    assert 0 < low["x"] < bar < high["x"] < BULLET_WIDTH
