"""Queries for metrics, specifications and datasets."""

from collections.abc import Collection, Sequence
from dataclasses import fields

import sqlalchemy as sa

from squash_jenkins.models import Metric, Specification
from squash_jenkins.models.metric_rules import MetricRules, read_smallest
from squash_jenkins.store.read import specifications
from squash_jenkins.store.read.transaction import Part
from squash_jenkins.store.rows import DatasetRow, DefinitionRow
from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import name_digest


class DefinitionReader(Part):
    """Metrics, their specifications, and datasets."""

    def metrics(self) -> dict[str, Metric]:
        """Return every metric by name, with its current definition."""
        table = tables.metric
        names = [field.name for field in fields(Metric) if field.name in table.c]
        rows = self._connection.execute(sa.select(*(table.c[name] for name in names)))
        found = [dict(zip(names, row, strict=True)) for row in rows]
        return {
            row["name"]: Metric(**{**row, "tags": tuple(row["tags"]), "rules": row["rules"] or {}})
            for row in sorted(found, key=lambda row: row["name"])
        }

    def rules(self) -> dict[str, MetricRules]:
        """Return by metric the rules that administrators set."""
        table = tables.metric_rule
        columns = (table.c.metric_id, table.c.smallest, table.c.direction, table.c.ignored)
        rows = self._connection.execute(sa.select(*columns)).all()
        return {
            self._metric_names[key]: MetricRules(
                None if smallest is None else read_smallest(smallest), direction, ignored
            )
            for key, smallest, direction, ignored in rows
        }

    def known_metrics(self, names: Collection[str]) -> set[str]:
        """Return those of the names that are names of metrics."""
        table = tables.metric
        digests = {name_digest(name): name for name in names}
        query = sa.select(table.c.name_digest)
        found = self._among(query, table.c.name_digest, list(digests))
        return {digests[digest] for (digest,) in found}

    def of_metric(self, metric: str) -> list[DefinitionRow]:
        """Return every definition of a metric, the earliest first."""
        table = tables.metric_definition
        query = sa.select(*(table.c[name] for name in DefinitionRow._fields))
        query = query.where(table.c.metric_id == self._metric_key(metric))
        rows = self._connection.execute(query.order_by(table.c.first_seen, table.c.id))
        return [DefinitionRow(*row) for row in rows]

    def sources(self) -> dict[str, set[str]]:
        """Return by metric the sources that define it."""
        table = tables.metric_definition
        found: dict[str, set[str]] = {}
        query = sa.select(table.c.metric_id, table.c.source).distinct()
        for key, source in self._connection.execute(query):
            found.setdefault(self._metric_names[key], set()).add(source)
        return found

    def specifications(self, reports: Sequence[int]) -> dict[int, list[Specification]]:
        """Return by report its specifications, which stay the same in later years.

        These are the specifications in its document and, for metrics without any there, those
        that were loaded for all reports. Reports with the same specifications share one list.
        """
        report = tables.report
        query = sa.select(report.c.id, report.c.specification_set_id)
        sets = dict(map(tuple, self._among(query, report.c.id, reports)))
        lists = specifications.by_set(self._connection, set(sets.values()), self._metric_names)
        return {key: lists[number] for key, number in sets.items()}

    def specification_sets(
        self, sets: Collection[int | None]
    ) -> dict[int | None, list[Specification]]:
        """Return by set (None: the document had none) the specifications of its reports.

        See `specifications`; `ReportedMeasurement` and others name the set of a report.
        """
        return specifications.by_set(self._connection, sets, self._metric_names)

    def specifications_by_source(self) -> dict[str, list[Specification]]:
        """Return the current specifications of each source, sorted by name.

        Those of the source "document" are the latest ones of each name in documents.
        """
        return specifications.by_source(self._connection, self._metric_names)

    def datasets(self) -> list[DatasetRow]:
        """Return every dataset, sorted by name."""
        columns = (tables.dataset.c[name] for name in DatasetRow._fields)
        return sorted(DatasetRow(*row) for row in self._connection.execute(sa.select(*columns)))

    def filters(self) -> set[str]:
        """Return the filters of all reports."""
        query = sa.select(tables.report.c.filter).distinct()
        return {name for name in self._connection.execute(query).scalars() if name}
