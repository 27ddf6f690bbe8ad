import csv
import json
import statistics
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

from squash_jenkins.models import Measurement
from squash_jenkins.plugins import find
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.store import open_store

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
AD1 = "metrics/validate_drp.AD1/index.html"
COLUMN = "([source, column]) => squash.source(squash.plots[0], source).data[column]"
PLACE = """at => {
  const plot = squash.plots[0], data = squash.source(plot, "points").data;
  plot.place.scrollIntoView({ block: "center" });
  const frame = Bokeh.index.find_one_by_id(plot.model.id).frame;
  const box = plot.place.querySelector(".figure").getBoundingClientRect();
  return [box.x + frame.x_scale.compute(data.x[at]), box.y + frame.y_scale.compute(data.y[at])];
}"""
OF_SOURCE = """([source, at]) => {
  const plot = squash.plots[0], data = squash.source(plot, source).data;
  plot.place.scrollIntoView({ block: "center" });
  const frame = Bokeh.index.find_one_by_id(plot.model.id).frame;
  const box = plot.place.querySelector(".figure").getBoundingClientRect();
  const y = frame.y_scales.get("share").compute(data.y[at]);
  return [box.x + frame.x_scale.compute(data.x[at]), box.y + y];
}"""
CI_HSC = f"{AD1}?job=sqre/ci_hsc&filter=r"


def drawn(page: Page) -> Page:
    """Wait until the plot is fed and laid out."""
    page.wait_for_selector("#history[data-points]")
    page.wait_for_function("() => Bokeh.index.find_one_by_id(squash.plots[0].model.id).frame")
    return page


def column(page: Page, source: str, name: str) -> list[Any]:
    found: list[Any] = page.evaluate(COLUMN, [source, name])
    return found


def test_points_are_drawn_with_specifications_gaps_and_failed_builds(visit: Visit) -> None:
    page = drawn(visit(f"{AD1}?job=sqre/ci_hsc"))
    assert len(column(page, "points", "y")) == 2 * 36
    assert len(column(page, "lines", "xs")) == 2
    assert column(page, "limits", "text") == [
        "stretch ≤ 10 marcsec",
        "design ≤ 20 marcsec",
        "minimum ≤ 40 marcsec",
    ]
    assert len(column(page, "gaps", "x0")) == 1
    assert len(column(page, "failed", "x")) == 2
    texts = page.evaluate(
        """() => [...squash.plots[0].document._all_models.values()]
             .filter((model) => model.type === "ColumnDataSource" && model.name === "points")
             .map((model) => Object.keys(model.data).sort())"""
    )
    assert texts == [["color", "x", "y"]]
    assert page.locator(".empty:visible").count() == 0
    pixels = page.evaluate(
        """() => [...squash.plots[0].place.querySelector(".bk-Figure").shadowRoot
             .querySelector(".bk-Canvas").shadowRoot.querySelectorAll("canvas")]
             .map(c => new Set(new Uint32Array(c.getContext("2d")
               .getImageData(0, 0, c.width, c.height).data.buffer)).size)"""
    )
    assert max(pixels) > 20


def test_the_table_says_what_is_reached_in_the_colours_of_other_pages(visit: Visit) -> None:
    """A value that was measured for the minimum and meets it is well, not "minimum only"."""
    page = drawn(visit("metrics/validate_drp.PF1/index.html?job=sqre/ci_hsc"))
    words = """() => [...document.querySelectorAll("#rows .word")]
        .map(each => [each.className, each.innerText])"""
    shown = {(kind, text) for kind, text in page.evaluate(words) if text}
    expected = {("design", "meets minimum"), ("minimum", "misses design")}
    assert {(f"word {tone}", word) for tone, word in expected} <= shown
    page = visit("jobs/sqre/ci_hsc/38/index.html")
    page.wait_for_selector("#build[data-rows]")
    there = page.locator("#measured tr", has_text="PF1 ").locator(".word")
    of_build = there.evaluate_all("all => all.map(each => [each.className, each.innerText])")
    assert of_build and {(kind, text) for kind, text in of_build} <= shown


def point_at(page: Page, number: int) -> int:
    """Return where the point of a build is in the source."""
    page.select_option("select[name=x]", "build")
    at: int = column(page, "points", "x").index(number)
    return at


def test_hover_tells_build_value_and_packages(visit: Visit) -> None:
    page = drawn(visit(CI_HSC))
    x, y = page.evaluate(PLACE, point_at(page, 24))
    page.mouse.move(x - 30, y - 40)
    page.mouse.move(x, y)
    page.wait_for_selector(".tip:not([hidden])")
    page.wait_for_function("() => !document.querySelector('.tip').textContent.includes('…')")
    text = page.locator(".tip").inner_text()
    assert text.startswith("sqre/ci_hsc #24")
    assert "marcsec" in text
    assert "% from #23" in text
    assert "packages changed" in text
    links = page.locator(".tip a").evaluate_all("all => all.map(a => a.href)")
    assert links[0].endswith("/jobs/sqre/ci_hsc/24/index.html")
    assert links[1] == "https://ci.example.org/jenkins/job/sqre/job/ci_hsc/24/"
    assert page.locator("tr.near").count() == 1
    page.mouse.move(5, 5)
    page.wait_for_selector(".tip", state="hidden")


