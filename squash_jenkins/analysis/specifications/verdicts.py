"""Compare values with specifications: are they met, and with how much room left."""

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from squash_jenkins.analysis.specifications.units import convert, known_unit, why_not
from squash_jenkins.models import WITHIN, Measurement, Specification

NOT_MEASURED = "not measured"

_LESS, _MORE = ("<=", "<"), (">=", ">")
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "==": operator.eq,
    "!=": operator.ne,
}
KNOWN_OPERATORS = frozenset({*_COMPARISONS, WITHIN})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold the result of comparing a measurement with one specification.

    `met` is None when they cannot be compared, for the `reason` given. `limits` are the threshold,
    or the two ends of a range, in the measurement's unit; none when they cannot be converted to it.
    `distance` is the room left to the nearest of them in that unit, negative where it is not met.
    """

    specification: Specification
    met: bool | None
    distance: float | None = None
    reason: str | None = None
    limits: tuple[float, ...] = ()


def verify(measurement: Measurement, specifications: Iterable[Specification]) -> dict[str, Verdict]:
    """Return a verdict for each level, in the order of the specifications."""
    return {each.level: _verdict(measurement, each) for each in specifications}


def stricter(one: Specification, other: Specification) -> bool:
    """Return whether `one` leaves less room than `other`; False where this cannot be said."""
    limits = limits_in(one, other.unit)
    rival = limits_in(other, other.unit)
    if isinstance(limits, str) or isinstance(rival, str):
        return False
    if one.operator == WITHIN or other.operator == WITHIN:
        return _room(one, limits) < _room(other, rival)
    if one.operator in _MORE:
        return limits[0] > rival[0]
    return limits[0] < rival[0]


def limits_in(specification: Specification, unit: str | None) -> tuple[float, ...] | str:
    """Return the threshold, or the ends of a range, in a unit; a sentence when there are none."""
    fault = fault_of(specification)
    if fault:
        return fault
    written = [specification.threshold]
    if specification.operator == WITHIN and specification.upper is not None:
        written.append(specification.upper)
    return _converted(written, specification.unit, unit)


def fault_of(specification: Specification) -> str:
    """Return why nothing can be compared with a specification; the empty string when it can."""
    low, high = specification.threshold, specification.upper
    if specification.operator not in KNOWN_OPERATORS:
        return f"unknown operator {specification.operator}"
    if math.isnan(low):
        return "its threshold is not a number"
    if specification.operator != WITHIN:
        return ""
    if high is None or math.isnan(high):
        return "its range has no upper end"
    return f"its range is reversed: {low:g} … {high:g}" if high < low else ""


def _verdict(measurement: Measurement, specification: Specification) -> Verdict:
    limits = limits_in(specification, measurement.unit)
    known = () if isinstance(limits, str) else limits
    if measurement.value is None:
        return Verdict(specification, None, reason=NOT_MEASURED, limits=known)
    if isinstance(limits, str):
        return Verdict(specification, None, reason=limits)
    met = _meets(measurement.value, specification.operator, limits)
    distance = _distance(measurement.value, specification.operator, limits)
    return Verdict(specification, met, distance, limits=limits)


def _converted(
    values: Iterable[float], unit: str | None, to: str | None
) -> tuple[float, ...] | str:
    found: list[float] = []
    for value in values:
        converted = value if math.isinf(value) and not why_not(unit, to) else None
        converted = convert(value, unit, to) if converted is None else converted
        if converted is None:
            return _refusal(value, unit, to)
        found.append(converted)
    return tuple(found)


def _refusal(value: float, unit: str | None, to: str | None) -> str:
    for each in (unit, to):
        if not known_unit(each):
            return why_not(unit, to)
    return (
        f"measured in {to}, specified in {unit}: {why_not(unit, to) or f'{value:g} is too large'}"
    )


def _meets(value: float, symbol: str, limits: tuple[float, ...]) -> bool:
    if symbol == WITHIN:
        return limits[0] <= value <= limits[1]
    return _COMPARISONS[symbol](value, limits[0])


def _distance(value: float, symbol: str, limits: tuple[float, ...]) -> float | None:
    room = limits[0] - value
    if symbol == WITHIN:
        found = min(-room, limits[1] - value)
    elif symbol in _LESS:
        found = room
    elif symbol in _MORE:
        found = -room
    else:
        found = -abs(room) if symbol == "==" else abs(room)
    return found if math.isfinite(found) else None  # the difference of two huge numbers is not


def _room(specification: Specification, limits: tuple[float, ...]) -> float:
    """Return how wide the values are that meet a specification."""
    if specification.operator == WITHIN:
        return limits[1] - limits[0]
    return 0.0 if specification.operator == "==" else math.inf
