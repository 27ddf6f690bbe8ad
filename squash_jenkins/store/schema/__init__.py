"""The tables, their column types, and how a database comes to have them (Alembic)."""
