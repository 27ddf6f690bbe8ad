"""Write numbers with the digits that mean something; ``assets/squash.js`` does the same."""

import math

NARROW_SPACE = "\u202f"
MINUS = "\u2212"


def number_text(value: float | None) -> str:
    """Return a number with three digits, or "not measured" for None.

    >>> number_text(7.845285), number_text(16.52), number_text(2.96e-05)
    ('7.85', '16.5', '2.96e−5')
    """
    if value is None or not math.isfinite(value):
        return "not measured"
    size = abs(value)
    if value == 0:
        return "0"
    if size >= 1e6 or size < 1e-3:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    if size >= 999.5:
        return f"{value:,.0f}".replace(",", NARROW_SPACE).replace("-", MINUS)
    if value == int(value) and size < 1000:
        # counts, and thresholds such as 40
        return str(int(value)).replace("-", MINUS)
    digits = max(0, 2 - math.floor(math.log10(size) + 1e-9))
    return f"{value:.{digits}f}".replace("-", MINUS)


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
