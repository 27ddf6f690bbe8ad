"""Walk through one page of each kind by the Tab key: few stops, all visible and large enough."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.dashboards.safety.conftest import STRICT, Open, Watch, crawl

pytestmark = pytest.mark.browser
MOST = 50
LOOK = """() => {
  const own = document.activeElement;
  if (!own || own === document.body) return null;
  const box = own.getBoundingClientRect();
  const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  const shown = own.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const style = getComputedStyle(own);
  const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1)
    || own.closest(":focus-within:not(body, main, html)") !== null && own.matches("select, input");
  // A link in running text is as high as its line; a build of a strip has a larger area around it.
  const text = style.display === "inline" || own.matches(".cell, [type=checkbox], [type=range]");
  const large = text || (box.height >= 23.5 && box.width >= 23.5);
  const faults = [[inside, "outside"], [shown, "hidden"], [ring, "no ring"], [large, "small"]];
  const size = `${Math.round(box.width)}x${Math.round(box.height)}`;
  return {
    html: own.outerHTML.slice(0, 110),
    faults: faults.filter(([good]) => !good).map(([, word]) => `${word} ${size}`),
  };
}"""


def stops(page: Page) -> list[dict[str, Any]]:
    """Return what has the focus after each press of Tab, until the page ends."""
    found: list[dict[str, Any]] = []
    page.wait_for_timeout(300)  # lists are arranged once they are drawn
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    for _ in range(600):
        page.keyboard.press("Tab")
        stop = page.evaluate(LOOK)
        if stop is None or (found and stop["html"] == found[0]["html"]):  # round again
            return found
        found.append(stop)
    return found


@pytest.mark.parametrize("width", [1280, 390])
def test_tab_stops_are_few_visible_and_large_enough(
    site: Path, watching: Callable[..., Watch], serve: Open, width: int
) -> None:
    counts: dict[str, int] = {}
    faults: list[str] = []

    def walk(page: Page, kind: str) -> None:
        found = stops(page)
        counts[kind] = len(found)
        for stop in found:
            faults.extend(f"{kind or 'start'}: {fault}: {stop['html']}" for fault in stop["faults"])

    watch = watching(viewport={"width": width, "height": 844})
    crawl(watch, serve(site, STRICT), 1, walk)
    assert len(counts) > 12
    assert {kind: count for kind, count in counts.items() if count > MOST} == {}
    assert not faults, "\n".join(faults)


def test_arrow_keys_go_through_a_strip_and_a_table(site: Path, visit: Callable[..., Page]) -> None:
    page = visit("index.html")
    strip = page.locator(".strip").first
    newest = strip.locator("a").first
    newest.focus()
    for key, at in (("ArrowLeft", 1), ("ArrowLeft", 2), ("ArrowRight", 1), ("End", 0)):
        page.keyboard.press(key)
        assert strip.locator("a").nth(at).evaluate("each => each === document.activeElement"), key
    assert strip.locator("a[tabindex='0']").count() == 1
    page.goto(f"{site.as_uri()}/builds/index.html")
    links = page.locator("tbody tr").locator("a").first
    links.focus()
    first = page.evaluate("document.activeElement.closest('tr').rowIndex")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('tr').rowIndex") == first + 1
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.closest('tr').rowIndex") == first + 1
    assert page.locator("tbody [tabindex='0']").count() == page.locator("tbody").count()


def test_the_menu_button_of_a_phone_leads_to_every_tab(site: Path, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{site.as_uri()}/builds/index.html")
    button = page.get_by_role("button", name="Menu: Builds")
    menu = page.locator("#menu")
    assert not menu.is_visible()
    button.click()
    links = menu.locator("a")
    assert links.count() >= 8
    assert all(links.nth(at).is_visible() for at in range(links.count()))
    assert menu.locator("[aria-current]").inner_text() == "Builds"
    page.keyboard.press("Escape")
    assert not menu.is_visible()
    assert button.evaluate("each => each === document.activeElement")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "builds/index.html" not in url)
    page.set_viewport_size({"width": 1440, "height": 900})
    assert not page.locator(".menu-button").is_visible()
    assert page.locator("#menu").is_visible()
    page.close()