def test_a_click_opens_the_build_and_back_finds_it_chosen(visit: Visit) -> None:
    page = drawn(visit(CI_HSC))
    page.mouse.click(*page.evaluate(PLACE, point_at(page, 24)))
    page.wait_for_url("**/jobs/sqre/ci_hsc/24/index.html")
    page.go_back()
    page.wait_for_selector("tr.chosen")
    assert parse_qs(urlsplit(page.url).query)["build"] == ["24"]
    assert "sqre/ci_hsc #24" in page.locator("tr.chosen").inner_text()


def test_a_click_with_ctrl_opens_jenkins(visit: Visit) -> None:
    page = drawn(visit(CI_HSC))
    page.evaluate("() => { window.opened = []; window.open = (url) => { opened.push(url); }; }")
    page.keyboard.down("Control")
    page.mouse.click(*page.evaluate(PLACE, point_at(page, 24)))
    page.wait_for_selector("tr.chosen")
    assert page.evaluate("opened") == ["https://ci.example.org/jenkins/job/sqre/job/ci_hsc/24/"]


def test_a_row_selects_its_point(visit: Visit) -> None:
    page = drawn(visit(CI_HSC))
    page.locator("#rows tr").nth(3).locator("td").first.click()
    page.wait_for_selector("tr.chosen")
    selected = page.evaluate('() => squash.source(squash.plots[0], "points").selected.indices')
    assert len(selected) == 1
    assert column(page, "chosen", "x") == [column(page, "points", "x")[selected[0]]]
    page.locator("tr.chosen td").first.click()
    page.wait_for_selector("tr.chosen", state="detached")
    assert column(page, "chosen", "x") == []


def test_keys_go_from_build_to_build_and_select_a_range(visit: Visit) -> None:
    page = drawn(visit(CI_HSC))
    page.locator(".plot").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert "#39" in page.locator("tr.chosen").inner_text()
    assert page.locator(".tip").inner_text().startswith("sqre/ci_hsc #39")
    page.get_by_role("button", name="Next build").click()
    assert "#40" in page.locator("tr.chosen").inner_text()
    page.locator(".plot").focus()
    for _ in range(4):
        page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_selector("#between[data-told='36-40']")
    assert page.locator("tr.chosen").count() == 5
    query = parse_qs(urlsplit(page.url).query)
    assert (query["from"], query["to"]) == (["36"], ["40"])
    page.keyboard.press("Escape")
    assert page.locator("#between").is_hidden()
    page.keyboard.press("?")
    assert page.locator("dialog.keys").is_visible()


def hovered(page: Page, name: str, at: int) -> str:
    """Move the pointer to an entry of a source of the plot, and return the tooltip."""
    x, y = page.evaluate(OF_SOURCE, [name, at])
    page.mouse.move(x, y)
    page.wait_for_selector(".tip:not([hidden])")
    return page.locator(".tip").inner_text()


def test_gaps_say_why_a_point_is_missing(visit: Visit) -> None:
    page = drawn(visit(CI_HSC))
    gap = hovered(page, "gaps", 0)
    assert "sqre/ci_hsc #20 to #21" in gap
    assert "not imported yet, or no longer in Jenkins" in gap
    assert "squash-jenkins backfill sqre/ci_hsc --builds 20..21" in gap
    failed = hovered(page, "failed", 0)
    assert "the build ended with FAILURE before it wrote a report" in failed
    row = page.locator("#table-body tr, tbody.pick tr").filter(has_text="#35").first
    assert "the build ended with FAILURE before it wrote a report" in row.inner_text()


def test_builds_without_a_value_are_marked_and_say_why(
    visit: Visit, samples: Any, tmp_path: Path
) -> None:
    plugins = find()
    with open_store(f"sqlite:///{tmp_path}/squash.sqlite", str(tmp_path / "blobs")) as store:
        for number in range(1, 7):
            record = samples.record("ci_hsc", number)
            [report] = record.reports
            of_others = [each for each in report.measurements if "AD1" not in each.metric]
            without = Measurement("validate_drp.AD1", None, "marcsec", extra={"as_written": "NaN"})
            changed = {3: [*of_others, without], 4: of_others}.get(number, report.measurements)
            record = replace(record, reports=[replace(report, measurements=changed)])
            store.save(record, controller_url=samples.ROOT)
        build_site(
            store,
            tmp_path / "site",
            tabs=plugins.tabs,
            plots=plugins.plots,
            controllers=["main"],
            theme=plugins.theme,
        )
    page = drawn(visit(f"{AD1}?job=ci_hsc", (tmp_path / "site").as_uri()))
    assert len(column(page, "missing", "x")) == 2
    tips = [hovered(page, "missing", at) for at in (0, 1)]
    assert "not in the report" in tips[0] and "#4" in tips[0]
    assert "NaN in the report" in tips[1] and "#3" in tips[1]
    rows = page.locator("td.why").all_inner_texts()
    assert rows == ["not in the report", "NaN in the report"]


