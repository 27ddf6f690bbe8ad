"""Compute the drawing of one series around the build where a finding begins."""

from collections.abc import Mapping, Sequence
from typing import Any

from squash_jenkins.render.svg.sparks import SPARK_WIDTH, point_lists, spark_line

WIDTH, HEIGHT = 600.0, 150.0
_EDGE, _SPARK_EDGE = 10.0, 3.0
_LEVEL = 10
"""Length of the lines of the levels, in builds: earlier or later values may differ."""


def marked_spark(values: Sequence[float | None], begin: int) -> Mapping[str, Any] | None:
    """Return a spark line with a mark at the place `begin`; None without two values."""
    line = spark_line(values)
    if line is None or not 0 <= begin < len(values):
        return line
    step = (SPARK_WIDTH - 2 * _SPARK_EDGE) / (len(values) - 1)
    return {**line, "mark": round(_SPARK_EDGE + begin * step, 1)}


def level_drawing(
    values: Sequence[float | None],
    place: tuple[int, int, int],
    levels: tuple[float | None, float | None],
) -> Mapping[str, Any] | None:
    """Return points, band and levels of a series; None without two values.

    Parameters
    ----------
    values
        One for each build; None is not measured and leaves a gap.
    place
        Where it begins, and the first and last place where it may have.
    levels
        Before and after; None for none.

    """
    shown = [value for value in (*values, *levels) if value is not None]
    if len(values) < 2 or sum(value is not None for value in values) < 2:
        return None
    low, span = min(shown), (max(shown) - min(shown)) or 1.0
    step = (WIDTH - 2 * _EDGE) / (len(values) - 1)

    def x(at: float) -> float:
        return round(_EDGE + at * step, 1)

    def y(value: float) -> float:
        return round(HEIGHT - _EDGE - (value - low) / span * (HEIGHT - 2 * _EDGE), 1)

    begin, first, last = place
    left_end, right_end = max(0, begin - _LEVEL), min(len(values) - 1, begin + _LEVEL)
    points = [None if value is None else (x(at), y(value)) for at, value in enumerate(values)]
    left, right = x(first - 0.5), x(last + 0.5)
    return {
        "points": [[at, *point] for at, point in enumerate(points) if point is not None],
        "lines": point_lists(points),
        "band": [max(0.0, left), round(min(WIDTH, right) - max(0.0, left), 1)],
        "begin": x(begin),
        "before": None if levels[0] is None else [x(left_end), x(begin - 0.5), y(levels[0])],
        "after": None if levels[1] is None else [x(begin), x(right_end), y(levels[1])],
    }
