"""Addresses of History: Back undoes choices, and a shared address shows the same view."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.dashboards.shop import SPIKE

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
LATENCY = "metrics/db.latency/index.html"
RANGE = """() => ["start", "end"].map(end => squash.source(squash.plots[0], "x_range")[end])"""


def drawn(page: Page) -> Page:
    page.wait_for_selector("#history[data-points]")
    page.wait_for_function("() => squash.plots[0].view.frame")
    return page


def points(page: Page, many: int) -> None:
    page.wait_for_selector(f"#history[data-points='{many}']")


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query, keep_blank_values=True)


def test_back_and_forward_undo_and_repeat_choices(visit: Visit, shop: str) -> None:
    page = drawn(visit(f"{LATENCY}?job=shop/main", shop))
    points(page, 80)
    page.select_option("select[name=dataset]", "eu")
    points(page, 40)
    page.select_option("select[name=x]", "build")
    page.wait_for_function("() => location.search.includes('x=build')")
    page.go_back()
    page.wait_for_function("() => document.querySelector('select[name=x]').value === 'time'")
    points(page, 40)
    page.go_back()
    points(page, 80)
    assert page.input_value("select[name=dataset]") == ""
    page.go_forward()
    points(page, 40)
    assert page.input_value("select[name=dataset]") == "eu"


def test_a_hidden_series_is_a_choice_and_a_chosen_build_is_none(visit: Visit, shop: str) -> None:
    page = drawn(visit(f"{LATENCY}?job=shop/main", shop))
    before = page.evaluate("history.length")
    page.locator("#rows tr").nth(3).locator("td").first.click()
    page.wait_for_selector("tr.chosen")
    assert "build" in query(page)
    assert page.evaluate("history.length") == before
    page.locator(".legend button", has_text="us").click()
    points(page, 40)
    assert query(page)["hide"] == ["us"]
    assert page.evaluate("history.length") == before + 1
    page.go_back()
    page.wait_for_function("() => !location.search.includes('hide')")
    page.wait_for_selector(".legend button[aria-pressed=false]", state="detached")
    page.wait_for_selector("tr.chosen")  # the build that was chosen then


@pytest.mark.parametrize("axis", ["time", "build"])
def test_a_shared_address_has_the_zoom(visit: Visit, shop: str, axis: str) -> None:
    page = drawn(visit(f"{LATENCY}?job=shop/main&dataset=eu&x={axis}", shop))
    whole = page.evaluate(RANGE)
    third = (whole[1] - whole[0]) / 3
    page.evaluate(
        "([start, end]) => squash.source(squash.plots[0], 'x_range').setv({ start, end })",
        [whole[0] + third, whole[1] - third],
    )
    page.wait_for_function("() => location.search.includes('zoom=')")
    shown = page.evaluate(RANGE)
    again = drawn(visit(page.url.split("/site/")[1], shop))
    assert again.evaluate(RANGE) == pytest.approx(shown, abs=60_000 if axis == "time" else 0.01)
    again.locator("[name=median]").check()  # a choice keeps the zoom
    again.wait_for_function("() => location.search.includes('median')")
    assert again.evaluate(RANGE) == pytest.approx(shown, abs=60_000 if axis == "time" else 0.01)
    again.click("[data-do=reset]")
    again.wait_for_function("() => !location.search.includes('zoom=')")
    assert again.evaluate(RANGE) == pytest.approx(whole)


def test_all_jobs_are_not_narrowed_by_a_menu_that_nobody_saw(visit: Visit, shop: str) -> None:
    page = drawn(visit(f"{LATENCY}?job=shop/nightly", shop))
    points(page, 20)
    assert page.locator("select[name=dataset]").is_hidden()  # there is one dataset only
    page.select_option("select[name=job]", "")
    points(page, 100)
    assert page.input_value("select[name=dataset]") == ""


def test_axes_show_local_time_and_tooltips_utc_too(browser: Browser, shop: str) -> None:
    context = browser.new_context(timezone_id="Asia/Tokyo", viewport={"width": 1380, "height": 900})
    page = context.new_page()
    page.goto(f"{shop}/{LATENCY}?job=shop/nightly")
    drawn(page)
    first = page.evaluate("squash.source(squash.plots[0], 'points').data.x[0]")
    local = page.evaluate("time => new Date(time).toISOString()", first)
    assert local == "2026-03-22T20:30:00.000Z"  # 11:30 UTC, as a clock in Tokyo shows it
    page.focus(".plot")
    page.keyboard.press("Home")
    tip = page.locator(".tip").inner_text()
    assert "22 Mar 2026, 21:00 (22 Mar 2026, 12:00 UTC)" in tip
    zoom = page.evaluate(
        "times => squash.zoomText(...times.map(squash.toAxisTime), 'time')",
        [1772332200000, 1774008000000],
    )
    assert zoom == "2026-03-01T02:30Z..2026-03-20T12:00Z"  # the address is the same everywhere
    context.close()


def test_the_table_is_sorted_by_its_first_column(visit: Visit, shop: str) -> None:
    page = drawn(visit(f"{LATENCY}?job=", shop))
    page.wait_for_selector("#rows tr")
    shown = page.locator("#rows tr td:first-child").all_inner_texts()
    times = page.evaluate("texts => texts.map(text => Date.parse(text))", shown)
    assert len(times) > 50 and times == sorted(times, reverse=True)


def test_values_from_1e_minus_300_to_1e300_have_a_logarithmic_axis(visit: Visit, shop: str) -> None:
    page = drawn(visit("metrics/rates.wide/index.html?job=shop/nightly", shop))
    assert page.get_attribute("#history", "data-scale") == "log"
    found: dict[str, Any] = page.evaluate(
        """() => {
          const { frame } = squash.plots[0].view, plot = squash.plots[0];
          const data = squash.source(plot, "points").data, range = squash.source(plot, "y_range");
          const ticks = squash.source(plot, "log_axis").ticker
            .get_ticks(range.start, range.end, range, NaN).major;
          return { y: data.y.map(y => frame.y_scale.compute(y)), ticks,
                   ends: [range.start, range.end], top: frame.bbox.top, bottom: frame.bbox.bottom };
        }"""
    )
    assert all(found["top"] < y < found["bottom"] for y in found["y"])
    assert found["y"] == sorted(found["y"], reverse=True) and len(set(found["y"])) == 20
    assert len(found["ticks"]) >= 4
    for bounds in ([[1e-300, 1e300]], [[5e-324, 1.7e308]], [[-1.7e308, 1.7e308]]):
        low, high = page.evaluate("values => squash.yRange(values, [], values[0] > 0)", bounds[0])
        assert low < high and all(abs(end) < float("inf") for end in (low, high))


def test_one_outlier_does_not_flatten_a_spark_line(visit: Visit, shop: str) -> None:
    """Python and the browser draw the same."""
    import random

    from squash_jenkins.render.svg.sparks import SPARK_HEIGHT, spark_line

    chance = random.Random(4)
    usual = [20_000 * (1 + chance.gauss(0, 0.02)) for _ in range(30)]
    spiked = [2e7 if at == SPIKE else value for at, value in enumerate(usual)]
    stepped = [value * (1.5 if at > 15 else 1) for at, value in enumerate(usual)]
    cases = [usual, spiked, stepped, [1.0] * 9 + [5.0], [3.0, 3.1, 900.0], [-1.7e308, 0, 1.7e308]]
    cases += [[1e300, None, 1.1e300, 1e-300, 1.2e300, 1.05e300], [None, 1.0, 2.0]]
    page = visit("compare/index.html", shop)
    for values in cases:
        line = spark_line(values)
        assert line is not None
        shown = page.evaluate(
            """values => { const made = squash.spark(values);
            return [...made.querySelectorAll("polyline")].map(each => each.getAttribute("points")
              .split(/[ ,]/).map(Number)); }""",
            values,
        )
        expected = [
            [float(part) for part in each.replace(" ", ",").split(",")] for each in line["lines"]
        ]
        assert len(shown) == len(expected)
        for one, other in zip(shown, expected, strict=True):
            assert one == pytest.approx(other, abs=0.11)

    def heights(values: list[float]) -> list[float]:
        line = spark_line(values)
        assert line is not None
        return [float(point.split(",")[1]) for point in line["lines"][0].split()]

    flat = heights(spiked)
    assert flat[SPIKE] == 0.0  # at the edge
    others = [y for at, y in enumerate(flat) if at != SPIKE]
    assert max(others) - min(others) > SPARK_HEIGHT / 2
    assert max(heights(stepped)) < SPARK_HEIGHT  # nothing of a step is clipped
