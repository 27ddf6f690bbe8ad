"""Answer questions about what is stored; every answer of one Reader is of one moment."""

from collections.abc import Collection

import sqlalchemy as sa

from squash_jenkins.store.read.blocks import AskPacks
from squash_jenkins.store.read.builds import AskBuilds
from squash_jenkins.store.read.datasets import AskDatasets
from squash_jenkins.store.read.definitions import AskDefinitions
from squash_jenkins.store.read.findings import AskFindings
from squash_jenkins.store.read.lists import AskLists
from squash_jenkins.store.read.points import AskPoints
from squash_jenkins.store.schema import tables as schema


class Reader(AskBuilds, AskPacks, AskDefinitions, AskDatasets, AskFindings, AskLists, AskPoints):
    """Read within one transaction; made by ``Store.reader``.

    Functions that take keys take any number of them, in any order; unknown keys are passed over.
    """

    def counts(self, tables: Collection[str] | None = None) -> dict[str, int]:
        """Return the number of rows of tables (default: of all) by name."""
        count = sa.select(sa.func.count())
        return {
            table.name: self._connection.execute(count.select_from(table)).scalar_one()
            for table in schema.metadata.sorted_tables
            if tables is None or table.name in tables
        }
