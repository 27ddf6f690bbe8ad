"""Read the spreads of repeated measurements, block by block."""

import math
from collections.abc import Mapping
from typing import Any

from cachetools import LRUCache

from squash_jenkins.models import SeriesId
from squash_jenkins.render.site.measured import Block
from squash_jenkins.store import Reader
from squash_jenkins.store.block_arrays import BLOCK

_BLOCKS = 70
Spread = tuple[float, float, str]
"""The lower and the upper end of an error bar, and what they are."""


class Spreads:
    """Find the spreads of values that a tool measured several times, with a cache of blocks."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._blocks: LRUCache[tuple[int, int], dict[SeriesId, dict[int, Spread]]] = LRUCache(
            _BLOCKS
        )

    def of(self, block: Block, series: SeriesId) -> Mapping[int, Spread]:
        """Return the spreads of a series in a block, by the places of its builds."""
        first = block.builds[0]
        key = (first.job.key, first.number // BLOCK)
        if key not in self._blocks:
            self._blocks[key] = self._read(block)
        return self._blocks[key].get(series, {})

    def _read(self, block: Block) -> dict[SeriesId, dict[int, Spread]]:
        keys = [build.key for build in block.builds]
        found: dict[SeriesId, dict[int, Spread]] = {}
        for (build, series), extra in self._reader.measurements.beside_values(keys).items():
            spread = spread_of(extra)
            if spread is not None:
                found.setdefault(series, {})[block.places[build]] = spread
        return found


def spread_of(extra: Mapping[str, Any]) -> Spread | None:
    """Return the error bar of a value from what its tool says besides; None where it says nothing.

    An interval about the value comes first, then one standard deviation on each side of the mean,
    then the smallest and largest of the repeats.
    """
    numbers = {
        name: float(value)
        for name, value in extra.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }
    repeats = numbers.get("repeats")
    many = f" of {repeats:.0f} repeats" if repeats else ""
    if {"low", "high"} <= numbers.keys():
        return numbers["low"], numbers["high"], f"interval given by the tool{many}"
    if {"mean", "stddev"} <= numbers.keys():
        low, high = (numbers["mean"] + sign * numbers["stddev"] for sign in (-1, 1))
        return low, high, f"mean ± standard deviation{many}"
    if {"min", "max"} <= numbers.keys():
        return numbers["min"], numbers["max"], f"smallest and largest{many}"
    return None
