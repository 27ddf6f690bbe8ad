"""History of several jobs, datasets and metrics together."""

import csv
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
LATENCY = "metrics/db.latency/index.html?job=shop/main&dataset=eu"
X_RANGES = """() => squash.plots.map(plot => squash.source(plot, "x_range"))
    .map(range => [range.start, range.end])"""
LABELS = "all => all.map(each => each.innerText)"


def drawn(page: Page, points: int, panels: int) -> Page:
    page.wait_for_selector(f"#history[data-points='{points}'][data-panels='{panels}']")
    return page


def labels(page: Page) -> list[str]:
    found: list[str] = page.locator(".legend button[aria-pressed]").evaluate_all(LABELS)
    return found


def test_a_job_and_a_dataset_are_added_and_removed(visit: Visit, shop: str) -> None:
    page = drawn(visit(LATENCY, shop), 40, 1)
    page.click("[data-do=also]")
    page.locator(".picker input").fill("nightly")
    page.keyboard.press("Enter")
    drawn(page, 60, 1)
    assert labels(page) == ["shop/main", "shop/nightly"]
    page.locator(".picker input").fill("us")
    page.keyboard.press("Enter")
    drawn(page, 100, 1)
    assert labels(page) == ["shop/main · eu", "shop/main · us", "shop/nightly · eu"]
    page.keyboard.press("Escape")
    shared = visit(page.url.split("/site/")[1], shop)
    drawn(shared, 100, 1)
    shared.get_by_role("button", name="Remove job shop/nightly").click()
    drawn(shared, 80, 1)
    shared.go_back()
    drawn(shared, 100, 1)
    shared.select_option("select[name=dataset]", "")  # all datasets: nothing is added to them
    shared.wait_for_selector("button.also:not([aria-label*=job])", state="detached")


def test_metrics_in_other_units_have_plots_of_their_own(visit: Visit, shop: str) -> None:
    added = "&also=metric:cache.size&also=metric:http.latency"
    page = drawn(visit(LATENCY + added, shop), 120, 2)
    assert labels(page) == ["db.latency", "size", "http.latency"]
    units = page.evaluate("squash.plots.map(plot => squash.source(plot, 'linear_axis').axis_label)")
    assert units == ["ms", "MB"]
    page.evaluate(
        """() => { const range = squash.source(squash.plots[1], "x_range");
        range.setv({ start: range.start + 864e5 * 9, end: range.end - 864e5 * 9 }); }"""
    )
    one, other = page.evaluate(X_RANGES)
    assert one == other  # one zoom for both
    page.wait_for_function("() => location.search.includes('zoom=')")
    page.select_option("select[name=y]", "percent")
    drawn(page, 120, 1)  # in percent of a baseline all units are alike
    page.select_option("select[name=y]", "")
    drawn(page, 120, 2)
    page.locator(".legend button", has_text="size").click()
    drawn(page, 80, 1)  # the unit of a hidden series needs no plot


def test_points_of_every_plot_can_be_chosen_and_saved(visit: Visit, shop: str) -> None:
    page = drawn(visit(f"{LATENCY}&also=metric:cache.size&x=build", shop), 80, 2)
    x, y = page.evaluate(
        """() => { const plot = squash.plots[1], data = squash.source(plot, "points").data;
        plot.place.scrollIntoView({ block: "center" });
        const box = plot.place.querySelector(".figure").getBoundingClientRect();
        const { frame } = plot.view;
        const at = data.x.indexOf(24), x = frame.x_scale.compute(data.x[at]);
        return [box.x + x, box.y + frame.y_scale.compute(data.y[at])]; }"""
    )
    page.mouse.move(x - 20, y)
    page.mouse.move(x, y)
    tip = page.locator(".tip:not([hidden])")
    assert tip.inner_text().startswith("shop/main #24") and " MB" in tip.inner_text()
    assert tip.count() == 1
    with page.expect_download() as saved:
        page.click("[data-do=csv]")
    rows = list(csv.DictReader(saved.value.path().read_text().splitlines()))
    assert {row["metric"] for row in rows} == {"db.latency", "cache.size"}
    with page.expect_download() as saved:
        page.click("[data-do=svg]")
    picture = saved.value.path().read_text()
    assert "MB" in picture and ">ms<" in picture


def test_a_metric_in_the_address_that_nobody_measured_is_left_out(visit: Visit, shop: str) -> None:
    page = drawn(visit(f"{LATENCY}&also=metric:no.such", shop), 40, 1)
    assert "no.such" not in page.url


def test_marks_say_whose_they_are(visit: Visit) -> None:
    page = visit("metrics/validate_drp.AD1/index.html?job=sqre/ci_hsc&also=job:ci_cfht")
    drawn(page, 77, 1)
    texts = page.evaluate("squash.source(squash.plots[0], 'marks').data.label.filter(Boolean)")
    assert len(texts) > 1
    whose = [*labels(page), "2 of 3"]  # one mark is about both filters
    assert all(any(text.startswith(f"{each}: ") for each in whose) for text in texts), texts
    page.select_option("select[name=filter]", "r")
    page.get_by_role("button", name="Remove job ci_cfht").click()
    drawn(page, 36, 1)
    texts = page.evaluate("squash.source(squash.plots[0], 'marks').data.label.filter(Boolean)")
    assert texts and not any(": " in text for text in texts)
