"""Compare: what moved between two builds, what stands in the address, what can be taken away."""

import csv
import io
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

from squash_jenkins.analysis.change_points import noise
from squash_jenkins.analysis.series.series import rounded
from squash_jenkins.config import Settings
from squash_jenkins.models import BuildRecord
from squash_jenkins.plugins import find
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.render.site.compared import Baselines
from squash_jenkins.store import open_store

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
ROWS = """() => [...document.querySelectorAll("#compare-rows tbody tr")]
    .map(row => [...row.cells].map(cell => cell.innerText.trim()))"""
STEP = "job=sqre/ci_hsc&a=30&b=31"


def compared(visit: Visit, query: str) -> Page:
    page = visit(f"compare/index.html?{query}")
    page.wait_for_selector("#compare[data-rows]")
    return page


def wait_for(page: Page, rows: int) -> None:
    page.wait_for_selector(f"#compare[data-rows='{rows}']")


def value(samples: Any, number: int, name: str, **about: Any) -> float:
    """Return what a sample build measured in the filter r."""
    about = {"filters": ("r", "i"), "dataset": "COSMOS", **about}
    record = samples.record("sqre/ci_hsc", number, **about)
    found = next(each for each in record.reports[0].measurements if each.metric.endswith(name))
    return float(found.value)


def saved(page: Page) -> list[dict[str, str]]:
    with page.expect_download() as file:
        page.get_by_role("button", name="CSV").click()
    text = file.value.path().read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_what_moved_furthest_in_its_own_noise_stands_first(visit: Visit, samples: Any) -> None:
    page = compared(visit, STEP)
    rows = page.evaluate(ROWS)
    assert [row[0] for row in rows[:2]] == ["AD1", "AD1"]
    assert "worse" in page.locator("#compare-sum").inner_text()
    file = saved(page)
    first = next(row for row in file if row["metric"].endswith("AD1") and row["filter"] == "r")
    before, after = value(samples, 30, "AD1"), value(samples, 31, "AD1", shift=1.18)
    assert float(first["difference"]) == pytest.approx(after - before)
    assert float(first["percent"]) == pytest.approx(100 * (after / before - 1))
    measured = [each for each in range(1, 41) if each not in (12, 20, 21, 35)]
    values = [value(samples, each, "AD1", shift=1.18 if each > 30 else 1.0) for each in measured]
    usual = rounded(noise(values).sigma, 2)  # as findings have it
    assert usual and float(first["noise"]) == usual
    assert float(first["times noise"]) == pytest.approx((after - before) / usual)
    sizes = [abs(float(row["times noise"])) for row in file if row["times noise"]]
    assert sizes == sorted(sizes, reverse=True)


def test_the_choice_narrows_and_stands_in_the_address(visit: Visit) -> None:
    page = compared(visit, STEP)
    page.fill("[name=find]", "ad1")
    wait_for(page, 2)
    page.select_option("#compare-choices select[name=filter]", "i")
    wait_for(page, 1)
    query = parse_qs(urlsplit(page.url).query)
    assert query == {
        "job": ["sqre/ci_hsc"], "a": ["30"], "b": ["31"], "find": ["ad1"], "filter": ["i"],
    }  # fmt: skip
    again = compared(visit, urlsplit(page.url).query)
    assert again.evaluate(ROWS) == page.evaluate(ROWS)
    again.fill("[name=find]", "no such metric")
    wait_for(again, 0)
    assert "No series matches the filters" in again.locator("#compare-rows").inner_text()


def test_without_choice_it_is_the_newest_and_the_one_before(visit: Visit) -> None:
    page = compared(visit, "job=sqre/ci_hsc")
    query = parse_qs(urlsplit(page.url).query)
    assert (query["a"], query["b"]) == (["39"], ["40"])
    page.locator("button[data-side=a][data-step='-1']").click()
    page.wait_for_url("**&a=38&b=40")
    page.wait_for_selector("#compare[data-rows]")
    page.get_by_role("button", name="Swap").click()
    page.wait_for_url("**&a=40&b=38")


def test_a_build_stands_against_the_median_of_others(visit: Visit, samples: Any) -> None:
    page = compared(visit, "job=sqre/ci_hsc&a=median:22..29&b=31&find=ad1&filter=r")
    expected = statistics.median(value(samples, number, "AD1") for number in range(22, 30))
    row = saved(page)[0]
    assert float(list(row.values())[5]) == pytest.approx(expected)
    last = compared(visit, "job=sqre/ci_hsc&a=last8&b=30&find=ad1&filter=r")
    assert list(saved(last)[0].values())[5] == list(row.values())[5]


def test_two_jobs_and_the_code_between_two_builds(visit: Visit, samples: Any) -> None:
    page = compared(visit, "job=sqre/ci_hsc&jobb=ci_cfht")
    page.wait_for_selector("#compare-code .between-code")
    assert "the builds of ci_cfht up to #5" in page.locator("#compare-code").inner_text()
    assert page.locator("#compare-rows tbody tr").count() > 5
    page = compared(visit, "job=sqre/ci_hsc&a=24&b=32")
    page.wait_for_selector("#compare-code td a.code")
    commits = page.locator("#compare-code .commits")
    assert commits.locator(".since a").all_inner_texts() == ["#30", "#27"]
    own = [samples.record("sqre/ci_hsc", number).build.changes for number in (30, 27)]
    shown = commits.locator(".code").all_inner_texts()
    assert shown == [each.revision[:8] for of_build in own for each in of_build]
    assert "Widen the match radius" in commits.inner_text()
    assert "4 commits by 2 authors in 2 of 8 builds" in page.locator("#compare-code").inner_text()
    assert "8 builds after #24 up to #32" in page.locator("#compare-code").inner_text()
    links = page.locator("#compare-code a.code").evaluate_all("all => all.map(a => a.href)")
    assert links
    assert all(link.startswith("https://github.com/lsst/") for link in links)


