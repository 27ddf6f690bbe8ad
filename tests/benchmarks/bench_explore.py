"""Time Explore: the first picture, other colours and filters, a zoom, and the server's memory.

    python tests/benchmarks/bench_explore.py [millions …]

For each number of millions of rows: a real server process, a real Chromium, and 20 builds with a
table of three columns of numbers and one of words, seeded. A time is what somebody waits for, from
the click until the picture is in the page; behind it stands what drawing took in the server.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from bench_live_pages import beside, serving
from playwright.sync_api import Page, sync_playwright

from squash_jenkins.models import Blob, Column
from squash_jenkins.store import open_store

BUILDS = 20
BANDS = ("u", "g", "r", "i", "z")
COLUMNS = {"mag": "mag", "dist": "marcsec", "other": "", "band": ""}
STEPS = ("first picture", "again", "colour by number", "by word", "filtered", "zoomed", "again")


def main(millions: list[float]) -> None:
    print(f"| rows | {' | '.join(STEPS)} | server before, MB | after, MB | most, MB |")
    print("|---" * (len(STEPS) + 4) + "|")
    for each in millions:
        with tempfile.TemporaryDirectory() as name:
            fill(Path(name), round(each * 1e6))
            with serving(Path(name)) as (url, process), browsing() as page:
                print(f"| {each:g}e6 | {' | '.join(measured(page, url, process))} |", flush=True)


def fill(folder: Path, rows: int) -> None:
    """Make a store whose builds have a table each."""
    (folder / "squash.toml").write_text('[controllers.main]\nurl = "https://ci.example.org/"\n')
    samples, blobs = beside("sample_builds"), folder / "blobs"
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(blobs)) as store:
        for number in range(1, BUILDS + 1):
            digest, own = f"{number:02x}" * 32, rows // BUILDS
            (blobs / digest[:2]).mkdir(parents=True, exist_ok=True)
            pq.write_table(
                table(number, own), blobs / digest[:2] / f"{digest}.parquet", compression="zstd"
            )
            record = samples.record("ci_hsc", number)
            columns = {name: Column([], unit) for name, unit in COLUMNS.items()}
            blob = Blob("1", "stars", columns, digest=digest, rows=own)
            reports = [replace(report, blobs=[blob]) for report in record.reports]
            store.save(replace(record, reports=reports), controller_url=samples.ROOT)


def table(seed: int, rows: int) -> Any:
    chance = np.random.default_rng(seed)
    mag = (25 - chance.exponential(1.6, rows)).astype(np.float32)
    other = chance.normal(1, 0.1, rows).astype(np.float32)
    dist = ((5 + 10 ** (0.4 * (mag - 20))) * np.abs(other)).astype(np.float32)
    band = pa.array(np.array(BANDS)[chance.integers(0, len(BANDS), rows)])
    return pa.table({"mag": mag, "dist": dist, "other": other, "band": band})


@contextmanager
def browsing() -> Iterator[Page]:
    given = ["--headless", "--no-sandbox", "--disable-gpu"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=given)
        yield browser.new_page(viewport={"width": 1300, "height": 900})
        browser.close()


def measured(page: Page, url: str, process: psutil.Process) -> list[str]:
    """Return the times of all steps, and the memory of the server."""
    before = process.memory_info().rss
    cells = [drawn(page, lambda: page.goto(f"{url}explore/?x=mag&y=dist"))]
    cells.append(drawn(page, lambda: page.locator("[data-zoom=all]").click()))
    cells.append(drawn(page, lambda: page.locator("[name=colour]").select_option("other")))
    cells.append(drawn(page, lambda: page.locator("[name=colour]").select_option("band")))
    first = page.locator("[data-filter='0']")
    drawn(page, lambda: first.locator("[name=column]").select_option("mag"))
    first.locator("[name=low]").fill("20")
    cells.append(drawn(page, lambda: first.locator("[name=low]").blur()))
    for _ in range(2):
        cells.append(drawn(page, lambda: page.locator("[data-zoom=in]").click()))
    memory = process.memory_info()
    most = peak(process.pid)
    return [*cells, *(str(each >> 20) for each in (before, memory.rss, most))]


def drawn(page: Page, act: Callable[[], Any]) -> str:
    """Return how long it takes until a newer picture is shown, and what of it the server draws."""
    count = "() => Number(document.getElementById('explore-plot')?.dataset.drawn || 0)"
    known = 0 if page.url == "about:blank" else int(page.evaluate(count))
    begin = time.perf_counter()
    act()
    page.wait_for_function(f"(known) => ({count})() > known", arg=known, timeout=600_000)
    took = time.perf_counter() - begin
    page.wait_for_function(
        "() => !document.getElementById('explore-plot').hasAttribute('aria-busy')", timeout=600_000
    )
    server = page.locator("#explore-about").inner_text().split("drawn in")[1].split()[0]
    return f"{took:.2f} ({server})"


def peak(pid: int) -> int:
    """Return the largest resident set that a process ever had, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


if __name__ == "__main__":
    main([float(each) for each in sys.argv[1:]] or [1, 10])
