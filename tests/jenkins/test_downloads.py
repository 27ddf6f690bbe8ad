"""Download artifacts over real HTTP: whole, or not at all."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from squash_jenkins.errors import (
    BuildMissing,
    DocumentError,
    JenkinsError,
    NotFound,
    PermissionMissing,
    SignInRefused,
    UnexpectedAnswer,
    Unreachable,
)
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import Artifact, BuildId
from squash_jenkins.simulate.world import World

BUILD = BuildId("lab", "ci", 1)
CONTENT = random.Random(1).randbytes(300_000)
MIB = 2**20


@pytest.fixture
def files(world: World) -> dict[str, bytes]:
    files = {
        "out/qa.json": json.dumps({"x": float("nan"), "é": "é"}).encode(),
        "a b/run #1 100%.json": b"[]",
        "empty.json": b"",
        "broken.json": b'{"x":',
        "big.json.gz": CONTENT,
        "page.html": b"<p>j_username",
    }
    world.add_job("ci")
    world.add_build("ci", artifacts=dict(files))
    return files


def test_facts_12_19_24_every_file_comes_as_it_is(
    client: JenkinsClient, files: dict[str, bytes], tmp_path: Path
) -> None:
    assert files
    for path, content in files.items():
        size = client.download(BUILD, Artifact(path), tmp_path / "file", MIB)
        assert (tmp_path / "file").read_bytes() == content
        assert size == len(content)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_the_limit_is_the_largest_size(
    client: JenkinsClient, files: dict[str, bytes], tmp_path: Path
) -> None:
    big = Artifact("big.json.gz")
    assert client.download(BUILD, big, tmp_path / "file", len(CONTENT)) == len(CONTENT)
    (tmp_path / "file").unlink()
    with pytest.raises(DocumentError, match="limit of 299999 bytes"):
        client.download(BUILD, big, tmp_path / "file", len(CONTENT) - 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("kind", ["reset", "cut", "truncate"])
def test_a_transfer_that_breaks_off_is_tried_again(
    world: World,
    client: JenkinsClient,
    files: dict[str, bytes],
    tmp_path: Path,
    kind: str,
    chunked: bool,
) -> None:
    ordered = world.order_fault("artifact/big", kind=kind, times=2, chunked=chunked)
    assert client.download(BUILD, Artifact("big.json.gz"), tmp_path / "f", MIB) == len(CONTENT)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert ordered.times == 0
    assert [each.name for each in tmp_path.iterdir()] == ["f"]


def test_a_transfer_that_never_ends_well_is_told(
    world: World, client: JenkinsClient, files: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "f").write_text("old")
    world.order_fault("artifact/big", kind="truncate", times=100)
    with pytest.raises(Unreachable, match="broke off"):
        client.download(BUILD, Artifact("big.json.gz"), tmp_path / "f", MIB)
    assert [each.read_text() for each in tmp_path.iterdir()] == ["old"]


def test_fact_8_a_missing_artifact_is_told_from_a_missing_build(
    world: World, client: JenkinsClient, files: dict[str, bytes], tmp_path: Path
) -> None:
    def fails() -> str:
        with pytest.raises(NotFound) as caught:
            client.download(BUILD, Artifact("out/qa.json"), tmp_path / "f", MIB)
        return f"{type(caught.value).__name__}: {caught.value}"

    world.rotate("ci", keep_artifacts=0)
    assert fails().startswith("NotFound: ci #1 has no artifact 'out/qa.json'")
    world.delete_build("ci", 1)
    assert fails().startswith("BuildMissing: ci #1 was deleted")
    world.rename_job("ci", "other")
    assert fails().startswith("BuildMissing: There is no job 'ci'")
    assert list(tmp_path.iterdir()) == []


def test_a_build_that_is_deleted_while_its_files_are_fetched(
    world: World, client: JenkinsClient, files: dict[str, bytes], tmp_path: Path
) -> None:
    world.order_fault("artifact/empty", kind="call", call=lambda: world.delete_build("ci", 1))
    client.download(BUILD, Artifact("big.json.gz"), tmp_path / "f", MIB)
    with pytest.raises(BuildMissing):
        client.download(BUILD, Artifact("empty.json"), tmp_path / "g", MIB)


@pytest.mark.parametrize(("status", "kind"), [(401, SignInRefused), (500, UnexpectedAnswer)])
def test_a_refused_file_is_told_at_once(
    world: World,
    client: JenkinsClient,
    files: dict[str, bytes],
    tmp_path: Path,
    status: int,
    kind: type[JenkinsError],
) -> None:
    world.order_fault("artifact", status=status)
    with pytest.raises(kind):
        client.download(BUILD, Artifact("empty.json"), tmp_path / "f", MIB)
    assert len(world.requests) == 1


def test_a_page_in_place_of_a_file_is_told(
    world: World, client: JenkinsClient, files: dict[str, bytes], tmp_path: Path
) -> None:
    world.order_fault("artifact", kind="html")
    with pytest.raises(JenkinsError, match="something else than requested"):
        client.download(BUILD, Artifact("empty.json"), tmp_path / "f", MIB)


def test_files_need_the_sign_in_and_send_no_cookies(
    world: World, connect: Callable[..., JenkinsClient], files: dict[str, bytes], tmp_path: Path
) -> None:
    world.anonymous = frozenset()
    empty = Artifact("empty.json")
    with pytest.raises(PermissionMissing, match="closed to anonymous"):
        connect(None, None).download(BUILD, empty, tmp_path / "f", MIB)
    with pytest.raises(SignInRefused):
        connect("dev", "wrong").download(BUILD, empty, tmp_path / "f", MIB)
    client = connect()
    client.may_describe(BUILD)
    assert client.download(BUILD, empty, tmp_path / "f", MIB) == 0
    assert "cookie" not in world.requests[-1].headers


def test_files_are_fetched_through_a_restart(
    world: World, client: JenkinsClient, files: dict[str, bytes], tmp_path: Path
) -> None:
    empty = Artifact("empty.json")
    client.download(BUILD, empty, tmp_path / "f", MIB)
    world.restart()
    assert client.download(BUILD, empty, tmp_path / "f", MIB) == 0


def test_a_file_that_does_not_come_in_time(
    world: World, connect: Callable[..., JenkinsClient], files: dict[str, bytes], tmp_path: Path
) -> None:
    client = connect(timeout=0.2, attempts=2)
    world.order_fault("artifact", kind="slow", seconds=1.0)
    assert client.download(BUILD, Artifact("empty.json"), tmp_path / "f", MIB) == 0
    world.order_fault("artifact", kind="slow", seconds=1.0, times=2)
    with pytest.raises(Unreachable, match=r"did not answer within 0\.2 s"):
        client.download(BUILD, Artifact("empty.json"), tmp_path / "f", MIB)


@pytest.mark.parametrize("path", ["../../../api/json", "/x", "a/../../b"])
def test_a_path_out_of_the_archive_is_not_asked_for(
    world: World, client: JenkinsClient, files: dict[str, bytes], tmp_path: Path, path: str
) -> None:
    with pytest.raises(DocumentError, match="archive"):
        client.download(BUILD, Artifact(path), tmp_path / "f", MIB)
    assert not world.requests
