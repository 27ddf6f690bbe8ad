"""The reader of the store; everything that it reads is of one moment."""

from collections.abc import Collection

import sqlalchemy as sa

from squash_jenkins.store.read.blobs import BlobReader
from squash_jenkins.store.read.blocks import BlockReader
from squash_jenkins.store.read.branches import BranchReader
from squash_jenkins.store.read.builds import BuildReader
from squash_jenkins.store.read.contents import ContentReader
from squash_jenkins.store.read.coverage import CoverageReader
from squash_jenkins.store.read.definitions import DefinitionReader
from squash_jenkins.store.read.findings import FindingReader
from squash_jenkins.store.read.lists import ListReader
from squash_jenkins.store.read.measurements import MeasurementReader
from squash_jenkins.store.read.nodes import NodeReader
from squash_jenkins.store.read.revisions import RevisionReader
from squash_jenkins.store.read.transaction import Transaction
from squash_jenkins.store.schema import tables as schema


class Reader:
    """All queries, within one transaction; made by ``Store.reader``.

    Each attribute answers one kind of question. Methods that take keys take any number of them,
    in any order, and skip unknown ones.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._transaction = Transaction(connection)
        self.builds = BuildReader(self._transaction)
        self.branches = BranchReader(self._transaction)
        self.contents = ContentReader(self._transaction)
        self.blobs = BlobReader(self._transaction)
        self.measurements = MeasurementReader(self._transaction)
        self.blocks = BlockReader(self._transaction, self.measurements)
        self.coverage = CoverageReader(self._transaction)
        self.definitions = DefinitionReader(self._transaction)
        self.findings = FindingReader(self._transaction)
        self.lists = ListReader(self._transaction)
        self.nodes = NodeReader(self._transaction)
        self.revisions = RevisionReader(self._transaction)

    def resume(self, other: "Reader") -> None:
        """Go on with the connection of another reader, which must see the same revision."""
        self._transaction.connection = other._transaction.connection

    def counts(self, tables: Collection[str] | None = None) -> dict[str, int]:
        """Return the number of rows of tables (default: of all) by name."""
        connection, count = self._transaction.connection, sa.select(sa.func.count())
        return {
            table.name: connection.execute(count.select_from(table)).scalar_one()
            for table in schema.metadata.sorted_tables
            if tables is None or table.name in tables
        }
