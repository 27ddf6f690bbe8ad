"""Verify what blocks of builds measured, without an object for each value."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from squash_jenkins.analysis.specifications.timeline import SpecificationSets, Timeline
from squash_jenkins.analysis.specifications.verdicts import Verdict
from squash_jenkins.models import SeriesId, SeriesInUnit, Specification
from squash_jenkins.store import DefinitionReader
from squash_jenkins.store.block_arrays import BlockArrays
from squash_jenkins.verification.measurements import Line, Verified, verified

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SeriesBlock:
    """Hold what the builds of a block measured of one series; all is in the order of the builds.

    Attributes
    ----------
    values
        Shape (builds,); NaN is not measured.
    codes
        Shape (builds,): index into `words`, the statuses; -1 where a build does not report it.
    limits
        From which place on which limits apply.
    picked
        Shape (builds,): index into `verdicts`; -1 as in `codes`.

    """

    name: SeriesInUnit
    values: "NDArray[np.float64]"
    codes: "NDArray[np.int8]"
    words: Sequence[str]
    limits: Sequence[tuple[int, Sequence[Line]]]
    picked: "NDArray[np.int32]"
    verdicts: Sequence[Sequence[Verdict]]

    def verified(self, place: int, build: int) -> Verified | None:
        """Return what the build (key) at a place measured; None where it reports nothing of it.

        The verdicts' distances are those of another value.
        """
        code, value, name = int(self.codes[place]), float(self.values[place]), self.name
        if code < 0:
            return None
        return Verified(
            build,
            0,
            name.id,
            None if math.isnan(value) else value,
            name.unit or None,
            self.verdicts[int(self.picked[place])],
            self.words[code],
        )


class Blocks:
    """Verify blocks; what series and builds have in common is verified once."""

    def __init__(self, reader: DefinitionReader) -> None:
        self._reader = reader
        self._sets = SpecificationSets()
        self._rules: dict[tuple[SeriesInUnit, int], _Rule] = {}

    def of(self, arrays: BlockArrays, builds: Sequence[tuple[int, datetime]]) -> "VerifiedBlock":
        """Return a block whose series are verified once they are asked for.

        `builds` are the keys and starts of its builds in the order that is wanted.
        """
        missing = self._sets.missing(arrays.origins)
        if missing:
            self._sets.add(self._reader.specification_sets(missing))
        timeline = Timeline(self._sets, arrays.origins, [start for _, start in builds])
        return VerifiedBlock(self, arrays, builds, timeline)

    def series(
        self,
        name: SeriesInUnit,
        values: "NDArray[np.float64]",
        origin: "NDArray[np.int32]",
        timeline: Timeline,
    ) -> SeriesBlock:
        """Return one series of a block; see `VerifiedBlock`."""
        import numpy as np

        codes = np.full(len(values), -1, dtype=np.int8)
        picked = np.full(len(values), -1, dtype=np.int32)
        words: dict[str, int] = {}
        verdicts: list[Sequence[Verdict]] = []
        limits: list[tuple[int, Sequence[Line]]] = []
        for places, specifications in timeline.segments(name.id, origin):
            rule = self._rule(name, specifications)
            kinds, of_kinds = rule.kinds(values[places])
            picked[places] = kinds + len(verdicts)
            own_words = [words.setdefault(each.status, len(words)) for each in of_kinds]
            codes[places] = np.array(own_words, dtype=np.int8)[kinds]
            verdicts += [each.verdicts for each in of_kinds]
            if not limits or limits[-1][1] != rule.lines:
                limits.append((int(places[0]), rule.lines))
        return SeriesBlock(name, values, codes, list(words), limits, picked, verdicts)

    def _rule(self, name: SeriesInUnit, specifications: Sequence[Specification]) -> "_Rule":
        key = (name, id(specifications))  # the timeline's: they stay, so no other gets the id
        if key not in self._rules:
            self._rules[key] = _Rule(name, specifications)
        return self._rules[key]


class VerifiedBlock:
    """Hold a block, the columns in the order of its builds; a series is verified once asked for.

    Parameters
    ----------
    blocks
        Verifies the series.
    arrays
        The block.
    builds
        Keys and starts (UTC) of its builds, in order.
    timeline
        Knows which specifications apply to these builds.

    """

    def __init__(
        self,
        blocks: Blocks,
        arrays: BlockArrays,
        builds: Sequence[tuple[int, datetime]],
        timeline: Timeline,
    ) -> None:
        import numpy as np

        columns = [arrays.places[key] for key, _ in builds]
        self._blocks, self._timeline = blocks, timeline
        self._keys = [key for key, _ in builds]
        self._values, self._origin = arrays.values[:, columns], arrays.origin[:, columns]
        reported = np.flatnonzero((self._origin >= 0).any(axis=1)).tolist()
        rows = ((arrays.series[at], at) for at in reported)
        self._rows = sorted(rows, key=lambda row: row[0].by_metric)
        self._places = dict(self._rows)
        self._verified: dict[int, SeriesBlock] = {}

    @property
    def all(self) -> list[SeriesBlock]:
        """Return every series, sorted by name."""
        return [self._series(name, at) for name, at in self._rows]

    @property
    def names(self) -> list[SeriesInUnit]:
        """Return the names of all series, sorted; nothing is verified for that."""
        return [name for name, _ in self._rows]

    def exactly(self, name: SeriesInUnit) -> SeriesBlock | None:
        """Return the series of a name, None where no build of the block reports it."""
        at = self._places.get(name)
        return None if at is None else self._series(name, at)

    def named(self, wanted: SeriesId) -> list[SeriesBlock]:
        """Return a series; more than one block where builds differ in unit."""
        return [self._series(name, at) for name, at in self._rows if name.id == wanted]

    def values(self, name: SeriesInUnit) -> "NDArray[np.float64] | None":
        """Return what the builds measured of a series, NaN for nothing; nothing is verified."""
        at = self._places.get(name)
        return None if at is None else self._values[at]

    @property
    def reported(self) -> dict[int, set[tuple[str, str]]]:
        """Return by build (key) the datasets and filters of which it reports anything."""
        import numpy as np

        found: dict[int, set[tuple[str, str]]] = {key: set() for key in self._keys}
        for name, at in self._rows:
            place = (name.id.dataset, name.id.filter)
            for column in np.flatnonzero(self._origin[at] >= 0).tolist():
                found[self._keys[column]].add(place)
        return found

    @property
    def empty(self) -> list[int]:
        """Return the builds (keys) that report a series without a value."""
        import numpy as np

        empty = (self._origin >= 0) & np.isnan(self._values)
        return [self._keys[column] for column in np.flatnonzero(empty.any(axis=0)).tolist()]

    def _series(self, name: SeriesInUnit, at: int) -> SeriesBlock:
        if at not in self._verified:
            row = (self._values[at], self._origin[at])
            self._verified[at] = self._blocks.series(name, *row, self._timeline)
        return self._verified[at]


class _Rule:
    """Verify values of one series by the specifications that apply, each kind of value once.

    Values between the same two limits have the same status.
    """

    def __init__(self, name: SeriesInUnit, specifications: Sequence[Specification]) -> None:
        self._name, self._specifications = name, specifications
        self.lines = self._verify(None).lines
        self._limits = sorted({line.limit for line in self.lines})
        self._verified: dict[int, Verified] = {}

    def kinds(self, values: "NDArray[np.float64]") -> "tuple[NDArray[np.intp], Sequence[Verified]]":
        """Return the kind of each value, counted from 0, and one verified value of each kind."""
        import numpy as np

        limits = np.array(self._limits)
        kinds = np.searchsorted(limits, values, "left") + np.searchsorted(limits, values, "right")
        kinds[np.isnan(values)] = -1
        found, places, numbers = np.unique(kinds, return_index=True, return_inverse=True)
        for kind, place in zip(found.tolist(), places.tolist(), strict=True):
            if kind not in self._verified:
                self._verified[kind] = self._verify(None if kind == -1 else float(values[place]))
        return numbers, [self._verified[kind] for kind in found.tolist()]

    def _verify(self, value: float | None) -> Verified:
        name = self._name
        return verified(0, 0, name.id, value, name.unit or None, self._specifications)
