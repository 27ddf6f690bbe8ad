"""Upgrades of a database to the tables of this program; Alembic is imported only when needed."""

import re
import sqlite3
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from squash_jenkins import resources
from squash_jenkins.errors import NewerDatabase, OlderDatabase, StoreError, StoreUnreachable
from squash_jenkins.reliability.atomic_files import replacing
from squash_jenkins.store.engine import keep_private, make_engine, reading, sqlite_file, writing
from squash_jenkins.store.faults import translating_errors
from squash_jenkins.store.schema import tables as schema

if TYPE_CHECKING:
    from alembic.config import Config

State = Literal["empty", "older", "current"]
_NAMED = re.compile(r"^(revision|down_revision)\b[^=]*= *['\"](\w+)['\"]", re.MULTILINE)


def prepare(engine: sa.Engine, *, upgrade_allowed: bool = True) -> None:
    """Make sure that the database has the tables of this program.

    An empty or older SQLite file is upgraded at once, other databases on request.

    Raises
    ------
    OlderDatabase
        When it needs an upgrade that is only made on request.
    NewerDatabase
        When a newer version of this program has written it.
    """
    with reading(engine) as connection:
        state = examine(connection)
    if state == "current":
        return
    if not upgrade_allowed or engine.dialect.name != "sqlite":
        what = "has no tables yet" if state == "empty" else "is of an older version"
        raise OlderDatabase(
            f"The database {engine.url.render_as_string()} {what}: "
            "make a backup and run `squash-jenkins db upgrade`."
        )
    upgrade(engine)


def upgrade(engine: sa.Engine) -> Path | None:
    """Upgrade the database in one transaction; return the backup copy if one was made.

    MariaDB commits each change of a table: there an upgrade continues where an interrupted one
    ended (``db/migrations/env.py``). Of two at once, the second finds nothing left to do.
    """
    with _without_foreign_keys(engine) as connection:
        state = examine(connection)
        if state == "current":
            return None
        file = sqlite_file(engine.url)
        copied = _back_up(file, current(connection)) if file and state == "older" else None
        from alembic import command

        command.upgrade(_config(connection), "head")
        _check_foreign_keys(connection)
    return copied


def examine(connection: sa.Connection) -> State:
    """Compare the database with the migrations that came with this program.

    Raises
    ------
    NewerDatabase
        When this program does not know its version.
    StoreError
        When its tables belong to another program.
    """
    version = current(connection)
    if version is None:
        if not sa.inspect(connection).has_table("alembic_version"):
            _refuse_foreign(connection)
        return "empty"  # or ours, if the first upgrade was interrupted
    if version == head():
        return "current"
    if version in _revisions():
        return "older"
    raise NewerDatabase(
        f"The database {connection.engine.url.render_as_string()} was written by a newer "
        f"version of squash-jenkins (its version is {version}): upgrade this program."
    )


def current(connection: sa.Connection) -> str | None:
    """Return the version of the database; None when it has none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    query = sa.text("SELECT version_num FROM alembic_version")
    version = connection.execute(query).scalar()
    return None if version is None else str(version)


def head() -> str:
    """Return the version that this program needs, read without importing Alembic."""
    revisions = _revisions()
    last = set(revisions) - set(revisions.values())
    if len(last) != 1:
        raise StoreError(
            f"The migrations in {_folder()} do not end in one revision ({sorted(last)}): "
            "install the package again, or set down_revision so that they form one line."
        )
    return last.pop()


def make_revision(message: str, *, empty: bool = False) -> Path:
    """Write a migration for the changed tables and return its file.

    The tables are compared with a temporary database, not with the one in the settings.

    Raises
    ------
    StoreError
        When nothing changed, unless `empty` asks for a migration to be completed by hand.
    """
    if not empty and not differences():
        raise StoreError(
            "The tables in squash_jenkins/store/schema/tables.py are those of the last migration: "
            "change them first."
        )
    from alembic import command

    with _scratch() as connection:
        script = command.revision(_config(connection), message, autogenerate=not empty)
    return Path(script.path)  # type: ignore[union-attr]  # it is a list with several heads only


def differences() -> list[str]:
    """Return the differences between the tables and those that the migrations make."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with _scratch() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [str(entry) for entry in compare_metadata(context, schema.metadata)]


