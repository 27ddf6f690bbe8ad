"""Measure the table of all series in Chromium: first view, sort, search and scrolling.

    python -m pytest -q -s tests/benchmarks/bench_series_table.py

25 jobs of 400 metrics and 40 builds each make 10 000 series; ten series of each job step up.
"""

import random
import statistics
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from squash_jenkins.models import BuildRecord, Measurement
from squash_jenkins.plugins import find
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.store import open_store
from tests.render import sample_builds as samples

JOBS, METRICS, BUILDS, RUNS = 25, 400, 40, 5
STEPS = {
    "sort": "document.querySelector('th.series-value button').click()",
    "search": "type('metric_207 service_1')",
    "clear": "type('')",
    "scroll": "scrollTo(0, 200000)",
}
TIMED = """async (step) => {
  const type = (text) => {
    const field = document.querySelector("#series input[name=find]");
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const begun = performance.now();
  eval(step);
  await new Promise((over) => requestAnimationFrame(() => requestAnimationFrame(over)));
  return performance.now() - begun;
}"""


def record(job: str, number: int) -> BuildRecord:
    """Return a build of many metrics with 2% noise."""
    made, chance = samples.record(job, number), random.Random(f"{job}{number}")
    values = [
        Measurement(f"pkg{at % 20:02}.metric_{at:03}", _value(chance, at, number), "ms")
        for at in range(METRICS)
    ]
    report = replace(
        made.reports[0], measurements=values, metrics=[], specifications=[], packages=[]
    )
    return replace(made, reports=[report])


def _value(chance: random.Random, at: int, number: int) -> float:
    step = 0.2 if number > 30 and at % 40 == 7 else 0.0
    return (at + 1) * (1 + 0.02 * chance.gauss(0, 1) + step)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a site with 10 000 series."""
    folder, plugins = tmp_path_factory.mktemp("series"), find()
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
        for job in range(JOBS):
            name = f"team{job % 5}/service_{job:02}"
            builds = [record(name, number) for number in range(1, BUILDS + 1)]
            store.save_all(builds, controller_url=samples.ROOT)
        build_site(store, folder / "site", tabs=plugins.tabs, plots=plugins.plots)
    return folder / "site"


def once(browser: Browser, site: Path) -> Mapping[str, float]:
    """Open the table with a cold cache and time each step, in milliseconds."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{site.as_uri()}/series/index.html")
    page.wait_for_selector(f"#series[data-rows='{JOBS * METRICS}']")
    times = {"first view": page.evaluate("performance.now()")}
    times |= {name: page.evaluate(TIMED, step) for name, step in STEPS.items()}
    context.close()
    return times


def test_the_table_of_all_series(browser: Browser, site: Path) -> None:
    runs = [once(browser, site) for _ in range(RUNS)]
    size = (site / "data/series.js").stat().st_size
    print(f"\n{JOBS * METRICS} series, data {size / 1e6:.2f} MB; milliseconds, median of {RUNS}")
    for name in runs[0]:
        own = sorted(run[name] for run in runs)
        print(f"{name:12}{statistics.median(own):6.0f}   ({own[0]:.0f} to {own[-1]:.0f})")
