"""Let many read while others post: nothing that was accepted is lost, and nobody gets an error."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any

import httpx
import pytest

from squash_jenkins.plugins import Plugins
from squash_jenkins.render.links import Links, quoted
from squash_jenkins.store import open_store
from tests.server import own_loop
from tests.server.submit_samples import Client, job, serving

READERS, READS = 40, 2
WRITERS, WRITES = 6, 4
"""The figures of 200 readers and 20 writers are in tests/benchmarks/bench_server_load.py."""
_PAGE = f"/{quoted(Links('main').job('local', 'crowd'))}"
PATHS = ("/index.html", "/builds/index.html", "/api/notify/", "/api/me/", "/readyz", _PAGE)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, plugins: Plugins) -> Iterator[Client]:
    nobody = {"main": {"url": "http://127.0.0.1:9/"}}
    with serving(tmp_path_factory.mktemp("crowd"), plugins, controllers=nobody) as made:
        yield made


def _job(number: int) -> dict[str, Any]:
    return job(number, "crowd", measurements=[{"metric": "crowd.M", "value": number}])


async def _read(client: httpx.AsyncClient, number: int) -> list[int]:
    return [
        (await client.get(PATHS[(number + at) % len(PATHS)])).status_code for at in range(READS)
    ]


async def _write(client: httpx.AsyncClient, writer: int) -> list[int]:
    """Post jobs of a name that all writers share, notices, and the same job once more."""
    found = []
    for at in range(WRITES):
        number = writer * WRITES + at + 1
        for _ in range(2):
            found.append((await client.post("/api/job/", json=_job(number))).status_code)
        body = {"controller": "main", "job": "crowd", "build": number}
        found.append((await client.post("/api/notify/", json=body)).status_code)
    return found


async def _crowd(url: str) -> tuple[Counter[int], Counter[int]]:
    limits = httpx.Limits(max_connections=READERS + WRITERS)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:
        reading = asyncio.gather(*(_read(client, number) for number in range(READERS)))
        writing = asyncio.gather(*(_write(client, number) for number in range(WRITERS)))
        read, written = await asyncio.gather(reading, writing)
    return Counter(chain(*read)), Counter(chain(*written))


def test_many_read_while_others_write(client: Client) -> None:
    client.post("/api/metric/", json={"metric": "crowd.M", "units": "s"})
    first = client.post("/api/job/", json=_job(10_000))
    assert first.status_code == 201
    read, written = own_loop.run(lambda: _crowd(client.running.url))
    many = WRITERS * WRITES
    assert read == {200: READERS * READS}
    assert written == {201: many, 200: many, 202: many}
    for number in range(1, many + 1):
        assert client.values("local", "crowd", number) == {"crowd.M": float(number)}
    listed = client.get("/api/notify/?limit=1000").json()["results"]
    assert sorted(each["build"] for each in listed) == list(range(1, many + 1))


def test_what_was_answered_is_on_the_disk(client: Client) -> None:
    settings = client.running.settings
    answer = client.post("/api/job/", json=_job(20_000))
    assert answer.status_code == 201
    with open_store(settings.database, settings.blobs) as other, other.reader() as reader:
        assert reader.builds.find("local", "crowd", 20_000) is not None
    assert json.loads(answer.text)["result"] == "stored"
