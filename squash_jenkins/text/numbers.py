"""Write numbers with the digits that mean something.

``assets/every_page/format.js`` does the same; ``tests/data/number_texts.json`` has the cases that
the tests of both run. `number_text` writes a number, `quantity_text` (of `text.quantities`) a
number with its unit.
"""

import math
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache

NARROW_SPACE = "\u202f"
MINUS = "\u2212"
_DIGITS = range(3, 17)
_MOST_BY_NOISE = 8
_LETTERS = {6: "M", 9: "G", 12: "T", 15: "P", 18: "E"}
_MOST_PLACES = 3
"""Decimals before a letter; with more of them a number is written out: 1 234 567."""
_SMALL, _HUGE = 1e-4, 1e21
"""Numbers outside are written with an exponent."""
_FIXED = Context(prec=60, rounding=ROUND_HALF_UP)


def number_text(
    value: float | None, beside: Iterable[float | None] = (), noise: float | None = None
) -> str:
    """Return a number with three digits, or "not measured" for None.

    It has more digits where it would otherwise read as one of the numbers that stand `beside` it,
    as on the other side of one, or as a round number that it is below; and where `noise`, the
    scatter of the series, is smaller than the third digit. Millions are written with an SI letter,
    or in groups of digits where many digits are needed.

    >>> number_text(7.845285), number_text(0.0000296), number_text(19_437_211)
    ('7.85', '2.96e\u22125', '19.4\u202fM')
    >>> number_text(8.0004, [8]), number_text(99.99), number_text(7.845285, noise=0.002)
    ('8.0004', '99.99', '7.845')
    """
    if value is None or not math.isfinite(value):
        return "not measured"
    near = (each for each in beside if each is not None and math.isfinite(each))
    others = [each for each in near if each != value]
    fewest = _digits_for(value, noise)
    enough = (each for each in range(fewest, _DIGITS.stop) if _shows(value, others, each))
    return _text(value, next(enough, _DIGITS[-1]), _step(value, others))


def exact_text(value: float) -> str:
    """Return a number as people set it: with the digits that it has, three to six.

    >>> exact_text(1.005), exact_text(206.264806)
    ('1.005', '206.265')
    """
    step = _step(value)
    texts = [_text(value, digits, step) for digits in range(3, 7)]
    exact = (text for text in texts if math.isclose(number_of(text), value, rel_tol=1e-12))
    return next(exact, texts[-1])


def number_of(text: str) -> float:
    """Return the number that `number_text` wrote."""
    plain = text.replace(MINUS, "-").replace(NARROW_SPACE, "")
    powers = {letter: power for power, letter in _LETTERS.items()}
    return float(f"{plain[:-1]}e{powers[plain[-1]]}" if plain[-1:] in powers else plain)


def _digits_for(value: float, noise: float | None) -> int:
    """Return the digits down to the first one of the noise, at least three."""
    if not noise or not math.isfinite(noise) or value == 0:
        return _DIGITS[0]
    wanted = _magnitude(value, 3) - _magnitude(noise, 3) + 1
    return min(max(wanted, _DIGITS[0]), _MOST_BY_NOISE)


def _shows(value: float, others: Iterable[float], digits: int) -> bool:
    """Return whether so many digits tell a value from the others and from round numbers."""
    shown = _text(value, digits, _step(value, others))
    rounded = number_of(shown)
    return not _reaches_a_power(value, rounded) and all(
        rounded != other
        and (rounded > other) == (value > other)
        and shown != _text(other, digits, _step(other, [value]))
        for other in others
    )


def _reaches_a_power(value: float, rounded: float) -> bool:
    """Return whether rounding makes 100 of 99.99; what differs by rounding errors may be 100."""
    if abs(rounded) <= abs(value) or math.isclose(value, rounded, rel_tol=1e-8):
        return False
    return bool(Decimal(repr(abs(rounded))).normalize().as_tuple().digits == (1,))