def test_ready_choices_lead_to_the_usual_comparisons_and_back(visit: Visit) -> None:
    page = compared(visit, "job=sqre/ci_hsc&a=30&b=36")
    ready = page.locator("#compare-ready button")
    assert ready.all_inner_texts() == ["previous (#34)", "last 30"]  # 35 failed without a report
    ready.first.click()
    page.wait_for_url("**&a=34&b=36")
    page.wait_for_selector("#compare[data-rows]")
    assert ready.first.get_attribute("aria-pressed") == "true"
    ready.nth(1).click()
    page.wait_for_url("**&a=last30&b=36")
    page.wait_for_selector("#compare[data-rows]")
    page.go_back()
    page.wait_for_url("**&a=34&b=36")
    page.wait_for_selector("#compare-ready [aria-pressed=true]:first-of-type")
    assert ready.first.get_attribute("aria-pressed") == "true"


def test_targets_releases_and_the_last_good_build_are_ready_choices(
    visit: Visit, samples: Any, tmp_path: Path
) -> None:
    named = {2: "v1.0", 4: "nightly of Monday"}
    records = [samples.record("app/main", number) for number in range(1, 6)]
    records += [
        samples.record("app/feature", n, result="UNSTABLE" if n == 4 else "SUCCESS")
        for n in range(1, 6)
    ]
    records = [
        replace(each, build=replace(each.build, display_name=named.get(each.build.id.number)))
        for each in records
    ]
    page = visit("compare/index.html?job=app/feature", site_of(tmp_path, records))
    page.wait_for_selector("#compare[data-rows]")
    ready = page.locator("#compare-ready button")
    assert ready.all_inner_texts() == [
        "previous (#4)", "last good (#3)", "last 30", "app/main, last 30", "release v1.0 (#2)",
    ]  # fmt: skip
    ready.nth(3).click()
    page.wait_for_url("**job=app%2Fmain&jobb=app%2Ffeature&a=last30&b=5")
    page.wait_for_selector("#compare[data-rows]")
    assert ready.nth(3).get_attribute("aria-pressed") == "true"
    page.fill("[name=a]", "v1.0")
    page.keyboard.press("Tab")
    page.wait_for_url("**&a=2&b=5")  # by its name


def site_of(folder: Path, records: Sequence[BuildRecord]) -> str:
    """Build a site in which branches are compared with app/main."""
    plugins = find()
    settings = Settings.model_validate({"jobs": [{"match": "app/*", "baseline": "app/main"}]})
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
        store.save_all(records, controller_url="https://ci.example.org/")
        build_site(
            store,
            folder / "site",
            tabs=plugins.tabs,
            plots=plugins.plots,
            controllers=["main"],
            baselines=Baselines(settings),
        )
    return (folder / "site").as_uri()


def test_rows_are_sorted_by_the_heads_and_the_address_has_it(visit: Visit) -> None:
    page = compared(visit, STEP)
    page.click("#compare-rows [data-sort=share]")
    shares = [abs(float(row["percent"])) for row in saved(page) if row["percent"]]
    names = [row[0] for row in page.evaluate(ROWS)]
    head = page.locator("#compare-rows th[aria-sort=descending]")
    assert head.inner_text() == "% ↓"
    column = [text.replace("−", "-") for text in (row[5] for row in page.evaluate(ROWS)) if text]
    drawn = [abs(float(text.rstrip("%"))) for text in column]
    assert drawn == sorted(drawn, reverse=True)
    assert len(shares) == len(drawn)
    again = compared(visit, urlsplit(page.url).query)
    assert [row[0] for row in again.evaluate(ROWS)] == names


def test_without_any_target_there_is_no_column_of_statuses(
    visit: Visit, samples: Any, tmp_path: Path
) -> None:
    records = [samples.record("app/main", number) for number in (1, 2)]
    without = [
        replace(each, reports=[replace(each.reports[0], specifications=[])]) for each in records
    ]
    page = visit("compare/index.html?job=app/main", site_of(tmp_path, without))
    page.wait_for_selector("#compare[data-rows]")
    heads = page.locator("#compare-rows th").all_inner_texts()
    assert "status" not in heads
    assert len(page.evaluate(ROWS)[0]) == len(heads)


def test_what_was_not_measured_is_behind_a_count_and_says_why(visit: Visit) -> None:
    page = compared(visit, STEP)
    assert "AM3" not in {row[0] for row in page.evaluate(ROWS)}
    assert "Not measured on both sides: 2 in neither." in page.locator("#compare-sum").inner_text()
    page.get_by_role("button", name="Show them").click()
    row = next(row for row in page.evaluate(ROWS) if row[0] == "AM3")
    assert row[2:4] == ["reported without a value"] * 2
    assert parse_qs(urlsplit(page.url).query)["unmeasured"] == ["1"]
    failed = compared(visit, "job=sqre/ci_hsc&a=34&b=35&unmeasured=1")
    reasons = {row[3] for row in failed.evaluate(ROWS)}
    assert reasons == {"the build ended with FAILURE before it wrote a report"}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("job=sqre/ci_hsc&a=999&b=40", "no build #999"),
        ("job=gone", "There is no job gone"),
        ("job=sqre/ci_hsc&a=word", "is not a build"),
        ("job=sqre/ci_hsc&a=median:500..600&b=40", "contains no build of sqre/ci_hsc"),
    ],
)
def test_what_cannot_be_compared_is_said(visit: Visit, query: str, message: str) -> None:
    page = compared(visit, query)
    assert message in page.locator("#compare-rows").inner_text()
