"""Admins say which values of a metric are better where a change asks for it, and on its page."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
Start = Callable[..., Any]
METRIC = "shop.answer"


@pytest.fixture
def running(server: Start, samples: Any) -> Any:
    """Return a server of a job in which a metric rose of which nobody knows what is better."""
    from squash_jenkins.models import Measurement, Metric

    made = server()
    for number in range(1, 31):
        record = samples.record("shop/nightly", number)
        [report] = record.reports[:1]
        value = (10.0 if number < 20 else 13.0) + 0.01 * (number % 3)
        own = replace(
            report,
            metrics=[Metric(METRIC)],
            measurements=[Measurement(METRIC, value, None)],
            specifications=[],
        )
        made.store.save(replace(record, reports=[own]), controller_url=samples.ROOT)
    made.find_findings()
    return made


@pytest.fixture
def page(browser: Browser) -> Any:
    """Return a page; a fault of its scripts fails the test."""
    faults: list[str] = []
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []


def test_a_change_without_direction_asks_and_two_buttons_answer(running: Any, page: Page) -> None:
    page.goto(f"{running.url}/findings/")
    page.get_by_text("answer rose: good or bad?").wait_for()
    page.goto(f"{running.url}/")
    assert "Nothing got worse" not in page.locator(".verdict").inner_text()
    assert "may be good or bad" in page.locator(".verdict").inner_text()
    page.locator(".ask").get_by_role("button", name="Bad").click()
    page.locator(".verdict").get_by_text("1 older regression").wait_for(timeout=60_000)
    assert page.locator(".ask").count() == 0
    assert running.store.audit.newest(1)[0].action == "metric.rules"
    with running.store.reader() as reader:
        assert reader.definitions.rules()[METRIC].direction == "lower"


def test_an_admin_sets_direction_unit_and_smallest_change_on_the_page_of_a_metric(
    running: Any, page: Page
) -> None:
    page.goto(f"{running.url}/metrics/{METRIC}/")
    page.get_by_text("not known whether higher or lower is better").wait_for()
    page.get_by_text("Set direction, unit").click()
    page.get_by_label("Smallest change").fill("-1")
    page.get_by_role("button", name="Save").click()
    page.locator(".metric-settings [role=alert]").get_by_text("expected").wait_for()
    page.get_by_label("Better values").select_option("higher")
    page.get_by_label("Smallest change").fill("2 %")
    page.get_by_label("Unit").fill("items")
    page.get_by_label("Description").fill("<b>How many</b>")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    with running.store.reader() as reader:
        metric, rules = reader.definitions.metrics()[METRIC], reader.definitions.rules()[METRIC]
    assert (metric.unit, metric.description) == ("items", "<b>How many</b>")
    assert (rules.direction, str(rules.smallest)) == ("higher", "2 %")
    page.goto(f"{running.url}/metrics/{METRIC}/")
    facts = page.locator(".metric-facts")
    assert facts.inner_text() == "in items · higher is better"
    assert "<b>How many</b>" in page.locator("h1 + .lead").inner_text()
