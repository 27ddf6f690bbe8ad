"""Choose the databases of tests: files of SQLite, or databases that are made on a server.

``TEST_DATABASE=postgresql+psycopg://me@127.0.0.1/postgres`` or ``mysql+pymysql://…`` names such a
server, and somebody who may make and drop databases there; see ``db/README.md``.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from squash_jenkins.store.engine import make_engine
from squash_jenkins.store.schema import migrate

SERVER = os.environ.get("TEST_DATABASE") or None
sqlite_only = pytest.mark.skipif(SERVER is not None, reason="it is about files of SQLite")
_made: dict[str, str] = {}


def url_of(folder: Path) -> str:
    """Return the URL of the one database that belongs to a folder; on a server it is made."""
    if SERVER is None:
        return f"sqlite:///{folder}/squash.sqlite"
    name = f"squash_test_{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
    if name not in _made:
        _made[name] = _make(SERVER, name)
    return _made[name]


def empty_url_of(folder: Path) -> str:
    """Return the URL of a database without tables, which is made on the server for a folder."""
    name = f"squash_test_{hashlib.sha256(f'{folder} empty'.encode()).hexdigest()[:16]}"
    _made[name] = _make_empty(SERVER or "", name)
    return _made[name]


def made() -> frozenset[str]:
    """Return the names of the databases that are there now."""
    return frozenset(_made)


def drop(names: frozenset[str]) -> None:
    """Drop databases that were made."""
    for name in names & made():
        with _server(SERVER or "") as connection:
            _drop(connection, name)
        del _made[name]


def _make(server: str, name: str) -> str:
    """Make an empty database with all tables."""
    url = _make_empty(server, name)
    engine = make_engine(url)
    migrate.upgrade(engine)
    engine.dispose()
    return url


def _make_empty(server: str, name: str) -> str:
    with _server(server) as connection:
        _drop(connection, name)
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def _drop(connection: sa.Connection, name: str) -> None:
    force = " WITH (FORCE)" if connection.dialect.name == "postgresql" else ""
    connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name}{force}"))


@contextmanager
def _server(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection
