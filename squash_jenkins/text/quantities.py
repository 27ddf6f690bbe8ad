"""Write numbers with their units; a prefix of the unit replaces exponents and long numbers.

``assets/every_page/format.js`` does the same; ``tests/data/number_texts.json`` has the cases that
the tests of both run.
"""

import math
from collections.abc import Iterable, Sequence
from functools import cache

from squash_jenkins.text.numbers import number_text

_PREFIXES = {"n": -9, "µ": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12}
_ALSO = {"u": "µ", "μ": "µ"}
_SMALL = ("s", "V", "A", "W", "J", "Hz")
"""Units with which prefixes below 1 are usual."""
_LARGE = ("B", "bit", "B/s", "bit/s", "V", "A", "W", "J", "Hz")
"""Units with which prefixes above 1 are usual: seconds are not among them."""
_READABLE = (1e-3, 1e6)
"""Numbers of this range stay in their unit."""


def quantity_text(
    value: float | None,
    unit: str | None = None,
    beside: Iterable[float | None] = (),
    noise: float | None = None,
) -> str:
    """Return a number with its unit, or "not measured" for None.

    All numbers are in `unit`; `beside` and `noise` choose the digits, see `number_text`. Where the
    unit takes prefixes, a very large or small number gets one.

    >>> quantity_text(7.845285, "marcsec"), quantity_text(19_437_211, "B")
    ('7.85 marcsec', '19.4 MB')
    >>> quantity_text(0.0000296, "s"), quantity_text(0.5), quantity_text(0.00296, "ms")
    ('29.6 µs', '0.500', '0.00296 ms')
    """
    if value is None or not math.isfinite(value):
        return "not measured"
    return quantities_text([value], unit, beside, noise)


def quantities_text(
    values: Sequence[float],
    unit: str | None = None,
    beside: Iterable[float | None] = (),
    noise: float | None = None,
) -> str:
    """Return numbers that are compared, with one unit: ``27.1 → 32.1 marcsec``.

    They have the digits that distinguish them from each other and from those `beside`.

    >>> quantities_text([1.84e7, 1.8412e7], "B"), quantities_text([7.9996], "s", [8])
    ('18.40 → 18.41 MB', '7.9996 s')
    """
    others = [each for each in beside if each is not None and math.isfinite(each)]
    power, name = in_readable_unit([*values, *others], unit or "")
    own = [scaled(each, power) for each in values]
    near = [*own, *(scaled(each, power) for each in others)]
    less = None if noise is None else scaled(noise, power)
    return f"{' → '.join(number_text(each, near, less) for each in own)} {name}".rstrip()


def in_readable_unit(values: Sequence[float], unit: str) -> tuple[int, str]:
    """Return a power of ten and the unit that is so much larger, in which to write the values."""
    size = max((abs(each) for each in values), default=0.0)
    prefix, base = split_unit(unit)
    if not size or _READABLE[0] <= size < _READABLE[1]:
        return 0, unit
    fitting = _LARGE if size >= 1 else _SMALL
    if base not in fitting:
        return 0, unit
    known = _PREFIXES[prefix]
    powers = {power: name for name, power in _PREFIXES.items() if _usual(base, power)}
    fits = [power for power in powers if size >= 0.9999999 * ten_to(power - known)]
    best = max(fits, default=min(powers))
    return best - known, f"{powers[best]}{base}"


def _usual(base: str, power: int) -> bool:
    return power == 0 or (base in _LARGE if power > 0 else base in _SMALL)


@cache
def split_unit(unit: str) -> tuple[str, str]:
    """Return prefix and base of a unit that takes prefixes; the base is empty for others.

    >>> split_unit("ms"), split_unit("MB/s"), split_unit("marcsec"), split_unit("us")
    (('m', 's'), ('M', 'B/s'), ('', ''), ('µ', 's'))
    """
    for start in (0, 1):
        prefix = _ALSO.get(unit[:start], unit[:start])
        if unit[start:] in (*_SMALL, *_LARGE) and prefix in _PREFIXES:
            return prefix, unit[start:]
    return "", ""


def power_between(unit: str, other: str) -> int | None:
    """Return by which power of ten `unit` is larger than `other`; None for unlike units."""
    (prefix, base), (second, other_base) = split_unit(unit), split_unit(other)
    if unit == other:
        return 0
    return _PREFIXES[prefix] - _PREFIXES[second] if base and base == other_base else None


def scaled(value: float, power: int) -> float:
    """Return a value in a unit that is so many powers of ten larger, free of rounding errors."""
    return float(f"{value * ten_to(-power) if power < 0 else value / ten_to(power):.15g}")


def ten_to(power: int) -> float:
    """Return the float that is nearest to a power of ten."""
    return float(f"1e{power}")
