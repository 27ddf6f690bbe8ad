"""Explore in a real browser: a choice redraws, new rows are announced, look and policy hold."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from squash_jenkins.store import open_store
from tests import databases
from tests.server.exploring import add

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a page whose faults fail the test; it may lose its server."""
    context = browser.new_context(viewport={"width": 1300, "height": 900})
    opened, faults = context.new_page(), []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    yield opened
    context.close()
    assert [each for each in faults if "ERR_CONNECTION_REFUSED" not in each] == []


def selected(page: Page) -> int:
    """Return how many rows the page says are selected."""
    return int(plain(page, "#explore-about").split("selected")[1].split()[0])


def plain(page: Page, place: str) -> str:
    return page.locator(place).inner_text().replace("\u202f", "")


def until(page: Page, place: str, fits: Callable[[str], bool]) -> str:
    """Wait until the text of an element fits, checking each time that it changes."""
    before = page.locator(place).inner_text(timeout=60_000)
    while not fits(before.replace("\u202f", "")):
        page.wait_for_function(
            "([place, before]) => document.querySelector(place).innerText !== before",
            arg=[place, before],
            timeout=60_000,
        )
        before = page.locator(place).inner_text()
    return before.replace("\u202f", "")


def image(page: Page) -> int:
    """Return how many pixels of the picture that Bokeh holds are filled."""
    return int(
        page.evaluate(
            "() => { const image = [...squash.plots[0].document._all_models.values()]"
            ".find((each) => each.data && each.data.image).data.image[0];"
            " return [...image].filter((each) => each !== 0).length; }"
        )
    )


def test_a_choice_redraws_and_new_rows_are_announced(
    server: Callable[..., Any], samples: Any, page: Page, tmp_path: Path
) -> None:
    running = server()
    add(running.store, samples, range(1, 4))
    page.goto(f"{running.url}/pooled/")
    page.get_by_role("link", name="Explore", exact=True).click()
    until(page, "#explore-about", lambda told: "3000 of 3000 rows" in told)
    assert 500 < image(page) <= 3000

    page.locator("[name=colour]").select_option("band")
    until(page, "#explore-legend", lambda told: "odd (297)" in told)
    assert "view=" not in page.url
    page.locator("[data-filter='0'] [name=column]").select_option("snr")
    page.locator("[data-filter='0'] [name=low]").fill("30")
    page.locator("[data-filter='0'] [name=low]").blur()
    until(page, "#explore-about", lambda told: "3000 of 3000 rows" not in told)
    few = selected(page)
    assert 700 < few < 1000
    page.get_by_role("button", name="Zoom in").click()
    in_view = until(page, "#explore-state", lambda told: int(told.split()[0]) < few)
    assert int(in_view.split()[0]) > 0
    assert "view=" in page.url and "only=" in page.url

    with open_store(databases.url_of(tmp_path), str(tmp_path / "blobs")) as other:
        add(other, samples, [4])
    page.locator("#explore-news", has_text="rows of build #4").wait_for(timeout=30_000)
    assert "of 4000 rows" in plain(page, "#explore-about")
    assert plain(page, "#explore-state") != in_view  # the part looked at, drawn again

    page.set_viewport_size({"width": 375, "height": 800})
    page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")


def test_a_page_survives_a_restart_with_what_was_chosen(
    server: Callable[..., Any], samples: Any, page: Page
) -> None:
    running = server()
    add(running.store, samples, [1])
    chosen = '[{"column":"snr","low":30,"high":null},{"column":"band","words":["odd"]}]'
    page.goto(f"{running.url}/explore/?x=snr&y=build&colour=dist&only={chosen}")
    until(page, "#explore-about", lambda told: "of 1000 rows" in told)
    few = selected(page)
    assert 0 < few < 100
    assert Axe().run(page).response["violations"] == []
    port = running.port
    running.stop()
    page.locator("#explore-state", has_text="Trying again").wait_for(timeout=30_000)
    again = server(port=port)
    add(again.store, samples, [2])
    until(page, "#explore-about", lambda told: "of 2000 rows" in told)
    assert selected(page) > few


def test_axes_are_logarithmic_and_points_lead_to_their_builds(
    server: Callable[..., Any], samples: Any, page: Page
) -> None:
    running = server()
    add(running.store, samples, [1, 2])
    page.goto(f"{running.url}/explore/?x=snr&y=dist")
    until(page, "#explore-about", lambda told: "2000 of 2000 rows" in told)
    assert "2 rows without a finite value left out" in plain(page, "#explore-state")
    assert "points in a pixel: 1" in plain(page, "#explore-legend")
    for name in ("xscale", "yscale"):
        page.select_option(f"[name={name}]", "log")
    page.wait_for_function("() => squash.plots[0].model.y_scale.type === 'LogScale'")
    assert "xscale=log" in page.url and "yscale=log" in page.url
    pixel = """() => { const { model, place } = squash.plots[0];
        const box = place.querySelector(".figure").getBoundingClientRect();
        const { frame } = Bokeh.index.find_one_by_id(model.id);
        place.scrollIntoView({ block: "center" });
        return [box.x + frame.x_scale.compute(20), box.y + frame.y_scale.compute(10)]; }"""
    page.wait_for_function("() => squash.source(squash.plots[0], 'x_range').start > 1")
    page.evaluate(pixel)
    x, y = page.evaluate(pixel)  # 20 · 10 is 200: every point is on this line
    page.mouse.move(x - 5, y)
    page.mouse.move(x, y)
    tip = page.locator(".explore-tip:not([hidden])")
    tip.wait_for()
    text = tip.inner_text()
    assert "dist" in text and "marcsec" in text and "more here" in text
    link = tip.get_by_role("link").first
    number = link.inner_text().removeprefix("Build #")
    assert link.get_attribute("href") == f"../jobs/ci_hsc/{number}/index.html"
    page.go_back()
    page.wait_for_function("() => squash.plots[0].model.y_scale.type === 'LinearScale'")


def test_empty_selections_are_said_in_words(
    server: Callable[..., Any], samples: Any, page: Page
) -> None:
    running = server()
    add(running.store, samples, [1])
    only = '[{"column":"snr","low":900,"high":null}]'
    page.goto(f"{running.url}/explore/?x=snr&y=dist&only={only}")
    page.locator("#explore-wait", has_text="No row passes").wait_for()
    page.locator("[data-filter='0'] [name=low]").fill("10")
    page.locator("[data-filter='0'] [name=low]").blur()
    page.locator("#explore-wait", has_text="No row passes").wait_for(state="hidden")
    page.goto(f"{running.url}/explore/?x=snr&y=dist&view=[100,200,1,2]")
    page.locator("#explore-wait", has_text="No point is in view").wait_for()
    page.get_by_role("button", name="Reset").click()
    page.locator("#explore-wait", has_text="No point is in view").wait_for(state="hidden")
