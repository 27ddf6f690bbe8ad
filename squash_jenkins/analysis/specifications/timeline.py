"""Find which specifications apply to a series at which of its builds.

That follows from the series, from its report (its set of specifications, and its terms) and from
when the build started. Builds in a row for which all of these are the same are one segment.
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from squash_jenkins.analysis.specifications.applicable import Conditions, applicable
from squash_jenkins.models import JsonObject, Measurement, SeriesId, Specification

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Source(Hashable, Protocol):
    """Name what came with a report: its set of specifications, and its terms."""

    @property
    def specification_set(self) -> int | None:
        """Return the key of the set; None where the document carried none."""

    @property
    def as_object(self) -> JsonObject:
        """Return the terms."""


class SpecificationSets:
    """Hold sets of specifications; the same question is answered once."""

    def __init__(self) -> None:
        self._sets: dict[int | None, Mapping[str, Sequence[Specification]]] = {}
        self._dates: dict[int | None, Sequence[datetime]] = {}
        self._terms: dict[Source, JsonObject] = {}
        self._applicable: dict[tuple[SeriesId, Source, int], Sequence[Specification]] = {}

    def missing(self, sources: Iterable[Source]) -> set[int | None]:
        """Return the keys of the sets of some reports that are not held yet."""
        return {each.specification_set for each in sources} - self._sets.keys()

    def add(self, sets: Mapping[int | None, Sequence[Specification]]) -> None:
        """Hold more sets, by their keys."""
        for key, own in sets.items():
            dates = {date for each in own for date in (each.since, each.until) if date is not None}
            self._sets[key], self._dates[key] = by_metric(own), sorted(dates)

    def period(self, key: int | None, started: datetime) -> int:
        """Return the number of the period a build started in; in one, all stay valid or invalid."""
        return bisect_right(self._dates[key], started)

    def applicable(
        self, series: SeriesId, source: Source, started: datetime
    ) -> Sequence[Specification]:
        """Return the specifications that apply to a series of a report, the same object each time.

        `started` is when its build started (UTC).
        """
        key = (series, source, self.period(source.specification_set, started))
        if key not in self._applicable:
            own = self._sets[source.specification_set].get(series.metric, ())
            if source not in self._terms:
                self._terms[source] = source.as_object
            conditions = Conditions(
                series.filter or None, series.dataset or None, started, self._terms[source]
            )
            measurement = Measurement(series.metric, None, level=series.level)
            self._applicable[key] = applicable(measurement, own, conditions)
        return self._applicable[key]


class Timeline:
    """Cut series over some builds of a job where other specifications may apply.

    Parameters
    ----------
    sets
        Holds the specifications.
    sources
        What came with the reports.
    starts
        When each build started (UTC), in order.

    """

    def __init__(
        self, sets: SpecificationSets, sources: Sequence[Source], starts: Sequence[datetime]
    ) -> None:
        import numpy as np

        self._sets, self._sources, self._starts = sets, sources, starts
        keys = list(dict.fromkeys(each.specification_set for each in sources))
        periods = [[sets.period(key, start) for start in starts] for key in keys]
        self._periods = np.array(periods, dtype=np.int32)
        rows = {key: row for row, key in enumerate(keys)}
        self._row = np.array([rows[each.specification_set] for each in sources], dtype=np.intp)

    def segments(
        self, series: SeriesId, origin: "NDArray[np.int32]"
    ) -> "Iterator[tuple[NDArray[np.intp], Sequence[Specification]]]":
        """Yield the places of builds with the specifications that apply to all of them.

        `origin` has shape (builds,): index into the sources, -1 where a build reports nothing.
        """
        import numpy as np

        places = np.flatnonzero(origin >= 0)
        own = origin[places]
        periods = self._periods[self._row[own], places]
        turns = (np.diff(own) != 0) | (np.diff(periods) != 0)
        for each in np.split(places, np.flatnonzero(turns) + 1):
            first = int(each[0])
            source, started = self._sources[origin[first]], self._starts[first]
            yield each, self._sets.applicable(series, source, started)


def by_metric(specifications: Iterable[Specification]) -> Mapping[str, Sequence[Specification]]:
    """Return specifications by their metric, in their order."""
    found: dict[str, list[Specification]] = {}
    for each in specifications:
        found.setdefault(each.metric, []).append(each)
    return found
