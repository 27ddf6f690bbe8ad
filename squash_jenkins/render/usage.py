"""Tell how datasets are used and what there is of builds, with the places of their pages."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from squash_jenkins.render.lines import BuildLine, JobLine
from squash_jenkins.render.stored import Stored
from squash_jenkins.store.read_datasets import DatasetUse, Presence
from squash_jenkins.store.rows import DatasetRow


@dataclass(frozen=True, slots=True)
class Use:
    """Tell how a job used a dataset: in so many `builds`, from `first` to `last`."""

    job: JobLine
    dataset: str
    filters: Sequence[str]
    builds: int
    first: BuildLine
    last: BuildLine


class Usage(Stored):
    """Answer how datasets are used, and what there is of builds."""

    @cached_property
    def datasets(self) -> list[DatasetRow]:
        """Every dataset, sorted by name."""
        return self._reader.datasets()

    def uses(self, job: JobLine) -> list[Use]:
        """Return how a job used each dataset, sorted by name; quick where nothing changed."""
        builds = self.builds(job)
        token = [self._newest_revisions.get(job.key), len(builds)]
        rows = self.remembered(f"uses/{job.key}", (), lambda: self._uses(job), token)
        return [
            Use(job, name, filters, many, builds[first], builds[last])
            for name, filters, many, first, last in rows
        ]

    def presence(self, builds: Sequence[BuildLine]) -> Mapping[int, Presence]:
        """Return by build key how many reports and files set aside it has."""
        return self._reader.presence([build.key for build in builds])

    def package_count(self, build: BuildLine) -> int | None:
        """Return how many packages a build told; None where it told nothing of them."""
        told = self._packages_of([build])[build.key]
        return None if told is None else len(told)

    @cached_property
    def _newest_revisions(self) -> dict[int, int]:
        return self._reader.newest_revisions()

    def _uses(self, job: JobLine) -> list[list[Any]]:
        builds = self.builds(job)
        return [_places(builds, use) for use in self._reader.dataset_uses(job.key)]


def _places(builds: Sequence[BuildLine], use: DatasetUse) -> list[Any]:
    """Return a use in plain values, with the places of its first and last build."""
    first = bisect_left(builds, use.first, key=lambda build: build.row.started)
    last = bisect_right(builds, use.last, key=lambda build: build.row.started) - 1
    return [use.dataset, list(use.filters), use.builds, first, last]
