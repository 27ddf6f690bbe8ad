import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
PAGES = [
    "index.html",
    "overview/index.html",
    "series/index.html",
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


DATA = Path(__file__).parents[1] / "data"


def test_the_script_writes_numbers_quantities_and_names_as_in_the_shared_cases(
    visit: Visit,
) -> None:
    """The tests of ``squash_jenkins/text`` run the same cases."""
    page = visit("index.html")
    cases = json.loads((DATA / "number_texts.json").read_text("utf-8"))
    shown = page.evaluate(
        "cases => cases.map((each) => squash.number(each.value, each.beside, each.noise))",
        cases["numbers"],
    )
    assert shown == [case["text"] for case in cases["numbers"]]
    shown = page.evaluate(
        "cases => cases.map((each) =>"
        " squash.quantities(each.values, each.unit, each.beside, each.noise))",
        cases["quantities"],
    )
    assert shown == [case["text"] for case in cases["quantities"]]
    changes = page.evaluate(
        "cases => cases.map(([value, before]) => squash.change(value, before))", cases["changes"]
    )
    assert changes == [text for _, _, text in cases["changes"]]
    counts = page.evaluate(
        "cases => cases.map(([count]) => squash.counted(count, 'build'))", cases["counts"]
    )
    assert counts == [text for _, text in cases["counts"]]
    names = page.evaluate(
        "([alike, metrics]) => { squash.nameAlike(alike); return metrics.map(squash.shortName); }",
        [["latency"], cases["names"]["metrics"]],
    )
    assert names == cases["names"]["short"]
    packages = page.evaluate(
        "cases => cases.map(([metric]) => squash.packageName(metric))", cases["packages"]
    )
    assert packages == [package for _, package in cases["packages"]]


def test_the_script_writes_any_number_as_python_does(visit: Visit) -> None:
    import numpy as np

    from squash_jenkins.text.numbers import number_text
    from squash_jenkins.text.quantities import quantities_text

    page, random = visit("index.html"), np.random.default_rng(7)
    sizes = (10.0 ** random.uniform(-12, 22, 600) * random.choice([-1, 1], 600)).tolist()
    pairs = [(float(f"{one:.{digits}g}"), one) for digits, one in enumerate(sizes[:12], 2)]
    pairs += [(one, one * (1 + 10.0**-power)) for power, one in enumerate(sizes[12:20], 1)]
    noises = random.choice([None, 1e-3, 0.5, 2000.0], 600).tolist()
    shown = page.evaluate(
        "([values, noises, pairs]) =>"
        " [values.map((each, at) => squash.number(each, [], noises[at])),"
        " pairs.map((pair) => squash.quantities(pair, 's'))]",
        [sizes, noises, pairs],
    )
    assert shown[0] == [number_text(*each) for each in zip(sizes, [()] * 600, noises, strict=True)]
    assert shown[1] == [quantities_text(pair, "s") for pair in pairs]


def test_the_script_writes_moments_as_python_does_and_names_utc(
    browser: Browser, site: Path
) -> None:
    cases = json.loads((DATA / "date_texts.json").read_text("utf-8"))
    for zone in ("UTC", "Europe/Berlin"):
        context = browser.new_context(timezone_id=zone)
        page = context.new_page()
        page.goto(f"{site.as_uri()}/index.html")
        for moment, where, text in cases["zones"]:
            if where == zone:
                assert page.evaluate("at => squash.absolute(Date.parse(at))", moment) == text
        if zone == "UTC":
            shown = page.evaluate(
                "all => all.map(([at]) => Date.parse(at)).map((at) => squash.moment(at))",
                cases["moments"],
            )
            assert shown == [text for _, text, *_ in cases["moments"]]
        context.close()


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


def test_the_overview_is_filtered_by_words_and_back_undoes_a_choice(visit: Visit) -> None:
    page = visit("index.html")
    rows = page.locator(".mover:visible")
    all_rows = rows.count()
    assert all_rows > 2
    page.locator("#overview select[name=only]").select_option("better")
    assert set(rows.evaluate_all("all => all.map((each) => each.dataset.direction)")) == {"better"}
    assert page.url.endswith("?only=better")
    page.go_back()
    assert rows.count() == all_rows
    page.locator("#overview input[name=find]").fill("ci_cfht")
    assert page.locator("section.job:visible").count() == 1
    assert page.url.endswith("?find=ci_cfht")
    page.locator("#overview input[name=find]").fill("<nothing>")
    assert page.locator("#no-mover").is_visible()
    page.reload()
    assert page.locator("#no-mover").is_visible()


def test_an_old_address_keeps_what_was_chosen(visit: Visit) -> None:
    page = visit("overview/index.html?only=worse")
    page.wait_for_url("**/site/index.html?only=worse")
    assert page.locator(".menu [aria-current]").inner_text() == "Overview"


def test_the_day_of_the_verdict_is_in_words_where_it_is_near(visit: Visit) -> None:
    page = visit("index.html")
    page.evaluate(
        "document.querySelector('.verdict').innerHTML = '<i data-day></i><i data-day></i>'"
    )
    page.evaluate(
        "[...document.querySelectorAll('[data-day]')].forEach((each, at) => {"
        " each.dataset.day = String(Date.now() / 1000 - 86400 * at); })"
    )
    page.evaluate("squash.changed()")
    assert page.locator(".verdict").inner_text() == "todayyesterday"


def test_a_phone_shows_the_overview_in_short_cards(browser: Browser, site: Path) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True)
    page = context.new_page()
    page.goto(f"{site.as_uri()}/index.html")
    heights = page.locator(".mover:visible").evaluate_all("all => all.map((e) => e.offsetHeight)")
    assert heights and max(heights) < 90
    assert page.evaluate("document.documentElement.scrollHeight") < 4 * 844
    context.close()
