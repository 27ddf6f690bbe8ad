from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
PAGES = [
    "index.html",
    "overview/index.html",
    "history/index.html",
    "builds/index.html",
    "jobs/sqre/ci_hsc/index.html",
    "jobs/sqre/ci_hsc/38/index.html",
    "jobs/sqre/ci_hsc/35/index.html",
    "jobs/sqre/ci_hsc/31/index.html",
    "compare/index.html",
    "datasets/index.html",
    "health/index.html",
    "findings/index.html",
    "findings/a1b2c3d4/index.html",
    "help/index.html",
]


@pytest.mark.parametrize("path", PAGES)
def test_pages_open_without_a_fault_and_their_links_lead_somewhere(
    visit: Visit, site: Path, path: str
) -> None:
    page = visit(path)
    links = page.locator("a[href]").evaluate_all("all => all.map(a => new URL(a.href))")
    hrefs = page.locator("a[href]").evaluate_all("all => all.map(a => a.href.split(/[?#]/)[0])")
    assert links
    for href in set(hrefs):
        if href.startswith("file:"):
            target = page.evaluate("href => decodeURIComponent(new URL(href).pathname)", href)
            assert Path(target).is_file(), href
            assert Path(target).is_relative_to(site)


@pytest.mark.parametrize("path", [*PAGES, "metrics/validate_drp.AD1/index.html"])
def test_nothing_scrolls_sideways_on_a_phone(browser: Browser, site: Path, path: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True)
    page = context.new_page()
    page.goto(f"{site.as_uri()}/{path}")
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_times_are_relative_with_the_absolute_one_on_hover(visit: Visit) -> None:
    page = visit("jobs/sqre/ci_hsc/38/index.html")
    time = page.locator("h1 + .lead time")
    assert "2026" in (time.get_attribute("title") or "")
    assert "UTC" not in time.inner_text()


def test_pages_are_whole_without_scripts(browser: Browser, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.as_uri()}/jobs/sqre/ci_hsc/38/index.html")
    assert "UTC" in page.locator("h1 + .lead time").inner_text()
    content = page.locator("main").inner_text()
    assert "malformed JSON at line 3" in content
    assert "COSMOS_output_r.json.xz" in content
    assert "DATASET" in content
    assert page.locator("main table").count() == 0
    context.close()


def test_the_search_field_finds_jobs_metrics_and_builds(visit: Visit) -> None:
    page = visit("overview/index.html")
    page.keyboard.press("/")
    page.keyboard.type("hsc 38")
    found = page.locator(".finder li a")
    found.first.wait_for()
    assert "sqre/ci_hsc #38" in found.first.inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/sqre/ci_hsc/38/index.html")
    page.keyboard.press("/")
    page.keyboard.type("<img src=x>")
    page.wait_for_selector(".finder .nothing")


def test_numbers_and_changes_are_written_alike_in_python_and_in_the_browser(visit: Visit) -> None:
    from squash_jenkins.text.numbers import change_text, counted, number_text

    page = visit("index.html")
    values = [0, 1, 40, 0.5, 9.9999, 7.845285, 16.52, -3.21, 999.4, 999.6, 1234.6, 2.96e-05, 3e8]
    values += [99.95, 123456.7, 0.00123, 1e-9]
    shown = page.evaluate("values => values.map((each) => squash.number(each))", values)
    assert shown == [number_text(value) for value in values]
    beside = [
        (8.0004, 8),
        (7.9996, 8),
        (100.2, 100.4),
        (8, 8),
        (1234567, 1234568),
        (12345.6, 12345.7),
    ]
    shown = page.evaluate(
        "pairs => pairs.map(([one, other]) => squash.number(one, [other]))", beside
    )
    assert shown == [number_text(one, [other]) for one, other in beside]
    pairs = [(32.1, 27.1), (7.83, 7.85), (1, 0), (5, 5), (300, 3), (3000, 3), (9.951, 1), (1, -2)]
    changes = page.evaluate("pairs => pairs.map(pair => squash.change(...pair))", pairs)
    assert changes == [change_text(*pair) for pair in pairs]
    counts = [0, 1, 2, 999, 1000, 1184, 1234567]
    shown = page.evaluate("counts => counts.map(each => squash.counted(each, 'build'))", counts)
    assert shown == [counted(each, "build") for each in counts]


def test_medians_of_the_browser_are_those_of_numpy(visit: Visit) -> None:
    import numpy as np

    page = visit("health/index.html")
    assert page.evaluate("Number.isNaN(squash.median([]))")
    for size in (1, 2, 3, 10, 11, 12, 40):
        values = np.random.default_rng(size).normal(20, 3, size).round(2)
        given = values.tolist()
        assert page.evaluate("squash.median", given) == pytest.approx(np.median(values))
        quantiles = page.evaluate(
            "values => { values.sort((a, b) => a - b);"
            " return [0.02, 0.5, 0.98].map(share => squash.quantile(values, share)); }",
            given,
        )
        assert quantiles == pytest.approx(np.quantile(values, [0.02, 0.5, 0.98]).tolist())
        windows = [values[max(0, at - 5) : at + 6] for at in range(size)]
        running = page.evaluate("values => [...squash.runningMedian(values)]", given)
        assert running == pytest.approx([float(np.median(each)) for each in windows])
