"""Read columns of tables on demand, and cache the most recently used within a bound."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from squash_jenkins.errors import StoreError
from squash_jenkins.render.pooled.pools import BUILD, Part
from squash_jenkins.render.site.tables import Tables
from squash_jenkins.server.explore.offers import kind_of

KEPT_BYTES = 2 << 30
"""Most bytes of cached columns; 10⁸ rows of five columns are 2 · 10⁹ bytes."""


@dataclass(frozen=True)
class Column:
    """A column of one table.

    Attributes
    ----------
    values
        One number per row: float32, or with `words` their indexes (int32), -1 for none.

    """

    values: NDArray[Any]
    words: tuple[str, ...] | None = None


class Columns:
    """Columns of tables; may be shared by threads.

    Each column of each build is read once, whoever draws it, and cached while there is room.
    """

    def __init__(self, tables: Tables, most: int = KEPT_BYTES) -> None:
        self._tables = tables
        self._kept: LRUCache[tuple[str, str], Column]
        self._kept = LRUCache(most, getsizeof=lambda column: column.values.nbytes)
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> float:
        """Return the bytes of cached columns."""
        return self._kept.currsize

    def of(self, part: Part, names: Sequence[str]) -> dict[str, Column]:
        """Return columns of one build, each with `part.rows` rows.

        Raises
        ------
        StoreError
            When the table or a column cannot be read.

        """
        with self._lock:  # one thread reads at a time, to limit memory
            missing = [
                name for name in names if name != BUILD and (part.digest, name) not in self._kept
            ]
            found = self._read(part, missing) if missing else {}
            for name in set(names) - set(missing) - {BUILD}:
                found[name] = self._kept[part.digest, name]
            for name in missing:
                with suppress(ValueError):  # larger than everything that may be kept
                    self._kept[part.digest, name] = found[name]
        if BUILD in names:
            found[BUILD] = Column(np.full(part.rows, part.number, np.float32))
        return found

    def _read(self, part: Part, names: Sequence[str]) -> dict[str, Column]:
        table = self._tables.table(part.digest, names)
        if table.num_rows != part.rows:
            raise StoreError(
                f"The blob {part.digest} has {table.num_rows} rows, not {part.rows}: ingest its "
                "build from Jenkins again."
            )
        return {name: _column(table, name, part) for name in names}


def _column(table: Any, name: str, part: Part) -> Column:
    kind, values = kind_of(table.schema.field(name)), table[name]
    if kind is None:
        raise StoreError(f"The blob {part.digest} has no numbers or words in the column {name}.")
    if kind == "number":
        with np.errstate(over="ignore"):
            return Column(values.to_numpy().astype(np.float32))
    coded = values.cast("string").combine_chunks().dictionary_encode()
    places = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return Column(places.astype(np.int32), tuple(coded.dictionary.to_pylist()))
