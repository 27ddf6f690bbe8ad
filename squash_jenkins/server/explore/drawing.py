"""Draw the selected points piece by piece, so that memory and time stay bounded."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from squash_jenkins.errors import StoreError, StoreUnreachable
from squash_jenkins.render.pooled.pooled import newest_within
from squash_jenkins.render.pooled.pools import Part
from squash_jenkins.server.explore.choice import Choice, Filter, Scale, Spot
from squash_jenkins.server.explore.colours import Legend, PixelSums, WordColours
from squash_jenkins.server.explore.columns import Column, Columns
from squash_jenkins.server.explore.nearest import Nearest, Row
from squash_jenkins.server.explore.offers import Offer

MAX_ROWS = 100_000_000
"""Most rows drawn, newest builds first."""
BATCH = 1 << 21
"""Rows drawn in one go; in between it is checked whether anybody still waits."""
CLASSES = 8
"""Words with a colour of their own: the most frequent ones."""
_OFFERED = 200
"""Words of a column that are offered."""
_CENSUSES = 32
_MARGIN = 0.02
"""Margin on each side, as a share of the range."""
Stop = Callable[[], bool]
_Points = tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None]


class Stopped(Exception):
    """Raised when nobody waits for the picture any more."""


@dataclass(frozen=True)
class Picture:
    """A picture and what the page shows about it.

    Attributes
    ----------
    image
        Colours as uint32 (red in the lowest byte, opacity in the highest), the lowest row first.
    view
        Its left, right, bottom and top, in the units of the columns.
    whole
        Whether `view` holds all points that pass the filters.
    rows, selected, shown
        Rows in total, rows that pass the filters, and rows in the view.

    """

    image: NDArray[Any]
    view: tuple[float, float, float, float]
    whole: bool
    rows: int
    selected: int
    shown: int
    builds: int
    legend: Legend
    words: dict[str, list[tuple[str, int]]]
    left_out: list[tuple[int, str]] = field(default_factory=list)


class Drawing:
    """Draws choices; may be shared by threads.

    Parameters
    ----------
    columns
        Columns of tables.
    palette
        Colours of words.

    """

    def __init__(self, columns: Columns, palette: WordColours, most: int = MAX_ROWS) -> None:
        self._columns, self._palette, self._most = columns, palette, most
        self._censuses: LRUCache[tuple[str, str], Counter[str]] = LRUCache(_CENSUSES)

    def draw(self, offer: Offer, choice: Choice, stop: Stop = lambda: False) -> Picture:
        """Return the picture of a choice.

        Raises
        ------
        Stopped
            When `stop` returns true.

        """
        parts, left_out = newest_within(offer.parts, self._most)
        parts, faults = self._readable(parts, choice.names, stop)
        counted = {
            name: self._census(offer, parts, name, stop)
            for name in dict.fromkeys([choice.colour, *(each.column for each in choice.filters)])
            if offer.kinds.get(name) == "word"
        }
        found: Counter[str] = counted.get(choice.colour, Counter())
        words = tuple(word for word, _ in found.most_common(CLASSES))
        pieces = _Pieces(self._columns, parts, choice, words, stop)
        scales = choice.xscale, choice.yscale
        view = choice.view or _spread(pieces.span(), scales)
        sums = PixelSums(offer.kinds.get(choice.colour), words, choice.pixels, view, scales)
        selected = 0
        for x, y, colour in pieces.batches():
            selected += len(x)
            sums.add(x, y, colour)
        image, legend = sums.coloured(self._palette)
        words_of = {name: found.most_common(_OFFERED) for name, found in counted.items()}
        rows = sum(part.rows for part in parts)
        whole = choice.view is None
        left = sorted([*left_out, *faults])
        return Picture(
            image, view, whole, rows, selected, sums.shown, len(parts), legend, words_of, left
        )

    def near(self, offer: Offer, spot: Spot, stop: Stop = lambda: False) -> tuple[list[Row], int]:
        """Return the nearest rows to a place, and how many there are within reach.

        Raises
        ------
        Stopped
            When `stop` returns true.

        """
        choice, found = spot.choice, Nearest(spot)
        parts, _ = newest_within(offer.parts, self._most)
        for part in self._readable(parts, choice.names, stop)[0]:
            columns = self._columns.of(part, choice.names)
            for start in range(0, part.rows, BATCH):
                _check(stop)
                rows = slice(start, start + BATCH)
                found.add(part.number, columns, rows, _passing(columns, choice, rows))
        return found.rows, found.within

    def _readable(
        self, parts: Sequence[Part], names: Sequence[str], stop: Stop
    ) -> tuple[list[Part], list[tuple[int, str]]]:
        """Read all parts; return those that could be read, and why others could not."""
        kept: list[Part] = []
        faults: list[tuple[int, str]] = []
        for part in parts:
            _check(stop)
            try:
                self._columns.of(part, names)
                kept.append(part)
            except StoreUnreachable:
                raise
            except StoreError as error:
                faults.append((part.number, str(error)))
        return kept, faults

    def _census(self, offer: Offer, parts: Sequence[Part], name: str, stop: Stop) -> Counter[str]:
        """Return the number of rows per word in a column."""
        key = (offer.key, name)
        found = self._censuses.get(key)
        if found is None:
            found = Counter()
            for part in parts:
                _check(stop)
                found.update(_words(self._columns.of(part, [name])[name]))
            self._censuses[key] = found
        return found


class _Pieces:
    """The selected points, in pieces of bounded size."""

    def __init__(
        self,
        columns: Columns,
        parts: Sequence[Part],
        choice: Choice,
        words: tuple[str, ...],
        stop: Stop,
    ) -> None:
        self._columns, self._parts, self._choice = columns, parts, choice
        self._words, self._stop = words, stop

    def batches(self) -> Iterator[_Points]:
        """Yield x, y and colour of the points that pass the filters."""
        waiting: list[_Points] = []
        for points in self._slices():
            waiting.append(points)
            if sum(len(x) for x, _, _ in waiting) >= BATCH:
                yield _joined(waiting)
                waiting = []
        if waiting:
            yield _joined(waiting)

    def span(self) -> tuple[float, float, float, float]:
        """Return the least and largest finite x and y of the points that pass the filters."""
        least, most = np.full(2, np.inf), np.full(2, -np.inf)
        for x, y, _ in self._slices():
            known = np.isfinite(x) & np.isfinite(y)
            for at, values in enumerate((x, y)):
                least[at] = np.min(values, where=known, initial=least[at])
                most[at] = np.max(values, where=known, initial=most[at])
        return float(least[0]), float(most[0]), float(least[1]), float(most[1])

    def _slices(self) -> Iterator[_Points]:
        for part in self._parts:
            found = self._columns.of(part, self._choice.names)
            for start in range(0, part.rows, BATCH):
                _check(self._stop)
                yield self._slice(found, slice(start, start + BATCH))

    def _slice(self, found: dict[str, Column], rows: slice) -> _Points:
        choice = self._choice
        mask = _passing(found, choice, rows)
        x = _on_scale(found[choice.x].values[rows][mask], choice.xscale)
        y = _on_scale(found[choice.y].values[rows][mask], choice.yscale)
        if not choice.colour:
            return x, y, None
        column = found[choice.colour]
        colours = column.values[rows][mask]
        return x, y, colours if column.words is None else _classes(column, colours, self._words)


def _passing(found: dict[str, Column], choice: Choice, rows: slice) -> Any:
    """Return what selects those of some rows that pass all filters."""
    kept = [_passes(found[each.column], each, rows) for each in choice.active]
    return np.logical_and.reduce(kept) if kept else slice(None)


def _on_scale(values: NDArray[Any], scale: Scale) -> NDArray[Any]:
    """Return values without those that have no place on a logarithmic axis: NaN for these."""
    return values if scale == "linear" else np.where(values > 0, values, np.nan)


def _passes(column: Column, filter: Filter, rows: slice) -> NDArray[Any]:
    """Return for each row whether it passes a filter."""
    values = column.values[rows]
    if column.words is not None:
        wanted = set(filter.words)
        fits = np.array(
            [*(word in wanted for word in column.words), False]
        )  # the last one: no word
        return np.asarray(fits[values])
    kept: NDArray[Any] = np.isfinite(values)
    if filter.low is not None:
        kept &= values >= filter.low
    if filter.high is not None:
        kept &= values <= filter.high
    return kept


def _classes(column: Column, places: NDArray[Any], words: tuple[str, ...]) -> NDArray[Any]:
    """Return for each row the index of its word in `words`; `len(words)` for others."""
    known = {word: at for at, word in enumerate(words)}
    new = [known.get(word, len(words)) for word in column.words or ()]
    recoded: NDArray[Any] = np.array([*new, len(words)], np.int8)[places]
    return recoded


def _words(column: Column) -> dict[str, int]:
    """Return the number of rows per word."""
    if column.words is None:
        return {}
    counts = np.bincount(column.values[column.values >= 0], minlength=len(column.words))
    return dict(zip(column.words, counts.tolist(), strict=True))


def _joined(points: Sequence[_Points]) -> _Points:
    if len(points) == 1:
        return points[0]
    colours = [colour for _, _, colour in points if colour is not None]
    x, y = (np.concatenate([each[at] for each in points]) for at in (0, 1))
    return x, y, np.concatenate(colours) if colours else None


def _spread(
    span: tuple[float, float, float, float], scales: tuple[Scale, Scale]
) -> tuple[float, float, float, float]:
    """Return a view of the range with a margin; a default view if it is empty."""
    left, right, bottom, top = span
    return (*_ends(left, right, scales[0]), *_ends(bottom, top, scales[1]))


def _ends(low: float, high: float, scale: Scale) -> tuple[float, float]:
    if low > high:
        return (0.0, 1.0) if scale == "linear" else (1.0, 10.0)
    if scale == "log":
        room = (high / low) ** _MARGIN if high > low else 10**_MARGIN
        return low / room, high * room
    margin = (high - low) * _MARGIN or abs(low) * _MARGIN or 0.5
    return low - margin, high + margin


def _check(stop: Stop) -> None:
    if stop():
        raise Stopped
