"""Read the series of a job from the store as arrays, with the specifications they are judged by."""

import json
import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, cached_property

import numpy as np

from squash_jenkins.analysis.series import Flags, Limits, Series, SeriesKey, Window
from squash_jenkins.analysis.series_changes import Rules, changes_of
from squash_jenkins.analysis.specifications import Conditions, applicable, same_unit
from squash_jenkins.analysis.units import convert
from squash_jenkins.config import FindingsSettings
from squash_jenkins.findings import SeriesChange
from squash_jenkins.models import JsonObject, Measurement, Metric, Specification
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import BuildPoint, Reported

_Name = tuple[str, str, str, str]


class SeriesOf:
    """Hold what some builds of a job measured, sorted by series.

    Parameters
    ----------
    reader
        An open reader.
    job
        Key of the job.
    builds
        Its builds in order, without a gap.

    """

    def __init__(self, reader: Reader, job: int, builds: Sequence[BuildPoint]) -> None:
        self._builds = builds
        self._metrics = reader.metrics()
        self._places = {build.key: place for place, build in enumerate(builds)}
        rows = reader.job_series(job, [build.key for build in builds])
        self._rows: dict[_Name, dict[int, Reported]] = {}
        for row in rows:
            name = (row.metric, row.dataset or "", row.filter or "", row.level)
            own = self._rows.setdefault(name, {})
            place = self._places[row.build]
            # A build may have it twice, once for each try: the last measured one counts.
            if row.value is not None or place not in own:
                own[place] = row
        sets = {row.specification_set for row in rows}
        self._limits = _LimitsOf(reader.specification_sets(sets), builds)

    def all(self) -> Iterator[Series]:
        """Yield every series, in the order of its name."""
        for name, rows in sorted(self._rows.items()):
            for unit, own in _by_unit(rows).items():
                yield self._series((*name, unit), own)

    @cached_property
    def reporting(self) -> Flags:
        """Tell of each build whether it measured anything."""
        found = np.zeros(len(self._builds), dtype=np.bool_)
        for rows in self._rows.values():
            found[[place for place, row in rows.items() if row.value is not None]] = True
        return found

    def changes(
        self, series: Series, window: Window, rules: FindingsSettings
    ) -> list[SeriesChange]:
        """Return what happened in a series; the builds are those of the window."""
        told = Rules(rules.alarms, rules.smallest)
        return changes_of(series, window, self.reporting, told)

    def _series(self, key: SeriesKey, rows: Mapping[int, Reported]) -> Series:
        values = np.full(len(self._builds), math.nan)
        for place, row in rows.items():
            values[place] = _value(row, key[4])
        metric = self._metrics.get(key[0], Metric(key[0]))
        limits = self._limits.of(dict(sorted(rows.items())))
        return Series(key, metric.operator, values, limits)


def _value(row: Reported, unit: str) -> float:
    if row.value is None:
        return math.nan
    if not row.unit or not unit or row.unit == unit:
        return row.value
    converted = convert(row.value, row.unit, unit)
    return math.nan if converted is None else converted


def _by_unit(rows: Mapping[int, Reported]) -> dict[str, dict[int, Reported]]:
    """Return the rows by the unit that their values are told in.

    That is the unit of the newest build; what cannot be converted to it is a series of its own.
    """
    found: dict[str, dict[int, Reported]] = {}
    for place in sorted(rows, reverse=True):
        unit = rows[place].unit or ""
        own = next((known for known in found if _fits(unit, known)), None)
        if own is None:
            found[unit] = {place: rows[place]}
        else:
            found[own][place] = rows[place]
            if unit and not own:  # the newest builds do not name it
                found = {unit if known is own else known: of for known, of in found.items()}
    return found


@cache
def _fits(unit: str, other: str) -> bool:
    return same_unit(unit, other) or convert(1.0, unit, other) is not None


class _LimitsOf:
    """Find which specifications hold from which build on; what builds have in common once."""

    def __init__(
        self,
        sets: Mapping[int | None, Sequence[Specification]],
        builds: Sequence[BuildPoint],
    ) -> None:
        self._builds = builds
        self._sets = {key: _by_metric(own) for key, own in sets.items()}
        dates = {
            date
            for own in sets.values()
            for each in own
            for date in (each.since, each.until)
            if date is not None
        }
        self._dates = sorted(dates)
        self._known: dict[object, Sequence[Specification]] = {}
        self._terms: dict[int, str] = {}

    def of(self, rows: Mapping[int, Reported]) -> Limits:
        """Return the specifications of a series from its rows by place, in order."""
        found: list[tuple[int, Sequence[Specification]]] = []
        last: object = None
        for place, row in rows.items():
            era = bisect_right(self._dates, self._builds[place].started)
            key = (row.metric, row.dataset, row.filter, row.level, row.specification_set, era)
            whole = (*key, self._text(row.terms))
            if whole != last:
                held = self._held(whole, row, self._builds[place].started)
                if not found or found[-1][1] != held:
                    found.append((place, held))
                last = whole
        return found

    def _text(self, terms: JsonObject) -> str:
        """Return terms as text; rows of one report share the object, and all stay alive."""
        known = self._terms.get(id(terms))
        if known is None:
            known = self._terms[id(terms)] = json.dumps(terms, sort_keys=True)
        return known

    def _held(self, key: object, row: Reported, started: datetime) -> Sequence[Specification]:
        if key not in self._known:
            measurement = Measurement(row.metric, row.value, row.unit, row.level)
            conditions = Conditions(row.filter, row.dataset, started, row.terms)
            own = self._sets[row.specification_set].get(row.metric, ())
            self._known[key] = applicable(measurement, own, conditions)
        return self._known[key]


def _by_metric(
    specifications: Sequence[Specification],
) -> Mapping[str, Sequence[Specification]]:
    found: dict[str, list[Specification]] = {}
    for each in specifications:
        found.setdefault(each.metric, []).append(each)
    return found
