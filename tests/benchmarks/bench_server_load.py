"""Have 200 people read while 20 programs post, all at once; print how long they wait.

``python tests/benchmarks/bench_server_load.py [workers]``; prints latencies and asserts that no
write is lost and nobody gets a failure, nothing about time. The server is a process of its own (or
several), with its database on disk; it judges and rebuilds pages meanwhile, as it always does. Each
client keeps a connection. *Pressing* ones ask again as soon as they were answered; *people* read a
page every 10 s and post a job every 4 s. One reader alone, and readers alone, stand beside.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httptools
import numpy as np
from bench_api_writes import FIRST, define, jobs, one_by_one, serving

READERS, WRITERS, SECONDS = 200, 20, 20.0
RESTS = (10.0, 4.0)
"""Seconds that people rest: readers, writers."""
PRESSING = (0.0, 0.0)
CROWDS = (
    ("one pressing reader", 1, 0, PRESSING),
    ("200 pressing readers", READERS, 0, PRESSING),
    ("200 people read", READERS, 0, RESTS),
    ("200 people read, 20 post", READERS, WRITERS, RESTS),
    ("200 pressing readers, 20 pressing writers", READERS, WRITERS, PRESSING),
)
PAGES = ("/index.html", "/builds/index.html", "/jobs/one/index.html")
OTHERS = ("/api/notify/", "/api/me/", "/readyz", "/assets/style.css")
BULK = 1 << 16


class Answer:
    """Take one answer of HTTP apart."""

    def __init__(self) -> None:
        self.over = False
        self.parser = httptools.HttpResponseParser(self)

    def on_message_complete(self) -> None:
        self.over = True


class Client:
    """Ask over one connection, and note the seconds until each answer is whole."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.seconds: dict[str, list[float]] = {}
        self.statuses: Counter[int] = Counter()

    async def ask(self, method: str, path: str, content: bytes = b"") -> int:
        began = time.perf_counter()
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        writer.write(head.encode() + content)
        answer = Answer()
        while not answer.over:
            piece = await reader.read(BULK)
            if not piece:
                raise ConnectionError(f"{method} {path}: no answer")
            answer.parser.feed_data(piece)
        if not answer.parser.should_keep_alive():
            writer.close()
            self._streams = None
        status = int(answer.parser.get_status_code())
        self.statuses[status] += 1
        kind = "pages" if path in PAGES else "others" if method == "GET" else "posting"
        self.seconds.setdefault(kind, []).append(time.perf_counter() - began)
        return status

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


async def read(client: Client, number: int, until: float, rest: float) -> None:
    await asyncio.sleep(rest * number / READERS)
    paths, at = PAGES + OTHERS, number
    while time.perf_counter() < until:
        await client.ask("GET", paths[at % len(paths)])
        await asyncio.sleep(rest)
        at += 1


async def write(client: Client, number: int, until: float, kept: list[int], rest: float) -> None:
    await asyncio.sleep(rest * number / WRITERS)
    while time.perf_counter() < until:
        build = len(kept) + 1
        kept.append(build)
        assert await client.ask("POST", "/api/job/", json.dumps(jobs_of(build)).encode()) == 201
        await asyncio.sleep(rest)


def jobs_of(number: int) -> dict[str, Any]:
    """Return the job of a build."""
    when = FIRST.replace(year=2022) + timedelta(minutes=number)
    return {**jobs("two", 1)[0], "build": number, "runtime": when.isoformat()}


async def crowd(
    port: int,
    readers: int,
    writers: int,
    seconds: float,
    rests: tuple[float, float],
    kept: list[int],
) -> list[Client]:
    """Have them all ask for some seconds; `kept` are the builds that were posted."""
    reading = [Client(port) for _ in range(readers)]
    writing = [Client(port) for _ in range(writers)]
    until = time.perf_counter() + seconds
    await asyncio.gather(
        *(read(client, number, until, rests[0]) for number, client in enumerate(reading)),
        *(write(client, number, until, kept, rests[1]) for number, client in enumerate(writing)),
    )
    for client in (*reading, *writing):
        client.close()
    return [*reading, *writing]


def told(name: str, took: Sequence[float], seconds: float) -> str:
    """Return a line of figures."""
    p50, p95, p99 = (1000 * float(each) for each in np.percentile(took, (50, 95, 99)))
    rate = len(took) / seconds
    most = 1000 * max(took)
    return f"| {name} | {rate:.0f} | {p50:.0f} | {p95:.0f} | {p99:.0f} | {most:.0f} |"


def check(clients: Sequence[Client]) -> None:
    statuses = sum((client.statuses for client in clients), Counter[int]())
    assert set(statuses) <= {200, 201}, statuses


def lost(folder: Path, kept: Sequence[int]) -> int:
    """Return how many builds were answered with 201 and are not stored."""
    from squash_jenkins.config import load
    from squash_jenkins.ingest.saving import open_store_for

    with open_store_for(load(folder / "squash.toml")) as store, store.reader() as reader:
        return sum(reader.builds.find("local", "two", number) is None for number in kept)


def main(workers: int) -> None:
    """Print the table."""
    kept: list[int] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving(folder, f"[server]\nworkers = {workers}\n") as port:
            define(port)
            one_by_one(port, "one", 4)
            asyncio.run(crowd(port, 8, 0, 3.0, PRESSING, kept))  # what is made once is made
            print("| | answers a second | p50, ms | p95, ms | p99, ms | longest, ms |")
            print("|---|---|---|---|---|---|")
            for title, readers, writers, rests in CROWDS:
                clients = asyncio.run(crowd(port, readers, writers, SECONDS, rests, kept))
                check(clients)
                for kind in ("pages", "others", "posting"):
                    took = [each for one in clients for each in one.seconds.get(kind, [])]
                    if took:
                        print(told(f"{title}: {kind}", took, SECONDS), flush=True)
        missing = lost(folder, kept)
        print(f"{len(kept)} jobs were taken, {missing} of them are lost")
        assert missing == 0


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
