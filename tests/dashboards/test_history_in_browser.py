import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
AD1 = "metrics/validate_drp.AD1/index.html"
COLUMN = "([source, column]) => squash.source(squash.plots[0], source).data[column]"
PLACE = """at => {
  const plot = squash.plots[0], view = Bokeh.index.find_one_by_id(plot.model.id);
  const source = squash.source(plot, "points");
  const box = plot.place.querySelector(".figure").getBoundingClientRect();
  const frame = view.frame.bbox;
  return [box.x + frame.left + (view.frame.x_scale.compute(source.data.x[at]) - frame.left),
          box.y + frame.top + (view.frame.y_scale.compute(source.data.y[at]) - frame.top)];
}"""


def drawn(page: Page) -> Page:
    """Wait until the plot is fed."""
    page.wait_for_selector("#history[data-points]")
    page.wait_for_timeout(150)
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
    assert column(page, "failed", "build") == ["sqre/ci_hsc #12", "sqre/ci_hsc #35"]
    assert page.locator(".empty:visible").count() == 0
    pixels = page.evaluate(
        """() => [...squash.plots[0].place.querySelector(".bk-Figure").shadowRoot
             .querySelector(".bk-Canvas").shadowRoot.querySelectorAll("canvas")]
             .map(c => new Set(new Uint32Array(c.getContext("2d")
               .getImageData(0, 0, c.width, c.height).data.buffer)).size)"""
    )
    assert max(pixels) > 20


def test_hover_tells_build_value_and_packages(visit: Visit) -> None:
    page = drawn(visit(f"{AD1}?job=sqre/ci_hsc&filter=r"))
    x, y = page.evaluate(PLACE, 20)
    page.mouse.move(x - 30, y - 40)
    page.mouse.move(x, y)
    told = page.locator(".bk-tooltip-row-value, .bk-tooltip-row-label")
    told.first.wait_for(state="visible")
    text = "\n".join(told.all_inner_texts())
    number = column(page, "points", "number")[20]
    assert f"sqre/ci_hsc #{number}" in text
    assert "marcsec" in text
    assert "packages changed" in text


def test_a_tap_opens_the_build_in_jenkins_and_marks_its_row(visit: Visit) -> None:
    page = drawn(visit(f"{AD1}?job=sqre/ci_hsc&filter=r"))
    opened: list[str] = []
    page.expose_function("told", lambda url: opened.append(url))
    page.evaluate("() => { window.open = (url) => { told(url); return null; }; }")
    page.mouse.click(*page.evaluate(PLACE, 10))
    page.wait_for_selector("tr.chosen")
    number = column(page, "points", "number")[10]
    assert opened == [f"https://ci.example.org/jenkins/job/sqre/job/ci_hsc/{number}/"]
    assert page.locator("tr.chosen").count() == 1
    assert f"sqre/ci_hsc #{number}" in page.locator("tr.chosen").inner_text()


def test_a_row_selects_its_point(visit: Visit) -> None:
    page = drawn(visit(f"{AD1}?job=sqre/ci_hsc&filter=r"))
    page.locator("#rows tr").nth(3).locator("td").first.click()
    page.wait_for_selector("tr.chosen")
    selected = page.evaluate('() => squash.source(squash.plots[0], "points").selected.indices')
    number = column(page, "points", "number")[selected[0]]
    assert f"#{number}" in page.locator("tr.chosen").inner_text()
    page.locator("tr.chosen td").first.click()
    page.wait_for_timeout(100)
    assert page.locator("tr.chosen").count() == 0


def test_the_table_links_builds_jenkins_and_commits(visit: Visit, site: Path) -> None:
    page = drawn(visit(f"{AD1}?job=sqre/ci_hsc&filter=r"))
    row = page.locator("#rows tr", has_text="#40").first
    links = row.locator("a").evaluate_all("all => all.map(a => a.href)")
    assert links[0] == (site / "jobs/sqre/ci_hsc/40/index.html").as_uri()
    assert links[1] == "https://ci.example.org/jenkins/job/sqre/job/ci_hsc/40/"
    assert any(link.startswith("https://github.com/lsst/") for link in links)
    assert "no report: FAILURE" in page.locator("#rows").inner_text()


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
    again.select_option("select[name=period]", "7")
    again.wait_for_function("() => Number(document.getElementById('history').dataset.points) < 10")


def test_all_jobs_together(visit: Visit) -> None:
    page = drawn(visit(f"{AD1}?job="))
    assert len(column(page, "points", "y")) == 2 * 36 + 5
    assert page.locator(".legend li").count() == 3


def test_levels_are_series_of_their_own(visit: Visit) -> None:
    page = drawn(visit("metrics/validate_drp.PF1/index.html?job=ci_cfht"))
    assert sorted(set(column(page, "points", "series"))) == ["design", "minimum", "stretch"]
    page.select_option("select[name=level]", "design")
    page.wait_for_function("() => document.getElementById('history').dataset.points === '5'")


def test_what_was_never_measured_is_said(visit: Visit) -> None:
    page = visit("metrics/validate_drp.PA9/index.html")
    page.wait_for_function(
        "() => document.querySelector('.empty').textContent.includes('has measured this')"
    )
    page = drawn(visit("metrics/validate_drp.AM3/index.html?job=ci_cfht"))
    assert "Nothing was measured" in page.locator(".empty").inner_text()
    assert "not measured" in page.locator("#rows").inner_text()


class Strict(SimpleHTTPRequestHandler):
    """Serve files under a Content-Security-Policy that forbids inline code and eval."""

    def end_headers(self) -> None:
        policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
        self.send_header("Content-Security-Policy", policy)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(site: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Strict, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_pages_work_under_a_strict_policy(visit: Visit, served: str) -> None:
    page = drawn(visit(f"{AD1}?job=sqre/ci_hsc", served))
    assert len(column(page, "points", "y")) == 2 * 36
