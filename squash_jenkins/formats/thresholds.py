"""Read comparison operators, thresholds, ranges and dates, which every kind of definition has."""

import math
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from squash_jenkins.formats.fields import Field
from squash_jenkins.models import WITHIN

OPERATORS = ("<=", ">=", "<", ">", "==", "!=")


class Bounds(NamedTuple):
    """Hold what a value is compared with."""

    operator: str
    threshold: float
    unit: str | None
    upper: float | None = None


def read_operator(field: Field) -> str:
    """Return the operator that compares a measurement (left) with its threshold (right)."""
    operator = field.text()
    if operator not in OPERATORS:
        raise field.fault("one of " + " ".join(OPERATORS))
    return operator


def read_bounds(field: Field, operator: Field | None, unit: str | None) -> Bounds:
    """Read ``{value}`` with its operator, else ``{lower, upper}`` or ``[lower, upper]``."""
    if operator is not None:
        return Bounds(read_operator(operator), field.need("value").finite(), unit)
    if isinstance(field.value, list):
        ends = list(field.items())
        if len(ends) != 2:
            raise field.fault("a lower and an upper end")
    else:
        ends = [field.need("lower"), field.need("upper")]
    return Bounds(WITHIN, _end(ends[0]), unit, _end(ends[1]))


def _end(field: Field) -> float:
    """Return an end of a range, which may be infinite."""
    if isinstance(field.value, float) and math.isinf(field.value):
        return field.value
    return field.finite()


def read_moment(field: Field | None) -> datetime | None:
    """Return a time in UTC; YAML has made a date or a time of an unquoted one."""
    if field is None:
        return None
    value = field.value
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    return field.moment()
