"""The measurements of a block of builds as arrays: one read instead of thousands of rows.

A block contains the builds of a job with the same `number // BLOCK`. The arrays are derived from
the measurements; missing and outdated ones are computed again, so they can be deleted at any time.
"""

import json
import math
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from squash_jenkins.models import JsonObject, SeriesId, SeriesInUnit
from squash_jenkins.store.rows import ReportedMeasurement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 64
"""Numbers of builds in a block."""
_HEAD = 8
_FORMAT = 1
"""Increase it when the bytes change, and delete all rows of the table in a migration."""


class Origin(NamedTuple):
    """What selects the specifications of measurements: a report's set, and its terms as JSON."""

    specification_set: int | None
    terms: str

    @property
    def as_object(self) -> JsonObject:
        """Return the terms."""
        found: JsonObject = json.loads(self.terms)
        return found


@dataclass(frozen=True)
class BlockArrays:
    """The measurements of one block.

    Attributes
    ----------
    builds
        Keys of its builds.
    series, origins
        The rows of the arrays, and what the numbers in `origin` refer to.
    values
        Shape (series, builds); NaN means not measured.
    origin
        Shape (series, builds): index into `origins`, -1 where the build does not have the series.

    """

    builds: Sequence[int]
    series: Sequence[SeriesInUnit]
    origins: Sequence[Origin]
    values: "NDArray[np.float64]"
    origin: "NDArray[np.int32]"

    @cached_property
    def places(self) -> dict[int, int]:
        """The column of each build by its key."""
        return {key: at for at, key in enumerate(self.builds)}

    def encoded(self) -> bytes:
        """Return it as bytes."""
        import numpy as np

        series = [each.by_metric for each in self.series]
        head = json.dumps([_FORMAT, list(self.builds), series, self.origins]).encode()
        values = np.ascontiguousarray(self.values, dtype="<f8").tobytes()
        origin = np.ascontiguousarray(self.origin, dtype="<i4").tobytes()
        return zlib.compress(len(head).to_bytes(_HEAD, "little") + head + values + origin, 1)


def decoded(content: bytes) -> BlockArrays | None:
    """Decode the bytes of `BlockArrays.encoded`; None if they are broken or of another version."""
    try:
        return _decoded(zlib.decompress(content))
    except (zlib.error, ValueError, TypeError):
        return None


def _decoded(whole: bytes) -> BlockArrays:
    import numpy as np

    end = _HEAD + int.from_bytes(whole[:_HEAD], "little")
    version, builds, series, origins = json.loads(whole[_HEAD:end])
    if version != _FORMAT:
        raise ValueError(f"the arrays have format {version}")
    shape = (len(series), len(builds))
    size = shape[0] * shape[1]
    values = np.frombuffer(whole, "<f8", size, end).reshape(shape)
    origin = np.frombuffer(whole, "<i4", size, end + 8 * size).reshape(shape)
    names = [series_in_unit(*each) for each in series]
    return BlockArrays(builds, names, [Origin(*each) for each in origins], values, origin)


def updated(
    builds: Sequence[int],
    changed: Collection[int],
    rows: Iterable[ReportedMeasurement],
    old: BlockArrays,
) -> BlockArrays:
    """Return a block with new measurements of some of its builds; the others are as in `old`.

    A build may have a series twice, as a program may post a value again: the last one counts that
    was measured.

    Parameters
    ----------
    builds
        Keys of all builds of the block.
    changed
        Keys of the builds with new measurements.
    rows
        All measurements of these, in the order of their reports.
    old
        The block before, perhaps empty.

    """
    import numpy as np

    cells = _Cells(old, builds)
    for row in _chosen(rows):
        cells.add(row)
    shape = (len(cells.names), len(builds))
    values, origin = np.full(shape, np.nan), np.full(shape, -1, dtype=np.int32)
    kept = [key for key in builds if key in old.places and key not in set(changed)]
    to, where = [cells.places[key] for key in kept], [old.places[key] for key in kept]
    values[: len(old.series), to] = old.values[:, where]
    origin[: len(old.series), to] = old.origin[:, where]
    values[cells.rows, cells.columns] = cells.values
    origin[cells.rows, cells.columns] = cells.sources
    # A series that got another name leaves an empty row.
    filled = np.flatnonzero((origin >= 0).any(axis=1))
    names = list(cells.names)
    series = [names[at] for at in filled.tolist()]
    return BlockArrays(list(builds), series, list(cells.origins), values[filled], origin[filled])


def empty() -> BlockArrays:
    """Return a block without builds."""
    import numpy as np

    return BlockArrays([], [], [], np.empty((0, 0)), np.empty((0, 0), dtype=np.int32))


@lru_cache(maxsize=1 << 14)
def series_in_unit(metric: str, dataset: str, filter_: str, level: str, unit: str) -> SeriesInUnit:
    """Return a series; blocks share the objects, so that comparing them is fast."""
    return SeriesInUnit(SeriesId(dataset, filter_, metric, level), unit)


class _Cells:
    """New values, and the cells that they belong in."""

    def __init__(self, old: BlockArrays, builds: Sequence[int]) -> None:
        self.names = {name: at for at, name in enumerate(old.series)}
        self.origins = {origin: at for at, origin in enumerate(old.origins)}
        self.places = {key: at for at, key in enumerate(builds)}
        self.rows: list[int] = []
        self.columns: list[int] = []
        self.values: list[float] = []
        self.sources: list[int] = []
        self._terms: dict[int, str] = {}

    def add(self, row: ReportedMeasurement) -> None:
        name = series_in_unit(
            row.metric, row.dataset or "", row.filter or "", row.level, row.unit or ""
        )
        source = Origin(row.specification_set, self._text(row.terms))
        self.rows.append(self.names.setdefault(name, len(self.names)))
        self.columns.append(self.places[row.build])
        self.values.append(math.nan if row.value is None else row.value)
        self.sources.append(self.origins.setdefault(source, len(self.origins)))

    def _text(self, terms: JsonObject) -> str:
        """Return terms as text; rows of one report share the object, and all stay alive."""
        known = self._terms.get(id(terms))
        if known is None:
            known = self._terms[id(terms)] = json.dumps(terms, sort_keys=True)
        return known


def _chosen(rows: Iterable[ReportedMeasurement]) -> list[ReportedMeasurement]:
    found: dict[tuple[object, ...], ReportedMeasurement] = {}
    for row in rows:
        key = (row.build, row.metric, row.dataset, row.filter, row.level)
        if row.value is not None or key not in found:
            found[key] = row
    return list(found.values())
