"""Time what programs post to a server that runs: single jobs of 30 results, and all in one request.

Run with ``make bench``; prints results a second and ratios, asserts nothing about time. The server
is a process of its own, as `squash-jenkins serve` starts it, with its database on disk; it judges
and rebuilds pages meanwhile, as it always does. The floor is the store alone, that takes the very
same documents in this process: one by one, and in batches.
"""

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.config import Settings
from squash_jenkins.ingest.saving import open_store_for, save
from squash_jenkins.models import BuildRecord
from squash_jenkins.plugins import find
from squash_jenkins.server.api.write.posted_document import parse_document

RESULTS = 30
SINGLE, BULK, BATCH = 200, 2000, 200
PEERS = 75.0
"""Results a second that servers of peers stored on such a machine, at most; see RESULTS.md."""
FIRST = datetime(2020, 1, 1, tzinfo=UTC)


def jobs(name: str, many: int) -> list[dict[str, Any]]:
    """Return jobs of as many builds."""
    return [
        {
            "name": name,
            "build": number,
            "runtime": (FIRST + timedelta(hours=8 * number)).isoformat(),
            "url": f"https://ci.example.org/job/{name}/{number}/",
            "status": 0,
            "measurements": [
                {"metric": f"bench.M{at}", "value": at + number % 17 / 7, "unit": "s"}
                for at in range(RESULTS)
            ],
        }
        for number in range(1, many + 1)
    ]


@contextmanager
def serving(folder: Path, settings: str = "") -> Iterator[int]:
    """Start the server and give its port."""
    (folder / "squash.toml").write_text(settings)
    command = [sys.executable, "-m", "squash_jenkins", "serve", "--port", "0"]
    log = folder / "log"
    with log.open("w") as out, subprocess.Popen(command, cwd=folder, stdout=out, stderr=out) as run:
        try:
            yield _port(log, run)
        finally:
            run.terminate()
            run.wait(60)


def _port(log: Path, run: "subprocess.Popen[bytes]") -> int:
    until = time.monotonic() + 60
    while time.monotonic() < until and run.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", log.read_text()):
            return int(found[1])
        time.sleep(0.05)
    raise RuntimeError(log.read_text())


class Poster:
    """Post over one connection that stays."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)

    def __enter__(self) -> "Poster":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def __call__(self, path: str, content: bytes) -> bytes:
        """Post and return the answer."""
        self._connection.request("POST", path, content, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status in (200, 201), body
        return body


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def define(port: int) -> None:
    """Define the metrics that are measured."""
    metrics = [{"metric": f"bench.M{at}", "unit": "s", "design": 20} for at in range(RESULTS)]
    with Poster(port) as post:
        post("/api/metric/", json.dumps(metrics).encode())


def one_by_one(port: int, name: str, connections: int) -> float:
    """Return results a second that are posted one job at a time."""
    bodies = [json.dumps(each).encode() for each in jobs(name, SINGLE)]

    def some(mine: Sequence[bytes]) -> None:
        with Poster(port) as post:
            for body in mine:
                post("/api/job/", body)

    with ThreadPoolExecutor(connections) as pool:
        shares = [bodies[at::connections] for at in range(connections)]
        took = seconds(lambda: list(pool.map(some, shares)))
    return SINGLE * RESULTS / took


def in_bulk(port: int, name: str) -> float:
    """Return results a second that are posted in one request."""
    body = b"".join(json.dumps(each).encode() + b"\n" for each in jobs(name, BULK))
    told: list[bytes] = []
    with Poster(port) as post:
        took = seconds(lambda: told.append(post("/api/bulk/", body)))
    assert json.loads(told[0].splitlines()[-1])["stored"] == BULK
    return BULK * RESULTS / took


def floor(folder: Path, batch: int, many: int) -> float:
    """Return results a second that the store alone takes."""
    settings = Settings(folder=folder).resolved()
    formats = find().formats
    records = []
    for each in jobs("floor", many):
        sent = parse_document(each, settings, formats, {})
        records.append(BuildRecord(sent.build(), sent.reports))
    with open_store_for(settings) as store:
        save(settings, store, records[:1])

        def all_of_them() -> None:
            for at in range(1, many, batch):
                save(settings, store, records[at : at + batch])

        took = seconds(all_of_them)
    return (many - 1) * RESULTS / took


def test_posts(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Print results a second, and ratios to the store alone and to peers."""
    alone = {each: tmp_path / each for each in ("one", "batch", "server")}
    for folder in alone.values():
        folder.mkdir()
    single = floor(alone["one"], 1, SINGLE)
    batched = floor(alone["batch"], BATCH, BULK)
    with serving(alone["server"]) as port:
        define(port)
        rows = [
            ("single, 1 connection", one_by_one(port, "one", 1), single),
            ("single, 8 connections", one_by_one(port, "eight", 8), single),
            ("bulk", in_bulk(port, "bulk"), batched),
        ]
    print(f"\nresults a second, {RESULTS} a job")
    for name, found, least in rows:
        told = f"{found:9.0f}   store alone {least:9.0f}, ratio {least / found:5.2f}"
        print(f"{name:24}{told}   {found / PEERS:6.1f} times a peer's {PEERS:.0f}")
        about = name.replace(", ", "_").replace(" ", "_")
        record_property(f"api.posts_{about}_ratio", round(least / found, 3))


if __name__ == "__main__":
    raise SystemExit(pytest.main(["-s", "-p", "no:cacheprovider", __file__]))
