"""Write numbers with the digits that mean something; ``assets/squash.js`` does the same."""

import math
from collections.abc import Iterable

NARROW_SPACE = "\u202f"
MINUS = "\u2212"
_DIGITS = range(3, 17)


def number_text(value: float | None, beside: Iterable[float | None] = ()) -> str:
    """Return a number with three digits, or "not measured" for None.

    With more digits where it would otherwise read as one of the numbers that stand `beside` it,
    or as on the other side of one.

    >>> number_text(7.845285), number_text(16.52), number_text(2.96e-05)
    ('7.85', '16.5', '2.96e−5')
    >>> number_text(8.0004, [8]), number_text(100.2, [100.4]), number_text(8, [8])
    ('8.0004', '100.2', '8')
    """
    if value is None or not math.isfinite(value):
        return "not measured"
    others = [each for each in beside if each is not None and each != value]
    digits = next((each for each in _DIGITS if _apart(value, others, each)), _DIGITS[-1])
    return _text(value, digits)


def exact_text(value: float) -> str:
    """Return a number as people set it: with the digits that it has, three to six.

    >>> exact_text(1.005), exact_text(206.264806)
    ('1.005', '206.265')
    """
    texts = [_text(value, digits) for digits in range(3, 7)]
    exact = (text for text in texts if math.isclose(number_of(text), value, rel_tol=1e-12))
    return next(exact, texts[-1])


def number_of(text: str) -> float:
    """Return the number that `number_text` wrote."""
    return float(text.replace(MINUS, "-").replace(NARROW_SPACE, ""))


def _apart(value: float, others: Iterable[float], digits: int) -> bool:
    """Return whether so many digits show on which side of the other numbers a value is."""
    shown = _text(value, digits)
    rounded = number_of(shown)
    return all(
        math.isinf(other)
        or (
            ((rounded > other) == (value > other) and rounded != other)
            and shown != _text(other, digits)
        )
        for other in others
        if not math.isnan(other)
    )


def _text(value: float, digits: int) -> str:
    size = abs(value)
    if value == 0:
        return "0"
    if size >= 1e6 or size < 1e-3:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    if value == int(value) and size < 1000:
        # counts, and thresholds such as 40
        return str(int(value)).replace("-", MINUS)
    places = max(0, digits - 1 - math.floor(math.log10(size) + 1e-9))
    return f"{value:,.{places}f}".replace(",", NARROW_SPACE).replace("-", MINUS)


def change_text(value: float | None, previous: float | None) -> str:
    """Return the change from `previous` in percent, empty where there is none.

    >>> change_text(32.1, 27.1), change_text(7.83, 7.85), change_text(1, 0)
    ('+18%', '−0.3%', '')
    """
    if value is None or not previous:
        return ""
    percent = 100 * (value - previous) / abs(previous)
    if not math.isfinite(percent):
        return ""
    if abs(percent) < 0.05:
        return "0.0%"
    if abs(percent) >= 1000:
        return f"×{number_text(value / previous)}"
    return f"{percent:+.{0 if abs(percent) >= 9.95 else 1}f}%".replace("-", MINUS)


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


def short_name(metric: str) -> str:
    """Return a metric's name without its package.

    >>> short_name("validate_drp.AM1")
    'AM1'
    """
    return metric.rsplit(".", 1)[-1] or metric


def counted(number: int, word: str, plural: str | None = None) -> str:
    """Return a number with its word.

    >>> counted(1, "build"), counted(1184, "build")
    ('1 build', '1\u202f184 builds')
    """
    shown = f"{number:,}".replace(",", NARROW_SPACE)
    return f"{shown} {word if number == 1 else plural or word + 's'}"
