"""The revision of a database, the one that this program needs, and the upgrade."""

from pathlib import Path

from squash_jenkins.store.engine import make_engine, reading
from squash_jenkins.store.schema import migrate
from squash_jenkins.store.schema.migrate import head, make_revision

__all__ = ["current", "head", "make_revision", "upgrade"]


def current(database_url: str) -> str | None:
    """Return the revision of a database; None for an empty one."""
    engine = make_engine(database_url)
    try:
        with reading(engine) as connection:
            return migrate.current(connection)
    finally:
        engine.dispose()


def upgrade(database_url: str) -> Path | None:
    """Upgrade a database; return the backup that was made of an SQLite file before."""
    engine = make_engine(database_url)
    try:
        return migrate.upgrade(engine)
    finally:
        engine.dispose()
