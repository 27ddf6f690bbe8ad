"""Menus: a list with a search field where there is much to choose from."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


def history(visit: Visit, base: str, path: str) -> Page:
    page = visit(path, base)
    page.wait_for_selector("#history[data-points]")
    page.wait_for_selector("label:not([hidden]) > select[name=metric]")
    return page


def test_a_long_menu_opens_with_a_search_field(visit: Visit, shop: str) -> None:
    page = history(visit, shop, "metrics/db.latency/index.html?job=shop/main")
    page.locator("select[name=metric]").click()
    field = page.get_by_role("combobox", name="Search: metric")
    expect(field).to_be_focused()
    options = page.locator(".picker [role=option]")
    assert options.count() == 29
    chosen = page.locator(".picker [aria-selected=true]")
    assert chosen.inner_text() == "db.latency"
    field.fill("page 07")
    assert options.all_inner_texts() == ["pages.page_07"]
    with page.expect_navigation(url="**/metrics/pages.page_07/**"):
        field.press("Enter")


def test_a_long_menu_works_by_keyboard(visit: Visit, shop: str) -> None:
    page = history(visit, shop, "metrics/db.latency/index.html?job=shop/main")
    select = page.locator("select[name=metric]")
    select.focus()
    page.keyboard.press("l")  # a letter begins the search
    field = page.get_by_role("combobox", name="Search: metric")
    assert field.input_value() == "l"
    page.keyboard.type("atency")
    names = page.locator(".picker [role=option]")
    assert names.all_inner_texts() == ["db.latency", "http.latency"]
    page.keyboard.press("ArrowDown")
    active = field.get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").inner_text() == "http.latency"
    page.keyboard.press("Escape")
    expect(select).to_be_focused()
    assert page.locator(".picker").count() == 0
    page.keyboard.press("Enter")
    field.fill("no such metric")
    assert page.locator(".picker [role=status]").inner_text().startswith("Nothing found")


def test_a_short_menu_is_the_one_of_the_browser(visit: Visit, shop: str) -> None:
    page = history(visit, shop, "metrics/db.latency/index.html?job=shop/main")
    page.locator("select[name=dataset]").click()
    assert page.locator(".picker").count() == 0


def test_menus_offer_only_metrics_that_somebody_measured(visit: Visit) -> None:
    page = visit("metrics/validate_drp.AD1/index.html")
    page.wait_for_selector("label:not([hidden]) > select[name=metric]")
    offered = page.locator("select[name=metric] option").all_inner_texts()
    assert "validate_drp.AM1" in offered
    assert "validate_drp.PA9" not in offered  # defined, never measured


def test_the_search_says_which_metric_nobody_measured(visit: Visit) -> None:
    page = visit("overview/index.html")
    page.keyboard.press("/")
    page.keyboard.type("pa")
    kinds = page.locator(".finder li span")
    kinds.first.wait_for()
    assert kinds.all_inner_texts()[:2] == ["metric", "metric, never measured"]
