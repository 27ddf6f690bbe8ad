"""Time pooled tables of 1, 10 and 100 million points: read, counted, drawn, prepared.

Run with ``make bench``, or ``python tests/benchmarks/bench_datashader.py 1 10`` for some sizes in
millions; prints a table, asserts nothing about time. Each size runs in a process of its own, whose
peak of memory is told; the tables are float32 columns in 20 Parquet files, seeded. Where two
figures stand, the first is wall clock and the second processor time: the machine may be busy.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BUILDS = 20
MILLIONS = (1, 10, 100)
COLUMNS = (
    "points",
    "first picture: read",
    "import Datashader, compile, count",
    "redraw from kept counts",
    "whole, counted anew",
    "zoomed, counted anew",
    "zoomed beneath the pyramid",
    "pyramid",
    "files",
    "peak memory",
)


def write(folder: Path, millions: int) -> None:
    """Write the tables where a blob store keeps them."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = millions * 1_000_000 // BUILDS
    for number in range(BUILDS):
        chance = np.random.default_rng(number)
        mag = (25 - chance.exponential(1.6, rows)).astype(np.float32)
        noise = chance.normal(1, 0.1, rows).astype(np.float32)
        dist = (5 + 10 ** (0.4 * (mag - 20))) * np.abs(noise)
        digest = f"{number:02x}" * 32
        (folder / digest[:2]).mkdir(parents=True, exist_ok=True)
        table = pa.table({"mag": mag, "dist": dist.astype(np.float32), "other": noise})
        pq.write_table(table, folder / digest[:2] / f"{digest}.parquet", compression="zstd")


def timed(work: Callable[[], Any], repeats: int = 1) -> tuple[str, Any]:
    """Return the best wall clock and processor time of some runs, and what the last one gave."""
    best, used, found = float("inf"), float("inf"), None
    for _ in range(repeats):
        begin, begin_used = time.perf_counter(), time.process_time()
        found = work()
        best = min(best, time.perf_counter() - begin)
        used = min(used, time.process_time() - begin_used)
    return f"{_short(best)} / {_short(used)}", found


def _short(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def measure(folder: Path, millions: int) -> list[str]:
    """Return the figures of one size; for a process that does nothing else."""
    from squash_jenkins.render.pooled import pooled, tiles
    from squash_jenkins.render.pooled.pools import Part, Pool, Quantity
    from squash_jenkins.store import BlobStore

    rows = millions * 1_000_000 // BUILDS
    parts = [Part(number, f"{number:02x}" * 32, rows) for number in range(BUILDS)]
    pool = Pool("ci_hsc", "", "", "stars", Quantity("mag"), Quantity("dist"), parts)
    tables, cache = BlobStore(folder), pooled.Cache()
    read, content = timed(lambda: cache.get(tables, pool))
    assert len(content.points) + content.points.outside == millions * 1_000_000
    first, _ = timed(lambda: pooled.tile(tables, pool, 0, 0, 0, cache))
    kept, _ = timed(lambda: [pooled.tile(tables, pool, 2, x, y, cache) for x, y in _AT_TWO], 5)
    whole, _ = timed(lambda: tiles.count(content.points, 0, 0, 0), 5)
    u, v = float(content.points.u[0]), 1 - float(content.points.v[0])
    zoomed, _ = timed(lambda: tiles.count(content.points, 3, int(u * 8), int(v * 8)), 5)
    x, y = int(u * 64) & ~1, int(v * 64) & ~1
    near = [(x + across, y + down) for across in (0, 1) for down in (0, 1)]
    beneath, _ = timed(lambda: [pooled.tile(tables, pool, 6, *at, cache) for at in near], 5)
    pyramid, made = timed(lambda: list(tiles.pyramid(pooled.levels(content))))
    size = sum(len(image) for *_, image in made) / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return [
        f"{millions} million", read, first, kept, whole, zoomed, beneath, pyramid,
        f"{len(made)}, {size:.1f} MB", f"{peak:.2f} GB",
    ]  # fmt: skip


_AT_TWO = [(x, y) for x in range(4) for y in range(4)]
"""The 16 tiles of the second level: more than a picture of 900 by 900 pixels shows at once."""


def run(millions: int) -> list[str]:
    """Write the tables and measure, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        found = ""
        for task in ("write", "measure"):
            command = [sys.executable, __file__, task, folder, str(millions)]
            found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    figures: list[str] = json.loads(found)
    return figures


def test_tiles_of_very_many_points() -> None:
    """Print the table of all sizes."""
    _print(MILLIONS)


def _print(sizes: tuple[int, ...]) -> None:
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"\nLoad of the machine: {load}\n")
    print("|", " | ".join(COLUMNS), "|")
    print("|---" * len(COLUMNS) + "|")
    for millions in sizes:
        print("|", " | ".join(run(millions)), "|", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", folder, millions]:
            write(Path(folder), int(millions))
        case ["measure", folder, millions]:
            print(json.dumps(measure(Path(folder), int(millions))))
        case asked:
            _print(tuple(int(each) for each in asked) or MILLIONS)
