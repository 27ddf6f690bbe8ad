import os
import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa

from squash_jenkins.errors import StoreError, StoreUnreachable
from squash_jenkins.models import BuildId
from squash_jenkins.store import open_store
from squash_jenkins.store.engine import make_engine, reading
from squash_jenkins.store.faults import translating_errors
from tests import databases


def test_a_full_disk_is_told_and_nothing_is_half_stored(store, save, record, dump):
    save(record(1))
    before = dump()

    def fill(connection, _record):
        connection.execute("PRAGMA max_page_count=1")  # what is there already is the limit

    store._engine.dispose()
    sa.event.listen(store._engine, "connect", fill)
    many = [{"key": "x" * 50_000}] * 20
    with pytest.raises(StoreUnreachable, match="disk is full: make room"):
        save(record(2, extra={"many": many}))
    assert dump() == before
    sa.event.remove(store._engine, "connect", fill)
    store._engine.dispose()
    assert save(record(2, extra={"many": many})).changed


def test_a_lock_that_stays_is_told(store, record, database):
    with (
        closing(sqlite3.connect(database, isolation_level=None)) as other,
        open_store(f"sqlite:///{database}?timeout=0.1", str(database) + ".blobs") as impatient,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnreachable, match="stayed locked"):
            impatient.save(record(), controller_url="http://x/")
        with impatient.reader() as reader:
            assert reader.builds.jobs() == []  # reading goes on meanwhile
        other.execute("ROLLBACK")
        assert impatient.save(record(), controller_url="http://x/").changed


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnreachable, match=r"folder .*file.* cannot be made"):
        open_store(f"sqlite:///{tmp_path}/file/squash.sqlite", "blobs")


def test_a_folder_in_place_of_the_file_is_told(tmp_path):
    with pytest.raises(StoreUnreachable, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path}", "blobs")


def test_a_file_that_is_no_database_is_told_and_left_alone(database):
    database.write_text("These are my notes, and no database at all. " * 40)
    before = database.read_bytes()
    with pytest.raises(StoreError, match="not a database"):
        open_store(f"sqlite:///{database}", "blobs")
    assert database.read_bytes() == before


def test_a_missing_folder_is_made(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/a/b/squash.sqlite", "blobs"):
        assert (tmp_path / "a" / "b" / "squash.sqlite").is_file()


@pytest.mark.parametrize(
    "url",
    [
        "no url",
        "oracle9://x/y",
        "sqlite+what:///x",
        "mysql+pymysql://me@127.0.0.1:99999/x",
        "postgresql+psycopg://me@127.0.0.1:port/x",
    ],
)
def test_a_wrong_url_is_told(url):
    with pytest.raises(StoreError, match=r"sqlite:///squash.sqlite"):
        open_store(url, "blobs")


def test_a_password_is_never_shown():
    engine = make_engine("postgresql+psycopg://me:s3cret@127.0.0.1/x")
    fault = engine.dialect.loaded_dbapi.OperationalError("user me password s3cret failed")
    lost = sa.exc.OperationalError("SELECT 1", {}, fault)
    with pytest.raises(StoreUnreachable) as caught, translating_errors(engine):
        raise lost
    assert "s3cret" not in str(caught.value)
    assert "does not answer" in str(caught.value)


def test_too_few_connections_are_told(tmp_path):
    pool = {"poolclass": sa.QueuePool, "pool_size": 1, "max_overflow": 0, "pool_timeout": 0.1}
    engine = sa.create_engine(databases.url_of(tmp_path), **pool)
    with (
        reading(engine),
        pytest.raises(StoreUnreachable, match=r"in use: try again"),
        reading(engine),
    ):
        pass
    with reading(engine):  # the one is free again
        pass
    engine.dispose()


def test_sqlite_is_set_up_to_lose_nothing(database):
    engine = make_engine(f"sqlite:///{database}")
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_a_number_that_no_database_holds_is_refused_in_words(store, record, save):
    with pytest.raises(StoreError, match=r"cannot be stored|refused") as caught:
        save(record(1, id=BuildId("ci", "job", 1 << 70)))
    assert not isinstance(caught.value, StoreUnreachable)


def rights(database):
    names = (database.name, f"{database.name}-wal", f"{database.name}-shm")
    return [database.with_name(name).stat().st_mode & 0o777 for name in names]


def test_nobody_else_reads_the_file_with_the_passwords(database):
    before = os.umask(0o022)
    try:
        with open_store(f"sqlite:///{database}", "blobs") as store, store.reader():
            assert rights(database) == [0o600] * 3
    finally:
        os.umask(before)


@pytest.mark.parametrize(("before", "after"), [(0o644, 0o600), (0o664, 0o660), (0o600, 0o600)])
def test_a_file_of_an_earlier_version_becomes_private_and_stays_that_of_its_group(
    database, before, after
):
    with open_store(f"sqlite:///{database}", "blobs") as store, store.reader():
        for name in ("", "-wal", "-shm"):
            database.with_name(f"{database.name}{name}").chmod(before)
        with open_store(f"sqlite:///{database}", "blobs") as again, again.reader():
            assert rights(database) == [after] * 3
