"""Answer which jobs used a dataset, and what there is of builds; measurements are not read."""

from collections.abc import Sequence

import sqlalchemy as sa

from squash_jenkins.store.read.asking import Asking
from squash_jenkins.store.read.coverage import rows_of_build
from squash_jenkins.store.rows import Presence, Processed
from squash_jenkins.store.schema import tables


class AskDatasets(Asking):
    """Read how datasets are used, and what is there of builds."""

    def processed(self, job: int, first: int, last: int) -> list[Processed]:
        """Return the datasets that the builds of a job (key) numbered `first` to `last` processed.

        It takes the index of builds by job and number and that of reports by build.
        """
        report, build, names = tables.report, tables.build, self._dataset_names()
        columns = (build.c.id, build.c.number, report.c.dataset_id, report.c.filter)
        query = sa.select(*columns).join_from(build, report)
        of_job = (build.c.job_id == job) & build.c.number.between(first, last)
        rows = self._connection.execute(query.where(of_job, report.c.dataset_id.is_not(None)))
        return sorted({Processed(key, number, names[of], name) for key, number, of, name in rows})

    def presence(self, builds: Sequence[int]) -> dict[int, Presence]:
        """Return by build (key) what there is of it."""
        build = tables.build
        counted = (rows_of_build(tables.report), rows_of_build(tables.quarantine))
        query = sa.select(build.c.id, build.c.runs, *counted)
        rows = self._among(query, build.c.id, builds)
        return {key: Presence(bool(runs), *numbers) for key, runs, *numbers in rows}

    def _dataset_names(self) -> dict[int, str]:
        query = sa.select(tables.dataset.c.id, tables.dataset.c.name)
        return {key: name for key, name in self._connection.execute(query)}
