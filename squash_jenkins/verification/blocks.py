"""Give what blocks of builds measured, with status and limits, without an object for each value."""

import math
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from squash_jenkins.analysis.specifications.applicable import Verdict
from squash_jenkins.models import SeriesId, SeriesInUnit, Specification
from squash_jenkins.store import Reader
from squash_jenkins.store.block_arrays import Origin, Pack
from squash_jenkins.store.rows import MeasurementRow, ReportRow
from squash_jenkins.verification.measurements import Judge, Judged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Line = tuple[str, float, str]
"""Level, number and label of a limit."""


@dataclass(frozen=True, slots=True)
class SeriesBlock:
    """Hold what the builds of a block measured of one series; all is in the order of the builds.

    Attributes
    ----------
    values
        Shape (builds,); NaN is not measured.
    codes
        Shape (builds,): index into `words`, the statuses; -1 where a build says nothing of it.
    limits
        From which place on which limits hold.
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

    def judged(self, place: int, build: int) -> Judged | None:
        """Return what the build (key) at a place measured; None where it says nothing of it.

        Of the verdicts the distances are not told.
        """
        code, value, name = int(self.codes[place]), float(self.values[place]), self.name
        if code < 0:
            return None
        return Judged(
            build,
            0,
            name.id,
            None if math.isnan(value) else value,
            name.unit or None,
            self.verdicts[int(self.picked[place])],
            self.words[code],
        )


class Blocks:
    """Judge packs; what series and builds have in common is judged once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._judge = Judge()
        self._sets: dict[int | None, Sequence[Specification]] = {}
        self._dates: list[datetime] = []
        self._rules: dict[tuple[SeriesInUnit, Origin, int], _Rule] = {}

    def of(self, pack: Pack, builds: Sequence[tuple[int, datetime]]) -> "JudgedPack":
        """Return a block that is judged when it is asked.

        `builds` are the keys and starts of its builds in the order that is wanted.
        """
        self._learn({origin.specification_set for origin in pack.origins})
        eras = [bisect_right(self._dates, start) for _, start in builds]
        return JudgedPack(self, pack, builds, eras)

    def _learn(self, sets: Collection[int | None]) -> None:
        new = [each for each in sets if each not in self._sets]
        if not new:
            return
        self._sets.update(self._reader.definitions.specification_sets(new))
        dates = {
            date
            for own in self._sets.values()
            for each in own
            for date in (each.since, each.until)
            if date is not None
        }
        if sorted(dates) != self._dates:
            self._dates = sorted(dates)
            self._rules.clear()  # eras are counted anew

    def series(
        self,
        name: SeriesInUnit,
        values: "NDArray[np.float64]",
        origin: "NDArray[np.int32]",
        origins: Sequence[Origin],
        eras: "NDArray[np.int32]",
        starts: Sequence[datetime],
    ) -> SeriesBlock:
        """Return one series of a block; see `JudgedPack`."""
        import numpy as np

        codes = np.full(len(values), -1, dtype=np.int8)
        picked = np.full(len(values), -1, dtype=np.int32)
        words: dict[str, int] = {}
        verdicts: list[Sequence[Verdict]] = []
        limits: list[tuple[int, Sequence[Line]]] = []
        for places in _stretches(origin, eras):
            first = int(places[0])
            key = (name, origins[origin[first]], int(eras[first]))
            if key not in self._rules:
                own = self._sets[key[1].specification_set]
                self._rules[key] = _Rule(self._judge, name, key[1], starts[first], own)
            rule = self._rules[key]
            kinds, of_kinds = rule.kinds(values[places])
            picked[places] = kinds + len(verdicts)
            own_words = [words.setdefault(each.status, len(words)) for each in of_kinds]
            codes[places] = np.array(own_words, dtype=np.int8)[kinds]
            verdicts += [each.verdicts for each in of_kinds]
            if not limits or limits[-1][1] != rule.lines:
                limits.append((first, rule.lines))
        return SeriesBlock(name, values, codes, list(words), limits, picked, verdicts)


