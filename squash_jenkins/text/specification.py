"""Write a specification in a few characters."""

import math
from collections.abc import Mapping, Sequence

from squash_jenkins.models import WITHIN, Specification
from squash_jenkins.text.numbers import MINUS, exact_text, number_of
from squash_jenkins.text.quantities import in_readable_unit, power_between, scaled

SIGNS: Mapping[str, str] = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠"}
"""How operators are written; the others are written as they are."""
TO = "…"
"""Separates the ends of a range."""


def limit_text(
    specification: Specification, limits: Sequence[float] | None = None, unit: str | None = None
) -> str:
    """Return a specification in a few characters, such as ``minimum ≤ 40 marcsec``.

    Parameters
    ----------
    specification
        Whose level and operator are named.
    limits, unit
        Its threshold, or the two ends of its range, in a unit; None for its own.
    """
    if limits is None:
        ends = (specification.threshold, specification.upper)
        limits, unit = [end for end in ends if end is not None], specification.unit
    power, name = in_readable_unit([end for end in limits if math.isfinite(end)], unit or "")
    sign = "" if specification.operator == WITHIN else f"{sign_text(specification.operator)} "
    numbers = f" {TO} ".join(_number(scaled(limit, power)) for limit in limits)
    return f"{specification.level} {sign}{numbers} {name}".rstrip()


def sign_text(operator: str) -> str:
    """Return how an operator is written: ``≤`` for ``<=``."""
    return SIGNS.get(operator, operator)


def limits_in(text: str, unit: str | None) -> list[float]:
    """Return the numbers of a specification as `limit_text` wrote it, where it is in a unit.

    >>> limits_in("minimum ≤ 40 marcsec", "marcsec"), limits_in("design 1 … 2", None)
    ([40.0], [1.0, 2.0])
    >>> limits_in("minimum ≤ 500 µs", "s"), limits_in("minimum ≤ 500 µs", "marcsec")
    ([0.0005], [])
    """
    words = text.removesuffix(f" {unit}" if unit else "").split(" ")
    power = power_between(words[-1], unit) if unit and text.endswith(f" {words[-1]}") else None
    words = words if power is None else words[:-1]
    signs = [at for at, word in enumerate(words) if word in (*SIGNS.values(), "<", ">", TO)]
    if not signs:
        return []
    rest = words[signs[0] - (words[signs[0]] == TO) :]
    numbers = [word for word in rest if _is_number(word)]
    if not rest or rest[-1] not in numbers:
        return []
    return [scaled(number_of(number), -(power or 0)) for number in numbers]


def _is_number(word: str) -> bool:
    try:
        return math.isfinite(number_of(word))
    except ValueError:
        return False


def _number(limit: float) -> str:
    if math.isfinite(limit):
        return exact_text(limit)
    return "NaN" if math.isnan(limit) else "∞" if limit > 0 else f"{MINUS}∞"
