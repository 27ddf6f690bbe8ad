"""Read two columns of one table of many builds, and draw the points.

A live server responds with ``tile`` and ``answer``, for the same page as the static site's;
both cache the pools that were requested last. numpy and pyarrow are imported only when
called.
"""

import base64
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from squash_jenkins.errors import StoreError, StoreUnreachable
from squash_jenkins.render.pooled import tiles
from squash_jenkins.render.pooled.pools import BUILD, Part, Pool, choices, numeric
from squash_jenkins.render.site.tables import Tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_POINTS = 200_000_000
"""No more rows are read into one pool, the newest builds first: they take 3.2 GB at most."""
KEPT_BYTES = 1 << 30
"""Memory of cached pools; the one requested last always stays."""
LIVE_DEPTH = 8
"""Tiles are made on demand down to this level: 65 536 pixels each way."""

_CROPS = 16


@dataclass(frozen=True)
class Pooled:
    """Hold the points of a pool, their builds, and the builds that are left out and why."""

    points: tiles.Points
    numbers: Sequence[int]
    left_out: Sequence[tuple[int, str]] = ()
    kept: "list[tuple[NDArray[Any], int]]" = field(default_factory=list)
    """The counts of each prepared level with the largest of them, once they were needed."""
    crops: OrderedDict[tuple[int, int], tiles.Points] = field(default_factory=OrderedDict)
    """The points of the tiles of the deepest prepared level that were looked into last."""

    @property
    def nbytes(self) -> int:
        """Return the memory that all of this takes."""
        counts = sum(each.nbytes for each, _ in self.kept)
        return counts + self.points.nbytes + sum(each.nbytes for each in self.crops.values())


def read(tables: Tables, pool: Pool, most: int = MAX_POINTS) -> Pooled:
    """Read the two columns of every build and place the points.

    The newest builds come first when there are more than `most` rows. Memory: 4 bytes for each
    row and column as read, as much again for the places, which stay.
    """
    import numpy as np

    parts, left_out = newest_within(pool.parts, most)
    size = sum(part.rows for part in parts)
    x, y = np.empty(size, np.float32), np.empty(size, np.float32)
    end, numbers = 0, []
    for part in parts:
        try:
            columns = _columns(tables, pool, part)
        except StoreUnreachable:
            raise
        except StoreError as error:
            left_out.append((part.number, str(error)))
            continue
        x[end : end + part.rows], y[end : end + part.rows] = columns
        end += part.rows
        numbers.append(part.number)
    return Pooled(tiles.place(x[:end], y[:end]), numbers, left_out)


def newest_within(parts: Sequence[Part], most: int) -> tuple[list[Part], list[tuple[int, str]]]:
    """Return the newest parts that have at most so many rows together, and why others are not."""
    taken: list[Part] = []
    total = 0
    for part in reversed(parts):
        total += part.rows
        if total > most:
            break
        taken.append(part)
    why = f"With it there would be more than {most:,} rows: choose fewer builds."
    rest = parts[: len(parts) - len(taken)]
    return taken[::-1], [(part.number, why) for part in rest]


def _columns(tables: Tables, pool: Pool, part: Part) -> "list[NDArray[Any]]":
    """Return the two columns as float32; raise StoreError when they cannot be read."""
    import numpy as np

    names = [each.name for each in (pool.x, pool.y) if each.name != BUILD]
    table = tables.table(part.digest, names)
    if table.num_rows != part.rows:
        raise StoreError(
            f"The blob {part.digest} has {table.num_rows} rows, not {part.rows}: read its build "
            "from Jenkins again."
        )
    strange = sorted(set(names) - set(numeric(table)))
    if strange:
        raise StoreError(f"The blob {part.digest} holds no numbers in {', '.join(strange)}.")
    with np.errstate(over="ignore"):
        return [
            np.full(part.rows, part.number, np.float32)
            if name not in names
            else table[name].to_numpy().astype(np.float32)
            for name in (pool.x.name, pool.y.name)
        ]


