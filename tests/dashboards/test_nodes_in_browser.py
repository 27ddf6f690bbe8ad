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


@pytest.fixture(scope="module")
def two_machines(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of a site with a job on two machines."""
    folder = tmp_path_factory.mktemp("nodes")
    rng = np.random.default_rng(5)
    nodes = [str(each) for each in rng.choice([HOSTILE, "agent-7"], size=150, p=[0.6, 0.4])]
    plugins = find()
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
        store.save_all(records(nodes, 90), controller_url="http://ci.example/")
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