def _folder() -> Path:
    return resources.folder("db") / "migrations"


def _revisions() -> dict[str, str | None]:
    """Return by revision the previous one."""
    texts = (path.read_text(encoding="utf-8") for path in (_folder() / "versions").glob("*.py"))
    named = [dict(_NAMED.findall(text)) for text in texts]
    return {each["revision"]: each.get("down_revision") for each in named}


def _config(connection: sa.Connection) -> "Config":
    from alembic.config import Config

    config = Config(cmd_opts=Namespace(quiet=True))  # only commands print
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _scratch() -> Iterator[sa.Connection]:
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/scratch.sqlite")
        try:
            upgrade(engine)
            with reading(engine) as connection:
                yield connection
        finally:
            engine.dispose()


@contextmanager
def _without_foreign_keys(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a write transaction in which a table of SQLite can be replaced.

    Batch mode copies a table and drops the old one; with foreign keys on, that silently
    deletes the rows that refer to it. Within a transaction the switch has no effect.
    """
    if engine.dialect.name != "sqlite":
        with alone(engine), writing(engine) as connection:
            yield connection
        return
    with translating_errors(engine), engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.execution_options(squash_immediate=True).begin():
                yield connection
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


@contextmanager
def alone(engine: sa.Engine, patience: int = 3600) -> Iterator[None]:
    """Make other upgrades of a database server wait until this one is committed.

    A connection of its own holds the lock, because MariaDB commits each change of a table.

    Raises
    ------
    StoreUnreachable
        When another upgrade is still running after `patience` seconds.

    """
    take, give_back = _LOCKS[engine.dialect.name]
    until = time.monotonic() + patience
    with translating_errors(engine), engine.connect() as connection:
        while not connection.exec_driver_sql(take).scalar():
            if time.monotonic() >= until:
                raise StoreUnreachable(
                    f"Another program upgrades the database {engine.url.render_as_string()} now: "
                    "wait until it is done."
                )
            time.sleep(_LOOK_AGAIN)  # nothing reports that the lock is free
        try:
            yield
        finally:
            connection.exec_driver_sql(give_back)


_LOOK_AGAIN = 0.2
"""Seconds between two attempts to take the lock."""
_OURS = "CONCAT('squash-jenkins ', SHA1(DATABASE()))"
_MARIADB = f"SELECT GET_LOCK({_OURS}, 0)", f"SELECT RELEASE_LOCK({_OURS})"
_LOCKS = {
    "postgresql": ("SELECT pg_try_advisory_lock(7113)", "SELECT pg_advisory_unlock(7113)"),
    "mysql": _MARIADB,
    "mariadb": _MARIADB,
}
"""By database the statements that try to take the lock of upgrades, and release it."""


def _check_foreign_keys(connection: sa.Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise StoreError(
            f"The upgrade of {connection.engine.url.render_as_string()} would break "
            f"{len(broken)} references in {sorted({row[0] for row in broken})}; nothing was "
            "changed. Keep the file and report this."
        )


def _refuse_foreign(connection: sa.Connection) -> None:
    tables = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
    if connection.dialect.name != "sqlite":  # a server's database may be shared with others
        tables &= set(schema.metadata.tables)
    if tables:
        raise StoreError(
            f"The database {connection.engine.url.render_as_string()} holds tables of another "
            f"program ({', '.join(sorted(tables)[:3])}): name another file in `database`."
        )


def _back_up(file: Path, version: str | None) -> Path:
    """Copy the file in the state before the current transaction; return the copy."""
    moment = datetime.now(UTC)
    copy = file.with_name(f"{file.name}.{version}-{moment:%Y%m%dT%H%M%S%fZ}.backup")
    with replacing(copy, f".{copy.name}.") as part:
        keep_private(part)
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(part)) as to:
            source.backup(to)
    return copy
