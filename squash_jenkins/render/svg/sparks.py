"""Compute the small drawings of tiles and tables; templates write them as SVG.

A hundred Bokeh figures on one page take seconds to show; a hundred lines of
SVG take nothing. The functions return plain numbers, so they are page inputs
like any other.
"""

from collections.abc import Mapping, Sequence
from typing import Any

SPARK_WIDTH, SPARK_HEIGHT = 94.0, 26.0
BULLET_WIDTH, BULLET_HEIGHT = 220.0, 18.0
_MARGIN = 3.0
_FEWEST = 5
"""With fewer values none is an outlier."""
_SHARE = 20
"""One value of so many may be an outlier, at least one."""
_FAR = 3.0
"""Outliers are clipped where the others span less than this part of the whole."""


def spark_line(values: Sequence[float | None]) -> Mapping[str, Any] | None:
    """Return the lines and the last point of a spark line; None without two values.

    Values that are not measured leave a gap in the line. Outliers are drawn at the edge, so that
    the others can be told apart.
    """
    measured = [value for value in values if value is not None]
    if len(measured) < 2:
        return None
    low, high = _ends(measured)
    span = (high / 2 - low / 2) or 1.0  # halves: the difference of the largest numbers is infinite
    step = (SPARK_WIDTH - 2 * _MARGIN) / (len(values) - 1)
    points = [
        None
        if value is None
        else (
            round(_MARGIN + index * step, 1),
            round(SPARK_HEIGHT / 2, 1)
            if high == low
            else round(_height((value / 2 - low / 2) / span), 1),
        )
        for index, value in enumerate(values)
    ]
    return {"lines": point_lists(points), "last": points[-1]}


CODES = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""Signs of heights in a `spark_code`; ``assets/series_table`` has them, too."""
_GAP = "."


def spark_code(values: Sequence[float | None]) -> str:
    """Return the heights of a spark line as a text; empty without two values.

    Each value is a sign of `CODES`, in half units of the drawing; a gap is a dot.
    """
    measured = [value for value in values if value is not None]
    if len(measured) < 2:
        return ""
    low, high = _ends(measured)
    span = (high / 2 - low / 2) or 1.0
    level = SPARK_HEIGHT / 2

    def height(value: float) -> float:
        return level if high == low else _height((value / 2 - low / 2) / span)

    return "".join(_GAP if value is None else CODES[round(2 * height(value))] for value in values)


def _height(share: float) -> float:
    """Return the place of a value; those outside of the range are at the edge of the drawing."""
    y = SPARK_HEIGHT - _MARGIN - share * (SPARK_HEIGHT - 2 * _MARGIN)
    return min(max(y, 0.0), SPARK_HEIGHT)


def _ends(measured: Sequence[float]) -> tuple[float, float]:
    """Return the range to draw: of all values, or without the few that are far from the others."""
    ordered = sorted(measured)
    whole = ordered[0], ordered[-1]
    if len(ordered) < _FEWEST:
        return whole
    out = max(1, len(ordered) // _SHARE)
    left = ((ordered[at], ordered[len(ordered) - 1 - out + at]) for at in range(out + 1))
    low, high = min(left, key=lambda ends: ends[1] / 2 - ends[0] / 2)
    near = 0 < (high / 2 - low / 2) * _FAR < whole[1] / 2 - whole[0] / 2
    return (low, high) if near else whole


def point_lists(points: Sequence[tuple[float, float] | None]) -> list[str]:
    """Return the points of each line between gaps, as SVG takes them."""
    lines: list[list[str]] = [[]]
    for point in points:
        if point is None:
            lines.append([])
        else:
            lines[-1].append(f"{point[0]:g},{point[1]:g}")
    return [" ".join(line) for line in lines if len(line) > 1]


def bullet(
    value: float | None, thresholds: Sequence[tuple[str, float]]
) -> Mapping[str, Any] | None:
    """Return a bar for `value` with a tick for each threshold; None when there is nothing to show.

    `thresholds` are pairs of label and threshold. The scale begins at zero, unless something is
    negative, and ends a little beyond the largest; a value far beyond all thresholds
    fills the bar and is marked as cut.
    """
    if value is None or not thresholds:
        return None
    limits = [limit for _, limit in thresholds]
    low = min(0.0, value, *limits)
    widest = max(*limits, 0.0) - low or 1.0
    cut = value - low > 2 * widest
    high = low + (2 * widest if cut else 1.25 * max(widest, value - low))
    scale = BULLET_WIDTH / (high - low)
    zero = (0.0 - low) * scale
    end = BULLET_WIDTH if cut else (value - low) * scale
    return {
        "x": round(min(zero, end), 1),
        "width": round(max(abs(end - zero), 1.5), 1),
        "cut": cut,
        "ticks": [
            {"x": round((limit - low) * scale, 1), "label": label} for label, limit in thresholds
        ],
    }
