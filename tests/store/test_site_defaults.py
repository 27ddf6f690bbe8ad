"""Whatever defaults a site gave its database server, the store does the same."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from squash_jenkins.models import BuildId
from squash_jenkins.store import open_store
from tests import databases
from tests.store.conftest import URL, make_record

NOW = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)  # an hour that many zones skip
DEFAULTS = {
    "default_transaction_isolation": "serializable",
    "datestyle": "German",
    "timezone": "America/St_Johns",
}


@pytest.fixture
def url(tmp_path):
    """Return the URL of a database with odd defaults."""
    url = databases.url_of(tmp_path)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for name, value in DEFAULTS.items():
            database = sa.make_url(url).database
            connection.execute(sa.text(f"ALTER DATABASE {database} SET {name} = '{value}'"))
    engine.dispose()
    return url


def test_odd_defaults_change_nothing(url, tmp_path):
    with open_store(url, str(tmp_path / "blobs")) as store:
        made = make_record(1, started=NOW)
        assert store.save(made, controller_url=URL).changed
        assert not store.save(made, controller_url=URL).changed
        with store.reader() as reader:
            (job,) = reader.builds.jobs()
            assert [build.started for build in reader.builds.outline(job.key)] == [NOW]
        queue = store.build_queue
        ids = [BuildId("main", "ci", number) for number in range(1, 17)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda id: queue.add(id, "names", NOW), ids))
            claimed = list(pool.map(lambda _: queue.claim(NOW), ids))
        assert {row.id for row in claimed if row} == set(ids)
        assert all(row.created == NOW for row in claimed if row)
