"""Look at one page of each kind with axe-core: light and dark, on a desktop and on a phone.

The pages are served under the strictest policy; whatever it blocks is told in the console,
and that fails the test, too.
"""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.dashboards.safety.conftest import STRICT, Open, crawl

pytestmark = pytest.mark.browser
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
AGAIN = ["color-contrast", "scrollable-region-focusable"]
"""Rules that may tell otherwise for other colours or another width."""
RUN = """async ([kind, values]) => {
  const options = { resultTypes: ["violations"], preload: false, runOnly: { type: kind, values } };
  const { violations } = await axe.run(document, options);
  return violations.map((each) => `${each.id} (${each.help}): `
    + each.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | "));
}"""


def test_axe_finds_nothing_on_any_page_and_the_strict_policy_blocks_nothing(
    site: Path, watching: Callable[..., Any], serve: Open
) -> None:
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    found: dict[str, str] = {}

    drawn: list[str] = []

    def check(page: Page, kind: str) -> None:
        drawn.extend([kind] * min(1, page.locator("main canvas").count()))
        page.evaluate(axe)
        for scheme, size, rules in (
            ("light", DESKTOP, ("tag", ALL)),
            ("dark", DESKTOP, ("rule", AGAIN[:1])),
            ("dark", PHONE, ("rule", AGAIN)),
        ):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(size)
            for fault in page.evaluate(RUN, rules):
                found.setdefault(f"{kind or 'start'}: {fault}", f"{scheme} {size['width']}")
        page.set_viewport_size(DESKTOP)

    crawl(watching(), serve(site, STRICT), 1, check)
    assert "metrics/*" in drawn
    assert not found, "\n".join(f"{where} {fault}" for fault, where in found.items())
