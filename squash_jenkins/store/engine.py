"""The connection to the database, and its transactions."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from squash_jenkins.errors import StoreError, StoreUnreachable
from squash_jenkins.store.faults import translate_error, translating_errors

BUSY_SECONDS = 30.0
"""How long a writer waits for others of an SQLite file; ``?timeout=5`` in the URL sets it."""

Also = Callable[[sa.Connection], None]
"""Something that is written in the same transaction, when anything is."""


def make_engine(url: str) -> sa.Engine:
    """Return an engine for a SQLAlchemy URL; SQLite is configured to lose nothing.

    Raises
    ------
    StoreError
        When the URL is wrong or its driver is not installed.
    """
    try:
        parsed = sa.make_url(url)
        if parsed.port is not None and not 0 < parsed.port < 1 << 16:
            raise ArgumentError("no such port")
        engine = _MAKERS.get(parsed.get_backend_name(), _for_server)(parsed)
    except (ArgumentError, ValueError) as error:  # ValueError: a port, a number after the ?
        raise StoreError(
            "The setting `database` is not a SQLAlchemy URL, names an unknown kind of database or "
            "has text where a number belongs (such as the port): sqlite:///squash.sqlite or "
            "postgresql+psycopg://user@host:5432/name are examples."
        ) from error
    except ModuleNotFoundError as error:
        raise StoreError(
            f"The driver {error.name} for this database is not installed: "
            "pip install 'squash-jenkins[postgresql]' or 'squash-jenkins[mysql]'."
        ) from error
    sa.event.listen(engine, "handle_error", translate_error)
    return engine


def _for_server(url: sa.URL, **options: Any) -> sa.Engine:
    return sa.create_engine(url, pool_pre_ping=True, **options)


def _for_postgresql(url: sa.URL) -> sa.Engine:
    """Be independent of the defaults of a site, a database or a user.

    Writers wait for each other; a stricter isolation would refuse those that waited. The driver
    can only read times in ISO style.
    """
    engine = _for_server(url, isolation_level="READ COMMITTED")
    sa.event.listen(engine, "connect", _set_up_postgresql)
    return engine


def _for_sqlite(url: sa.URL) -> sa.Engine:
    _make_folder(url)
    options = {} if "timeout" in url.query else {"timeout": BUSY_SECONDS}
    engine = sa.create_engine(url, connect_args=options)
    sa.event.listen(engine, "do_connect", lambda *_: keep_private(sqlite_file(url)))
    sa.event.listen(engine, "connect", _set_up_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


_MAKERS = {"sqlite": _for_sqlite, "postgresql": _for_postgresql}


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a transaction that sees the database as of one moment and writes nothing."""
    with translating_errors(engine), engine.connect() as connection:
        if engine.dialect.name != "sqlite":  # for this transaction only
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a transaction that holds the write lock from its start; commit it at the end.

    A deferred transaction of SQLite that first reads and then writes fails if another writer was
    faster, or overwrites what that one wrote.
    """
    with translating_errors(engine), engine.connect() as connection:
        writer = connection.execution_options(squash_immediate=True)
        with writer.begin():
            yield writer


def _make_folder(url: sa.URL) -> None:
    path = sqlite_file(url)
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnreachable(
            f"The folder {path.parent} for the database cannot be made: {error.strerror}."
        ) from error


def sqlite_file(url: sa.URL) -> Path | None:
    """Return the file of an SQLite database; None for one in memory or of another kind."""
    name = url.database if url.get_backend_name() == "sqlite" else None
    return Path(name) if name and name != ":memory:" and not name.startswith("file:") else None


def keep_private(path: Path | None) -> None:
    """Let only the owner read an SQLite file, as it contains hashes of passwords and tokens.

    SQLite gives -wal and -shm the permissions of the file. A file that its group may write is
    shared on purpose: only others lose access.
    """
    if path is None:
        return
    with suppress(OSError):  # connecting reports what is wrong
        os.close(os.open(path, os.O_CREAT, 0o600))
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        with suppress(FileNotFoundError):
            _make_private(path.with_name(name))


def _make_private(file: Path) -> None:
    found = file.stat()
    allowed = 0o660 if found.st_mode & stat.S_IWGRP else 0o600
    mode = stat.S_IMODE(found.st_mode)
    if mode & ~allowed and found.st_uid == os.geteuid() and file.is_file():
        file.chmod(mode & allowed)


def _set_up_postgresql(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET datestyle TO 'ISO'")
    connection.commit()


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # so that BEGIN is ours, see _begin_sqlite
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")  # a stored number survives a power cut
    if connection.execute("PRAGMA journal_mode").fetchone()[0] not in ("wal", "memory"):
        connection.execute("PRAGMA journal_mode=WAL")


def _begin_sqlite(connection: sa.Connection) -> None:
    immediate = connection.get_execution_options().get("squash_immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
