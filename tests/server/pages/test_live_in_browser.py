"""Open pages show what any process stores, without a reload, and keep what somebody looks at."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from squash_jenkins.store import open_store
from tests import databases

pytestmark = pytest.mark.browser
HISTORY = "metrics/validate_drp.AM1/"
JOB = "jobs/sqre/ci_hsc/"


class World:
    """Hold a server, browsers, and somebody else who stores builds."""

    def __init__(self, running: Any, browser: Browser, samples: Any, folder: Path) -> None:
        self.running, self.browser, self.samples = running, browser, samples
        self.other = open_store(databases.url_of(folder), str(folder / "blobs"))
        self.contexts: list[Any] = []
        self.faults: list[str] = []
        self.loads: dict[Page, int] = {}

    def save(self, *numbers: int, **about: Any) -> None:
        for number in numbers:
            record = self.samples.record("sqre/ci_hsc", number, filters=("r", "i"), **about)
            self.other.save(record, controller_url=self.samples.ROOT)

    def browse(self) -> Callable[[str], Page]:
        """Return a function that opens pages in a browser of its own."""
        context = self.browser.new_context(viewport={"width": 1300, "height": 700})
        self.contexts.append(context)

        def visit(path: str) -> Page:
            page = context.new_page()
            page.on("pageerror", lambda error: self.faults.append(f"{path}: {error}"))
            page.on("console", lambda said: self._console(path, said))
            page.goto(f"{self.running.url}/{path}")
            self.loads[page] = 0
            page.on("load", lambda _: self.loads.__setitem__(page, self.loads[page] + 1))
            return page

        return visit

    def _console(self, path: str, said: Any) -> None:
        away = "ERR_CONNECTION_REFUSED" in said.text or "ERR_INCOMPLETE" in said.text
        if said.type in ("error", "warning") and not away:
            self.faults.append(f"{path}: {said.text}")

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        self.other.close()


@pytest.fixture
def world(
    server: Callable[..., Any], browser: Browser, samples: Any, tmp_path: Path
) -> Iterator[World]:
    """Return a world with a history of some builds; faults of pages fail the test."""
    made = World(server(), browser, samples, tmp_path)
    made.save(*range(1, 9))
    yield made
    made.close()
    assert made.faults == []
    assert set(made.loads.values()) <= {0}  # nothing was loaded again


def shows(page: Page, text: str, place: str = "main") -> None:
    page.locator(place).get_by_text(text, exact=True).first.wait_for(
        state="attached", timeout=30_000
    )


def points(page: Page, number: int) -> None:
    page.locator(f"#history[data-points='{number}']").wait_for(timeout=30_000)


def test_two_browsers_see_what_another_process_stores(world: World) -> None:
    one, other = world.browse(), world.browse()
    overview, job = one(""), one(JOB)
    history, builds = other(HISTORY), other("builds/")
    points(history, 16)
    job.get_by_role("link", name="#5", exact=True).focus()
    job.evaluate(
        "() => { document.querySelector('.scroll').dataset.mine = 'kept'; scrollTo(0, 120); }"
    )
    world.save(9)
    shows(job, "#9")
    shows(builds, "sqre/ci_hsc #9")
    points(history, 18)
    overview.locator(".live-note", has_text="Updated just now").wait_for(timeout=30_000)
    assert "#9" in overview.locator("main").inner_text()
    assert job.locator("tr:has(td.build) time").first.get_attribute("title")  # told in words
    kept = job.evaluate(
        "() => [document.activeElement.textContent, scrollY > 0,"
        " document.querySelector('.scroll').dataset.mine]"
    )
    assert kept == ["#5", True, "kept"]


def test_history_keeps_selection_zoom_and_choices(world: World) -> None:
    page = world.browse()(f"{HISTORY}?filter=r&build=4")
    points(page, 8)
    page.evaluate(
        """() => {
          const plot = squash.plots.find((each) => squash.source(each, 'x_range'));
          const range = squash.source(plot, 'x_range');
          const day = (range.end - range.start) / 10;
          window.zoomed = [range.start + day, range.end - 4 * day];
          range.setv({ start: window.zoomed[0], end: window.zoomed[1] });
          window.documents = Bokeh.documents.length;
        }"""
    )
    world.save(9)
    points(page, 9)
    kept = page.evaluate(
        """() => {
          const plot = squash.plots.find((each) => squash.source(each, 'x_range'));
          const range = squash.source(plot, 'x_range');
          const count = (selector) => document.querySelectorAll(selector).length;
          const near = (one, other) => Math.abs(one - other) < 60_000; // the address has seconds
          const zoomed = near(range.start, window.zoomed[0]) && near(range.end, window.zoomed[1]);
          return [zoomed, location.search, count('tr.chosen'),
            Bokeh.documents.length === window.documents, count('head script[src*="/data/"]')];
        }"""
    )
    assert kept[0], "the zoom is kept"
    assert "build=4" in kept[1] and "filter=r" in kept[1]
    assert kept[2:] == [1, True, 0]


def test_pages_survive_that_the_server_is_started_again(
    world: World, server: Callable[..., Any]
) -> None:
    page = world.browse()(JOB)
    shows(page, "#8")
    port = world.running.port
    world.running.stop()
    page.locator(".live-note", has_text="Connection lost, trying again").wait_for(timeout=30_000)
    world.save(9)
    world.running = server(port=port)
    shows(page, "#9")
    page.locator(".live-note[data-updates='1']").wait_for(state="attached")
    world.save(10)
    shows(page, "#10")
    assert page.locator("tr:has(td.build)").first.inner_text().startswith("#10")


def test_other_pages_take_in_what_is_new(world: World) -> None:
    visit = world.browse()
    paths = (
        "",
        "findings/",
        "health/",
        "datasets/",
        f"{JOB}8/",
        "compare/",
        "drill-down/",
        "pooled/",
    )
    pages = {path: visit(path) for path in paths}
    pages[f"{JOB}8/"].locator("#build[data-tables]").wait_for(state="attached")
    pages["compare/"].locator("#compare[data-rows]").wait_for(state="attached")
    pages["health/"].locator("#health[data-builds='8']").wait_for(state="attached")
    world.save(9)
    for page in pages.values():
        page.locator(".live-note[data-updates='1']").wait_for(state="attached", timeout=30_000)
    shows(pages[f"{JOB}8/"], "#9 ›")
    assert pages[f"{JOB}8/"].locator(".build-pills").count() == 1
    pages["health/"].locator("#health[data-builds='9']").wait_for(state="attached")
    values = (
        pages["compare/"]
        .locator("#builds-b option")
        .evaluate_all("all => all.map((each) => each.value)")
    )
    assert "9" in values