def _step(value: float, others: Iterable[float] = ()) -> int:
    """Return the power of ten of the SI letter, 0 for none; numbers that are near share it."""
    own, size = _own_step(value), abs(value)
    shared = max((_own_step(each) for each in others), default=0)
    return shared if own < shared and size >= 10.0 ** (shared - 1) else own


def _own_step(value: float) -> int:
    size = abs(value)
    return max((power for power in _LETTERS if size >= 10.0**power), default=0)


def _text(value: float, digits: int, step: int) -> str:
    if value == 0:
        return "0"
    if not _SMALL <= abs(value) < _HUGE:
        return _with_exponent(value, digits)
    scaled = value / 10.0**step
    if step and _places(scaled, digits) <= _MOST_PLACES:
        return f"{_fixed(scaled, _places(scaled, digits))}{NARROW_SPACE}{_LETTERS[step]}"
    return _fixed(value, _places(value, digits))


def _places(value: float, digits: int) -> int:
    """Return how many decimals show so many digits; none of counts, and thresholds such as 40."""
    if value == int(value) and abs(value) < 1000:
        return 0
    return max(0, digits - 1 - _magnitude(value, digits))


def _magnitude(value: float, digits: int) -> int:
    """Return the power of ten of the first digit, once rounded to so many digits."""
    return _rounding_to(digits).create_decimal_from_float(value).adjusted()


def _with_exponent(value: float, digits: int) -> str:
    rounded = _rounding_to(digits).create_decimal_from_float(value)
    mantissa, exponent = f"{rounded:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}".replace("-", MINUS)


def _fixed(value: float, places: int) -> str:
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), context=_FIXED)
    return f"{rounded:,f}".replace(",", NARROW_SPACE).replace("-", MINUS)


@cache
def _rounding_to(digits: int) -> Context:
    """Return a context that rounds halves up, as browsers do."""
    return Context(prec=digits, rounding=ROUND_HALF_UP)


_LEAST_PERCENT = 0.0005


def change_text(value: float | None, previous: float | None) -> str:
    """Return the change from `previous` in percent, empty where there is none.

    >>> change_text(32.1, 27.1), change_text(7.83, 7.85), change_text(1, 0)
    ('+18%', '\u22120.3%', '')
    >>> change_text(1_840_100, 1_840_000), change_text(0.0004, 1), change_text(1, 1)
    ('+0.005%', '\u221299.96%', '0%')
    """
    if value is None or not previous:
        return ""
    percent = 100 * (value - previous) / abs(previous)
    size = abs(percent)
    if not math.isfinite(percent):
        return ""
    if size < _LEAST_PERCENT:
        return "< 0.001%" if percent else "0%"
    if size >= 1000:
        return f"×{number_text(value / previous)}"
    return f"{'+' if percent > 0 else ''}{_fixed(percent, _places_of_percent(size))}%"


def _places_of_percent(size: float) -> int:
    """Return the decimals of a percentage: one below 10, more where it would read as 0 or 100."""
    places = 0 if size >= 9.95 else 1 if size >= 0.05 else 2 if size >= 0.0095 else 3
    while places < 4 and size < 100 <= float(_fixed(size, places)):
        places += 1
    return places


def size_text(size: float) -> str:
    """Return a number of bytes as people say it.

    >>> size_text(318_000), size_text(12)
    ('318 kB', '12 B')
    """
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def duration_text(seconds: float | None) -> str:
    """Return a duration as people say it.

    >>> duration_text(34260), duration_text(42.4), duration_text(None)
    ('9 h 31 min', '42 s', 'duration unknown')
    """
    if seconds is None:
        return "duration unknown"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def counted(number: int, word: str, plural: str | None = None) -> str:
    """Return a number with its word.

    >>> counted(1, "build"), counted(1184, "build")
    ('1 build', '1\u202f184 builds')
    """
    shown = f"{number:,}".replace(",", NARROW_SPACE)
    return f"{shown} {word if number == 1 else plural or word + 's'}"
