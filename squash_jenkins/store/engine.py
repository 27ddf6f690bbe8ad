"""Connect to the database, and tell its failures in words that say what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from squash_jenkins.errors import StoreError, StoreUnreachable

BUSY_SECONDS = 30.0
"""How long a writer waits for the others of an SQLite file; ``?timeout=5`` in the URL sets it."""

_REMEDIES = {
    sqlite3.SQLITE_BUSY: "it stayed locked: end the program that holds it, and try again",
    sqlite3.SQLITE_LOCKED: "it is locked: end the program that holds it, and try again",
    sqlite3.SQLITE_FULL: "the disk is full: make room",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check that its folder exists and is writable",
    sqlite3.SQLITE_READONLY: "it is read-only: make the file and its folder writable",
    sqlite3.SQLITE_PERM: "access is denied: make the file and its folder writable",
    sqlite3.SQLITE_IOERR: "reading or writing the disk failed: check the disk and its free space",
    sqlite3.SQLITE_PROTOCOL: "its lock files cannot be used: put it on a local disk",
    sqlite3.SQLITE_NOMEM: "there is too little memory",
}


def make_engine(url: str) -> sa.Engine:
    """Return an engine for a SQLAlchemy URL; SQLite is set up to lose nothing.

    Raises
    ------
    StoreError
        When the URL is wrong or its driver is not installed.
    """
    try:
        parsed = sa.make_url(url)
        engine = _MAKERS.get(parsed.get_backend_name(), _for_server)(parsed)
        sa.event.listen(engine, "handle_error", partial(_tell_at_once, url=parsed))
        return engine
    except (ArgumentError, ValueError) as error:  # ValueError: a port, a number after the ?
        raise StoreError(
            "The setting `database` is no SQLAlchemy URL, names an unknown kind of database or "
            "has text where a number belongs (such as the port): sqlite:///squash.sqlite or "
            "postgresql+psycopg://user@host:5432/name are examples."
        ) from error
    except ModuleNotFoundError as error:
        raise StoreError(
            f"The driver {error.name} for this database is not installed: "
            "pip install 'squash-jenkins[postgresql]' or 'squash-jenkins[mysql]'."
        ) from error


def _for_server(url: sa.URL, **options: Any) -> sa.Engine:
    return sa.create_engine(url, pool_pre_ping=True, **options)


def _for_postgresql(url: sa.URL) -> sa.Engine:
    """Be independent of what a site, a database or a user has as its defaults.

    Writers wait for each other; a stricter isolation would refuse those that waited. The driver
    reads times of the style ISO only.
    """
    engine = _for_server(url, isolation_level="READ COMMITTED")
    sa.event.listen(engine, "connect", _set_up_postgresql)
    return engine


def _for_sqlite(url: sa.URL) -> sa.Engine:
    _make_folder(url)
    patience = {} if "timeout" in url.query else {"timeout": BUSY_SECONDS}
    engine = sa.create_engine(url, connect_args=patience)
    sa.event.listen(engine, "connect", _set_up_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


_MAKERS = {"sqlite": _for_sqlite, "postgresql": _for_postgresql}


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a transaction that sees the database as of one moment and writes nothing."""
    with telling_failures(engine.url), engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a transaction that holds the write lock from its start; commit it at the end.

    A deferred transaction of SQLite that turns from reading to writing fails when another
    writer was faster, or overwrites what that one wrote.
    """
    with telling_failures(engine.url), engine.connect() as connection:
        writer = connection.execution_options(squash_immediate=True)
        with writer.begin():
            yield writer


@contextmanager
def telling_failures(url: sa.URL) -> Iterator[None]:
    """Turn the database's own errors into StoreUnreachable or StoreError."""
    try:
        yield
    except PoolExhausted as error:
        raise StoreUnreachable(
            f"Every connection to {url.render_as_string()} is in use: try again."
        ) from error
    except DBAPIError as error:
        raise _explained(error.orig or error, isinstance(error, _LOST), url) from error
    except sqlite3.Error as error:
        raise _explained(error, False, url) from error


def _tell_at_once(context: sa.ExceptionContext, *, url: sa.URL) -> None:
    """Raise a statement's failure as ours where it happens, so that nobody takes it for theirs."""
    with telling_failures(url):
        if isinstance(context.sqlalchemy_exception, DBAPIError):
            raise context.sqlalchemy_exception


_LOST = (OperationalError, InterfaceError)


def _explained(error: BaseException, lost: bool, url: sa.URL) -> StoreError:
    where = url.render_as_string(hide_password=True)
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in _REMEDIES:
        return StoreUnreachable(f"The database {where} cannot be used: {_REMEDIES[code & 0xFF]}.")
    first_line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    detail = first_line.replace(url.password, "***") if url.password else first_line
    if lost and url.get_backend_name() != "sqlite":
        return StoreUnreachable(
            f"The database {where} does not answer: {detail}. "
            "Check that the server runs, the name, the user and the password."
        )
    return StoreError(
        f"The database {where} refused: {detail}. Check that it belongs to squash-jenkins "
        "and is not damaged (`squash-jenkins check`)."
    )


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
