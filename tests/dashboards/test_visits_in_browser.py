import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
AWAY = """minutes => {
    const key = Object.keys(localStorage).find(each => each.startsWith("squash-visit "));
    const visits = JSON.parse(localStorage.getItem(key));
    visits.last.at -= minutes * 60e3;
    visits.last.builds -= 7;
    const [name] = Object.entries(visits.last.open).find(([, each]) => each === "worse");
    delete visits.last.open[name];
    visits.last.open.gone0000 = "worse";
    localStorage.setItem(key, JSON.stringify(visits));
    return name;
}"""


def test_the_first_visit_says_nothing_of_an_earlier_one(visit: Visit) -> None:
    page = visit("index.html")
    assert page.locator("#visit").is_hidden()
    page = visit("index.html")
    assert page.locator("#visit").is_hidden(), "opened twice in a row: still one visit"


def test_a_later_visit_says_what_is_new_and_marks_it(visit: Visit) -> None:
    page = visit("index.html")
    name = page.evaluate(AWAY, 31)
    page = visit("index.html")
    text = page.locator("#visit").inner_text()
    assert "1 new regression, 1 finding over or triaged, 7 new builds." in text
    marked = page.locator(".mover:has(.fresh)")
    assert marked.count() == 1 and marked.get_attribute("data-finding") == name
    page = visit("index.html")
    assert page.locator("#visit").inner_text() == text, "the visit lasts"


def test_nothing_new_is_said_as_well(visit: Visit) -> None:
    visit("index.html").evaluate(
        """() => {
            const [key] = Object.keys(localStorage);
            const visits = JSON.parse(localStorage.getItem(key));
            visits.last.at -= 86400e3;
            localStorage.setItem(key, JSON.stringify(visits));
        }"""
    )
    page = visit("index.html")
    assert page.locator("#visit").inner_text().endswith("): nothing new.")
    assert page.locator(".fresh").count() == 0


@pytest.mark.parametrize("stored", ["{", "null", "[]", "7", json.dumps({"last": None})])
def test_what_others_stored_there_does_no_harm(visit: Visit, stored: str) -> None:
    page = visit("index.html")
    page.evaluate(
        "text => localStorage.setItem(Object.keys(localStorage)[0], text)",
        stored,
    )
    assert visit("index.html").locator("#visit").is_hidden()
