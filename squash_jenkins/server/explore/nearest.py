"""Find the rows of a table that are nearest to a place in its picture."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from squash_jenkins.server.explore.choice import Scale, Spot
from squash_jenkins.server.explore.columns import Column

_ROWS = 3
"""Rows that are shown with their values."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table of a build, with its values by column; None where it has none."""

    build: int
    values: dict[str, float | str | None]


class Nearest:
    """Collects the nearest rows to a place from one part of the rows after another."""

    def __init__(self, spot: Spot) -> None:
        self._spot = spot
        self._found: list[tuple[float, Row]] = []
        self.within = 0

    @property
    def rows(self) -> list[Row]:
        """Return the nearest rows so far, the nearest first."""
        return [row for _, row in self._found]

    def add(self, build: int, columns: dict[str, Column], rows: slice, mask: Any) -> None:
        """Add those of some rows of a build that `mask` selects and that are within reach."""
        spot, choice = self._spot, self._spot.choice
        x = _distance(columns[choice.x].values[rows], spot.x, spot.reach_x, choice.xscale)
        y = _distance(columns[choice.y].values[rows], spot.y, spot.reach_y, choice.yscale)
        inside = np.zeros(len(x), bool)
        inside[mask] = True
        inside &= (np.abs(x) <= 1) & (np.abs(y) <= 1)
        places = np.flatnonzero(inside)
        self.within += len(places)
        far = np.hypot(x[places], y[places])
        for at in np.argsort(far, kind="stable")[:_ROWS]:
            values = {
                name: _value(column, rows.start + int(places[at]))
                for name, column in columns.items()
            }
            self._found.append((float(far[at]), Row(build, values)))
        self._found = sorted(self._found, key=lambda each: each[0])[:_ROWS]


def _distance(values: NDArray[Any], place: float, reach: float, scale: Scale) -> NDArray[Any]:
    """Return how far values are from a place, in units of the reach."""
    wide = values.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        if scale == "log":
            return np.asarray((np.log10(wide) - np.log10(place)) / reach)
        return np.asarray((wide - place) / reach)


def _value(column: Column, row: int) -> float | str | None:
    value = column.values[row]
    if column.words is not None:
        return column.words[int(value)] if value >= 0 else None
    return float(value) if np.isfinite(value) else None