def test_a_range_tells_what_changed_in_it(visit: Visit, site: Path) -> None:
    page = drawn(visit(f"{CI_HSC}&from=28&to=34"))
    page.wait_for_selector("#between[data-told='28-34']")
    panel = page.locator("#between")
    assert panel.locator(".commits .since a").all_inner_texts() == ["#33", "#30"]
    assert "4 commits by 2 authors in 2 of 6 builds" in panel.inner_text()
    assert "What changed in sqre/ci_hsc from #28 to #34" in panel.inner_text()
    assert "7 builds" in panel.inner_text()
    assert "%)" in panel.locator(".moves").inner_text()
    links = panel.locator("td a.code").evaluate_all("all => all.map(a => a.href)")
    assert links
    assert all(link.startswith("https://github.com/lsst/") for link in links)
    compare = panel.get_by_role("link", name="Compare the two builds").get_attribute("href") or ""
    query = parse_qs(urlsplit(compare).query)
    assert query == {"job": ["sqre/ci_hsc"], "a": ["28"], "b": ["34"]}
    panel.get_by_role("button", name="baseline").click()
    assert 0.0 in column(page, "points", "y")


def test_dragging_selects_a_range_of_builds(visit: Visit) -> None:
    page = drawn(visit(CI_HSC))
    first, last = point_at(page, 25), point_at(page, 30)
    page.get_by_role("button", name="Select", exact=True).click()
    x0, y = page.evaluate(PLACE, first)
    x1, _ = page.evaluate(PLACE, last)
    page.mouse.move(x0 - 4, y - 50)
    page.mouse.down()
    page.mouse.move(x1 + 4, y + 20, steps=4)
    page.mouse.up()
    page.wait_for_selector("#between[data-told='25-30']")
    assert column(page, "range", "x0") == [25]


def test_the_legend_hides_series(visit: Visit) -> None:
    page = drawn(visit(f"{AD1}?job=sqre/ci_hsc"))
    button = page.locator(".legend button").first
    label = button.inner_text()
    button.click()
    assert page.locator(".legend button").first.get_attribute("aria-pressed") == "false"
    assert len(column(page, "points", "y")) == 36
    assert parse_qs(urlsplit(page.url).query)["hide"] == [label]
    again = drawn(visit(page.url.split("/site/")[1]))
    assert len(column(again, "points", "y")) == 36


def test_values_may_be_shares_of_a_baseline_and_smoothed(visit: Visit) -> None:
    page = drawn(visit(CI_HSC))
    values = column(page, "points", "y")
    page.select_option("select[name=y]", "percent")
    base = sorted(values[:10])
    median = (base[4] + base[5]) / 2
    expected = [100 * (value / median - 1) for value in values]
    assert column(page, "points", "y") == pytest.approx(expected)
    page.get_by_label("running median").check()
    smooth = page.evaluate("() => [...squash.source(squash.plots[0], 'medians').data.ys[0]]")
    assert smooth[20] == pytest.approx(statistics.median(expected[15:26]))
    assert smooth[0] == pytest.approx(statistics.median(expected[:6]))
    assert smooth[-1] == pytest.approx(statistics.median(expected[-6:]))
    query = parse_qs(urlsplit(page.url).query)
    assert (query["y"], query["median"]) == (["percent"], ["11"])


def test_what_is_shown_can_be_taken_away(visit: Visit) -> None:
    page = drawn(visit(CI_HSC))
    with page.expect_download() as saved:
        page.click("[data-do=csv]")
    rows = list(csv.DictReader(saved.value.path().read_text().splitlines()))
    assert len(rows) == 36
    values = {float(row["value"]) for row in rows}
    assert values == set(column(page, "points", "y"))
    assert all(row["started"].endswith("Z") for row in rows)
    with page.expect_download() as picture:
        page.click("[data-do=png]")
    assert picture.value.path().read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as vectors:
        page.click("[data-do=svg]")
    text = vectors.value.path().read_text()
    assert text.startswith("<svg")
    assert "validate_drp.AD1 (marcsec)" in text


