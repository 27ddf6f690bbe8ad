"""A database that takes nothing: what was read waits in the spool, and `check` says why."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.commands.check import check
from squash_jenkins.config import Settings
from squash_jenkins.ingest.pipeline import ingest_files
from squash_jenkins.ingest.saving import ingest_spool, open_store_for
from squash_jenkins.ingest.spool import damaged, paths
from squash_jenkins.models import Artifact, Build, BuildId
from squash_jenkins.plugins import Plugins
from tests.ingest.test_spool import START


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(folder=tmp_path).resolved()
    open_store_for(found).close()
    return found


def read_only(settings: Settings) -> Settings:
    url = f"sqlite:///file:{settings.folder}/squash.sqlite?mode=ro&uri=true"
    return settings.model_copy(update={"database": url})


def broken(settings: Settings) -> Settings:
    file = settings.folder / "squash.sqlite"
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xee" * (len(content) - 4096))
    return settings


@pytest.mark.parametrize(("spoil", "word"), [(read_only, "read-only"), (broken, "damaged")])
def test_what_was_read_is_spooled_and_check_tells_why(
    settings: Settings, spoil: Callable[[Settings], Any], word: str
) -> None:
    unusable = spoil(settings)
    file = settings.folder / "qa.json"
    file.write_text(json.dumps({"speed": 12.5}))
    build = Build(BuildId("main", "x", 1), START, artifacts=[Artifact("qa.json")])
    outcome = ingest_files(unusable, Plugins((), (), ()), build, [file])
    assert len(outcome.spooled) == 1
    assert any(word in text and "is kept in" in text for text in outcome.warnings)
    (found,) = [each for each in check(unusable) if each.what == "database"]
    assert not found.well
    assert word in found.found


def test_a_database_that_takes_nothing_empties_no_spool(settings: Settings) -> None:
    test_what_was_read_is_spooled_and_check_tells_why(settings, read_only, "read-only")
    with pytest.raises(Exception, match="read-only"), open_store_for(read_only(settings)) as store:
        ingest_spool(settings, store)
    assert len(paths(settings.spool)) == 1
    assert damaged(settings.spool) == []
    with open_store_for(settings) as store:
        assert len(ingest_spool(settings, store).saved) == 1
