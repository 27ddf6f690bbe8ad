"""Time one post-build of a job with a long history: by default 10 000 builds of 100 metrics.

Run it as a program, ``python tests/benchmarks/bench_post_build_long.py``, in any state of the
repository whose post-build is to be compared; it uses nothing that has changed. The history is
written to the store directly, its pages are built once, and then some new builds come one by one.
Prints the median seconds of each stage, and MiB.
"""

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from squash_jenkins.models import Build, BuildId, BuildRecord, Measurement, Metric, Report
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World
from squash_jenkins.store import open_store

PROGRAM = (sys.executable, "-m", "squash_jenkins")
STAGE = re.compile(r"^\s*(\w+)\s+([\d.]+) (s|MiB)$", re.MULTILINE)
JOB, EVERY, PART = "nightly", timedelta(hours=3), 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--builds", type=int, default=10_000)
    parser.add_argument("--metrics", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        _measure(Path(name), chosen.builds, chosen.metrics, chosen.runs)


def _measure(folder: Path, builds: int, metrics: int, runs: int) -> None:
    end = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    begin = end - (builds + runs) * EVERY
    world = World()
    world.add_job(JOB)
    with SimulatedJenkins(world) as jenkins:
        (folder / "squash.toml").write_text(
            f'description = "off"\ncatch_up = 0\n[controllers.lab]\nurl = "{jenkins.url}"\n'
        )
        began = time.perf_counter()
        _fill(folder, jenkins.url, begin, builds, metrics)
        print(f"history    {time.perf_counter() - began:8.1f} s")
        figures = [
            _run(folder, world, begin, number, metrics)
            for number in range(builds + 1, builds + runs + 2)
        ]
    print(f"first      {figures[0]['total']:8.1f} s (it builds all pages)")
    for stage in figures[1]:
        middle = statistics.median(each[stage] for each in figures[1:])
        print(f"{stage:<10} {middle:8.3f}")


def _fill(folder: Path, url: str, begin: datetime, builds: int, metrics: int) -> None:
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
        for first in range(1, builds + 1, PART):
            numbers = range(first, min(first + PART, builds + 1))
            records = [_record(begin, number, metrics) for number in numbers]
            store.save_all(records, controller_url=url)


def _record(begin: datetime, number: int, metrics: int) -> BuildRecord:
    values = dict(_values(number, metrics))
    report = Report(
        "qa.json",
        "plain",
        f"{number:064x}",
        1000,
        measurements=[Measurement(name, value) for name, value in values.items()],
        metrics=[Metric(name) for name in values],
    )
    build = Build(BuildId("lab", JOB, number), begin + number * EVERY, 600.0, "SUCCESS")
    return BuildRecord(build, (report,))


def _values(number: int, metrics: int) -> Iterator[tuple[str, float]]:
    """Yield noise about levels; every tenth metric has a step in the middle of the history."""
    noise = random.Random(number)
    for metric in range(metrics):
        step = 1.1 if metric % 10 == 0 and number > 5000 else 1.0
        yield f"bench.m{metric:03}", (50 + metric) * step * noise.gauss(1.0, 0.02)


def _run(
    folder: Path, world: World, begin: datetime, number: int, metrics: int
) -> dict[str, float]:
    files = {"qa.json": json.dumps(dict(_values(number, metrics))).encode()}
    started = begin + number * EVERY
    world.add_build(JOB, number=number, started=started, duration=600.0, artifacts=files)
    began = time.perf_counter()
    done = subprocess.run(
        [*PROGRAM, "post-build", "--timings", "--job", JOB, "--number", str(number)],
        cwd=folder,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - began
    return {
        **{stage: float(figure) for stage, figure, _ in STAGE.findall(done.stderr)},
        "total": seconds,
    }


if __name__ == "__main__":
    main()
