from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from squash_jenkins.models import Blob, Column
from squash_jenkins.plugins import find
from squash_jenkins.render.engine.pyramids import prepare
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.store import open_store

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
ROWS, BUILDS = 600, 4
HERE = """([u, v]) => {
    const { frame } = Bokeh.index.find_one_by_id(squash.plots[0].model.id);
    const box = document.querySelector("#pooled-plot .figure").getBoundingClientRect();
    return [box.left + frame.x_scale.compute(u), box.top + frame.y_scale.compute(v)]; }"""
LOADED = """() => { const renderer = squash.source(squash.plots[0], "tiles");
    const tiles = [...renderer.tile_source.tiles.values()];
    const all = tiles.length > 0 && tiles.every((tile) => tile.loaded);
    return all && tiles.map((tile) => tile.tile_coords[2]); }"""

AXIS_IS_ADDRESS = """() => {
    const view = (new URLSearchParams(location.search).get("view") || "").split(",").map(Number);
    const { start, end } = squash.source(squash.plots[0], "x_log_range");
    const whole = squash.source(squash.plots[0], "x_range");
    const same = Math.abs(view[0] / start - 1) + Math.abs(view[1] / end - 1) < 1e-5;
    return same && Math.abs(whole.end - whole.start - 1 / 8) < 1e-9; }"""


def table(seed: int) -> dict[str, Column]:
    chance = np.random.default_rng(seed)
    snr = 10 ** chance.uniform(0, 3, ROWS)
    mag = chance.uniform(17, 25, ROWS)
    mag[:100] = 20.5
    snr[:100] = 30.0
    return {"snr": Column(snr.tolist(), "", "SNR"), "mag": Column(mag.tolist(), "mag", "r")}


@pytest.fixture(scope="session")
def pooled_site(tmp_path_factory: pytest.TempPathFactory, samples: Any) -> Path:
    """Return a site with tables of four builds as tiles, and of a smaller job as points."""
    folder, plugins = tmp_path_factory.mktemp("pooled"), find()
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
        for job, builds in (("sqre/ci_hsc", BUILDS), ("ci_cfht", 1)):
            for number in range(1, builds + 1):
                record: Any = samples.record(job, number)
                blob = Blob("1", "stars", table(number))
                reports = [replace(each, blobs=[blob]) for each in record.reports]
                store.save(replace(record, reports=reports), controller_url=samples.ROOT)
        about: Any = {"tabs": plugins.tabs, "plots": plugins.plots, "theme": plugins.theme}
        assert list(build_site(store, folder / "site", **about).faults) == []
        done = prepare(store, folder / "site", points=1000, now=datetime(2026, 6, 1, tzinfo=UTC))
    assert (done.made, done.faults) == (6, [])
    return folder / "site"


def settled(page: Page) -> Page:
    page.wait_for_selector("#pooled[data-settled]", timeout=10_000)
    return page


def test_tiles_are_drawn_and_zoomed_and_tell_counts(visit: Visit, pooled_site: Path) -> None:
    page = settled(visit("pooled/index.html?job=sqre/ci_hsc&x=snr&y=mag", pooled_site.as_uri()))
    page.wait_for_function(LOADED)
    assert max(page.evaluate(LOADED)) <= 2  # shown, and fetched ahead
    assert page.locator("#pooled").get_attribute("data-shown") == str(ROWS * BUILDS)
    assert "2 400 of 2 400 points" in page.locator("#pooled-view").inner_text().replace(
        "\u202f", " "
    )
    assert "4 builds, #1 to #4" in page.locator("#pooled-about").inner_text()
    assert "Logarithmic: SNR" in page.locator("#pooled-notes").inner_text()
    scale = page.evaluate(
        "squash.load(`data/pooled/${document.getElementById('pooled').dataset.key}/pool.js`)"
    )["scales"]
    place = page.evaluate("([x, y]) => [squash.placeOf(x, 30), squash.placeOf(y, 20.5)]", scale)
    page.mouse.move(*page.evaluate(HERE, place))
    page.wait_for_selector(".pooled-tip:not([hidden])")
    assert int(str(page.locator("#pooled").get_attribute("data-here"))) >= 100 * BUILDS
    assert "points here" in page.locator(".pooled-tip").inner_text()
    for _ in range(3):
        page.locator("[data-zoom=in]").click()
    page.wait_for_function(AXIS_IS_ADDRESS)
    page.wait_for_function(f"() => Math.max(...(({LOADED})() || [0])) === 3")
    shown = int(str(page.locator("#pooled").get_attribute("data-shown")))
    assert 0 < shown < ROWS * BUILDS / 4
    again = settled(visit(page.url.removeprefix(pooled_site.as_uri() + "/"), pooled_site.as_uri()))
    assert again.locator("#pooled").get_attribute("data-shown") == str(shown)
    page.locator("#pooled-plot").press("0")
    page.wait_for_function("!location.search.includes('view=')")


def test_few_points_are_points_and_choices_follow(visit: Visit, pooled_site: Path) -> None:
    page = settled(visit("pooled/index.html?job=ci_cfht&x=snr&y=mag", pooled_site.as_uri()))
    assert page.evaluate("squash.source(squash.plots[0], 'points').data.u.length") == ROWS
    assert page.evaluate("squash.source(squash.plots[0], 'tiles').visible") is False
    key = page.locator("#pooled").get_attribute("data-key")
    page.locator("select[name=x]").select_option("build")
    page.wait_for_function("key => document.getElementById('pooled').dataset.key !== key", arg=key)
    assert page.locator("#pooled-title").inner_text() == "mag against build number"
    page.wait_for_function("location.search.includes('x=build')")
    assert (
        page.evaluate("squash.source(squash.plots[0], 'x_linear_axis').axis_label")
        == "build number"
    )
    page.locator("select[name=job]").select_option("sqre/ci_hsc")
    page.wait_for_function("squash.source(squash.plots[0], 'tiles').visible")
    page.wait_for_function(LOADED)


def test_nothing_pooled_says_what_to_do(visit: Visit) -> None:
    page = visit("pooled/index.html")
    page.wait_for_selector("#pooled-none:not([hidden])")
    assert "dashboards build --pooled 100" in page.locator("#pooled-none").inner_text()
    assert page.locator("#pooled").is_hidden()
