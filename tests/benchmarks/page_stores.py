"""Make the three data sets that pages are measured and looked at with, each in a folder."""

import random
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from squash_jenkins.models import Build, BuildId, BuildRecord, Measurement, Report
from squash_jenkins.store import open_store
from tests.benchmarks.site_numbers import make_store

PROGRAM = (sys.executable, "-m", "squash_jenkins")
JOBS = ("shop/api", "shop/web", "shop/checkout")
_FIRST = datetime(2026, 5, 4, 6, tzinfo=UTC)
_LEVELS = {
    "latency": 42.5, "latency_p99": 310.0, "throughput": 1840.0, "errors": 3.0,
    "bytes_sent": 19_400_000.0, "memory": 512_000_000.0,
}  # fmt: skip
_PARTS = ("http", "db", "cache", "search", "cart")
_STEPS = {
    ("shop/api", "db.latency"): (150, 1.24),
    ("shop/api", "cache.memory"): (171, 1.16),
    ("shop/web", "http.throughput"): (120, 0.82),
    ("shop/checkout", "cart.latency_p99"): (190, 1.4),
}
"""Where a metric of a job steps, and by which factor."""


def make_demo(folder: Path) -> None:
    """Ingest the builds of the simulated Jenkins, as ``squash-jenkins demo`` does."""
    command = [*PROGRAM, "demo", "--once", "--dir", str(folder), "--port", "0"]
    subprocess.run(command, check=True, capture_output=True)
    settings = 'description = "off"\n[controllers.demo]\nurl = "http://127.0.0.1/"\n'
    (folder / "squash.toml").write_text(settings)


def make_shop(folder: Path) -> None:
    """Store a web shop's plain numbers: 200 builds of three jobs, 30 metrics, no units."""
    folder.mkdir(parents=True)
    settings = 'description = "off"\n[controllers.shop]\nurl = "https://ci.example.org/"\n'
    (folder / "squash.toml").write_text(settings)
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
        for job in JOBS:
            records = [_record(job, number) for number in range(1, 201)]
            store.save_all(records, controller_url="https://ci.example.org/")


def _record(job: str, number: int) -> BuildRecord:
    chance = random.Random(f"{job} {number}")
    hours = 18 * number + chance.uniform(0, 6) + 2 * JOBS.index(job)
    build = BuildId("shop", job, number)
    failed = number % 37 == 0
    result = "FAILURE" if failed else "SUCCESS"
    row = Build(build, _FIRST + timedelta(hours=hours), chance.uniform(200, 400), result)
    if failed:
        return BuildRecord(row, [])
    measured = [Measurement(name, value) for name, value in _values(job, number, chance).items()]
    digest = sha256(f"{job} {number}".encode()).hexdigest()
    return BuildRecord(row, [Report("bench.json", "plain", digest, 900, measurements=measured)])


def _values(job: str, number: int, chance: random.Random) -> Mapping[str, float]:
    found = {}
    for part in _PARTS:
        for name, level in _LEVELS.items():
            first, factor = _STEPS.get((job, f"{part}.{name}"), (0, 1.0))
            value = level * (1 + _PARTS.index(part) / 3) * chance.gauss(1, 0.015)
            value *= factor if first and number >= first else 1
            found[f"{part}.{name}"] = round(value, 3) if level < 1e4 else float(round(value))
    return found


def make_large(folder: Path) -> None:
    """Store 2000 builds of one job with 300 metrics and their specifications."""
    make_store(folder, 300, 2000)


SETS = {"demo": make_demo, "shop": make_shop, "large": make_large}
