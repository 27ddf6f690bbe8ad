"""Measure what it costs to open each page with a cold cache, and take pictures of all pages.

    python -m tests.benchmarks.bench_pages [--sets demo,shop,large] [--runs 3]
        [--pictures FOLDER] [--stores FOLDER]

Three data sets (`page_stores`), each as a static site behind a strict policy and from the live
server, one kind of page after the other, each time in a new context of a real Chromium. Requests
and bytes are what the page asks for; *ready* is when nothing reads "Loading" any more and the
plots stand (median of the runs; *first* is the first one, for which the live server makes the
page). Times are worth something on an idle machine only. To compare two versions of the program,
run the file in the worktree of each with the same ``--stores``: the stores are made once. Pictures
are of the static pages, ``<set>/<page>-<width>-<light or dark>.png``.
"""

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright

from tests.benchmarks.page_stores import PROGRAM, SETS
from tests.dashboards.safety.conftest import STRICT, serving

READY = """() => {
  const waits = (each) => each.childElementCount === 0 && each.offsetParent
    && /^Loading/.test(each.textContent.trim());
  const history = document.querySelector("#history[data-catalogue]");
  const drawn = !history || history.dataset.points
    || /^No build/.test(history.querySelector(".empty")?.textContent ?? "");
  const ready = document.readyState === "complete" && drawn
    && ![...document.querySelectorAll("main *")].some(waits);
  return ready && performance.now();
}"""
BYTES = """() => ["navigation", "resource"]
  .flatMap((kind) => performance.getEntriesByType(kind))
  .reduce((sum, each) => sum + each.encodedBodySize, 0)"""
WIDTHS = {1440: 900, 390: 844}


class Cost(NamedTuple):
    """Hold what one page asked for, and when it was ready (seconds)."""

    requests: int
    kilobytes: float
    ready: float


def main() -> None:
    """Print a table for each data set."""
    asked = argparse.ArgumentParser(description="Measure what it costs to open each page.")
    asked.add_argument("--sets", default=",".join(SETS), help="data sets, separated by commas")
    asked.add_argument("--runs", type=int, default=3, help="cold visits of each page; 0: none")
    asked.add_argument("--pictures", type=Path, help="folder for pictures of all pages")
    asked.add_argument("--stores", type=Path, help="folder in which the stores are made once")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        arguments = ["--headless", "--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=arguments, timeout=120_000
        )
        for word in given.sets.split(","):
            folder = made(word, given.stores or Path(name) / "stores", Path(name) / word)
            subprocess.run([*PROGRAM, "dashboards", "build"], cwd=folder, check=True)
            if given.runs:
                report(browser, word, folder, given.runs)
            if given.pictures:
                take_pictures(browser, folder / "site", given.pictures / word)
        browser.close()


def made(word: str, stores: Path, folder: Path) -> Path:
    """Return a copy of the store of a data set, which is made if there is none yet."""
    store = stores / word
    if not store.exists():
        SETS[word](store)
    shutil.copytree(store, folder, ignore=shutil.ignore_patterns("site"))
    return folder


def report(browser: Browser, word: str, folder: Path, runs: int) -> None:
    """Measure the static site and the live server of one data set."""
    print(f"\n{word}\n| page | | requests | kB | first, s | ready, s |\n|---|---|---|---|---|---|")
    pages = kinds(folder / "site")
    with serving(folder / "site", STRICT) as static, live(folder) as served:
        for kind, path in pages.items():
            for way, root in (("static", static), ("live", served)):
                costs = [visited(browser, f"{root}/{path}") for _ in range(runs)]
                ready = statistics.median(each.ready for each in costs)
                first, last = costs[0].ready, costs[-1]
                cells = f"{last.requests} | {last.kilobytes:.0f} | {first:.2f} | {ready:.2f}"
                print(f"| {kind} | {way} | {cells} |", flush=True)


def kinds(site: Path) -> dict[str, str]:
    """Return one page of each kind: of the job with most builds, of its newest build."""
    job = max((file.parent for file in site.glob("jobs/**/badge.svg")), key=builds_of)
    newest = max((each for each in job.iterdir() if each.name.isdigit()), key=number_of)
    pages = {each: f"{each}/" for each in TABS if (site / each / "index.html").is_file()}
    found = {"start": "", **pages, "job": beside(site, job), "build": beside(site, newest)}
    for kind in ("metrics", "findings"):
        each = next(iter(sorted(site.glob(f"{kind}/*/index.html"))), None)
        if each is not None:
            found[f"one of {kind}"] = beside(site, each.parent)
    return found


TABS = ("overview", "history", "builds", "compare", "drill-down", "pooled", "findings", "datasets")
TABS += ("health", "help")


def beside(site: Path, folder: Path) -> str:
    """Return the path of a page below the root of its site."""
    return f"{folder.relative_to(site).as_posix()}/"


def builds_of(job: Path) -> int:
    """Return the number of builds of a job that have a page."""
    return sum(each.name.isdigit() for each in job.iterdir())


def number_of(build: Path) -> int:
    """Return the number of a build from its folder."""
    return int(build.name)


def visited(browser: Browser, url: str) -> Cost:
    """Open a page with a cold cache and wait until it is ready."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url if not url.endswith("/") else f"{url}index.html")
    ready = page.wait_for_function(READY, timeout=180_000).json_value()
    page.wait_for_timeout(300)
    size = page.evaluate(BYTES)
    context.close()
    own = [each for each in asked if not each.startswith(("data:", "blob:"))]
    return Cost(len(own), size / 1000, ready / 1000)


@contextmanager
def live(folder: Path) -> Iterator[str]:
    """Give the URL of a live server."""
    command = [*PROGRAM, "serve", "--port", "0"]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, (folder / "log").read_text()
        try:
            yield found[0].rstrip("/")
        finally:
            process.terminate()


def take_pictures(browser: Browser, site: Path, folder: Path) -> None:
    """Store pictures of all kinds of pages, wide and narrow, light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    with serving(site, STRICT) as url:
        for width, height in WIDTHS.items():
            for scheme in ("light", "dark"):
                size = {"width": width, "height": height}
                context = browser.new_context(
                    viewport=size, color_scheme=scheme, is_mobile=width < 700, has_touch=width < 700
                )
                page = context.new_page()
                for kind, path in kinds(site).items():
                    page.goto(f"{url}/{path}index.html")
                    page.wait_for_function(READY, timeout=180_000)
                    page.wait_for_timeout(300)
                    name = f"{kind.replace(' ', '-')}-{width}-{scheme}.png"
                    page.screenshot(path=folder / name, full_page=True)
                context.close()


if __name__ == "__main__":
    sys.exit(main())