def test_formulas_are_defused(visit: Visit) -> None:
    page = drawn(visit(CI_HSC))
    cases = json.loads((Path(__file__).parents[1] / "data" / "csv_cells.json").read_text())
    fields = page.evaluate(
        "values => values.map((value) => squash.csv([[value]]))", [value for value, _ in cases]
    )
    assert fields == [field for _, field in cases]


def test_another_metric_takes_the_choices_over(visit: Visit) -> None:
    page = drawn(visit(f"{CI_HSC}&x=build"))
    page.wait_for_selector("label:not([hidden]) > select[name=metric]")
    with page.expect_navigation(url="**/metrics/validate_drp.AM1/**"):
        page.select_option("select[name=metric]", "validate_drp.AM1")
    drawn(page)
    query = parse_qs(urlsplit(page.url).query)
    assert query == {"job": ["sqre/ci_hsc"], "filter": ["r"], "x": ["build"]}


def test_the_table_links_builds_jenkins_and_commits(visit: Visit, site: Path) -> None:
    page = drawn(visit(f"{AD1}?job=sqre/ci_hsc&filter=r"))
    page.wait_for_selector("#rows[data-packages]")
    row = page.locator("#rows tr", has_text="#40").first
    links = row.locator("a").evaluate_all("all => all.map(a => a.href)")
    assert links[0] == (site / "jobs/sqre/ci_hsc/40/index.html").as_uri()
    assert links[1] == "https://ci.example.org/jenkins/job/sqre/job/ci_hsc/40/"
    assert any(link.startswith("https://github.com/lsst/") for link in links)
    page.wait_for_selector("#rows[data-packages]")
    assert "ended with FAILURE before it wrote a report" in page.locator("#rows").inner_text()


def test_the_choice_is_in_the_address(visit: Visit) -> None:
    page = drawn(visit(f"{AD1}?job=sqre/ci_hsc"))
    page.select_option("select[name=filter]", "i")
    page.select_option("select[name=x]", "build")
    page.wait_for_function("() => document.getElementById('history').dataset.points === '36'")
    query = parse_qs(urlsplit(page.url).query)
    assert (query["job"], query["filter"], query["x"]) == (["sqre/ci_hsc"], ["i"], ["build"])
    assert column(page, "points", "x")[:3] == [1, 2, 3]
    again = drawn(visit(page.url.split("/site/")[1]))
    assert column(again, "points", "x") == column(page, "points", "x")
    again.select_option("select[name=period]", "week")
    again.wait_for_function("() => Number(document.getElementById('history').dataset.points) < 10")


def test_all_jobs_together(visit: Visit) -> None:
    page = drawn(visit(f"{AD1}?job="))
    assert len(column(page, "points", "y")) == 2 * 36 + 5
    assert page.locator(".legend button[aria-pressed]").count() == 3


def test_levels_are_series_of_their_own(visit: Visit) -> None:
    page = drawn(visit("metrics/validate_drp.PF1/index.html?job=ci_cfht"))
    labels = page.locator(".legend button[aria-pressed]").all_inner_texts()
    assert sorted(labels) == ["design", "minimum", "stretch"]
    page.select_option("select[name=level]", "design")
    page.wait_for_function("() => document.getElementById('history').dataset.points === '5'")


def test_what_was_never_measured_is_said(visit: Visit) -> None:
    page = visit("metrics/validate_drp.PA9/index.html")
    page.wait_for_function(
        "() => document.querySelector('.empty').textContent.includes('has measured this')"
    )
    page = drawn(visit("metrics/validate_drp.AM3/index.html?job=ci_cfht"))
    assert "The series has no values" in page.locator(".empty").inner_text()
    assert "reported without a value" in page.locator("#rows").inner_text()


def test_a_build_that_still_ran_is_not_said_to_lack_reports(
    visit: Visit, tmp_path: Path, samples: Any
) -> None:
    with open_store(f"sqlite:///{tmp_path}/squash.sqlite", str(tmp_path / "blobs")) as store:
        for number in (1, 2):
            store.save(samples.record("ci_hsc", number), controller_url=samples.ROOT)
        running = samples.record("ci_hsc", 3, provisional=True, result="FAILURE")  # no reports
        store.save(running, controller_url=samples.ROOT)
        made = find()
        build_site(
            store, tmp_path / "site", tabs=made.tabs, plots=made.plots, controllers=["main"],
            theme=made.theme,
        )  # fmt: skip
    page = drawn(visit(f"{AD1}?job=ci_hsc", (tmp_path / "site").as_uri()))
    assert "not read yet" in page.locator("#rows tr", has_text="#3").inner_text()


def test_pages_work_under_a_strict_policy(visit: Visit, served: str) -> None:
    page = drawn(visit(f"{AD1}?job=sqre/ci_hsc", served))
    assert len(column(page, "points", "y")) == 2 * 36
