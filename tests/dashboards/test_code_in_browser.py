from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

from squash_jenkins.models import Change
from squash_jenkins.plugins import find
from squash_jenkins.store import Store
from tests.dashboards.conftest import found, make_site, samples

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
JOB = "sqre/ci_hsc"
FITS = "([query, row]) => squash.codeQuery(query).commit(row)"


def ticketed(store: Store) -> None:
    """Store 150 builds; DM-1234 is in two of them, and a finding begins at the first."""
    for number in range(1, 151):
        record = samples.record(JOB, number)
        texts = {3: "DM-12: Old", 120: "DM-1234: New mask", 121: "Review DM-1234 again"}
        change = Change("ab12cd34", "ann", texts.get(number, "Tidy"), samples.START)
        build = replace(record.build, changes=[change])
        store.save(replace(record, build=build), controller_url=samples.ROOT)
    keys = found.keys(store, JOB)[1]
    found.write(store, JOB, {"a1b2c3d4": found.finding(found.step(keys, (120, 120, 120)))})


@pytest.fixture(scope="module")
def tickets(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of a site whose commits name tickets."""
    folder: Path = tmp_path_factory.mktemp("tickets")
    return make_site(folder, find(), ticketed).as_uri()


def searched(visit: Visit, base: str, query: str) -> Any:
    page = visit(f"code/index.html?q={query}", base)
    page.wait_for_function(
        "!document.getElementById('code-note').textContent.includes('Searching')"
    )
    return page


def test_a_ticket_leads_to_its_builds_findings_and_all_metrics_after_it(
    visit: Visit, tickets: str
) -> None:
    page = searched(visit, tickets, "DM-1234")
    note = page.locator("#code-note").inner_text()
    assert note == f"“DM-1234” is in 2 builds; it came in with #120 of {JOB}."
    rows = page.locator(".code-build")
    assert [row.split(" ")[0] for row in rows.all_inner_texts()] == ["#121", "#120"]
    first = rows.nth(1)
    assert "DM-1234: New mask" in first.inner_text()
    assert first.locator("a[href*='findings/a1b2c3d4']").count() == 1
    assert rows.nth(0).locator("a[href*='findings/']").count() == 0
    after = first.get_by_role("link", name="All metrics until #150")
    query = parse_qs(urlsplit(after.get_attribute("href")).query)
    assert query == {"job": [JOB], "a": ["119"], "b": ["150"]}
    after.click()
    page.wait_for_selector("#compare-rows table")


def test_a_ticket_is_not_the_beginning_of_a_longer_one(visit: Visit, tickets: str) -> None:
    page = searched(visit, tickets, "DM-12")
    assert page.locator(".code-build").all_inner_texts()[0].startswith("#3 ")
    assert page.locator(".code-build").count() == 1


def test_what_nobody_committed_is_said(visit: Visit, tickets: str) -> None:
    page = searched(visit, tickets, "DM-99")
    assert page.locator("#code-note").inner_text() == "Nothing named “DM-99” in any stored build."
    assert page.locator("#code-older").is_hidden()


def test_packages_hashes_and_the_way_back(visit: Visit, site: Path) -> None:
    page = searched(visit, site.as_uri(), "afw")
    assert page.locator(".code-build").count() > 1
    text = page.locator(".code-build .code").first.inner_text()
    revision = text.split(" ")[-1]
    page.fill("[name=q]", revision)
    page.press("[name=q]", "Enter")
    page.wait_for_function(
        f"document.getElementById('code-note').textContent.includes('“{revision}”')"
    )
    assert page.locator(".code-build").count() >= 1
    page.go_back()
    page.wait_for_function("document.getElementById('code-note').textContent.includes('“afw”')")


@pytest.mark.parametrize(
    ("query", "row", "fits"),
    [
        ("DM-1", ["", "DM-1: x", ""], True),
        ("DM-1", ["", "DM-12: x", ""], False),
        ("M-1", ["", "DM-1: x", ""], False),
        ("mask", ["", "New masks", ""], True),
        ("#7", ["", "Fix #7.", ""], True),
        ("#7", ["", "Fix #71.", ""], False),
        ("3f2a", ["3f2a91c0", "x", ""], True),
        ("3f2a91c0ffee", ["3f2a91c0", "x", ""], True),
        ("3f2a", ["", "x", ""], False),
        ("(a|b)+", ["", "the (a|b)+ rule", ""], True),
        ("ANN", ["", "x", "ann"], True),
    ],
)
def test_what_a_query_means(visit: Visit, query: str, row: list[str], fits: bool) -> None:
    page = visit("code/index.html")
    assert page.evaluate(FITS, [query, row]) is fits
