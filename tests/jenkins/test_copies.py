"""Keep copies of artifacts, and use them only when Jenkins says that nothing changed."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from squash_jenkins.errors import BuildMissing, DocumentError, NotFound, Unreachable
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import Artifact, BuildId
from squash_jenkins.simulate.state import SimBuild
from squash_jenkins.simulate.world import World

START = datetime(2026, 3, 1, 12, 0, 0, 0, UTC)
BUILD = BuildId("lab", "ci", 1)
FILE = Artifact("out/qa.json")
MIB = 2**20
Connect = Callable[..., JenkinsClient]
Fetch = Callable[..., bytes]


@pytest.fixture
def build(world: World) -> SimBuild:
    """Add a build that still runs and has archived two files an hour ago."""
    world.add_job("ci")
    files = {"out/qa.json": b'{"a": 1}' * 5000, "b.json": b"[]"}
    return world.start_build("ci", started=START, artifacts=dict(files), artifacts_visible=2)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "kept"


@pytest.fixture
def fetch(connect: Connect, kept: Path, tmp_path: Path) -> Fetch:
    """Return a function that downloads an artifact and returns its bytes."""
    client = connect(sleep=lambda _: None)

    def get(artifact: Artifact = FILE, limit: int = MIB, kept: Path | None = kept) -> bytes:
        to = tmp_path / "file"
        size = client.download(BUILD, artifact, to, limit, kept)
        content = to.read_bytes()
        to.unlink()
        assert size == len(content)
        return content

    return get


def conditions(world: World) -> list[str | None]:
    """Return what each request asked to be newer than."""
    return [asked.headers.get("if-modified-since") for asked in world.requests]


def test_an_unchanged_file_is_not_sent_again(
    world: World, build: SimBuild, fetch: Fetch, kept: Path
) -> None:
    content = build.artifacts["out/qa.json"]
    assert fetch() == content
    assert world.finish_build("ci", 1) is build
    assert fetch() == content
    assert conditions(world) == [None, "Sun, 01 Mar 2026 12:00:00 GMT"]
    (copy,) = kept.iterdir()
    assert copy.read_bytes() == content
    assert copy.stat().st_mtime == START.timestamp()
    # What is served is the copy: other content with an old date is not sent.
    build.artifacts["out/qa.json"] = b"other"
    assert fetch() == content


def test_a_changed_file_is_sent_again_and_its_copy_with_it(
    world: World, build: SimBuild, fetch: Fetch, kept: Path
) -> None:
    fetch()
    build.artifacts["out/qa.json"] = b"new"
    build.archived = START + timedelta(seconds=1)
    assert [fetch(), fetch()] == [b"new", b"new"]
    assert conditions(world)[1:] == [
        "Sun, 01 Mar 2026 12:00:00 GMT",
        "Sun, 01 Mar 2026 12:00:01 GMT",
    ]
    assert [copy.read_bytes() for copy in kept.iterdir()] == [b"new"]


def test_each_file_has_a_copy_of_its_own(
    world: World, build: SimBuild, fetch: Fetch, kept: Path
) -> None:
    for _ in range(2):
        assert fetch(Artifact("b.json")) == b"[]"
        assert fetch() == build.artifacts["out/qa.json"]
    assert len(list(kept.iterdir())) == 2


def test_without_a_folder_nothing_is_kept(
    world: World, build: SimBuild, fetch: Fetch, kept: Path
) -> None:
    fetch(kept=None)
    fetch(kept=None)
    assert conditions(world) == [None, None]
    assert not kept.exists()


def test_a_file_that_may_be_changing_still_leaves_no_copy(
    world: World, build: SimBuild, fetch: Fetch, kept: Path
) -> None:
    fetch()
    build.artifacts["out/qa.json"] = b"half of"
    build.archived = datetime.now(UTC)
    assert fetch() == b"half of"
    assert list(kept.iterdir()) == []
    # Once whole the file bears the time at which the build wrote it, which is earlier.
    build.artifacts["out/qa.json"] = b"half of it all"
    build.archived = START
    assert fetch() == b"half of it all"


@pytest.mark.parametrize("kind", ["reset", "cut", "truncate"])
def test_a_transfer_that_breaks_off_leaves_the_old_copy(
    world: World, build: SimBuild, fetch: Fetch, kept: Path, tmp_path: Path, kind: str
) -> None:
    old = fetch()
    build.artifacts["out/qa.json"] = b"new"
    build.archived = START + timedelta(hours=1)
    world.order_fault("artifact", kind=kind, times=6)
    with pytest.raises(Unreachable):
        fetch()
    assert [copy.read_bytes() for copy in kept.iterdir()] == [old]
    assert [each.name for each in tmp_path.iterdir()] == ["spool"]
    assert fetch() == b"new"


def test_a_copy_is_no_way_around_the_limit(
    world: World, build: SimBuild, fetch: Fetch, tmp_path: Path
) -> None:
    fetch()
    with pytest.raises(DocumentError, match="limit of 100 bytes"):
        fetch(limit=100)
    assert [each.name for each in tmp_path.iterdir()] == ["spool"]


def test_a_copy_does_not_outlive_the_artifact_or_the_build(
    world: World, build: SimBuild, fetch: Fetch
) -> None:
    fetch()
    build.artifacts = {}
    with pytest.raises(NotFound, match="no artifact") as missing:
        fetch()
    assert not isinstance(missing.value, BuildMissing)
    world.delete_build("ci", 1)
    with pytest.raises(BuildMissing):
        fetch()


def test_an_empty_file_is_kept_like_any_other(world: World, build: SimBuild, fetch: Fetch) -> None:
    build.artifacts["out/qa.json"] = b""
    assert [fetch(), fetch()] == [b"", b""]
    assert conditions(world)[1] is not None


def test_a_connection_is_kept_over_an_answer_of_nothing_new(
    world: World, build: SimBuild, fetch: Fetch
) -> None:
    fetch()
    world.connect_latency = 10.0
    started = datetime.now(UTC)
    for _ in range(3):
        fetch()
    assert datetime.now(UTC) - started < timedelta(seconds=9)


def test_a_copy_that_somebody_spoiled_the_date_of_is_fetched_anew(
    world: World, build: SimBuild, fetch: Fetch, kept: Path
) -> None:
    fetch()
    (copy,) = kept.iterdir()
    copy.write_bytes(b"wrong")
    os.utime(copy, (0, 0))
    assert fetch() == build.artifacts["out/qa.json"]
