"""What is left behind by a command that was killed, and a watch that the database has overtaken."""

import hashlib
import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from squash_jenkins.config import Settings
from squash_jenkins.errors import NewerDatabase
from squash_jenkins.ingest.quarantine import entries
from squash_jenkins.ingest.retry import Fate, Retry
from squash_jenkins.ingest.saving import open_store_for, save_builds
from squash_jenkins.models import Rejected
from squash_jenkins.plugins import find
from squash_jenkins.store.engine import writing
from squash_jenkins.watch.service import Watch
from tests.ingest.test_spool import record


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    nowhere = {"far": {"url": "http://127.0.0.1:9/"}}
    return Settings(folder=tmp_path, controllers=nowhere).resolved()


def pages(settings: Settings) -> list[str]:
    return [str(file) for file in settings.output.rglob("index.html")]


def watch_of(settings: Settings, told: list[str]) -> Watch:
    stopped = threading.Event()
    stopped.set()  # it does what is left behind, and asks no Jenkins
    return Watch(settings, find(settings.dashboards), log=told.append, stopped=stopped)


def store(settings: Settings, number: int) -> None:
    """Store a build and make no pages, as a command that is killed in between."""
    plain = replace(record(number), reports=[replace(record(number).reports[0], blobs=[])])
    with open_store_for(settings) as there:
        save_builds(settings, there, [plain])


def test_a_watch_makes_the_pages_that_another_command_owes(settings: Settings) -> None:
    told: list[str] = []
    watch = watch_of(settings, told)
    store(settings, 1)
    watch.round()
    assert any("/1/" in path for path in pages(settings))
    store(settings, 2)
    watch.round()
    assert any("/2/" in path for path in pages(settings))
    watch.close()


def test_a_watch_that_the_database_has_overtaken_ends_and_says_so(settings: Settings) -> None:
    told: list[str] = []
    watch = watch_of(settings, told)
    watch.round()
    with open_store_for(settings) as there, writing(there._engine) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'ffff00000001'"))
    with pytest.raises(NewerDatabase, match="upgrade this program"):
        watch.round()
    watch.close()


class After(threading.Event):
    """Be set when it was asked for so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def is_set(self) -> bool:
        self.times -= 1
        return self.times < 0


def test_a_retry_that_is_stopped_shows_what_it_has_read(settings: Settings) -> None:
    content = json.dumps({"speed": 12.5}).encode()
    digest = hashlib.sha256(content).hexdigest()
    folder = settings.spool.parent / "quarantine"
    folder.mkdir(parents=True)
    (folder / digest).write_bytes(content)
    aside = Rejected("qa.json", "it was cut off", digest, len(content))
    builds = [replace(record(number), reports=[], rejected=[aside]) for number in (1, 2)]
    with open_store_for(settings) as there:
        save_builds(settings, there, builds)
        with there.reader() as reader:
            found = entries(reader)
    clients: list[str] = []
    retry = Retry(settings, find(settings.dashboards), clients.append, After(1))
    done = retry.run(found)
    assert clients == []
    fates = {tried.aside.id.number: (tried.fate, tried.reason) for tried in done.files}
    assert fates == {
        1: (Fate.READ, ""),
        2: (Fate.STILL, "not tried: the command was stopped"),
    }
    assert any("/1/" in path for path in pages(settings))
    assert (folder / digest).exists()
