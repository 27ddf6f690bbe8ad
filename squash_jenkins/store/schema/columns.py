"""The kinds of columns that tables share, and the metadata of all tables."""

from typing import Any

import sqlalchemy as sa

from squash_jenkins.store.schema.types import Json, Words

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def table(name: str, *parts: sa.schema.SchemaItem) -> sa.Table:
    """Make a table with the primary key `id` and these columns and constraints."""
    return sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *parts)


def words(name: str, *, null: bool = True) -> sa.Column[str]:
    """Make a column of text of any length."""
    return sa.Column(name, Words, nullable=null)


def digest(name: str, *, null: bool = False) -> sa.Column[str]:
    """Make a column for a SHA-256 in hex."""
    return sa.Column(name, sa.String(64), nullable=null)


def json_column(name: str) -> sa.Column[Any]:
    """Make a column of JSON."""
    return sa.Column(name, Json, nullable=False)


def refers_to(table: str, *, null: bool = False, cascade: bool = False) -> sa.Column[int]:
    """Refer to another table; with `cascade` rows are deleted together with their owner."""
    key = sa.ForeignKey(f"{table}.id", ondelete="CASCADE" if cascade else None)
    return sa.Column(f"{table}_id", sa.Integer, key, nullable=null)


def refers_to_build(name: str, *, null: bool = True) -> sa.Column[int]:
    """Refer to a build by another name than ``build_id``."""
    return sa.Column(f"{name}_id", sa.Integer, sa.ForeignKey("build.id"), nullable=null)
