"""What only MariaDB does: it hangs up on large statements, and commits each change of a table."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
import sqlalchemy as sa

from squash_jenkins.config import Settings
from squash_jenkins.errors import StoreUnreachable
from squash_jenkins.ingest.quarantine import entries
from squash_jenkins.ingest.retry import Fate, Retry
from squash_jenkins.ingest.saving import ingest_spool, save_builds, spool_builds
from squash_jenkins.plugins import find
from squash_jenkins.store.engine import make_engine, reading
from squash_jenkins.store.schema import migrate
from tests import databases

pytestmark = pytest.mark.skipif(
    not (databases.SERVER or "").startswith("m"), reason="make test-databases starts a MariaDB"
)


@pytest.fixture
def large(store):
    """Return more text than a statement may have."""
    with reading(store._engine) as connection:
        return "x" * connection.exec_driver_sql("SELECT @@max_allowed_packet").scalar_one()


@pytest.fixture
def settings(tmp_path, store):
    url = store._engine.url.render_as_string(hide_password=False)
    return Settings(folder=tmp_path, database=url).resolved()


def stored(store):
    """Return by number of the build the paths of its reports and of what was set aside."""
    with store.reader() as reader:
        rows = reader.builds.of_job(reader.builds.jobs()[0].key)
        return {
            row.number: (
                [each.path for each in reader.contents.reports([row.key])],
                [each.path for each in reader.contents.rejected([row.key])],
            )
            for row in rows
        }


def test_a_document_that_is_too_large_is_set_aside_and_the_others_are_stored(
    settings, store, record, large
):
    of_large = record(2, report={"path": "large.json", "extra": {"meta": large}})
    spool_builds(settings, [record(4), of_large])
    taken = ingest_spool(settings, store)
    assert sorted(id.number for id in taken.saved) == [2, 4]
    assert len(taken.faults) == 1
    assert "large.json is set aside: the database hangs up" in taken.faults[0]
    assert list(settings.spool.iterdir()) == []
    save_builds(
        settings, store, [record(1), record(5, report={"extra": {"meta": large}}), record(3)]
    )
    usual = (["cfht/Cfht_output_r.json.xz"], ["bad.json"])
    assert stored(store) == {
        1: usual,
        2: ([], ["bad.json", "large.json"]),
        3: usual,
        4: usual,
        5: ([], ["bad.json", "cfht/Cfht_output_r.json.xz"]),
    }


def test_a_build_of_which_too_much_is_said_is_stored_without_it(settings, store, record, large):
    (kept,) = save_builds(settings, store, [record(1, description=large)])
    assert kept.record.build.description is None
    assert stored(store) == {
        1: (
            ["cfht/Cfht_output_r.json.xz"],
            ["(what Jenkins says of the build)", "bad.json"],
        )
    }


def test_a_retry_of_what_is_too_large_says_so(settings, store, record, large):
    document = json.dumps({"measurements": [], "metrics": [], "meta": {"note": large}}).encode()
    digest = sha256(document).hexdigest()
    folder = settings.spool.parent / "quarantine"
    folder.mkdir(parents=True)
    (folder / digest).write_bytes(document)
    build = record(1)
    (aside,) = build.rejected
    aside = type(aside)("large.json", "it was cut off", digest, len(document))
    save_builds(settings, store, [type(build)(build.build, build.reports, [aside])])
    with store.reader() as reader:
        found = entries(reader)
    plugins = find(settings.dashboards)
    (tried,) = Retry(settings, plugins, lambda name: pytest.fail(name)).run(found).files
    assert (tried.fate, tried.aside.entry.path) == (Fate.STILL, "large.json")
    assert "the database hangs up" in tried.reason


class Killed(BaseException):
    """Stand for a SIGKILL: nothing is done after it, and the server rolls back."""


def upgrade_killed_after(engine, count):
    """Upgrade, and die after so many statements; return whether it came to its end."""
    before = iter(range(count))

    def count_down(*_):
        if next(before, None) is None:
            raise Killed

    sa.event.listen(engine, "before_cursor_execute", count_down)
    try:
        migrate.upgrade(engine)
    except Killed:
        return False
    finally:
        sa.event.remove(engine, "before_cursor_execute", count_down)
    return True


def shape(engine):
    """Return everything that the server knows of the tables, and what the migrations filled in."""
    found = {}
    with reading(engine) as connection:
        for name in sorted(sa.inspect(connection).get_table_names()):
            made = connection.exec_driver_sql(f"SHOW CREATE TABLE `{name}`").one()[1]
            found[name] = re.sub(r" AUTO_INCREMENT=\d+", "", made)
        for name in ("counter", "alembic_version"):
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            said = [
                column for column in table.c if column.name != "id"
            ]  # what is undone takes some
            found[f"{name}: rows"] = connection.execute(sa.select(*said)).fetchall()
    return found


def test_an_upgrade_goes_on_wherever_the_one_before_was_killed(store, tmp_path):
    engine = make_engine(databases.empty_url_of(tmp_path))
    count, version, kills = 0, None, 0
    while not upgrade_killed_after(engine, count):
        kills += 1
        with reading(engine) as connection:
            now = migrate.current(connection)
        count, version = (0 if now != version else count + 1), now
    assert kills > 60
    assert shape(engine) == shape(store._engine)
    engine.dispose()


def test_three_upgrades_at_once_do_it_once(store, tmp_path):
    url = databases.empty_url_of(tmp_path)
    engines = [make_engine(url) for _ in range(3)]
    with ThreadPoolExecutor() as pool:
        list(pool.map(migrate.upgrade, engines))
    assert shape(engines[0]) == shape(store._engine)
    for engine in engines:
        engine.dispose()


def test_an_upgrade_waits_for_nobody_for_ever(tmp_path):
    engine = make_engine(databases.empty_url_of(tmp_path))
    with (
        migrate.alone(engine),
        pytest.raises(StoreUnreachable, match="Another program upgrades"),
        migrate.alone(engine, patience=0),
    ):
        pass
    migrate.upgrade(engine)
    engine.dispose()
