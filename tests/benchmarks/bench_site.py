"""Time the whole site, a run with nothing new and one more build, beside asv on the same numbers.

Run with ``make bench``; prints ratios, asserts nothing about time. asv has an environment of its
own: name its program in ASV, else it is left out. SITE_SIZES has sizes: ``100x1000,100x4000``.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.benchmarks.site_numbers import JOB, last_of, make_asv, make_store, next_document

PROGRAM = (sys.executable, "-m", "squash_jenkins")
SIZES = [
    tuple(map(int, size.split("x")))
    for size in os.environ.get("SITE_SIZES", "100x1000,100x4000").split(",")
]
RUNS = 5


class Cost(NamedTuple):
    """Hold processor seconds and seconds of a process."""

    cpu: float
    wall: float


def _run(command: Sequence[str], folder: Path) -> Cost:
    import time

    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, time.monotonic() - start)


def _built(folder: Path, *options: str) -> Cost:
    return _run([*PROGRAM, "dashboards", "build", *options], folder)


def _size(folder: Path) -> tuple[int, float, float]:
    """Return the number of files, their bytes and the blocks they take (MB)."""
    files = [file.stat() for file in folder.rglob("*") if file.is_file()]
    taken = sum(entry.stat().st_blocks for entry in folder.rglob("*")) * 512
    return len(files), sum(file.st_size for file in files) / 1e6, taken / 1e6


@pytest.mark.parametrize(("metrics", "builds"), SIZES)
def test_site(tmp_path: Path, metrics: int, builds: int) -> None:
    ours = tmp_path / "ours"
    make_store(ours, metrics, builds)
    first = _built(ours)
    shutil.rmtree(ours / "site")
    fresh = _built(ours)
    for folder in (ours / "site").iterdir():
        if folder.is_dir() and folder.name != "assets":
            shutil.rmtree(folder)
    whole, again = _built(ours, "--all"), _built(ours)
    files, content, taken = _size(ours / "site")
    print(f"\n{metrics} metrics x {builds} builds")
    print(f"  first run, with the findings {first.cpu:6.2f} s cpu {first.wall:6.2f} s")
    print(f"  in an empty folder           {fresh.cpu:6.2f} s cpu {fresh.wall:6.2f} s")
    print(f"  all pages and data           {whole.cpu:6.2f} s cpu {whole.wall:6.2f} s")
    print(f"  nothing new                  {again.cpu:6.2f} s cpu {again.wall:6.2f} s")
    print(f"  {files} files, {content:.1f} MB, {taken:.1f} MB of disk")
    _beside_asv(tmp_path / "asv", metrics, builds, whole)


def _beside_asv(folder: Path, metrics: int, builds: int, ours: Cost) -> None:
    program = os.environ.get("ASV")
    if program is None:
        print("  asv: left out, ASV names no program")
        return
    make_asv(folder, metrics, builds)
    theirs = _run([program, "publish"], folder)
    again = _run([program, "publish"], folder)
    files, content, taken = _size(folder / "html")
    print(f"  asv publish                  {theirs.cpu:6.2f} s cpu {theirs.wall:6.2f} s")
    print(f"  asv publish again            {again.cpu:6.2f} s cpu {again.wall:6.2f} s")
    print(f"  asv: {files} files, {content:.1f} MB, {taken:.1f} MB of disk")
    print(f"  asv / ours: {theirs.cpu / ours.cpu:.1f}")


def test_one_more_build(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Compare one more build on 10 000 builds with one on 100, in turns."""
    sizes = [int(size) for size in os.environ.get("SITE_HISTORY", "100,10000").split(",")]
    folders = {size: tmp_path / str(size) for size in sizes}
    for size, folder in folders.items():
        make_store(folder, 100, size)
        _built(folder)
    last = {size: last_of(100, size) for size in sizes}
    costs: dict[int, list[Cost]] = {size: [] for size in sizes}
    for run in range(1, RUNS + 2):
        for size, folder in folders.items():
            file = next_document(folder, last[size], size + run)
            options = ["--job", JOB, "--build", str(size + run), "--dataset", "set"]
            cost = _run([*PROGRAM, "ingest", str(file), *options, "--filter", "r"], folder)
            if run > 1:  # the first may write what the last one of the history left
                costs[size].append(cost)
    print()
    for size, own in costs.items():
        print(f"  one more on {size:6d} builds: {statistics.median(c.cpu for c in own):5.2f} s cpu")
    pairs = zip(costs[sizes[-1]], costs[sizes[0]], strict=True)
    ratio = statistics.median(large.cpu / small.cpu for large, small in pairs)
    print(f"  ratio {ratio:.2f}")
    record_property("site.one_more_build_ratio", round(ratio, 3))
