"""Links lead to where people reach Jenkins, which need not be where this machine reads it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from squash_jenkins.config import Settings
from squash_jenkins.ingest.saving import root_url, save
from squash_jenkins.ingest.spool import spool, spooled
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import Build, BuildId, BuildRecord
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World
from squash_jenkins.store import Store, open_store

BUILD = BuildId("lab", "folder/ci", 1)
PUBLIC = "https://ci.example.org/jenkins/"
START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def jenkins() -> Iterator[SimulatedJenkins]:
    world = World(root_url=PUBLIC)
    world.add_job("folder/ci")
    world.add_build("folder/ci", started=START)
    with SimulatedJenkins(world) as simulated:
        yield simulated


@pytest.fixture
def settings(tmp_path: Path, jenkins: SimulatedJenkins) -> Settings:
    return Settings(folder=tmp_path, controllers={"lab": {"url": jenkins.url}}).resolved()


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings.database, settings.blobs) as opened:
        yield opened


def read(settings: Settings) -> BuildRecord:
    with JenkinsClient(settings.controller("lab")) as client:
        return BuildRecord(client.family(BUILD)[0], [], [])


def stored_root(store: Store) -> str:
    with store.reader() as reader:
        return reader.builds.jobs()[0].controller_url


def test_the_root_that_jenkins_says_it_has_is_linked_to(settings: Settings, store: Store) -> None:
    save(settings, store, [read(settings)])
    assert stored_root(store) == PUBLIC
    assert root_url(settings, store, "lab") == PUBLIC


def test_the_setting_wins(settings: Settings, store: Store) -> None:
    own = settings.controllers["lab"].model_copy(update={"public_url": "https://proxy.example/"})
    given = settings.model_copy(update={"controllers": {"lab": own}})
    save(given, store, [read(settings)])
    assert stored_root(store) == "https://proxy.example/"
    assert given.controller_of("https://proxy.example/job/folder/job/ci/1/") == "lab"
    assert given.controller_of(settings.controllers["lab"].url + "job/ci/1/") == "lab"


def test_builds_that_do_not_come_from_jenkins_leave_the_root_as_it_is(
    settings: Settings, store: Store
) -> None:
    posted = BuildRecord(Build(replace(BUILD, number=7), START), [], [])
    assert save(settings, store, [posted])[0].changed
    assert stored_root(store) == settings.controllers["lab"].url
    save(settings, store, [read(settings)])
    assert not save(settings, store, [posted])[0].changed
    assert stored_root(store) == PUBLIC


def test_a_build_in_the_spool_remembers_the_root(settings: Settings) -> None:
    spool(settings.spool, read(settings))
    [(_, record)] = spooled(settings.spool, [])
    assert record.build.root == PUBLIC