class Cache:
    """Cache the pools that were requested last; may be shared by threads.

    Parameters
    ----------
    most
        Bytes that they take at most.

    """

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._most = most
        self._kept: OrderedDict[str, Pooled] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, tables: Tables, pool: Pool) -> Pooled:
        """Return the points of a pool; one thread reads at a time, for memory's sake."""
        with self._lock:
            if pool.key not in self._kept:
                self._kept[pool.key] = read(tables, pool)
            self._kept.move_to_end(pool.key)
            while len(self._kept) > 1 and self._bytes() > self._most:
                self._kept.popitem(last=False)
            return self._kept[pool.key]

    def _bytes(self) -> int:
        return sum(pooled.nbytes for pooled in self._kept.values())


_cache = Cache()


def tile(tables: Tables, pool: Pool, z: int, x: int, y: int, cache: Cache = _cache) -> bytes:
    """Return one tile as PNG, made now; the columns are read at the first request.

    Raises
    ------
    ResourceError
        When Datashader is not installed.
    ValueError
        When there is no such tile.

    """
    pooled = cache.get(tables, pool)
    counts = count(pooled, z, x, y)
    return tiles.png(counts, pooled.kept[min(z, len(pooled.kept) - 1)][1])


def count(pooled: Pooled, z: int, x: int, y: int) -> "NDArray[Any]":
    """Return the counts of a tile: from the prepared levels, beneath them from the points.

    The points of such a tile are cached, because tiles beneath it are usually requested next and
    all points need not be searched again.
    """
    tiles.check(z, x, y)
    counted = levels(pooled)
    if z >= len(counted):
        last = len(counted) - 1
        return tiles.count(_beneath(pooled, last, x >> (z - last), y >> (z - last)), z, x, y)
    size = tiles.TILE
    return counted[z][y * size : (y + 1) * size, x * size : (x + 1) * size]


def _beneath(pooled: Pooled, z: int, x: int, y: int) -> tiles.Points:
    """Return the points of a tile."""
    found = pooled.crops.get((x, y))
    if found is None:
        found = pooled.crops[x, y] = tiles.within(pooled.points, z, x, y)
        while len(pooled.crops) > _CROPS:
            pooled.crops.popitem(last=False)
    return found


def about(
    pool: Pool,
    pooled: Pooled,
    *,
    made: datetime,
    counted: "Sequence[NDArray[Any]] | None" = None,
    depth: int | None = None,
) -> dict[str, Any]:
    """Return the description of a pool for its page, as plain values.

    Parameters
    ----------
    made
        When the columns were read (UTC).
    counted
        The counts of `levels`: the numbers of points in each cell are sent, as `tiles.runs`, row by
        row from the top. None: the places of all points are sent, and no tiles are needed.
    depth
        The deepest level of which there are tiles; by default that of `counted`.

    """
    common = {
        **choices(pool),
        "made": round(made.timestamp() * 1000),
        "scales": [asdict(pooled.points.x), asdict(pooled.points.y)],
        "points": len(pooled.points),
        "lost": pooled.points.lost,
        "outside": pooled.points.outside,
        "builds": list(pooled.numbers),
        "left_out": [list(each) for each in pooled.left_out],
    }
    if counted is None:
        places = (pooled.points.u, pooled.points.v)
        return {**common, "places": [_base64(each) for each in places]}
    cells = tiles.cells(counted[-1])
    deepest = len(counted) - 1 if depth is None else depth
    return {**common, "depth": deepest, "side": len(cells), "cells": tiles.runs(cells)}


def answer(
    tables: Tables, pool: Pool, *, made: datetime, points: int, cache: Cache = _cache
) -> dict[str, Any]:
    """Return `about` of a pool that is read now; it has tiles down to the deepest level.

    Parameters
    ----------
    made
        Now (UTC).
    points
        Up to so many points their places are sent, without tiles (setting `plots.points`).

    Raises
    ------
    ResourceError
        When there are more, and Datashader is not installed.

    """
    pooled = cache.get(tables, pool)
    counted = levels(pooled) if len(pooled.points) > points else None
    return about(pool, pooled, made=made, counted=counted, depth=LIVE_DEPTH)


def levels(pooled: Pooled) -> "list[NDArray[Any]]":
    """Return the counts of all prepared levels, cached after the first time."""
    if not pooled.kept:
        counted = tiles.levels(pooled.points, tiles.depth_of(len(pooled.points)))
        pooled.kept.extend((each, int(each.max())) for each in counted)
    return [each for each, _ in pooled.kept]


def _base64(places: "NDArray[Any]") -> str:
    return base64.b64encode(places.astype("<f4").tobytes()).decode()
