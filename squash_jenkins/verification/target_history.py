"""Say what is usual for each metric of a target, from its newest builds."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from squash_jenkins.analysis.specifications.units import convert, same_unit
from squash_jenkins.models import SeriesId
from squash_jenkins.models.finding import Acceptance
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import BuildPoint
from squash_jenkins.verification.placed import Placed

if TYPE_CHECKING:  # they import numpy
    from squash_jenkins.analysis.comparison import Usual
    from squash_jenkins.analysis.series.nodes import NodeEffects


class Known(NamedTuple):
    """What is usual for a series of the target, from so many builds, or why that is unknown."""

    usual: "Usual | None"
    builds: int
    reason: str = ""
    effects: "NodeEffects | None" = None

    def on(self, node: str | None) -> "Known":
        """Return what is usual on a node, if the values of the target depend on it."""
        effect = self.effects.effects.get(node or "") if self.effects else None
        if effect is None or self.effects is None or self.usual is None:
            return self
        return self._replace(usual=self.usual.on_node(effect, factor=self.effects.factors))


class TargetHistory:
    """What some builds of a target measured, in order."""

    def __init__(self, reader: Reader, job: int, points: Sequence[BuildPoint]) -> None:
        self.builds = builds = [point.key for point in points]
        places = {key: place for place, key in enumerate(builds)}
        self._values: dict[SeriesId, dict[int, tuple[float, str | None]]] = {}
        for row in reader.measurements.of_job(job, sorted(builds)):
            if row.value is not None:
                series = SeriesId(row.dataset or "", row.filter or "", row.metric, row.level)
                self._values.setdefault(series, {})[places[row.build]] = (row.value, row.unit)
        self._nodes = reader.nodes.of_builds(builds)
        self._since = {
            each.series: _place(points, each)
            for each in reader.findings.acceptances().get(job, ())  # the latest comes last
            if each.number <= points[-1].number
        }
        self._known: dict[tuple[SeriesId, str], Known] = {}

    def known(self, placed: Placed, node: str | None) -> Known:
        """Return what is usual for the series of a measurement, in its unit, on its node."""
        own = placed.verified
        if own.value is None or not math.isfinite(own.value):
            return Known(None, 0, "not measured")
        key = (own.series, own.unit or "")
        if key not in self._known:
            self._known[key] = self._found(*key)
        return self._known[key].on(node)

    def _found(self, series: SeriesId, unit: str) -> Known:
        import numpy as np

        from squash_jenkins.analysis.comparison import FEWEST, usual
        from squash_jenkins.analysis.series.nodes import node_effects

        values = self._values.get(series, {})
        if not values:
            return Known(None, 0, "the target does not measure it")
        numbers = _in_unit(values, unit)
        if not numbers:
            return Known(None, 0, "the target measures it in another unit")
        row = np.array([numbers.get(place, math.nan) for place in range(len(self.builds))])
        nodes = [self._nodes.of(build, series.dataset, series.filter) for build in self.builds]
        effects = node_effects(row, nodes) if self._nodes else None
        known = usual(
            row if effects is None else effects.without(row, nodes), self._since.get(series, 0)
        )
        if known is None and len(numbers) >= FEWEST:
            return Known(
                None, len(numbers), "the target did not measure it since its level was accepted"
            )
        if known is None:
            why = f"the target measured it in {len(numbers)} of {FEWEST} builds that are needed"
            return Known(None, len(numbers), why)
        return Known(known, len(numbers), effects=effects)


def _place(points: Sequence[BuildPoint], accepted: Acceptance) -> int:
    """Return the place of the build from which on a level was accepted, or of the next one."""
    later = (at for at, point in enumerate(points) if point.number >= accepted.number)
    same = (at for at, point in enumerate(points) if point.key == accepted.build)
    return next(same, next(later, 0))


def _in_unit(values: Mapping[int, tuple[float, str | None]], unit: str) -> dict[int, float]:
    """Return the values that can be converted to a unit, by place."""
    found: dict[int, float] = {}
    for place, (value, own) in values.items():
        number = value if same_unit(own, unit) else convert(value, own, unit)
        if number is not None:
            found[place] = number
    return found
