"""The identity of the series of a job."""

from dataclasses import dataclass
from typing import NamedTuple

from squash_jenkins.models.build import FastPickle


@dataclass(frozen=True, slots=True)
class SeriesId(FastPickle):
    """The identity of a series within its job; an empty string stands for none.

    It has no order of its own: pages and findings sort in two ways, each named by its property.
    """

    dataset: str
    filter: str
    metric: str
    level: str

    @property
    def by_dataset(self) -> tuple[str, str, str, str]:
        """Return the sort key: dataset, filter, metric, level."""
        return (self.dataset, self.filter, self.metric, self.level)

    @property
    def by_metric(self) -> tuple[str, str, str, str]:
        """Return the sort key: metric, dataset, filter, level."""
        return (self.metric, self.dataset, self.filter, self.level)


class SeriesInUnit(NamedTuple):
    """A series and the unit of its values; one series may be reported in several units."""

    id: SeriesId
    unit: str

    @property
    def by_metric(self) -> tuple[str, str, str, str, str]:
        """Return the sort key: metric, dataset, filter, level, unit."""
        return (*self.id.by_metric, self.unit)
