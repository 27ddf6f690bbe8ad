"""Write a specification in a few characters."""

import math
from collections.abc import Mapping, Sequence

from squash_jenkins.models import WITHIN, Specification
from squash_jenkins.text.numbers import MINUS, exact_text, number_of

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
    sign = "" if specification.operator == WITHIN else f"{sign_text(specification.operator)} "
    numbers = f" {TO} ".join(map(_number, limits))
    return f"{specification.level} {sign}{numbers} {unit or ''}".rstrip()


def sign_text(operator: str) -> str:
    """Return how an operator is written: ``≤`` for ``<=``."""
    return SIGNS.get(operator, operator)


def limits_in(text: str, unit: str | None) -> list[float]:
    """Return the numbers of a specification as `limit_text` wrote it, where it is in a unit.

    >>> limits_in("minimum ≤ 40 marcsec", "marcsec"), limits_in("design 1 … 2", None)
    ([40.0], [1.0, 2.0])
    """
    words = text.removesuffix(f" {unit}" if unit else "").split(" ")
    signs = [at for at, word in enumerate(words) if word in (*SIGNS.values(), "<", ">", TO)]
    if not signs:
        return []
    numbers = [word for word in words[signs[0] - (words[signs[0]] == TO) :] if word[-1].isdigit()]
    rest = words[signs[0] :]
    return [] if rest[-1] not in numbers else [number_of(number) for number in numbers]


def _number(limit: float) -> str:
    if math.isfinite(limit):
        return exact_text(limit)
    return "NaN" if math.isnan(limit) else "∞" if limit > 0 else f"{MINUS}∞"
