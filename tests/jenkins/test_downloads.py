"""Download artifacts over real HTTP: whole, or not at all."""

import gzip
import json
import random
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from squash_jenkins.config import Controller
from squash_jenkins.errors import DocumentError, NotFound, PermissionMissing, Unreachable
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


@pytest.mark.parametrize("kind", ["reset", "truncate"])
def test_a_transfer_that_breaks_off_is_tried_again(
    world: World, client: JenkinsClient, files: dict[str, bytes], tmp_path: Path, kind: str
) -> None:
    ordered = world.order_fault("artifact/big", kind=kind, times=2)
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
    world.rotate("ci", keep_artifacts=0)
    with pytest.raises(NotFound, match=r"no artifact 'out/qa\.json'"):
        client.download(BUILD, Artifact("out/qa.json"), tmp_path / "f", MIB)
    world.delete_build("ci", 1)
    with pytest.raises(NotFound, match="was deleted"):
        client.download(BUILD, Artifact("out/qa.json"), tmp_path / "f", MIB)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["../../../api/json", "/x", "a/../../b"])
def test_a_path_out_of_the_archive_is_not_asked_for(
    world: World, client: JenkinsClient, files: dict[str, bytes], tmp_path: Path, path: str
) -> None:
    with pytest.raises(DocumentError, match="archive"):
        client.download(BUILD, Artifact(path), tmp_path / "f", MIB)
    assert not world.requests


class Store(BaseHTTPRequestHandler):
    """Answer like an object store, or like servers that send without a length."""

    protocol_version = "HTTP/1.1"
    seen: list[str | None]

    def do_GET(self) -> None:
        self.seen.append(self.headers.get("Authorization"))
        getattr(self, self.path.rpartition("/")[2].partition(".")[0])()

    def away(self) -> None:
        port = self.server.server_address[1]
        self._head(302, Location=f"http://localhost:{port}/bucket/kept.json", Content_Length="0")

    def login(self) -> None:
        self._head(302, Location="/signin/form.html", Content_Length="0")

    def form(self) -> None:
        body = b"<form><input name=j_username>"
        self._head(200, Content_Type="text/html", Content_Length=str(len(body)))
        self.wfile.write(body)

    def kept(self) -> None:
        self._head(200, Content_Length="2")
        self.wfile.write(b"{}")

    def bomb(self) -> None:
        self._chunks([gzip.compress(bytes(50 * MIB))], Content_Encoding="gzip")

    def packed(self) -> None:
        self._chunks([gzip.compress(CONTENT)], Content_Encoding="gzip")

    def endless(self) -> None:
        self._chunks([bytes(MIB)] * 50)

    def huge(self) -> None:
        self._head(200, Content_Length=str(200 * MIB))
        self.close_connection = True

    def cut(self) -> None:
        self._chunks([CONTENT], end=len(self.seen) > 1)
        self.close_connection = True

    def _chunks(self, parts: list[bytes], end: bool = True, **headers: str) -> None:
        self._head(200, Transfer_Encoding="chunked", **headers)
        try:
            for part in parts:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
            if end:
                self.wfile.write(b"0\r\n\r\n")
        except ConnectionError:  # the client has seen enough
            self.close_connection = True

    def _head(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def seen() -> list[str | None]:
    """Return the Authorization headers that the store saw."""
    return []


@pytest.fixture
def store(seen: list[str | None]) -> Iterator[JenkinsClient]:
    handler = type("Handler", (Store,), {"seen": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        controller = Controller("lab", f"http://127.0.0.1:{server.server_address[1]}", "u", "t")
        with JenkinsClient(controller, sleep=lambda _: None) as client:
            yield client
        server.shutdown()
        thread.join()


def test_a_redirect_to_an_object_store_is_followed_without_credentials(
    store: JenkinsClient, seen: list[str | None], tmp_path: Path
) -> None:
    assert store.download(BUILD, Artifact("away.json"), tmp_path / "f", MIB) == 2
    assert [each is not None for each in seen] == [True, False]


def test_a_redirect_to_a_sign_in_page_is_told(store: JenkinsClient, tmp_path: Path) -> None:
    with pytest.raises(PermissionMissing, match="sign-in page"):
        store.download(BUILD, Artifact("login.json"), tmp_path / "f", MIB)


@pytest.mark.parametrize("path", ["bomb.json", "endless.json"])
def test_fact_19_the_limit_holds_without_a_length(
    store: JenkinsClient, tmp_path: Path, path: str
) -> None:
    with pytest.raises(DocumentError, match="larger than the limit"):
        store.download(BUILD, Artifact(path), tmp_path / "f", MIB)
    assert list(tmp_path.iterdir()) == []


def test_an_announced_size_over_the_limit_is_not_read(
    store: JenkinsClient, seen: list[str | None], tmp_path: Path
) -> None:
    with pytest.raises(DocumentError, match="larger than the limit"):
        store.download(BUILD, Artifact("huge.json"), tmp_path / "f", MIB)
    assert len(seen) == 1


def test_fact_19_a_compressed_transfer_is_unpacked(store: JenkinsClient, tmp_path: Path) -> None:
    assert store.download(BUILD, Artifact("packed.json"), tmp_path / "f", MIB) == len(CONTENT)
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_chunked_transfer_that_breaks_off_is_tried_again(
    store: JenkinsClient, tmp_path: Path
) -> None:
    assert store.download(BUILD, Artifact("cut.json"), tmp_path / "f", MIB) == len(CONTENT)
    assert (tmp_path / "f").read_bytes() == CONTENT
