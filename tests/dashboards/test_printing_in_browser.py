import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
SIDES = "compare/index.html?job=sqre%2Fci_hsc&a=30&b=31"


@pytest.mark.parametrize(
    ("path", "wanted", "pages"),
    [("jobs/sqre/ci_hsc/index.html", "#moved, .movers", 3), (SIDES, "#compare-rows table", 2)],
)
def test_a_report_for_a_meeting_is_printed_without_what_one_clicks(
    visit: Visit, path: str, wanted: str, pages: int
) -> None:
    page = visit(path)
    page.wait_for_selector(wanted)
    page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    page.click("[data-print]")
    assert page.evaluate("window.printed")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator(wanted).first.is_visible() and page.locator("h1").is_visible()
    for clicked in (".top", ".buttons", ".choices", "footer", ".unprinted"):
        for each in page.locator(clicked).all():
            assert not each.is_visible(), clicked
    printed = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= pages
