from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from squash_jenkins.models import Blob, Column
from squash_jenkins.plugins import find
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.store import open_store

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
ROWS = 6000
METRICS = {"validate_drp.AM1", "validate_drp.PA1"}
QUERY = "drill-down/index.html?job=sqre%2Fci_hsc"
CHOSEN = "document.getElementById('drill').dataset.chosen"
TIME = """async () => {
    const slider = document.getElementById("drill-snr"), times = [];
    for (let cut = 50; cut < 150; cut += 10) {
        const start = performance.now();
        slider.value = cut;
        slider.dispatchEvent(new Event("input"));
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        times.push(performance.now() - start);
    }
    return times.sort((one, other) => one - other)[5]; }"""


def stars(seed: int) -> dict[str, Column]:
    chance = np.random.default_rng(seed)
    snr = np.linspace(1, 401, ROWS)
    columns = {
        "snr": (snr, ""),
        "dist": (np.hypot(8, 1000 / snr) * chance.uniform(0.5, 2, ROWS), "marcsec"),
        "mag": (25 - 2.5 * np.log10(snr), "mag"),
        "magerr": (1.09 / snr, "mag"),
        "magrms": (np.hypot(0.004, 1.09 / snr) * chance.uniform(0.5, 2, ROWS), "mag"),
    }
    return {name: Column(values.tolist(), unit) for name, (values, unit) in columns.items()}


@pytest.fixture(scope="module")
def drilled(tmp_path_factory: pytest.TempPathFactory, samples: Any) -> str:
    """Return the address of a site with tables of three builds, of which one is missing."""
    folder, plugins = tmp_path_factory.mktemp("drilled"), find()
    seeing: dict[str, Any] = {"C": {"value": 1.0}, "theta": {"value": 1000.0, "unit": "marcsec"}}
    seeing["sigmaSys"] = {"value": 8.0, "unit": "marcsec"}
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
        for number in (1, 2, 3):
            record = samples.record("sqre/ci_hsc", number)
            shuffles = {"rms": Column([1.0, 2.0, 4.0], "mmag"), "word": Column(["a", "b", "b"])}
            blobs = [
                Blob("1", "MatchedMultiVisitDataset", stars(number)),
                Blob("2", "AnalyticAstrometryModel", {}, seeing),
                Blob("3", "validate_drp.PA1", shuffles),
            ]
            reports = [
                replace(
                    each,
                    blobs=blobs,
                    measurements=[
                        replace(one, blobs=["1", "2", "3"]) if one.metric in METRICS else one
                        for one in each.measurements
                    ],
                )
                for each in record.reports
            ]
            store.save(replace(record, reports=reports), controller_url=samples.ROOT)
            if number == 1:
                for file in Path(store.blobs.location).glob("*/*.parquet"):
                    file.unlink()
        about: Any = {"tabs": plugins.tabs, "plots": plugins.plots, "theme": plugins.theme}
        assert list(build_site(store, folder / "site", **about).faults) == []
    return (folder / "site").as_uri()


def open_at(visit: Visit, drilled: str, query: str) -> Page:
    page = visit(f"{QUERY}&{query}", drilled)
    page.wait_for_selector("#drill[data-shown][data-chosen]")
    return page


def test_the_cut_chooses_stars_and_stands_in_the_address(visit: Visit, drilled: str) -> None:
    page = open_at(visit, drilled, "metric=validate_drp.AM1&build=2")
    page.wait_for_function(f"{CHOSEN} === '4515'")
    assert page.inner_text("h1") == "Behind AM1 of sqre/ci_hsc #2"
    assert page.locator(".drill-legend:visible").inner_text().count("marcsec") == 3
    assert "model" in page.locator(".drill-legend:visible").inner_text()
    assert page.evaluate(TIME) < 300  # milliseconds on a busy machine
    page.fill("#drill-snr", "300")
    page.wait_for_function(f"{CHOSEN} === '1515'")
    assert "snr=300" in page.url
    page.click("text=‹ #1")
    page.locator("#drill-none:visible", has_text="is not in").wait_for()


