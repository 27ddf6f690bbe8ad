"""Be one of the processes of bench_backfill: a server, or somebody who fetches from it."""

import http.client
import json
import multiprocessing
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import permutations
from pathlib import Path
from urllib.parse import quote, urlsplit

from squash_jenkins.simulate.state import Content
from squash_jenkins.simulate.world import World
from tests.made_documents import made_document

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
DOCUMENTS = Path(__file__).resolve().parents[3] / "shared/data/squash"
"""The real QA files, where they are at hand; else documents of their shape are made."""
PAGE = 100
VARIANTS = list(permutations(b"456789"))


def serve(latency: str, builds: str, kind: str) -> None:
    """Serve until standard input ends; tell the processor seconds at each line."""
    from squash_jenkins.simulate.server import SimulatedJenkins

    world = World()
    world.latency = float(latency)
    world.add_job("ci")
    make = _maker(kind)
    for number in range(1, int(builds) + 1):
        started = FIRST + timedelta(hours=number)
        world.add_build(
            "ci", number=number, started=started, artifacts={"out/qa.json": make(number)}
        )
    with SimulatedJenkins(world) as jenkins:
        print(jenkins.url, flush=True)
        for _ in sys.stdin:
            print(time.process_time(), flush=True)


def _maker(kind: str) -> Callable[[int], Content]:
    """Return what makes the document of a build when it is asked for."""
    if kind == "tiny":
        return lambda number: json.dumps({"a": number, "b": 2.5}).encode()
    if kind == "small":
        return lambda number: partial(_small, number)
    name = {
        "verify": "lsst_verify_job_with_nan.json",
        "validate": "validate_drp_2016_Cfht_output_r.json",
    }
    real = DOCUMENTS / name[kind]
    content = real.read_bytes() if real.is_file() else made_document(name[kind])
    return lambda number: partial(_varied, content, number)


def _small(number: int) -> bytes:
    """Return 20 kB: 20 measurements, each with its unit and a long description."""
    text = "How well the measured positions repeat between visits, " * 17
    values = {
        f"validate.M{each}": {
            "value": 10.0 + each + number / 7,
            "unit": "mmag",
            "description": text,
        }
        for each in range(20)
    }
    return json.dumps(values).encode()


def _varied(content: bytes, number: int) -> bytes:
    """Return the document with its digits 4 to 9 exchanged: other tables under the same names."""
    order = bytes(VARIANTS[number % len(VARIANTS)])
    return content.translate(bytes.maketrans(b"456789", order))


def loop(url: str, builds: str) -> float:
    """Fetch one build after the other as python-jenkins' users do; return builds/s."""
    from jenkins import Jenkins

    server = Jenkins(url)
    begin = time.perf_counter()
    for number in range(1, int(builds) + 1):
        told = server.get_build_info("ci", number)
        for artifact in told["artifacts"]:
            server.get_build_artifact_as_bytes("ci", number, artifact["relativePath"])
    return int(builds) / (time.perf_counter() - begin)


def probe(url: str, builds: str, connections: str, processes: str) -> float:
    """Fetch pages of metadata and all files, and do nothing with them; return builds/s."""
    from squash_jenkins.jenkins.answers import BUILD_TREE

    parts = urlsplit(url)
    pages = [
        f"/job/ci/api/json?tree={quote(f'allBuilds[{BUILD_TREE}]{{{at},{at + PAGE}}}')}"
        for at in range(0, int(builds), PAGE)
    ]
    files = [f"/job/ci/{number}/artifact/out/qa.json" for number in range(1, int(builds) + 1)]
    share = int(connections) // int(processes)
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(int(processes) + 1)
    started = [
        context.Process(
            target=_fetch,
            args=(parts.netloc, [*pages, *files][at :: int(processes)], share, barrier),
        )
        for at in range(int(processes))
    ]
    for process in started:
        process.start()
    barrier.wait()
    begin = time.perf_counter()
    for process in started:
        process.join()
        assert process.exitcode == 0
    return int(builds) / (time.perf_counter() - begin)


def _fetch(host: str, paths: list[str], connections: int, barrier: "threading.Barrier") -> None:
    barrier.wait()
    waiting = iter(paths)
    lock = threading.Lock()

    def fetch() -> None:
        connection = http.client.HTTPConnection(host)
        while True:
            with lock:
                path = next(waiting, None)
            if path is None:
                return
            connection.request("GET", path)
            answer = connection.getresponse()
            assert answer.status == 200
            answer.read()

    threads = [threading.Thread(target=fetch) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def memory(url: str, builds: str, folder: str) -> float:
    """Backfill without pages; return the largest memory of this process in MiB."""
    from squash_jenkins.backfill.progress import Observer
    from squash_jenkins.backfill.run import Backfill
    from squash_jenkins.backfill.selection import Selection
    from squash_jenkins.commands.backfill import jenkins_source
    from squash_jenkins.commands.terminal.outcome import peak_memory
    from squash_jenkins.config import ControllerSettings, Settings
    from squash_jenkins.plugins import find

    controllers = {"lab": ControllerSettings(url=url)}
    settings = Settings(folder=Path(folder), controllers=controllers).resolved()
    make_source = partial(jenkins_source, settings.controller(), settings.wait)
    run = Backfill(settings, find(), make_source, Observer(), threads=4, pages=False)
    progress = run.run(["ci"], Selection())
    assert progress.stored == int(builds)
    return peak_memory()


if __name__ == "__main__":
    result = globals()[sys.argv[1]](*sys.argv[2:])
    if result is not None:
        print(result)
