"""History of a job that runs on two machines."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from squash_jenkins.config import Settings
from squash_jenkins.findings.detect import detect_findings
from squash_jenkins.plugins import find
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.store import open_store
from tests.findings.test_nodes_of_findings import records

pytestmark = pytest.mark.browser
HOSTILE = '<b onclick="x()">agent</b>'


def site_with(folder: Path, at: int) -> str:
    """Return the address of a site with a job on two machines that got slower at a build."""
    rng = np.random.default_rng(5)
    nodes = [str(each) for each in rng.choice([HOSTILE, "agent-7"], size=150, p=[0.6, 0.4])]
    plugins = find()
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
        store.save_all(records(nodes, at), controller_url="http://ci.example/")
        detect_findings(Settings(), store)
        build_site(
            store,
            folder / "site",
            tabs=plugins.tabs,
            plots=plugins.plots,
            controllers=["ci"],
            theme=plugins.theme,
        )
    return Path(folder / "site").as_uri()


@pytest.fixture(scope="module")
def two_machines(tmp_path_factory: pytest.TempPathFactory) -> str:
    return site_with(tmp_path_factory.mktemp("nodes"), 90)


def test_history_says_what_a_node_does_where_there_is_no_finding(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    page = visit("metrics/p.a/index.html?job=nightly", site_with(tmp_path, 999))
    page.wait_for_selector('#history[data-points="150"]')
    assert page.locator("#found .finding").count() == 0
    said = page.locator(".legend .told").all_inner_texts()
    assert f"agent-7 is 35% slower than {HOSTILE}; findings allow for it" in said


def test_a_finding_draws_values_beside_the_levels_of_one_node(
    visit: Callable[..., Page], two_machines: str
) -> None:
    page = visit("findings/index.html", two_machines)
    page.locator("main a[href*='findings/']").first.click()
    page.wait_for_selector("figure.levels")
    note = f"Values are drawn as {HOSTILE} would have measured them: agent-7 is 35% slower than"
    assert note in page.inner_text("main")
    titles = page.locator("figure.levels title").all_text_contents()
    assert any(", drawn as " in each for each in titles)
    heights = page.eval_on_selector_all(
        "figure.levels path",
        "all => all.map((each) => Number(each.getAttribute('d').split(/[ h]/)[1]))",
    )
    levels = page.eval_on_selector_all(
        "figure.levels line.level", "all => all.map((each) => Number(each.getAttribute('y1')))"
    )
    # Every point is near one of the two levels; with the node's effect in, 35% would be far off.
    apart = abs(levels[0] - levels[1])
    assert len(levels) == 2
    assert max(min(abs(y - level) for level in levels) for y in heights) < 0.45 * apart


def test_history_colours_by_node_and_says_what_a_node_does(
    visit: Callable[..., Page], two_machines: str
) -> None:
    page = visit("metrics/p.a/index.html?job=nightly", two_machines)
    page.wait_for_selector('#history[data-points="150"]')
    assert page.locator(".legend button").count() == 0
    assert f"agent-7 is 35% slower than {HOSTILE}, which" in page.inner_text("#found")
    page.select_option("select[name=color]", "node")
    page.wait_for_function("() => document.querySelectorAll('.legend button').length === 2")
    assert page.locator(".legend button").all_inner_texts() == [HOSTILE, "agent-7"]
    colors = page.evaluate("squash.source(squash.plots[0], 'points').data.color")
    assert len(set(colors)) == 2
    assert "color=node" in page.url
    assert page.locator("b[onclick]").count() == 0


def test_a_comparison_says_where_the_machines_differ(
    visit: Callable[..., Page], two_machines: str
) -> None:
    rng = np.random.default_rng(5)
    nodes = [str(each) for each in rng.choice([HOSTILE, "agent-7"], size=150, p=[0.6, 0.4])]
    one, other, alike = nodes.index(HOSTILE), nodes.index("agent-7"), nodes.index("agent-7", 20)
    first = "compare/index.html?job=nightly&a="
    page = visit(f"{first}{one + 1}&b={other + 1}", two_machines)
    page.wait_for_selector("#compare-rows table")
    note = page.locator(".node-note").inner_text()
    assert "agent-7 is 35% slower" in note
    assert f"ran on {HOSTILE}" in note or f"on {HOSTILE};" in note
    page = visit(f"{first}{other + 1}&b={alike + 1}", two_machines)
    page.wait_for_selector("#compare-rows table")
    assert page.locator(".node-note").count() == 0
