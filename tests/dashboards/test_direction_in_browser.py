"""Compare says the same of a change as findings do, also where the direction is a guess."""

import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from squash_jenkins.config import Settings
from squash_jenkins.findings.detect import detect_findings
from squash_jenkins.models import Build, BuildId, BuildRecord, Measurement, Report
from squash_jenkins.plugins import find
from squash_jenkins.store import Store
from tests.dashboards.conftest import make_site
from tests.dashboards.shop import START

pytestmark = pytest.mark.browser
DATA = Path(__file__).parents[1] / "data"
Fill = Callable[[Store], None]


def fill(store: Store) -> None:
    """Store a job whose memory and answer rise by 29%, numbers without unit and target."""
    chance = random.Random(4)
    for number in range(1, 31):
        factor = 1.29 if number > 25 else 1.0
        values = {name: 1.94e7 * factor + chance.gauss(0, 2e5) for name in ("memory", "answer")}
        measurements = [Measurement(f"web.{name}", value, None) for name, value in values.items()]
        report = Report("qa.json", "plain", f"{number:064x}", 100, "", measurements=measurements)
        build = Build(
            BuildId("main", "shop", number), START + timedelta(days=number), 60.0, "SUCCESS"
        )
        store.save(BuildRecord(build, [report]), controller_url="https://ci.example.org/")
    detect_findings(Settings(), store)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_site(tmp_path_factory.mktemp("direction"), find(), fill)


def test_memory_is_worse_in_compare_as_in_findings(browser: Browser, shop: Path) -> None:
    page = browser.new_page(timezone_id="UTC")
    page.goto(f"{shop.as_uri()}/findings/index.html")
    card = page.locator(".finding").first
    assert card.get_attribute("data-direction") == "worse"
    assert "memory got worse by 2" in card.inner_text()
    page.goto(f"{shop.as_uri()}/compare/index.html?job=shop&a=25&b=26&only=worse")
    page.wait_for_selector("#compare[data-rows='2']")
    rows = page.locator("#compare-rows tbody tr")
    memory, answer = rows.filter(has_text="memory"), rows.filter(has_text="answer")
    assert memory.locator(".worse").count()
    assert not answer.locator(".worse").count()  # nobody knows, so it is shown among the worse
    text = page.locator("#compare-rows").inner_text()
    assert "\u202fM" in text
    assert "e7" not in text
    assert "1 changed: good or bad?" in page.locator("#compare-sum").inner_text()
    page.goto(f"{shop.as_uri()}/metrics/web.memory/index.html")
    assert page.locator(".metric-facts").inner_text() == "lower is better (guessed)"
    page.close()


def test_axes_write_numbers_as_texts_do(browser: Browser, shop: Path) -> None:
    page = browser.new_page(timezone_id="UTC", viewport={"width": 1440, "height": 900})
    page.goto(f"{shop.as_uri()}/metrics/web.memory/index.html?job=shop")
    page.wait_for_selector("#rows tr")
    cases = json.loads((DATA / "number_texts.json").read_text("utf-8"))["ticks"]
    assert page.evaluate("cases => cases.map(([ticks]) => squash.ticks(ticks))", cases) == [
        labels for _, labels in cases
    ]
    labels = """([name, dimension]) => squash.plots.flatMap((plot) => {
        const view = Bokeh.index.find_one(squash.source(plot, name));
        const ticks = view.tick_coords.major[dimension];
        return view.compute_labels(ticks).items.map((each) => each.text);
    })"""
    shown = page.evaluate(labels, ["linear_axis", 1])
    assert len(shown) > 2
    assert all(label.endswith("\u202fM") for label in shown), shown
    days = page.evaluate(labels, ["time_axis", 0])
    assert [day.split("\n")[0].strip() for day in days][:2] == ["8 Mar", "15 Mar"], days
    page.close()
