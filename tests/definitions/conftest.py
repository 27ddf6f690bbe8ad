"""Give these tests the builds and the database of the tests of the store, and the formats."""

from tests.formats.conftest import formats
from tests.store.conftest import database, dump, record, save, store

__all__ = ["database", "dump", "formats", "record", "save", "store"]
