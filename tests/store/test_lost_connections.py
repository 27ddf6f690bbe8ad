"""A server that ends a connection, at every place where the store speaks to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from squash_jenkins.errors import StoreUnreachable
from squash_jenkins.store.engine import reading, writing
from tests import databases

SPOKEN = ["before_cursor_execute", "commit", "rollback"]
EVENTS = ["checkout", *SPOKEN, "checkin"]


@pytest.fixture
def end() -> Iterator[Callable[[object], None]]:
    """Return what has the server end the connection of somebody else, and sees it end."""
    engine = sa.create_engine(databases.SERVER or "", isolation_level="AUTOCOMMIT")
    postgresql = engine.dialect.name == "postgresql"
    kill = "SELECT pg_terminate_backend({}, 5000)" if postgresql else "KILL {}"
    count = (
        "SELECT count(*) FROM pg_stat_activity WHERE pid = {}"
        if postgresql
        else "SELECT count(*) FROM information_schema.processlist WHERE id = {}"
    )
    with engine.connect() as other:

        def ending(driver: Any) -> None:
            number = driver.info.backend_pid if postgresql else driver.thread_id()
            other.exec_driver_sql(kill.format(number))
            while other.exec_driver_sql(count.format(number)).scalar():
                continue

        yield ending
    engine.dispose()


@contextmanager
def ended_at(engine: sa.Engine, place: int, end: Callable[[object], None]) -> Iterator[list[str]]:
    """End the connection before the event of this number; give the events that came."""
    came: list[str] = []

    def come(name: str) -> Callable[..., None]:
        def hear(*arguments: Any) -> None:
            came.append(name)
            if len(came) == place:
                (first, *_) = arguments
                driver = first.connection.driver_connection if name in SPOKEN else first
                end(driver)

        return hear

    hearing = [(engine, name, come(name)) for name in EVENTS]
    for each in hearing:
        sa.event.listen(*each)
    try:
        yield came
    finally:
        for each in hearing:
            sa.event.remove(*each)


def faults(
    engine: sa.Engine, end: Callable[[object], None], work: Callable[[], object]
) -> list[str]:
    """Do something again and again, each time with the connection lost one event later."""
    errors = []
    for place in range(1, 100):
        with ended_at(engine, place, end) as came:
            try:
                work()
            except StoreUnreachable as error:
                errors.append(str(error))
        if len(came) < place:
            break
        work()  # whatever was lost: the next time it is well again
    return errors


def test_a_connection_that_is_lost_anywhere_is_the_stores_own_error(store, record, end, capfd):
    store.save(record(1), controller_url="http://x/")

    def read() -> None:
        with store.reader() as reader:
            reader.counts()

    numbers = iter(range(2, 1000))
    reads = faults(store._engine, end, read)
    writes = faults(
        store._engine, end, lambda: store.save(record(next(numbers)), controller_url="http://x/")
    )
    assert len(reads) >= 2
    assert len(writes) >= 10
    assert all("does not answer" in text for text in [*reads, *writes]), {*reads, *writes}
    assert "Traceback" not in capfd.readouterr().err


def test_reading_sees_one_moment_and_leaves_others_their_isolation(store, record):
    name = store._engine.dialect.name
    ask = "SHOW transaction_isolation" if name == "postgresql" else "SELECT @@tx_isolation"
    with writing(store._engine) as connection:
        before = connection.exec_driver_sql(ask).scalar()
    with reading(store._engine) as connection:
        empty = connection.exec_driver_sql("SELECT count(*) FROM build").scalar()
        store.save(record(1), controller_url="http://x/")
        assert connection.exec_driver_sql("SELECT count(*) FROM build").scalar() == empty
    with writing(store._engine) as connection:
        assert connection.exec_driver_sql(ask).scalar() == before
