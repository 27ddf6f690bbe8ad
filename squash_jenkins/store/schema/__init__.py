"""The tables, their column types, and the upgrade of a database to them (Alembic)."""
