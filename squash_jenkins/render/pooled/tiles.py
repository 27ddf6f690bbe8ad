"""Draw very many points as tiles: one on demand, or a whole pyramid from one deep count.

A tile (z, x, y) is a square of 256 pixels; at level z there are 2**z of them each way, x counts
from the left and y from the top. Points are put on a grid much finer than any pixel first, in
its middles, so no point ever lies on the border of two pixels: a tile counted by itself and one
summed up from below hold the same counts. numpy, pandas, Datashader and Pillow are imported only
when called.
"""

import importlib.util
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from squash_jenkins.errors import ResourceError
from squash_jenkins.render.pooled.scales import Scale, scale_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

TILE = 256
CELL = 8
"""Width and height in pixels of a cell for which the number of points is sent."""
DEEPEST = 12
"""Tiles can be made on demand to this level: pixels are as small as the grid then."""
_GRID = TILE << DEEPEST
_CHUNK = 1 << 22
_MANY = 1_000_000
_FEW = 30
_STOPS = ((44, 123, 204, 150), (44, 123, 204, 255), (140, 92, 190, 255), (226, 92, 38, 255))
"""Colours from one point to the most: pale blue, blue, violet, orange. The palest shines through,
so it is light on light pages and dark on dark ones; the others stand out on both, and blue and
orange can be distinguished by the colour-blind."""


@dataclass(frozen=True, slots=True)
class Points:
    """Hold points by their places in the picture.

    `u` and `v` are float32 of one length in [0, 1], from the left and from the bottom. `lost`
    points had no finite place (on a log scale: were not above zero), `outside` ones lie outside
    the scales; neither is in `u` and `v`.
    """

    u: "NDArray[Any]"
    v: "NDArray[Any]"
    x: Scale
    y: Scale
    lost: int = 0
    outside: int = 0

    def __len__(self) -> int:
        return len(self.u)

    @property
    def nbytes(self) -> int:
        """Return the memory that the places take."""
        return int(self.u.nbytes + self.v.nbytes)


def place(
    x: "NDArray[Any]", y: "NDArray[Any]", scales: tuple[Scale, Scale] | None = None
) -> Points:
    """Return points by their places; without `scales` they are chosen to show the points.

    Parameters
    ----------
    x, y
        Floats of one dimension and one length, may hold NaN and infinities.
    scales
        Of x and of y.

    """
    import numpy as np

    across, up = scales or (scale_of(x), scale_of(y))
    u, v = np.empty(len(x), np.float32), np.empty(len(x), np.float32)
    kept = lost = 0
    for start in range(0, len(x), _CHUNK):  # so that float64 never exists of all
        each = across.places(x[start : start + _CHUNK]), up.places(y[start : start + _CHUNK])
        finite = np.isfinite(each[0]) & np.isfinite(each[1])
        inside = finite & (each[0] >= 0) & (each[0] <= 1) & (each[1] >= 0) & (each[1] <= 1)
        number = int(inside.sum())
        for target, places in zip((u, v), each, strict=True):
            cells = np.minimum(np.floor(places[inside] * _GRID), _GRID - 1)
            target[kept : kept + number] = (cells + 0.5) / _GRID
        kept += number
        lost += len(finite) - int(finite.sum())
    return Points(u[:kept], v[:kept], across, up, lost, len(x) - kept - lost)


def depth_of(count: int) -> int:
    """Return the deepest level of the pyramid of so many points."""
    return 4 if count > _MANY else 3


def is_there() -> bool:
    """Return whether Datashader is installed, without importing it."""
    return importlib.util.find_spec("datashader") is not None


def check(z: int, x: int, y: int) -> None:
    """Raise ValueError when there is no such tile."""
    if not (0 <= z <= DEEPEST and 0 <= x < 1 << z and 0 <= y < 1 << z):
        raise ValueError(f"There is no tile {z}/{x}/{y}: levels are 0 to {DEEPEST}.")


def count(points: Points, z: int, x: int, y: int) -> "NDArray[Any]":
    """Return how many points are in each pixel of a tile: uint32 of (256, 256), the top row first.

    Raises
    ------
    ResourceError
        When Datashader is not installed.
    ValueError
        When there is no such tile.
    """
    check(z, x, y)
    size, row = 1 / (1 << z), (1 << z) - 1 - y
    return _aggregate(points, TILE, (x * size, (x + 1) * size), (row * size, (row + 1) * size))


def within(points: Points, z: int, x: int, y: int) -> Points:
    """Return the points of a tile alone."""
    size, row = 1 / (1 << z), (1 << z) - 1 - y
    found = (points.u > x * size) & (points.u < (x + 1) * size)
    found &= (points.v > row * size) & (points.v < (row + 1) * size)
    return Points(points.u[found], points.v[found], points.x, points.y)


