"""Queries for the machines that measured."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from squash_jenkins.store.read.transaction import Part
from squash_jenkins.store.schema import tables


class Nodes(NamedTuple):
    """The nodes of builds (by key), and those that reports name (by build, dataset and filter)."""

    builds: Mapping[int, str]
    reports: Mapping[tuple[int, str, str], str | None]

    def of(self, build: int, dataset: str, filter_name: str) -> str | None:
        """Return the node that measured this dataset and filter in a build; None: not known."""
        own = self.reports.get((build, dataset, filter_name), "")
        return self.builds.get(build) if own == "" else own

    def by_build(self) -> dict[int, str]:
        """Return the node of each build; none where its reports name several."""
        named: dict[int, set[str | None]] = {}
        for (build, _, _), node in self.reports.items():
            named.setdefault(build, set()).add(node)
        own: dict[int, str | None] = {**self.builds}
        own |= {build: next(iter(of)) if len(of) == 1 else None for build, of in named.items()}
        return {build: node for build, node in own.items() if node}

    def __bool__(self) -> bool:
        """Return whether any two differ: otherwise they say nothing of a series."""
        return len({*self.builds.values(), *self.reports.values()}) > 1


class NodeReader(Part):
    """The nodes of builds and of their reports."""

    def of_builds(self, builds: Sequence[int]) -> Nodes:
        """Return the nodes of builds; what a document says counts before what Jenkins says.

        Where several reports of a build with the same dataset and filter name different machines,
        the node is not known.
        """
        build, report, dataset = tables.build, tables.report, tables.dataset
        own = sa.select(build.c.id, build.c.node).where(build.c.node.is_not(None))
        columns: list[Any] = [report.c.build_id, dataset.c.name, report.c.filter, report.c.node]
        query = sa.select(*columns).join_from(report, dataset, isouter=True)
        named = query.where(report.c.node.is_not(None))
        found: dict[tuple[int, str, str], str | None] = {}
        for key, name, band, node in self._among(named, report.c.build_id, builds):
            place = (key, name or "", band)
            found[place] = node if found.get(place, node) == node else None
        of_build = {key: node for key, node in self._among(own, build.c.id, builds) if node}
        return Nodes(of_build, found)
