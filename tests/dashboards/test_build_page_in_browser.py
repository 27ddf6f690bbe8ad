"""Pages of builds: what scripts draw is what is stored."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from squash_jenkins.models import BuildRecord, Measurement, Report
from squash_jenkins.plugins import find
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.render.links import Links
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.svg.sparks import bullet
from squash_jenkins.store import open_store
from squash_jenkins.text.names import short_name
from squash_jenkins.text.numbers import number_text
from squash_jenkins.verification.measurements import Verified

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
ROWS = """() => [...document.querySelectorAll("#measured tbody tr")]
    .filter(row => row.cells.length > 1)
    .map(row => [row.querySelector(".pinned :is(a, span)"), ...[...row.cells].slice(1)]
        .map(cell => cell.innerText.trim()))"""
BARS = """() => [...document.querySelectorAll("#measured tbody svg.bullet .bar")].map(bar =>
    [Number(bar.getAttribute("x")), Number(bar.getAttribute("width")), bar.classList[1]])"""


def opened(visit: Visit, number: int, job: str = "sqre/ci_hsc", query: str = "") -> Page:
    page = visit(f"jobs/{job}/{number}/index.html{query}")
    page.wait_for_selector("#build[data-rows]")
    return page


def stored(site: Path, number: int) -> list[Verified]:
    """Return the measurements of a build, as its page lists them."""
    place = f"sqlite:///{site.parent}/squash.sqlite"
    with open_store(place, str(site.parent / "blobs")) as store, store.reader() as reader:
        known = Site(reader, Links("main"), None, {})
        job = next(each for each in known.jobs if each.name == "sqre/ci_hsc")
        build = next(each for each in known.builds(job) if each.number == number)
        verified = [each for found in known.verified([build]).values() for each in found]
    return sorted(verified, key=lambda each: (each.filter or "", name(each)))


def name(each: Verified) -> str:
    return " ".join(part for part in (short_name(each.metric), each.level) if part)


def test_values_words_and_bars_are_those_of_the_store(visit: Visit, site: Path) -> None:
    page, expected = opened(visit, 38, query="?sort=name"), stored(site, 38)
    expected.sort(key=lambda each: (name(each), each.filter or ""))
    shown = page.evaluate(ROWS)
    assert [row[0] for row in shown] == [name(each) for each in expected]
    values = [
        "reported without a value"
        if each.value is None
        else f"{number_text(each.value, dict(each.thresholds).values())} {each.unit or ''}".strip()
        for each in expected
    ]
    assert [row[1] for row in shown] == values
    assert [row[3] for row in shown] == ["" if e.value is None else e.word for e in expected]
    drawn = [(each, bullet(each.value, each.thresholds)) for each in expected]
    bars = [[bar["x"], bar["width"], each.tone] for each, bar in drawn if bar]
    assert bars
    for own, wanted in zip(page.evaluate(BARS), bars, strict=True):
        assert own[:2] == pytest.approx(wanted[:2], abs=0.11)
        assert own[2] == wanted[2]
    measured = sum(each.value is not None for each in expected)
    pills = page.locator(".build-pills").inner_text()
    assert f"{len(expected)} measurements · measured {measured}" in pills.replace("\n", " ")
    for level in ("minimum", "design", "stretch"):
        verdicts = [each for one in expected if one.value is not None for each in one.verdicts]
        met = [each.met for each in verdicts if each.specification.level == level]
        assert f"meet {level} {sum(map(bool, met))} of {len(met)}" in pills.replace("\n", " ")


def plain(
    samples: Any, number: int, *, gone: bool = False, first: float | None = None
) -> BuildRecord:
    """Return a build with plain numbers of long names, without units or targets."""
    record = samples.record("shop", number)
    names = [f"shop.checkout.{'very' * 9}.long.path.of_{at}.latency" for at in range(14)]
    found = [Measurement(name, 20.0 + at + number % 3 / 10, None) for at, name in enumerate(names)]
    found[0] = replace(found[0], value=found[0].value if first is None else first)
    report = Report(
        "out/numbers.json", "plain", digest=f"{number:064x}", size=99, measurements=found[gone:]
    )
    return BuildRecord(record.build, [report], ())


def site_of(folder: Path, records: Sequence[BuildRecord]) -> str:
    """Build a site of these builds and return its address."""
    plugins = find()
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
        store.save_all(records, controller_url="https://ci.example.org/")
        build_site(
            store, folder / "site", tabs=plugins.tabs, plots=plugins.plots, controllers=["main"]
        )
    return (folder / "site").as_uri()


def test_findings_begin_where_they_do_and_hold_from_there(visit: Visit) -> None:
    begins = opened(visit, 31)
    assert begins.locator("#begins .finding").count() >= 1
    assert "AD1" in begins.locator("#begins").inner_text()
    holds = opened(visit, 34)
    standing = holds.locator(".standing").inner_text()
    assert "Worse since an earlier build:" in standing
    assert "(since #31, 1 Jun 2026)" in standing


def test_the_table_is_searched_narrowed_and_sorted(visit: Visit, site: Path) -> None:
    page = opened(visit, 38)
    page.fill("#measured input[name=find]", "ad1 r")
    assert {row[0] for row in page.evaluate(ROWS)} == {"AD1"}
    page.fill("#measured input[name=find]", "")
    page.select_option("#measured select[name=only]", "misses")
    words = [row[3] for row in page.evaluate(ROWS)]
    assert words
    assert all(word.startswith("misses") for word in words)
    page.fill("#measured input[name=find]", "no such metric")
    assert "No measurement matches the filter." in page.locator("#measured").inner_text()
    page.fill("#measured input[name=find]", "")
    page.select_option("#measured select[name=only]", "")
    page.click("#measured [data-sort=status]")
    expected = sorted(
        stored(site, 38),
        key=lambda each: (each.value is None, each.severity, each.filter or "", name(each)),
    )
    assert [row[0] for row in page.evaluate(ROWS)] == [name(each) for each in expected]
    assert page.locator("#measured th[aria-sort=ascending]").inner_text() == "status ↑"
    assert parse_qs(urlsplit(page.url).query) == {"sort": ["status"]}


def test_what_needs_attention_stands_first_and_the_rest_is_folded(visit: Visit) -> None:
    page = opened(visit, 31)
    verdict = page.locator("#verdict p").all_inner_texts()
    assert re.fullmatch(r"\d+ findings? begins? here\.", verdict[0])
    assert any("got worse by more than 4× the noise: AD1" in line for line in verdict)
    assert verdict[-1] == "20 of 22 measurements have a value."
    sections = page.locator("#measured tbody[data-section]")
    kinds = sections.evaluate_all("all => all.map(each => each.dataset.section)")
    assert kinds == sorted(kinds, key=["misses", "moved", "gone", "usual", "empty"].index)
    assert {"misses", "usual", "empty"} <= set(kinds)
    usual = page.locator("[data-section=usual]")
    assert usual.locator("tr").count() == 1
    usual.get_by_role("button", name="Within the usual range").click()
    assert usual.locator("tr").count() > 5
    assert page.evaluate("document.activeElement.className") == "fold"


def test_a_first_build_without_targets_shows_only_what_it_has(
    visit: Visit, samples: Any, tmp_path: Path
) -> None:
    pages = site_of(tmp_path, [plain(samples, 1), plain(samples, 2, gone=True)])
    page = visit("jobs/shop/1/index.html", pages)
    page.wait_for_selector("#build[data-rows='14']")
    assert page.locator("#measured thead th").all_inner_texts() == ["metric", "value"]
    assert page.locator("#verdict").inner_text() == (
        "14 of 14 measurements have a value; no target set."
    )


def test_what_is_missing_says_why(visit: Visit, samples: Any, tmp_path: Path) -> None:
    pages = site_of(tmp_path, [plain(samples, number, gone=number == 7) for number in range(1, 8)])
    page = visit("jobs/shop/7/index.html", pages)
    page.wait_for_selector("#build[data-rows='14']")
    gone = page.locator("[data-section=gone] tr")
    assert gone.count() == 2
    assert gone.nth(1).locator("td").nth(1).inner_text() == "not in the report"
    assert "1 usually measured, but not in this build" in page.locator("#verdict").inner_text()
    null = opened(visit, 38).locator("[data-section=empty]")
    null.get_by_role("button").click()
    assert null.locator("td.why").all_inner_texts() == ["reported without a value"] * 2


def test_a_way_back_is_not_coloured_as_worse(visit: Visit, samples: Any, tmp_path: Path) -> None:
    records = [plain(samples, number) for number in range(1, 19)]
    records += [plain(samples, 19, first=40.0), plain(samples, 20, first=39.0)]
    page = visit("jobs/shop/20/index.html", site_of(tmp_path, records))
    page.wait_for_selector("#build[data-rows]")
    row = page.locator("[data-section=moved] tr[data-kind=moved]")
    assert row.count() == 1
    change = row.locator("span", has_text="−2.5%")
    assert change.get_attribute("class") in ("", None)  # though it is far worse than usual
    assert "worse" in (row.locator("span.far").get_attribute("class") or "")


def test_values_stay_in_view_beside_long_names(
    browser: Browser, samples: Any, tmp_path: Path
) -> None:
    pages = site_of(tmp_path, [plain(samples, number) for number in range(1, 8)])
    narrow = browser.new_page(viewport={"width": 390, "height": 844})
    narrow.goto(f"{pages}/jobs/shop/7/index.html?sort=name")
    narrow.wait_for_selector("#build[data-rows]")
    assert narrow.evaluate("document.documentElement.scrollWidth") == 390
    cells = narrow.locator("#measured tbody tr:first-child td")
    first, value = cells.nth(0).bounding_box(), cells.nth(1).bounding_box()
    assert first and value and value["x"] + value["width"] <= 390
    narrow.evaluate("document.querySelector('.sheet').scrollTo(400, 200)")
    assert (cells.nth(0).bounding_box() or {})["x"] == first["x"]  # the column stays
    head = narrow.locator("#measured thead th").first.bounding_box()
    frame = narrow.locator("#measured .sheet").bounding_box()
    assert head and frame and abs(head["y"] - frame["y"]) < 1  # so does the head
    narrow.close()


def test_keys_and_buttons_lead_to_the_builds_beside_and_to_comparing(visit: Visit) -> None:
    page = opened(visit, 38)
    link = page.get_by_role("link", name="Compare with #37").get_attribute("href") or ""
    assert link.split("?")[0].endswith("compare/index.html")
    assert parse_qs(urlsplit(link).query) == {"job": ["sqre/ci_hsc"], "a": ["37"], "b": ["38"]}
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**/jobs/sqre/ci_hsc/37/index.html")
    page.wait_for_selector("#build[data-rows]")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/jobs/sqre/ci_hsc/38/index.html")


def test_a_build_without_a_report_says_so(visit: Visit) -> None:
    page = opened(visit, 35)
    assert (
        "ended with FAILURE and has no readable QA report" in page.locator("#measured").inner_text()
    )


def test_the_page_of_a_job_shows_older_builds_when_asked(
    visit: Visit, samples: Any, tmp_path: Path
) -> None:
    found = find()
    with open_store(f"sqlite:///{tmp_path}/squash.sqlite", str(tmp_path / "blobs")) as store:
        failed = [samples.record("ci_long", number, result="FAILURE") for number in range(1, 54)]
        store.save_all(failed, controller_url=samples.ROOT)
        build_site(
            store, tmp_path / "site", tabs=found.tabs, plots=found.plots, controllers=["main"]
        )
    page = visit("jobs/ci_long/index.html", (tmp_path / "site").as_uri())
    page.get_by_role("button", name="Show 3 older builds").click()
    page.wait_for_selector("#older[data-shown='3']")
    links = page.locator("#older td.build a")
    assert links.all_inner_texts() == ["#3", "#2", "#1"]
    links.first.click()
    page.wait_for_url("**/jobs/ci_long/3/index.html")
