from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_a_dataset_leads_to_its_history(visit: Callable[..., Page]) -> None:
    page = visit("datasets/index.html")
    page.get_by_role("link", name="COSMOS").click()
    link = page.locator("td a", has_text="AM1").first
    assert "dataset=COSMOS" in (link.get_attribute("href") or "")
    link.click()
    page.wait_for_selector("#history[data-points]", timeout=10_000)
    assert page.locator("h1").inner_text() == "AM1"


def test_help_leads_to_every_tab(visit: Callable[..., Page]) -> None:
    page = visit("index.html")
    tabs = page.locator(".menu a").evaluate_all("all => all.map(a => a.href)")
    page.get_by_role("link", name="Help").first.click()
    listed = page.locator("#pages + .card dt a").evaluate_all("all => all.map(a => a.href)")
    assert listed == tabs[:-1]
