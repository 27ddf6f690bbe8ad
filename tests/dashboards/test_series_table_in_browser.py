import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from squash_jenkins.models import Measurement
from squash_jenkins.plugins import find
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.store import open_store
from tests.render import sample_builds as samples

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
ALL = "series/index.html"
MANY = 600


def table(visit: Visit, path: str = ALL) -> Page:
    """Open a page and wait for its table of series."""
    page = visit(path)
    page.wait_for_selector("#series[data-rows]")
    return page


def cells(page: Page, column: str) -> list[str]:
    """Return the texts of a column, row by row."""
    return page.locator(f".series-table td.series-{column}").all_inner_texts()


def test_the_table_lists_every_series_what_got_worse_first(visit: Visit) -> None:
    page = table(visit)
    assert page.locator(".series-count").inner_text() == "33 series"
    assert cells(page, "metric")[0] == "AD1"
    assert cells(page, "dataset")[0] == "COSMOS · r"
    assert "worse since #31" in cells(page, "status")[0]
    assert page.locator(".series-table").get_attribute("aria-rowcount") == "34"
    link = page.locator(".series-table td.series-metric a").first
    assert "metrics/validate_drp.AD1/" in (link.get_attribute("href") or "")
    assert "dataset=COSMOS" in (link.get_attribute("href") or "")
    assert page.locator(".series-table .spark polyline").count() > 20
    assert "not measured" in cells(page, "value")


def test_a_head_sorts_and_the_address_has_it(visit: Visit) -> None:
    page = table(visit)
    head = page.locator("th.series-noise")
    assert head.get_attribute("aria-sort") == "none"
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert page.url.endswith("?sort=noise")
    sizes = [abs(float(text.strip("+−×"))) for text in cells(page, "noise") if text]
    assert sizes == sorted(sizes, reverse=True)
    assert cells(page, "noise")[-1] == "", "what is unknown comes last"
    head.locator("button").click()
    sizes = [abs(float(text.strip("+−×"))) for text in cells(page, "noise") if text]
    assert sizes == sorted(sizes)
    assert cells(page, "noise")[-1] == ""
    page.go_back()
    assert page.locator("th.series-noise").get_attribute("aria-sort") == "descending"
    page.go_back()
    assert page.locator("th.series-noise").get_attribute("aria-sort") == "none"
    assert cells(page, "metric")[0] == "AD1"


def test_search_and_menus_filter_and_the_address_brings_them_back(visit: Visit) -> None:
    page = table(visit)
    page.locator("#series input[name=find]").fill("ad1 cosmos")
    assert page.locator(".series-count").inner_text() == "2 of 33 series"
    page.locator("#series select[name=only]").select_option("worse")
    assert set(cells(page, "metric")) == {"AD1"}
    assert "find=ad1+cosmos" in page.url and "only=worse" in page.url
    page.reload()
    page.wait_for_selector("#series[data-rows]")
    assert set(cells(page, "metric")) == {"AD1"}
    page.locator("#series input[name=find]").fill("<nothing>")
    assert "No series matches" in page.locator(".series-place").inner_text()


def test_a_series_that_the_newest_build_lacks_shows_its_age(visit: Visit) -> None:
    page = table(visit, f"{ALL}?only=absent")
    assert set(cells(page, "value")) == {"not measured"}
    assert "AM3" in cells(page, "metric")


def test_a_move_beyond_the_noise_has_the_colour_of_its_direction(visit: Visit) -> None:
    page = table(visit)
    found = page.evaluate(
        """async () => {
          const file = await squash.load("data/series.js");
          const part = { ...file.parts.find((each) => each.metric.length) };
          const many = part.metric.length;
          const text = (value) => btoa(String.fromCharCode(...new Uint8Array(
            new Float64Array(many).fill(value).buffer)));
          part.mark = part.mark.map(() => -1);
          Object.assign(part, { value: text(16), usual: text(10), noise: text(1) });
          const rows = squash.seriesRows({ alike: [], parts: [part] });
          return rows.map((row, at) => [part.better[at], row.trend]);
        }"""
    )
    assert {tuple(each) for each in found} <= {(-1, "worse"), (1, "better"), (0, "")}
    assert [-1, "worse"] in found


def test_rows_are_saved_as_csv_as_they_are_shown(visit: Visit) -> None:
    page = table(visit, f"{ALL}?find=ad1&sort=metric")
    with page.expect_download() as done:
        page.get_by_role("button", name="Save as CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(done.value.path()).read_text())))
    assert len(rows) == 3
    assert {row["metric"] for row in rows} == {"validate_drp.AD1"}
    assert all(float(row["value"]) > 0 for row in rows)


def test_one_stop_of_the_tab_key_and_arrows_go_on(visit: Visit) -> None:
    page = table(visit)
    stops = page.locator(".series-table tbody a:not([tabindex='-1'])")
    assert stops.count() == 1
    stops.first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('tr').ariaRowIndex") == "3"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.closest('td').className") == "series-job"
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.closest('tr').ariaRowIndex") == "34"
    assert stops.count() == 1


def test_the_page_of_a_job_has_verdict_findings_metrics_and_builds(visit: Visit) -> None:
    page = table(visit, "jobs/sqre/ci_hsc/index.html")
    assert "may be good or bad" in page.locator(".verdict").inner_text()
    heads = page.locator("main h2").all_inner_texts()
    assert heads[:3] == ["What moved most", "Metrics", "Builds"]
    assert page.locator(".mover").count() >= 3
    assert page.locator("th.series-job").count() == 0
    assert len(cells(page, "metric")) == 22


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a site with 600 series."""
    folder, plugins = tmp_path_factory.mktemp("wide"), find()
    made = samples.record("ci_wide", 1)
    values = [Measurement(f"many.metric_{at:03}", float(at), "ms") for at in range(MANY)]
    report = replace(made.reports[0], measurements=values, metrics=[], specifications=[])
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
        store.save(replace(made, reports=[report]), controller_url=samples.ROOT)
        about = {"plots": plugins.plots, "theme": plugins.theme, "controllers": ["main"]}
        assert not build_site(store, folder / "site", tabs=plugins.tabs, **about).faults
    return folder / "site"


@pytest.mark.parametrize("width", [1380, 390])
def test_only_rows_in_view_are_in_the_page(browser: Browser, wide: Path, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto(f"{wide.as_uri()}/{ALL}?sort=metric")
    page.wait_for_selector("#series[data-rows='600']")
    rows = page.locator(".series-table tbody tr:not(.series-space)")
    assert rows.count() < 60
    for at in (0, 300, 599):
        row = page.locator(f".series-table tr[aria-rowindex='{at + 2}']")
        tall = page.evaluate(
            "document.querySelector('.series-table tbody tr[aria-rowindex]').offsetHeight"
        )
        page.evaluate(
            "([at, tall]) => scrollTo(0, document.querySelector('.series-table tbody')"
            ".getBoundingClientRect().top + scrollY + at * tall - 300)",
            [at, tall],
        )
        row.wait_for()
        assert row.locator("a").first.inner_text() == f"metric_{at:03}"
        box = row.bounding_box()
        assert box is not None and box["y"] < 844, "rows have the height that the script expects"
        assert rows.count() < 80
    page.locator(".series-table tbody a[tabindex='0']").focus()
    page.keyboard.press("Home")
    assert page.evaluate("document.activeElement.textContent") == "metric_000"
    page.close()
