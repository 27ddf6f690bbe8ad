"""The translation of errors of a database into ones that say what to do, and where the fault is.

The values to store are at fault (StoreError: retrying does not help), or the database is
(StoreUnreachable: whatever is to be stored has to wait).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from squash_jenkins.errors import ConnectionLost, StoreError, StoreUnreachable

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
    sqlite3.SQLITE_CORRUPT: "it is damaged: put back a backup, or move it away and backfill",
    sqlite3.SQLITE_NOTADB: "the file is not a database, or damaged: name another file, or put "
    "back a backup",
}
_READS_ONLY = {"25006", "42501", 1142, 1143, 1227, 1290, 1370, 1792, 1836}
"""Codes of PostgreSQL and MariaDB for a read-only server, and for missing privileges."""
_TOO_LARGE = {1118, 1153, 1301}
"""Codes of MariaDB for a row or packet that is too large."""
_LIMIT = "54"
"""PostgreSQL's class of codes for values that are too large or too complex."""


@contextmanager
def translating_errors(engine: sa.Engine) -> Iterator[None]:
    """Turn errors of the database and its driver into StoreUnreachable or StoreError."""
    try:
        yield
    except PoolExhausted as error:
        where = engine.url.render_as_string()
        raise StoreUnreachable(f"Every connection to {where} is in use: try again.") from error
    except DBAPIError as error:
        raise _explained(error.orig or error, engine, error.connection_invalidated) from error
    except StatementError as error:
        raise StoreError(f"This cannot be stored: {error.orig}.") from error
    except engine.dialect.loaded_dbapi.Error as error:  # errors that SQLAlchemy does not wrap
        raise _explained(error, engine, False) from error


def translate_error(context: sa.engine.ExceptionContext) -> StoreError | None:
    """Translate the error of a statement where it happens, so that no other code handles it.

    Drivers also raise other errors than their own, such as OverflowError. SQLAlchemy itself
    expects errors of some statements.
    """
    execution, engine = context.execution_context, context.engine
    expected = execution and execution.execution_options.get("skip_user_error_events")
    if engine is None or expected or context.is_pre_ping:
        return None
    error = context.sqlalchemy_exception or context.original_exception
    if isinstance(error, DBAPIError):
        return _explained(error.orig or error, engine, error.connection_invalidated)
    if execution is None or isinstance(error, sa.exc.SQLAlchemyError | StoreError):
        return None
    return StoreError(f"This cannot be stored: {error}.") if isinstance(error, Exception) else None


def _explained(error: BaseException, engine: sa.Engine, lost: bool) -> StoreError:
    driver: Any = engine.dialect.loaded_dbapi
    where, detail, code = engine.url.render_as_string(), _detail(error, engine.url), _code(error)
    if engine.dialect.name == "sqlite" and code in _REMEDIES:
        return StoreUnreachable(f"The database {where} cannot be used: {_REMEDIES[code]}.")
    too_large = code in _TOO_LARGE or str(code).startswith(_LIMIT)
    if too_large or isinstance(
        error, (driver.DataError, driver.IntegrityError, driver.NotSupportedError)
    ):
        return StoreError(f"The database {where} refused what was to be stored: {detail}.")
    if code in _READS_ONLY:
        return StoreUnreachable(
            f"The database {where} cannot be written: {detail}. Give the account the right to "
            "write, or name the server that takes writes."
        )
    of_server = engine.dialect.name != "sqlite"
    if of_server and isinstance(error, (driver.OperationalError, driver.InterfaceError)):
        return (ConnectionLost if lost else StoreUnreachable)(
            f"The database {where} does not answer: {detail}. "
            "Check that the server runs, the name, the user and the password."
        )
    return StoreUnreachable(
        f"The database {where} cannot be used: {detail}. Check that it belongs to "
        "squash-jenkins and is not damaged (`squash-jenkins check`)."
    )


def _code(error: BaseException) -> int | str | None:
    """Return the code of SQLite (without details), PostgreSQL (a text) or MariaDB."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF
    state: str | None = getattr(error, "sqlstate", None)
    if state is not None:
        return state
    return error.args[0] if error.args and isinstance(error.args[0], int) else None


def _detail(error: BaseException, url: sa.URL) -> str:
    first_line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return first_line.replace(url.password, "***") if url.password else first_line
