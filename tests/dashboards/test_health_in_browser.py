from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
DRAWN = """([plot, name]) => { const source = squash.source(squash.plots[plot], name);
    return Object.values(source.data)[0].length; }"""


def ready(page: Page) -> Page:
    page.wait_for_selector("#health[data-builds]", timeout=10_000)
    return page


def test_the_chosen_job_is_drawn_and_stands_in_the_address(visit: Visit) -> None:
    page = ready(visit("health/index.html?job=sqre%2Fci_hsc&period="))
    assert page.locator("#health").get_attribute("data-builds") == "38"
    assert [page.evaluate(DRAWN, [0, name]) for name in ("good", "bad", "gaps")] == [36, 2, 1]
    assert page.evaluate(DRAWN, [1, "rate"]) == 34
    assert "36 of 38 builds succeeded (95%)" in page.locator("#health-sum").inner_text()
    assert page.locator("#health-failures tr").count() == 2
    row = page.locator("#health-failures tr").first
    assert "#35" in row.inner_text()
    jenkins = row.locator("a", has_text="Jenkins").get_attribute("href")
    assert jenkins == "https://ci.example.org/jenkins/job/sqre/job/ci_hsc/35/"
    page.locator("#health-choices select[name=job]").select_option("ci_cfht")
    page.wait_for_selector("#health[data-builds='5']")
    assert page.url.endswith("?job=ci_cfht&period=")
    assert "No build failed in this period." in page.locator("#health").inner_text()
    assert page.locator("tr[aria-current]").get_attribute("data-job") == "ci_cfht"


def test_a_period_without_builds_says_so(visit: Visit) -> None:
    page = ready(visit("health/index.html?job=ci_cfht&period=week"))
    assert page.locator("#health").get_attribute("data-builds") == "0"
    assert "choose a longer one" in page.locator(".health-plot .empty").first.inner_text()
    assert "No build finished in this period" in page.locator("#health-sum").inner_text()


def test_quiet_jobs_are_told_by_the_readers_clock(visit: Visit) -> None:
    page = ready(visit("health/index.html"))
    quiet = page.locator("tr[data-job='sqre/ci_hsc'] .quiet")
    assert "usually one every 24 h" in quiet.inner_text()
    assert "quiet for longer than usual" in page.locator("#health-said").inner_text()
