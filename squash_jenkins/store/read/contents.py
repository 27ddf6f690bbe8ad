"""Queries for what came with builds, besides measurements."""

from collections import defaultdict
from collections.abc import Collection, Sequence

import sqlalchemy as sa

from squash_jenkins.models import Change, Package
from squash_jenkins.store.read.transaction import Part, none_if_empty
from squash_jenkins.store.rows import RejectedRow, ReportRow
from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import name_digest

_REPORT = ReportRow._fields


class ContentReader(Part):
    """Reports, packages, commits and rejected files of builds."""

    def reports(self, builds: Sequence[int]) -> list[ReportRow]:
        """Return the reports of builds, sorted by build key, path and filter."""
        report, dataset = tables.report, tables.dataset
        special = {
            "key": report.c.id,
            "build": report.c.build_id,
            "dataset": dataset.c.name,
            "filter": none_if_empty(report.c.filter),
        }
        columns = [special[name] if name in special else report.c[name] for name in _REPORT]
        query = sa.select(*columns).join_from(report, dataset, isouter=True)
        rows = [ReportRow(*row) for row in self._among(query, report.c.build_id, builds)]
        return sorted(rows, key=lambda row: (row.build, row.path, row.filter or ""))

    def packages(self, builds: Sequence[int]) -> dict[int, dict[str, Package]]:
        """Return by build its packages by name; builds without packages are missing."""
        use, package = tables.build_package, tables.package
        columns = [use.c.build_id, package.c.name, use.c.version, use.c.revision]
        query = sa.select(*columns, package.c.url, use.c.branch).join_from(use, package)
        found: dict[int, dict[str, Package]] = defaultdict(dict)
        for build, name, *rest in self._among(query, use.c.build_id, builds):
            found[build][name] = Package(name, *rest)
        return {build: dict(sorted(named.items())) for build, named in found.items()}

    def package_urls(self, names: Collection[str]) -> dict[str, str]:
        """Return the URLs of packages, by name; packages without one are missing."""
        table = tables.package
        digests = {name_digest(name): name for name in names}
        found = self._among(
            sa.select(table.c.name_digest, table.c.url), table.c.name_digest, list(digests)
        )
        return {digests[digest]: url for digest, url in found if url}

    def changes(self, builds: Sequence[int]) -> dict[int, list[Change]]:
        """Return by build the commits of Jenkins' change sets, in Jenkins' order."""
        table = tables.change_set
        columns = [table.c.revision, table.c.author, table.c.message, table.c.committed]
        query = sa.select(table.c.build_id, *columns, table.c.paths).order_by(table.c.position)
        found: dict[int, list[Change]] = defaultdict(list)
        for build, *words in self._among(query, table.c.build_id, builds):
            revision, author, message, committed, paths = words
            found[build].append(Change(revision, author, message, committed, tuple(paths)))
        return dict(found)

    def rejected(self, builds: Sequence[int] | None = None) -> list[RejectedRow]:
        """Return the rejected files of builds (default: of all), newest first."""
        table = tables.quarantine
        names = {"key": "id", "build": "build_id"}
        query = sa.select(*(table.c[names.get(name, name)] for name in RejectedRow._fields))
        found = (
            self._connection.execute(query)
            if builds is None
            else self._among(query, table.c.build_id, builds)
        )
        rows = sorted((RejectedRow(*row) for row in found), key=lambda row: row.path)
        return sorted(rows, key=lambda row: row.created, reverse=True)
