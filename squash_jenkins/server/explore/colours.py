"""Count points per pixel with Datashader, and colour the pixels."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
import pandas
from numpy.typing import NDArray

from squash_jenkins.render.pooled import tiles
from squash_jenkins.server.explore.choice import Scale
from squash_jenkins.server.explore.offers import Kind

_shader: Any = import_module("datashader")  # it has no types
_FAINTEST = 0.45
"""Opacity of a pixel with one point, when coloured by words."""
_OTHERS = "#8a94a3"
_MIDDLE = (2, 98)
"""Percentiles of the pixels' means that the colours span, so that outliers hide nothing."""


@dataclass(frozen=True)
class WordColours:
    """The colours of words (``#rrggbb``), most frequent words first."""

    words: Sequence[str]

    def of(self, count: int) -> list[str]:
        """Return `count` colours, and one for other words."""
        return [*(self.words[at % len(self.words)] for at in range(count)), _OTHERS]


@dataclass(frozen=True)
class Legend:
    """What the colours mean.

    `kind` is ``count`` (`high` is the most points in a pixel), ``number`` (`low` and `high` are
    the means of pixels at the ends of the scale) or ``word``.
    """

    kind: str
    low: float = 0.0
    high: float = 0.0
    words: list[tuple[str, str, int]] = field(default_factory=list)
    """Words, their colours, and their numbers of points in the view."""


class PixelSums:
    """Sums of what falls into each pixel.

    Parameters
    ----------
    kind
        What to colour by; None for the number of points.
    words
        The words with a colour of their own.
    pixels
        Width and height.
    view
        Left, right, bottom and top.
    scales
        Of x and y.

    """

    def __init__(
        self,
        kind: Kind | None,
        words: tuple[str, ...],
        pixels: tuple[int, int],
        view: tuple[float, float, float, float],
        scales: tuple[Scale, Scale] = ("linear", "linear"),
    ) -> None:
        self._kind, self._words = kind, words
        left, right, bottom, top = view
        self._canvas = _shader.Canvas(
            plot_width=pixels[0],
            plot_height=pixels[1],
            x_range=(float(left), float(right)),
            y_range=(float(bottom), float(top)),
            x_axis_type=scales[0],
            y_axis_type=scales[1],
        )
        depth = len(words) + 1 if kind == "word" else 1
        self._counts: NDArray[Any] = np.zeros((pixels[1], pixels[0], depth), np.uint32)
        self._sums: NDArray[Any] = np.zeros((pixels[1], pixels[0]), np.float64)
        self.shown = 0

    def add(self, x: NDArray[Any], y: NDArray[Any], colour: NDArray[Any] | None) -> None:
        """Add points; points with NaN coordinates are ignored."""
        if not len(x):
            return
        frame = pandas.DataFrame({"x": x, "y": y}, copy=False)
        if self._kind == "word":
            make: Any = (
                pandas.Categorical.from_codes
            )  # its type hints are narrower than what it accepts
            frame["c"] = make(colour, range(len(self._words) + 1))
            found = self._points(frame, _shader.by("c", _shader.count()))
            self._counts += found.data
        elif self._kind == "number":
            frame["c"] = colour
            both = _shader.summary(n=_shader.count("c"), s=_shader.sum("c"))
            found = self._points(frame, both)
            self._counts[:, :, 0] += found["n"].data
            self._sums += np.nan_to_num(found["s"].data, posinf=0, neginf=0)
        else:
            self._counts[:, :, 0] += self._points(frame, _shader.count()).data
        self.shown = int(self._counts.sum(dtype=np.int64))

    def _points(self, frame: pandas.DataFrame, how: Any) -> Any:
        return self._canvas.points(frame, "x", "y", how)

    def coloured(self, colours_of_words: WordColours) -> tuple[NDArray[Any], Legend]:
        """Return the picture, see `Picture.image`, and its legend."""
        if self._kind == "word":
            return self._by_word(colours_of_words)
        palette = np.array(tiles.colours(), np.uint8)
        counts = self._counts[:, :, 0]
        if self._kind is None:
            most = int(counts.max())
            return _packed(palette[tiles.shades(counts, most)]), Legend("count", high=most)
        filled = counts > 0
        means = np.divide(self._sums, counts, out=np.zeros_like(self._sums), where=filled)
        low, high = np.percentile(means[filled], _MIDDLE) if filled.any() else (0.0, 0.0)
        place = np.clip((means - low) / ((high - low) or 1.0), 0, 1) * 254 + 1
        colours = palette[np.where(filled, place, 0).astype(np.uint8)]
        colours[:, :, 3] = np.where(filled, 255, 0)
        return _packed(colours), Legend("number", float(low), float(high))

    def _by_word(self, palette: WordColours) -> tuple[NDArray[Any], Legend]:
        """Mix the colours of the words in each pixel; more points make it more opaque."""
        names = palette.of(len(self._words))
        total = self._counts.sum(axis=2, dtype=np.int64)
        rgb = np.array([[int(name[at : at + 2], 16) for at in (1, 3, 5)] for name in names], float)
        shares = self._counts / np.maximum(total, 1)[:, :, None]
        reach = np.log(max(int(total.max()), 2))
        opacity = _FAINTEST + (1 - _FAINTEST) * np.log(np.maximum(total, 1)) / reach
        colours = np.empty((*total.shape, 4), np.uint8)
        colours[:, :, :3] = shares @ rgb
        colours[:, :, 3] = np.where(total > 0, opacity * 255, 0)
        counts = self._counts.sum(axis=(0, 1), dtype=np.int64).tolist()
        rows = list(zip([*self._words, "others"], names, counts, strict=True))
        return _packed(colours), Legend("word", words=rows if counts[-1] else rows[:-1])


def _packed(colours: NDArray[Any]) -> NDArray[Any]:
    """Return the four bytes of each pixel as one number."""
    return np.ascontiguousarray(colours).view("<u4")[:, :, 0]