class JudgedPack:
    """Hold a block, the columns in the order of its builds; each series is judged once asked for.

    Parameters
    ----------
    blocks
        Who judges.
    pack
        The block.
    builds
        Keys and starts (UTC) of its builds, in order.
    eras
        One number for each build: other specifications may hold where it is another.

    """

    def __init__(
        self,
        blocks: Blocks,
        pack: Pack,
        builds: Sequence[tuple[int, datetime]],
        eras: Sequence[int],
    ) -> None:
        import numpy as np

        columns = [pack.places[key] for key, _ in builds]
        self._blocks, self._pack = blocks, pack
        self._values, self._origin = pack.values[:, columns], pack.origin[:, columns]
        self._eras = np.array(eras, dtype=np.int32)
        self._starts = [start for _, start in builds]
        told = np.flatnonzero((self._origin >= 0).any(axis=1)).tolist()
        self._rows = sorted(
            ((pack.series[at], at) for at in told), key=lambda row: row[0].by_metric
        )
        self._places = dict(self._rows)
        self._known: dict[int, SeriesBlock] = {}

    @property
    def all(self) -> list[SeriesBlock]:
        """Return every series, sorted by name."""
        return [self._series(name, at) for name, at in self._rows]

    @property
    def names(self) -> list[SeriesInUnit]:
        """Return the names of all series, sorted; nothing is judged for that."""
        return [name for name, _ in self._rows]

    def exactly(self, name: SeriesInUnit) -> SeriesBlock | None:
        """Return the series of a name, None where no build of the block tells of it."""
        at = self._places.get(name)
        return None if at is None else self._series(name, at)

    def named(self, wanted: SeriesId) -> list[SeriesBlock]:
        """Return a series; more than one block where builds differ in unit."""
        return [self._series(name, at) for name, at in self._rows if name.id == wanted]

    def _series(self, name: SeriesInUnit, at: int) -> SeriesBlock:
        if at not in self._known:
            self._known[at] = self._blocks.series(
                name,
                self._values[at],
                self._origin[at],
                self._pack.origins,
                self._eras,
                self._starts,
            )
        return self._known[at]


def _stretches(
    origin: "NDArray[np.int32]", eras: "NDArray[np.int32]"
) -> "Iterator[NDArray[np.intp]]":
    """Yield the places of neighbours that are judged by the same."""
    import numpy as np

    places = np.flatnonzero(origin >= 0)
    turns = (np.diff(origin[places]) != 0) | (np.diff(eras[places]) != 0)
    yield from np.split(places, np.flatnonzero(turns) + 1)


class _Rule:
    """Judge values of one series by what holds for them, each kind of value once.

    Values between the same two limits have the same status.
    """

    def __init__(
        self,
        judge: Judge,
        name: SeriesInUnit,
        origin: Origin,
        started: datetime,
        specifications: Sequence[Specification],
    ) -> None:
        self._judge, self._name, self._started = judge, name, started
        self._specifications = specifications
        terms = origin.as_object
        band, dataset = name.id.filter or None, name.id.dataset or None
        self._report = ReportRow(0, 0, "", "", dataset, band, terms, 0, "", {})
        self.lines = self._judged(None).lines
        self._limits = sorted({limit for _, limit, _ in self.lines})
        self._known: dict[int, Judged] = {}

    def kinds(self, values: "NDArray[np.float64]") -> "tuple[NDArray[np.intp], Sequence[Judged]]":
        """Return the kind of each value, counted from 0, and one that is judged of each kind."""
        import numpy as np

        limits = np.array(self._limits)
        kinds = np.searchsorted(limits, values, "left") + np.searchsorted(limits, values, "right")
        kinds[np.isnan(values)] = -1
        found, places, numbers = np.unique(kinds, return_index=True, return_inverse=True)
        for kind, place in zip(found.tolist(), places.tolist(), strict=True):
            if kind not in self._known:
                self._known[kind] = self._judged(None if kind == -1 else float(values[place]))
        return numbers, [self._known[kind] for kind in found.tolist()]

    def _judged(self, value: float | None) -> Judged:
        name = self._name
        row = MeasurementRow(0, 0, 0, name.id.metric, name.id.level, value, name.unit or None, {})
        return self._judge.judged(row, self._report, self._started, self._specifications)
