"""Compute the drawing of one series over many builds; a template writes it as SVG.

It needs no script: all that is drawn is in the page, as numbers of a picture of
`WIDTH` × `HEIGHT`. The functions return plain values, so they are page inputs like any other.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from squash_jenkins.render.svg.sparks import point_lists
from squash_jenkins.text.numbers import number_text

WIDTH, HEIGHT = 360.0, 150.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 58.0, 8.0, 22.0, 26.0
_CROSSES = 9.0
"""Height of the row of crosses below the values."""
_LABEL_ROOM = 11.0
"""Smallest distance between labels of lines; one without room is only in the table."""
_DECADES = 3.0
"""From so many powers of ten on a scale of positive values is logarithmic."""
_BEYOND = 1.5
"""Limits farther away than so many times the range of the values are not drawn."""
_Scale = Callable[[float], float]


def trend(
    values: Sequence[float | None],
    numbers: Sequence[int],
    failed: Collection[int] = (),
    limits: Sequence[tuple[str, float, str]] = (),
) -> Mapping[str, Any] | None:
    """Return axes, line, points and marks of a series; None when nothing was measured.

    Parameters
    ----------
    values
        One for each build; None is not measured and leaves a gap in the line.
    numbers
        Numbers of the builds, in their order; where some are missing between two builds,
        a band is drawn.
    failed
        Places of builds that failed or were aborted; each gets a cross.
    limits
        Label, number and colour role of each specification's limit in force.

    """
    shown = [value for value in values if value is not None and math.isfinite(value)]
    if not shown:
        return None
    logarithmic = _is_wide(shown)
    near = [each for each in limits if _is_near(each[1], shown, logarithmic)]
    y, ticks = _vertical([*shown, *(limit for _, limit, _ in near)], logarithmic)
    x = _horizontal(len(values))
    points = [
        None if value is None or not math.isfinite(value) else (x(at), y(value))
        for at, value in enumerate(values)
    ]
    return {
        "lines": point_lists(points),
        "dots": "".join(f"M{px:g} {py:g}h0" for px, py in filter(None, points)),
        "crosses": "".join(_cross(x(at)) for at in sorted(failed)),
        "bands": _bands(numbers, x),
        "limits": _limits(near, y),
        "beyond": [label for label, limit, _ in limits if (label, limit) not in _named(near)],
        "ticks": ticks,
        "builds": _build_ticks(numbers, x),
        "logarithmic": logarithmic,
    }


def _is_wide(values: Sequence[float]) -> bool:
    return min(values) > 0 and math.log10(max(values)) - math.log10(min(values)) > _DECADES


def _is_near(limit: float, values: Sequence[float], logarithmic: bool) -> bool:
    if not math.isfinite(limit):
        return False
    low, high = min(values), max(values)
    if logarithmic:
        return limit > 0
    room = _BEYOND * max(high / 2 - low / 2, abs(high) / 2, abs(low) / 2)
    return low / 2 - room <= limit / 2 <= high / 2 + room


def _named(limits: Sequence[tuple[str, float, str]]) -> set[tuple[str, float]]:
    return {(label, limit) for label, limit, _ in limits}


def _vertical(values: Sequence[float], logarithmic: bool) -> tuple[_Scale, list[Any]]:
    """Return the scale of the values and the ticks that it is labelled with."""
    place: _Scale = math.log10 if logarithmic else _as_it_is
    low, high = min(map(place, values)), max(map(place, values))
    if high == low:
        room = abs(high) / 10 or 1.0
        low, high = low - room, high + room
    # halves: the difference of two large numbers may be more than a float holds
    span, floor = high / 2 - low / 2, HEIGHT - _BOTTOM - _CROSSES

    def y(value: float) -> float:
        share = (place(value) / 2 - low / 2) / span
        return round(floor - share * (floor - _TOP), 1)

    ticks = _decades(low, high) if logarithmic else _round_numbers(low, high)
    labels = {number_text(tick): tick for tick in ticks}
    return y, [{"y": y(tick), "text": text} for text, tick in labels.items()]


def _as_it_is(value: float) -> float:
    return value


def _decades(low: float, high: float) -> list[float]:
    """Return up to five powers of ten within a range that is given by its logarithms."""
    first, last = math.ceil(low), math.floor(high)
    step = max(1, math.ceil((last - first + 1) / 5))
    return [float(f"1e{power}") for power in range(first, last + 1, step)]


def _round_numbers(low: float, high: float) -> list[float]:
    """Return some round numbers within a range."""
    rough = high / 3 - low / 3
    power = math.floor(math.log10(rough)) if rough > 0 else -300
    base = float(f"1e{power}")
    step = next(each * base for each in (1, 2, 5, 10) if each * base >= rough)
    first = math.ceil(low / step)
    return [at * step for at in range(first, first + 5) if low <= at * step <= high]


def _horizontal(many: int) -> _Scale:
    room = WIDTH - _LEFT - _RIGHT - 8
    step = room / (many - 1) if many > 1 else 0.0
    start = _LEFT + 4 + (room / 2 if many == 1 else 0)

    def x(at: float) -> float:
        return round(start + at * step, 1)

    return x


def _cross(x: float) -> str:
    return f"M{x - 2.5:g} {HEIGHT - _BOTTOM - 5:g}l5 5m0-5l-5 5"


def _bands(numbers: Sequence[int], x: _Scale) -> list[Any]:
    """Return the bands where builds are missing between two others."""
    return [
        {"x": x(at - 0.8), "width": round(x(at - 0.2) - x(at - 0.8), 1)}
        for at in range(1, len(numbers))
        if numbers[at] - numbers[at - 1] > 1
    ]


def _limits(limits: Sequence[tuple[str, float, str]], y: _Scale) -> list[Any]:
    found: list[dict[str, Any]] = []
    for label, limit, tone in limits:
        own = y(limit)
        free = all(abs(own - each["y"]) >= _LABEL_ROOM for each in found if each["label"])
        text = label if free else ""
        found.append({"y": own, "text": round(own - 3, 1), "label": text, "tone": tone})
    return found


def _build_ticks(numbers: Sequence[int], x: _Scale) -> list[Any]:
    """Return the first, the middle and the last build with the side that its label stands at."""
    last = len(numbers) - 1
    places = {0: "start", last: "end"} if last else {0: "middle"}
    if last >= 8:
        places[last // 2] = "middle"
    return [{"x": x(at), "text": f"#{numbers[at]}", "at": side} for at, side in places.items()]
