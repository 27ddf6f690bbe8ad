"""Give these tests the builds and the database of the tests of the store."""

from tests.store.conftest import database, dump, record, save, store

__all__ = ["database", "dump", "record", "save", "store"]
