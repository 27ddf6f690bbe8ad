"""Answer which jobs used a dataset, and what there is of builds; measurements are not read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from squash_jenkins.store import schema
from squash_jenkins.store.asking import Asking
from squash_jenkins.store.coverage import rows_of_build


class DatasetUse(NamedTuple):
    """Tell how a job used a dataset: in so many `builds`, from `first` to `last` (starts, UTC)."""

    dataset: str
    filters: tuple[str, ...]
    builds: int
    first: datetime
    last: datetime


class Presence(NamedTuple):
    """Tell how many reports and files set aside a build has; `matrix` is for one with runs."""

    matrix: bool
    reports: int
    rejected: int


class AskDatasets(Asking):
    """Read how datasets are used, and what is there of builds."""

    def dataset_uses(self, job: int) -> list[DatasetUse]:
        """Return how a job (key) used each dataset, sorted by name.

        It takes the index of builds by job and that of reports by build, a row of each for every
        report of the job.
        """
        report, build = schema.report, schema.build
        columns = (
            report.c.dataset_id,
            sa.func.count(build.c.id.distinct()),
            sa.func.min(build.c.started),
            sa.func.max(build.c.started),
        )
        query = _of_job(columns, job).group_by(report.c.dataset_id)
        names, filters = self._dataset_names(), self._filters_by_dataset(job)
        rows = self._connection.execute(query)
        return sorted(
            DatasetUse(names[key], filters.get(key, ()), builds, first, last)
            for key, builds, first, last in rows
        )

    def presence(self, builds: Sequence[int]) -> dict[int, Presence]:
        """Return by build (key) what there is of it."""
        build = schema.build
        counted = (rows_of_build(schema.report), rows_of_build(schema.quarantine))
        query = sa.select(build.c.id, build.c.runs, *counted)
        rows = self._among(query, build.c.id, builds)
        return {key: Presence(bool(runs), *numbers) for key, runs, *numbers in rows}

    def _filters_by_dataset(self, job: int) -> dict[int, tuple[str, ...]]:
        report = schema.report
        # By the digest: MariaDB would take names that differ in case for one.
        name = sa.func.min(report.c.filter)
        query = _of_job((report.c.dataset_id, name), job)
        rows = self._connection.execute(query.group_by(report.c.dataset_id, report.c.filter_digest))
        found: dict[int, list[str]] = {}
        for key, filter_name in rows:
            if filter_name:
                found.setdefault(key, []).append(filter_name)
        return {key: tuple(sorted(names)) for key, names in found.items()}

    def _dataset_names(self) -> dict[int, str]:
        query = sa.select(schema.dataset.c.id, schema.dataset.c.name)
        return {key: name for key, name in self._connection.execute(query)}


def _of_job(columns: Sequence[Any], job: int) -> sa.Select[*tuple[Any, ...]]:
    report, build = schema.report, schema.build
    joined = sa.select(*columns).join_from(build, report)
    return joined.where(build.c.job_id == job, report.c.dataset_id.is_not(None))
