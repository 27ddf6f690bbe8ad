"""Read builds with many files, with files that are refused, and with files that nobody named."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from squash_jenkins.backfill.progress import Progress
from squash_jenkins.config import ControllerSettings, JobSettings, Settings
from squash_jenkins.errors import UnexpectedAnswer, Unreachable
from squash_jenkins.formats.plain import Plain
from squash_jenkins.ingest.artifacts import FileReader
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import BuildId, BuildRecord
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World

QA = json.dumps({"speed": 12.5}).encode()
OTHER = json.dumps({"name": "widget", "dependencies": {"left": "^1.0.0"}}).encode()
Connect = Callable[..., JenkinsClient]


class Bucket(BaseHTTPRequestHandler):
    """Answer like an object store that grants nothing."""

    answers: dict[str, tuple[int, bytes]]

    def do_GET(self) -> None:
        status, body = self.answers.get(self.path.partition("?")[0], (200, QA))
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


DENIED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>No</Message></Error>"


@pytest.fixture
def bucket() -> Iterator[ThreadingHTTPServer]:
    handler = type("Handler", (Bucket,), {"answers": {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Desk:
    """Read the build ``ci #1`` of a simulated Jenkins."""

    def __init__(self, world: World, jenkins: SimulatedJenkins, connect: Connect, folder: Path):
        self.world, self.jenkins, self.folder = world, jenkins, folder
        self.client = connect(attempts=1)
        world.add_job("ci")

    def read(
        self, files: dict[str, Any], *, named: list[str] | None = None, **more: Any
    ) -> BuildRecord:
        started = datetime(2026, 3, 1, tzinfo=UTC)
        self.world.add_build("ci", number=1, started=started, artifacts=files)
        settings = Settings(
            folder=self.folder,
            spool=self.folder / "spool",
            controllers={"lab": ControllerSettings(url=self.jenkins.url, connections=6)},
            jobs=(JobSettings(artifacts=tuple(named) if named else None),),
            **more,
        )
        family = self.client.family(BuildId("lab", "ci", 1))
        self.world.requests.clear()
        [record] = FileReader(settings, [Plain()], self.folder).read_family(self.client, family)
        left = [each for each in self.folder.iterdir() if each.is_file()]
        assert left == []
        return record

    def refuse(self, path: str, **fault: Any) -> None:
        self.world.order_fault(f"/artifact/{path}", times=99, **fault)


@pytest.fixture
def desk(world: World, jenkins: SimulatedJenkins, connect: Connect, tmp_path: Path) -> Desk:
    return Desk(world, jenkins, connect, tmp_path)


def test_many_files_come_several_at_a_time_and_in_order(desk: Desk) -> None:
    together = threading.Barrier(6)  # as the setting `connections` allows

    def content() -> bytes:
        together.wait(timeout=60)
        return QA

    files = {f"{at:03}.json": content for at in range(60)}
    record = desk.read(files)
    assert [report.path for report in record.reports] == sorted(files)
    assert record.notes == []


def test_many_files_that_hold_no_qa_are_counted_and_patterns_advised(desk: Desk) -> None:
    files = {f"coverage/{at}.json": OTHER for at in range(150)} | {"out/qa.json": QA}
    record = desk.read(files)
    assert len(record.reports) == 1
    [note] = record.notes
    assert note.startswith("151 files were fetched, 150 of them without QA: ")
    assert 'artifacts = ["out/qa.json"]' in note
    assert desk.read(files, named=["out/*.json"]).notes == []
    assert len(desk.world.requests) == 1


def test_files_of_tools_are_not_looked_at_unless_somebody_names_them(desk: Desk) -> None:
    files = {
        "web/node_modules/left/index.json": OTHER,
        "package.json": OTHER,
        "web/package.json": OTHER,
        "qa/report.json": QA,
    }
    assert [report.path for report in desk.read(files).reports] == ["qa/report.json"]
    assert [path.rpartition("/")[2] for _, path in desk.world.requests] == ["report.json"]
    desk.read(files, skip_artifacts=["qa/*"])
    assert len(desk.world.requests) == 3
    record = desk.read({"package.json": QA}, named=["**/package.json"])
    assert len(record.reports) == 1


def test_a_large_file_that_nobody_named_is_passed_over_with_a_note(desk: Desk) -> None:
    files = {"trace.json": b"[" + b"0," * 5000 + b"0]", "qa.json": QA}
    record = desk.read(files, max_unnamed_bytes=5000)
    assert (len(record.reports), record.rejected) == (1, [])
    [note] = record.notes
    assert note.startswith("trace.json: skipped, with more than 5000 bytes. ")
    named = desk.read(files, named=["*.json"], max_unnamed_bytes=5000, max_artifact_bytes=6000)
    [aside] = named.rejected
    assert (aside.path, list(named.doubtful)) == ("trace.json", [])
    assert "limit of 6000 bytes" in aside.reason


@pytest.mark.parametrize("status", [401, 403, 410, 500])
@pytest.mark.parametrize("only", [True, False])
def test_a_store_that_refuses_a_file_keeps_nothing_else_out(
    desk: Desk, bucket: ThreadingHTTPServer, status: int, only: bool
) -> None:
    port = bucket.server_address[1]
    bucket.RequestHandlerClass.answers["/b/kept.json"] = (status, DENIED)
    where = {"Location": f"http://127.0.0.1:{port}/b/kept.json?signature=hush"}
    desk.refuse("kept.json", status=302, headers=where)
    record = desk.read({"kept.json": b""} | ({} if only else {"qa.json": QA}))
    [aside] = record.rejected
    assert aside.path == "kept.json"
    assert f"127.0.0.1:{port}, where Jenkins at " in aside.reason
    assert f"refused it with status {status} (AccessDenied)" in aside.reason
    assert "hush" not in aside.reason
    progress = Progress()
    progress.count_stored(record, changed=True)
    assert progress.complete is not only  # a file that nobody named may hold no QA


def test_a_named_file_that_is_refused_counts(desk: Desk) -> None:
    desk.refuse("b.json", status=403)
    record = desk.read({"a.json": QA, "b.json": QA}, named=["*.json"])
    assert ([each.path for each in record.rejected], list(record.doubtful)) == (["b.json"], [])
    progress = Progress()
    progress.count_stored(record, changed=True)
    assert not progress.complete


def test_a_file_that_jenkins_refuses_once_is_tried_again(desk: Desk) -> None:
    desk.world.order_fault("/artifact/a.json", status=500, times=1)
    record = desk.read({"a.json": QA, "b.json": QA})
    assert sorted(report.path for report in record.reports) == ["a.json", "b.json"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [({"kind": "html"}, UnexpectedAnswer), ({"status": 503}, Unreachable)],
    ids=["sign-in page", "away"],
)
def test_when_jenkins_gives_no_file_at_all_the_build_is_left_for_later(
    desk: Desk, fault: dict[str, Any], error: type[Exception]
) -> None:
    desk.refuse("", **fault)
    with pytest.raises(error):
        desk.read({f"{at}.json": QA for at in range(20)})
    assert [each for each in desk.folder.iterdir() if each.is_file()] == []