def levels(points: Points, depth: int) -> "list[NDArray[Any]]":
    """Return the counts of all pixels at the levels 0 to `depth`, the top row first.

    Datashader counts the deepest one, each other is summed up from the next.
    """
    found = [_aggregate(points, TILE << depth, (0.0, 1.0), (0.0, 1.0))]
    for _ in range(depth):
        found.append(halved(found[-1]))
    return found[::-1]


def halved(counts: "NDArray[Any]") -> "NDArray[Any]":
    """Return the sums of each two by two."""
    rows = counts[::2] + counts[1::2]
    return rows[:, ::2] + rows[:, 1::2]  # type: ignore[no-any-return] # arrays of any kind


def _aggregate(
    points: Points, size: int, across: tuple[float, float], up: tuple[float, float]
) -> "NDArray[Any]":
    import numpy as np

    if not is_there():
        raise ResourceError(
            "Plots of very many points need Datashader: pip install squash-jenkins[datashader]"
        )
    datashader, pandas = import_module("datashader"), import_module("pandas")
    if not len(points):
        return np.zeros((size, size), np.uint32)
    frame = pandas.DataFrame({"u": points.u, "v": points.v}, copy=False)
    canvas = datashader.Canvas(size, size, x_range=across, y_range=up)
    counted = canvas.points(frame, "u", "v", agg=datashader.count())
    return np.ascontiguousarray(counted.values[::-1], dtype=np.uint32)


def cells(deepest: "NDArray[Any]") -> "NDArray[Any]":
    """Return the number of points in each cell of `CELL` by `CELL` pixels, the top row first."""
    found = deepest
    for _ in range(int(math.log2(CELL))):
        found = halved(found)
    return found


def runs(counts: "NDArray[Any]") -> list[int]:
    """Return counts row by row, in which -n stands for n empty ones: mostly much shorter."""
    import numpy as np

    flat = counts.ravel()
    filled = np.flatnonzero(flat)
    gaps = np.diff(filled, prepend=-1, append=len(flat)) - 1
    found: list[int] = []
    for gap, value in zip(gaps.tolist(), [*flat[filled].tolist(), None], strict=True):
        if gap:
            found.append(-gap)
        if value is not None:
            found.append(value)
    return found


def png(counts: "NDArray[Any]", most: int) -> bytes:
    """Return a tile as PNG; `most` is the largest count of its level, for all look alike then.

    Colours go with the logarithm of the count. Where a pixel holds a few points at most the
    palest are left out, or single points would hardly be seen. Where nothing is the tile is
    transparent.
    """
    return _encode(shades(counts, most)) if counts.any() else blank()


def shades(counts: "NDArray[Any]", most: int) -> "NDArray[Any]":
    """Return the place of each count among `colours`, uint8 of the same shape; see `png`."""
    import numpy as np

    reach = math.log(max(most, 2))
    first = 254 / (len(_STOPS) - 1) * max(0.0, 1 - reach / math.log(_FEW))
    with np.errstate(divide="ignore"):
        place = first + np.log(counts) * ((254 - first) / reach)
    return np.where(counts > 0, np.clip(place, 0, 254) + 1, 0).astype(np.uint8)


@lru_cache(maxsize=1)
def blank() -> bytes:
    """Return the tile where nothing is."""
    import numpy as np

    return _encode(np.zeros((TILE, TILE), np.uint8))


def _encode(indices: "NDArray[Any]") -> bytes:
    from PIL import Image

    image = Image.fromarray(indices)
    palette = colours()
    image.putpalette([part for colour in palette for part in colour[:3]])
    file = io.BytesIO()
    image.save(file, "PNG", transparency=bytes(colour[3] for colour in palette), compress_level=6)
    return file.getvalue()


@lru_cache(maxsize=1)
def colours() -> Sequence[tuple[int, ...]]:
    """Return 256 colours with their opacity; the first is none."""
    found: list[tuple[int, ...]] = [(0, 0, 0, 0)]
    for at in range(255):
        whole, part = divmod(at / 254 * (len(_STOPS) - 1), 1)
        one, next_one = _STOPS[int(whole)], _STOPS[min(int(whole) + 1, len(_STOPS) - 1)]
        found.append(tuple(round(a + (b - a) * part) for a, b in zip(one, next_one, strict=True)))
    return found


def pyramid(counted: "Sequence[NDArray[Any]]") -> Iterator[tuple[int, int, int, bytes]]:
    """Yield z, x, y and the PNG of every tile of `levels`; where nothing is a blank one."""
    for z, counts in enumerate(counted):
        most = int(counts.max())
        sides = counts.reshape(1 << z, TILE, 1 << z, TILE)
        for y in range(1 << z):
            for x in range(1 << z):
                yield z, x, y, png(sides[y, :, x], most)
