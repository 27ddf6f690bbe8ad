"""Hold many build numbers as ranges: a jump of numbers costs neither memory nor time."""

from collections.abc import Iterable
from itertools import pairwise

Ranges = list[tuple[int, int]]
"""First and last number of each unbroken run, ascending."""


def ranges(numbers: Iterable[int]) -> Ranges:
    """Return ascending numbers as ranges."""
    found: Ranges = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def left_out(numbers: Iterable[int]) -> Ranges:
    """Return what is left out between each two neighbours of which the second is the greater."""
    return [(one + 1, other - 1) for one, other in pairwise(numbers) if other - one > 1]


def as_text(found: Iterable[tuple[int, int]]) -> str:
    """Return ranges of build numbers as people write them: ``#12–40, #55``."""
    return ", ".join(f"#{first}" if first == last else f"#{first}–{last}" for first, last in found)