def test_a_box_in_one_figure_chooses_in_all(visit: Visit, drilled: str) -> None:
    page = open_at(visit, drilled, "metric=validate_drp.PA1&view=magnitudes&snr=0")
    page.wait_for_function(f"{CHOSEN} === '6000'")
    assert page.locator("[data-figure]:visible").count() == 4
    box = page.locator("[data-figure=drill_signal] .figure").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 200, steps=4)
    page.mouse.up()
    page.wait_for_function(f"{CHOSEN} !== '6000'")
    chosen = int(page.evaluate(CHOSEN))
    assert 0 < chosen < 6000
    counts = """squash.plots.map((plot) => { const data = squash.source(plot, "chosen").data;
        return data.x ? data.x.length / 3 : data.count.reduce((one, other) => one + other, 0); })"""
    assert page.evaluate(counts) == [chosen] * 4
    page.reload()
    page.wait_for_function(f"{CHOSEN} === '{chosen}'")
    page.click("#drill-clear")
    page.wait_for_function(f"{CHOSEN} === '6000'")


def test_any_table_is_drawn_by_chosen_columns(visit: Visit, drilled: str) -> None:
    page = open_at(visit, drilled, "metric=validate_drp.PA1&blob=validate_drp.PA1")
    assert page.locator("[data-figure=drill_counts_linear]").is_visible()
    page.select_option("select[name=blob]", "MatchedMultiVisitDataset")
    page.wait_for_selector("#drill[data-shown$=magnitudes]")
    page.select_option("select[name=view]", "columns")
    page.wait_for_selector("[data-figure=drill_log_linear]:visible")
    page.select_option("select[name=colour]", "mag")
    page.wait_for_selector("#drill-key:visible")
    assert "colour=mag" in page.url
    assert "xscale=log" in page.url


def test_what_is_not_there_is_said(visit: Visit, drilled: str) -> None:
    page = visit(f"{QUERY}&build=77", drilled)
    said = "Build #77 of sqre/ci_hsc has no tables"
    page.locator("#drill-none:visible", has_text=said).wait_for()
    page = visit(f"{QUERY}&metric=validate_drp.TE1", drilled)
    page.locator("#drill-none:visible", has_text="TE1").wait_for()


POINT = """([name, at]) => {
    const plot = squash.plots.find(each => !each.place.closest("[hidden]"));
    plot.place.scrollIntoView({ block: "center" });
    const view = (plot.view.child_views || []).find(each => each.model.name === "scatter")
        || plot.view;
    const box = view.el.getBoundingClientRect(), { x, y } = squash.source(plot, name).data;
    return [box.x + view.frame.x_scale.compute(x[at]), box.y + view.frame.y_scale.compute(y[at])];
}"""


def test_pointing_at_a_star_shows_its_values(visit: Visit, drilled: str) -> None:
    page = open_at(visit, drilled, "&build=2&metric=validate_drp.AM1")
    at = 3 * 4000  # specks have three places for each point
    page.evaluate(POINT, ["all", at])
    x, y = page.evaluate(POINT, ["all", at])
    page.mouse.move(x - 40, y - 60)
    page.mouse.move(x, y)
    tip = page.locator(".drill-plot .tip:not([hidden])")
    tip.wait_for()
    shown = tip.inner_text()
    assert all(name in shown for name in ("snr", "dist", "mag", "magerr", "magrms"))
    assert "marcsec" in shown
    page.mouse.move(5, 5)
    tip.wait_for(state="hidden")


def test_an_empty_choice_is_said_in_words(visit: Visit, drilled: str) -> None:
    page = open_at(visit, drilled, "&build=2&metric=validate_drp.AM1&snr=450")
    page.wait_for_function(f"() => {CHOSEN} === '0'")
    assert "No star has a signal-to-noise ratio above 450" in page.inner_text("#drill-empty")
    page.locator("#drill-snr").fill("100")
    page.locator("#drill-empty").wait_for(state="hidden")


def test_back_undoes_a_choice(visit: Visit, drilled: str) -> None:
    page = open_at(visit, drilled, "&build=2&metric=validate_drp.AM1")
    page.select_option("[name=build]", "3")
    page.wait_for_selector("#drill[data-shown^='3 ']")
    page.locator("#drill-snr").fill("120")
    page.wait_for_function("() => location.search.includes('snr=120')")
    page.go_back()
    page.wait_for_selector("#drill[data-shown^='2 ']")
    assert page.input_value("[name=build]") == "2"
