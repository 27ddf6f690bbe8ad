"""Read the series of a job from the store as arrays, with the specifications that apply."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from squash_jenkins.analysis.series.nodes import NodeEffects
from squash_jenkins.analysis.series.series import Flags, Limits, Series, Window
from squash_jenkins.analysis.series.series_changes import Rules, changes_of
from squash_jenkins.analysis.specifications.timeline import SpecificationSets, Timeline
from squash_jenkins.analysis.specifications.units import convert, same_unit
from squash_jenkins.config import FindingsSettings
from squash_jenkins.findings.rules import RuleBook
from squash_jenkins.models import Metric, SeriesId, SeriesInUnit, Specification
from squash_jenkins.models.finding import SeriesChange
from squash_jenkins.store import Reader
from squash_jenkins.store.block_arrays import BLOCK, BlockArrays, Origin
from squash_jenkins.store.rows import BuildPoint


class JobSeries:
    """Hold what some builds of a job measured, sorted by series.

    Parameters
    ----------
    reader
        An open reader.
    job
        Key of the job.
    builds
        Its builds in order, without a gap.
    rules
        The rules of the metrics.

    """

    def __init__(
        self, reader: Reader, job: int, builds: Sequence[BuildPoint], rules: RuleBook
    ) -> None:
        self._builds, self._rules = builds, rules
        self._metrics = rules.metrics
        self._places = {build.key: place for place, build in enumerate(builds)}
        self._origins: dict[Origin, int] = {}
        self._found: dict[SeriesId, dict[str, _InUnit]] = {}
        for _, arrays in reader.blocks.read(job, {build.number // BLOCK for build in builds}):
            self._add(arrays)
        sets, origins = SpecificationSets(), list(self._origins)
        sets.add(reader.definitions.specification_sets(sets.missing(origins)))
        self._timeline = Timeline(sets, origins, [build.started for build in builds])
        self._nodes = reader.nodes.of_builds([build.key for build in builds])
        self._nodes_by_part: dict[tuple[str, str], Sequence[str | None]] = {}

    def all(self) -> Iterator[Series]:
        """Yield every series that is not ignored, in the order of its name."""
        for series in sorted(self._found, key=lambda each: each.by_metric):
            if self._rules.of(series.metric).ignore:
                continue
            metric = self._metrics.get(series.metric, Metric(series.metric))
            for unit, own in _merged(self._found[series]).items():
                limits = self._limits(series, own.origin)
                better = self._rules.of(series.metric).direction
                nodes = self._nodes_of(series.dataset, series.filter)
                yield Series(
                    series,
                    unit,
                    metric.operator,
                    own.values,
                    limits,
                    better,
                    nodes,
                    self._rules.direction(series.metric),
                )

    def _nodes_of(self, dataset: str, filter_name: str) -> Sequence[str | None]:
        """Return the node of each build, the same object for series of one dataset and filter."""
        if not self._nodes:
            return ()
        part = (dataset, filter_name)
        if part not in self._nodes_by_part:
            self._nodes_by_part[part] = tuple(
                self._nodes.of(build.key, dataset, filter_name) for build in self._builds
            )
        return self._nodes_by_part[part]

    def _limits(self, series: SeriesId, origin: NDArray[np.int32]) -> Limits:
        found: list[tuple[int, Sequence[Specification]]] = []
        for places, specifications in self._timeline.segments(series, origin):
            if not found or found[-1][1] != specifications:
                found.append((int(places[0]), specifications))
        return found

    @cached_property
    def reporting(self) -> Flags:
        """Mark the builds that measured anything."""
        found = np.zeros(len(self._builds), dtype=np.bool_)
        for by_unit in self._found.values():
            for own in by_unit.values():
                found |= ~np.isnan(own.values)
        return found

    def changes(
        self,
        series: Series,
        window: Window,
        rules: FindingsSettings,
        baselines: Sequence[int] = (),
        effects: NodeEffects | None = None,
    ) -> list[SeriesChange]:
        """Return what happened in a series; the builds are those of the window.

        `baselines` are the places in the job from which on its level was accepted, `effects` those
        of the nodes.
        """
        smallest = self._rules.of(series.id.metric).smallest
        own = Rules(rules.alarms, smallest, rules.noise, baselines)
        return changes_of(series, window, self.reporting, own, effects)

    def _add(self, arrays: BlockArrays) -> None:
        """Put the columns of a block where their builds stand."""
        columns = [at for at, key in enumerate(arrays.builds) if key in self._places]
        places = [self._places[arrays.builds[at]] for at in columns]
        known = [self._origins.setdefault(each, len(self._origins)) for each in arrays.origins]
        numbers = np.array([*known, -1], dtype=np.int32)[arrays.origin[:, columns]]
        for row, series in enumerate(arrays.series):
            if (numbers[row] >= 0).any():
                own = self._in_unit(series)
                own.values[places] = arrays.values[row, columns]
                own.origin[places] = numbers[row]

    def _in_unit(self, series: SeriesInUnit) -> "_InUnit":
        unit = series.unit
        by_unit = self._found.setdefault(series.id, {})
        if unit not in by_unit:
            size = len(self._builds)
            by_unit[unit] = _InUnit(np.full(size, math.nan), np.full(size, -1, dtype=np.int32))
        return by_unit[unit]


class _InUnit(NamedTuple):
    """Hold a series as reported in one unit; origin -1 means not reported."""

    values: NDArray[np.float64]
    origin: NDArray[np.int32]

    @property
    def newest(self) -> int:
        return int(np.flatnonzero(self.origin >= 0)[-1])


def _merged(by_unit: Mapping[str, _InUnit]) -> dict[str, _InUnit]:
    """Return a series by the unit of its values.

    That is the unit of the newest build; what cannot be converted to it is a series of its own.
    """
    found: dict[str, _InUnit] = {}
    for unit in sorted(by_unit, key=lambda unit: by_unit[unit].newest, reverse=True):
        own = next((known for known in found if _fits(unit, known)), None)
        if own is None:
            found[unit] = _InUnit(by_unit[unit].values.copy(), by_unit[unit].origin.copy())
            continue
        _add(found[own], by_unit[unit], unit, own)
        if unit and not own:  # the newest builds do not name it
            found = {unit if known is own else known: of for known, of in found.items()}
    return found


def _add(to: _InUnit, other: _InUnit, unit: str, wanted: str) -> None:
    places = np.flatnonzero(other.origin >= 0)
    to.origin[places] = other.origin[places]
    to.values[places] = [_value(value, unit, wanted) for value in other.values[places].tolist()]


def _value(value: float, unit: str, wanted: str) -> float:
    if not unit or not wanted or unit == wanted or math.isnan(value):
        return value
    converted = convert(value, unit, wanted)
    return math.nan if converted is None else converted


@cache
def _fits(unit: str, other: str) -> bool:
    return same_unit(unit, other) or convert(1.0, unit, other) is not None
