"""Processes that only read have a limit of addresses: a greedy format costs its file."""

import sys
import threading
from pathlib import Path

import pytest

from squash_jenkins.archive import MakeArchive
from squash_jenkins.backfill.workers import Task, worker_pool
from squash_jenkins.config import Settings

GREEDY = """
import resource

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Format


class Greedy(Format):
    name = "greedy"
    order = 1

    def matches(self, document):
        return "greedy" in document.path

    def read(self, document):
        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit == resource.RLIM_INFINITY:
            raise DocumentError("there is no limit")
        return bytearray(limit)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process has taken")
def test_a_greedy_format_in_a_reading_process_costs_its_file(tmp_path: Path) -> None:
    files = {"own/formats/greedy.py": GREEDY, "archive/ci/1/greedy.json": "{}"}
    for path, text in {**files, "archive/ci/1/qa.json": '{"speed": 1.5}'}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    settings = Settings(folder=tmp_path, dashboards=Path("own")).resolved()
    make = MakeArchive("lab", tmp_path / "archive")
    stopped = threading.Event()
    source = make(1, 1.0, stopped)
    with worker_pool(Task(settings, make), threads=1, processes=1) as pool:
        assert pool.read(source.page("ci", 0, 1), stopped) == 1
        (result,) = pool.events(1)
    assert result.error is None
    (record,) = result.records
    assert [report.path for report in record.reports] == ["qa.json"]
    (aside,) = record.rejected
    assert "The format greedy failed: MemoryError" in aside.reason
