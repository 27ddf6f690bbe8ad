"""Measure what open pages cost: how soon they show a new build, and whether memory grows.

    python tests/benchmarks/bench_live_pages.py [pages] [updates]

A real server process, a real Chromium with so many pages of one browser (Overview, History, the
page of a job, in turns), and a store in this process in which one build changes again and again,
so that there is always something new but never more. Memory of the server is its resident set,
that of pages what is left of their heap after a collection.
"""

import importlib.util
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
from playwright.sync_api import Page, sync_playwright

from squash_jenkins.server.changes import revision_of
from squash_jenkins.store import Store, open_store

PATHS = ("", "metrics/validate_drp.AM1/", "jobs/ci_hsc/")
FIRST = 40


def main(pages: int = 50, updates: int = 100) -> None:
    samples = beside("sample_builds")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "squash.toml").write_text('[controllers.main]\nurl = "https://ci.example.org/"\n')
        with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
            save(store, samples, range(1, FIRST + 1))
            with serving(folder) as (url, process), sync_playwright() as playwright:
                measure(playwright, url, process, pages, updates, store, samples)


def measure(
    playwright: Any,
    url: str,
    process: psutil.Process,
    pages: int,
    updates: int,
    store: Store,
    samples: ModuleType,
) -> None:
    given = ["--headless", "--no-sandbox", "--disable-gpu"]
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=given)
    context = browser.new_context()
    empty = process.memory_info().rss
    opened = [context.new_page() for _ in range(pages)]
    for at, page in enumerate(opened):
        page.goto(url + PATHS[at % len(PATHS)])
    print(f"{pages} pages; server {empty >> 20} MB before, {len(connections(process))} streams")
    print("| updates | server, MB | heap of pages, MB | nodes | listeners | documents | shown, s |")
    print("|---|---|---|---|---|---|---|")
    steps = sorted({1, *(updates * part // 5 for part in range(1, 6))})
    done = 0
    for step in steps:
        took = []
        while done < step:
            done += 1
            save(store, samples, [FIRST], shift=1 + done / 1000)
            took.append(shown(opened, revision_of(store)))
        cells = (
            process.memory_info().rss >> 20,
            *sums(context, opened[: len(PATHS) * 4]),
            f"{statistics.median(took):.2f}",
        )
        print(f"| {done} | {' | '.join(map(str, cells))} |", flush=True)
    browser.close()


def shown(opened: list[Page], revision: int) -> float:
    """Wait until all pages show what was stored; return the seconds that the first one took."""
    begin, took = time.monotonic(), 0.0
    for page in opened:
        page.locator(f".live-note[data-state^='{revision}-']").wait_for(
            state="attached", timeout=300_000
        )
        took = took or time.monotonic() - begin
    return took


def sums(context: Any, pages: list[Page]) -> tuple[str, int, int, int]:
    """Return of some pages the mean heap in MB, and how many nodes, listeners and documents."""
    totals: dict[str, float] = {}
    for page in pages:
        tools = context.new_cdp_session(page)
        tools.send("HeapProfiler.enable")
        tools.send("HeapProfiler.collectGarbage")
        tools.send("Performance.enable")
        for each in tools.send("Performance.getMetrics")["metrics"]:
            totals[each["name"]] = totals.get(each["name"], 0) + each["value"]
        tools.detach()
    count = len(pages)
    heap = f"{totals['JSHeapUsedSize'] / count / 2**20:.2f}"
    return heap, *(
        round(totals[name] / count) for name in ("Nodes", "JSEventListeners", "Documents")
    )


def connections(process: psutil.Process) -> list[Any]:
    return [each for each in process.net_connections("tcp") if each.status == "ESTABLISHED"]


def save(store: Store, samples: ModuleType, numbers: Iterable[int], shift: float = 1.0) -> None:
    for number in numbers:
        record = samples.record("ci_hsc", number, shift=shift)
        store.save(record, controller_url=samples.ROOT)


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Give the URL and the process of a server."""
    program = [sys.executable, "-m", "squash_jenkins", "serve", "--port", "0"]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            program, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, (folder / "log").read_text()
        try:
            yield found[0], psutil.Process(process.pid)
        finally:
            process.terminate()


def beside(name: str) -> ModuleType:
    """Return a module of the tests of pages."""
    file = Path(__file__).parents[1] / "render" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
