"""``squash-jenkins serve`` as a process: it starts light, prints its address, stops in order."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from squash_jenkins.store import open_store
from tests import databases

SETTINGS = '[controllers.main]\nurl = "https://ci.example.org/"\n'
HEAVY = {"alembic", "bokeh", "datashader", "numpy", "pandas", "pint", "pyarrow"}
"""Takes long to import, so it is imported when it is needed first."""


class Served:
    """Hold a process that serves."""

    def __init__(self, folder: Path, *options: str, **environment: str) -> None:
        program = [sys.executable, "-m", "squash_jenkins", "serve", "--port", "0", *options]
        with (folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                program,
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **environment},
                text=True,
            )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+\S*/", self.said)
        assert found, (folder / "log").read_text()
        self.url = found[0]

    def end(self, number: int = signal.SIGKILL) -> int:
        with self.process:
            self.process.send_signal(number)
            return self.process.wait(60)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Return a function that starts the program."""
    url = databases.url_of(tmp_path)
    (tmp_path / "squash.toml").write_text(f'database = "{url}"\n{SETTINGS}')
    open_store(url, str(tmp_path / "blobs")).close()
    started: list[Served] = []

    def start(*options: str, **environment: str) -> Served:
        started.append(Served(tmp_path, *options, **environment))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.end()


def test_it_ends_at_a_signal_with_open_pages(serve: Callable[..., Served], tmp_path: Path) -> None:
    served = serve("--root-path", "qa", PYTHONPROFILEIMPORTTIME="1")
    assert served.url.endswith("/qa/")
    got, ended = threading.Event(), threading.Event()

    def listen() -> None:
        with httpx.stream("GET", f"{served.url}events", timeout=60) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    got.set()
        ended.set()

    threading.Thread(target=listen).start()
    assert got.wait(60)
    assert httpx.get(f"{served.url}readyz", timeout=60).json() == {"status": "ready"}
    assert served.end(signal.SIGTERM) == 0
    assert ended.wait(30)  # the stream was ended, not cut
    log = (tmp_path / "log").read_text()
    assert re.search(r"^\d{4}-\d\d-\d\dT[\d:]+Z 127\.0\.0\.1 \S+ GET /qa/readyz 200 ", log, re.M)
    assert "Traceback" not in log and "Cancel" not in log
    imported = set(re.findall(r"^import time: .*\| +(\w+)$", log, re.M))
    assert "fastapi" in imported
    assert not HEAVY & imported


def test_several_workers_see_what_others_store(
    serve: Callable[..., Served], tmp_path: Path, samples: Any
) -> None:
    served = serve("--workers", "2")
    streams = 8  # so many that both workers have one, all but surely
    first, second = threading.Semaphore(0), threading.Semaphore(0)

    def listen() -> None:
        with httpx.stream("GET", f"{served.url}events", timeout=60) as stream:
            told = (line for line in stream.iter_lines() if line.startswith("data:"))
            next(told)
            first.release()
            next(told)
            second.release()

    threads = [threading.Thread(target=listen, daemon=True) for _ in range(streams)]
    for thread in threads:
        thread.start()
    assert all(first.acquire(timeout=60) for _ in range(streams))
    with open_store(databases.url_of(tmp_path), str(tmp_path / "blobs")) as store:
        store.save(samples.record("ci_hsc", 1), controller_url=samples.ROOT)
    assert all(second.acquire(timeout=60) for _ in range(streams))
    assert served.end(signal.SIGINT) == 0
    for thread in threads:
        thread.join(30)
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_an_address_in_use_is_reported(serve: Callable[..., Served], tmp_path: Path) -> None:
    from click.testing import CliRunner

    from squash_jenkins.errors import ResourceError
    from squash_jenkins.server.running import listen

    with listen("127.0.0.1", 0) as taken, pytest.raises(ResourceError, match="--port"):
        listen("127.0.0.1", taken.getsockname()[1])
    from squash_jenkins.commands import group

    help_text = CliRunner().invoke(group, ["serve", "--help"]).output
    assert "--root-path" in help_text and "--workers" in help_text
