"""Say which changes of a metric are findings: administrators, then settings, then definitions.

What none of them says is inferred: the direction from the metric's operator and specifications,
otherwise guessed from its name and unit (`analysis.series.direction`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from squash_jenkins.analysis.series.direction import direction_of
from squash_jenkins.analysis.series.magnitude import fits
from squash_jenkins.analysis.specifications.applicable import level_place
from squash_jenkins.config import FindingsSettings
from squash_jenkins.models import Metric, Specification
from squash_jenkins.models.metric_rules import Direction, MetricRules, read_rules
from squash_jenkins.store import Reader


class RuleBook:
    """The rules of all metrics at one moment of the store."""

    def __init__(self, settings: FindingsSettings, reader: Reader) -> None:
        self._settings = settings
        self._set = reader.definitions.rules()
        self._metrics = reader.definitions.metrics()
        self._reader = reader
        self._known: dict[str, MetricRules] = {}
        self._directions: dict[str, Direction] = {}

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """Every metric by name."""
        return self._metrics

    def of(self, metric: str) -> MetricRules:
        """Return the rules of a metric; None in them is what nobody says."""
        if metric not in self._known:
            defined = read_rules(self._metrics.get(metric, Metric(metric)).rules)
            own = self._set.get(metric, MetricRules())
            self._known[metric] = own.over(self._in_settings(metric)).over(defined)
        return self._known[metric]

    def direction(self, metric: str) -> Direction:
        """Return which values of a metric are better as of now, and how that is known."""
        if metric not in self._directions:
            own = self._metrics.get(metric, Metric(metric))
            self._directions[metric] = direction_of(
                metric,
                own.unit,
                self.of(metric).direction,
                own.operator,
                self._asked.get(metric, ()),
            )
        return self._directions[metric]

    @cached_property
    def _asked(self) -> Mapping[str, Sequence[Specification]]:
        """The current specifications of each metric, the loosest level first."""
        found: dict[str, list[Specification]] = {}
        for specifications in self._reader.definitions.specifications_by_source().values():
            for each in specifications:
                found.setdefault(each.metric, []).append(each)
        return {
            metric: sorted(own, key=lambda each: level_place(each.level))
            for metric, own in found.items()
        }

    def _in_settings(self, metric: str) -> MetricRules:
        settings = self._settings
        smallest, better = settings.smallest_of(metric), settings.direction_of(metric)
        return MetricRules(smallest, better, settings.ignores(metric))

    def faults(self) -> Iterator[str]:
        """Yield a sentence for each rule that has no effect, and what to do about it."""
        yield from self._unmatched()
        for name, metric in self._metrics.items():
            smallest = self.of(name).smallest
            if smallest is not None and not fits(smallest, metric.unit or ""):
                unit = metric.unit or "no unit"
                yield (
                    f"The smallest change of {name} is {smallest}, but it is measured in {unit}: "
                    "give it in that unit, in % or in units."
                )

    def _unmatched(self) -> Iterator[str]:
        settings = self._settings
        smallest = settings.smallest if isinstance(settings.smallest, dict) else {}
        keys: Mapping[str, Iterable[str]] = {
            "smallest": smallest,
            "direction": settings.direction,
            "ignore": settings.ignore,
        }
        for key, globs in keys.items():
            for glob in globs:
                if not any(map(FindingsSettings(ignore=(glob,)).ignores, self._metrics)):
                    yield (
                        f"[findings] {key}: {glob!r} matches no metric: correct it; "
                        "`squash-jenkins metrics list` lists them."
                    )
