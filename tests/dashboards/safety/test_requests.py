"""A page of any kind asks for at most 12 files, with a history of several blocks of builds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from squash_jenkins.plugins import find
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.store import open_store
from tests.dashboards import shop
from tests.dashboards.conftest import fill
from tests.dashboards.safety.conftest import STRICT, Watch, crawl, serving

pytestmark = pytest.mark.browser
MOST = 12
COUNT = """() => 1 + performance.getEntriesByType("resource").length"""


@pytest.fixture(scope="module")
def long_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a site with every kind of page and a job of 330 builds: six blocks in a group."""
    folder, plugins = tmp_path_factory.mktemp("requests"), find()
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
        fill(store)
        store.save_all(list(shop.records(330)), controller_url="https://ci.example.org/")
        about: dict[str, Any] = {"controllers": ["main"], "theme": plugins.theme}
        built = build_site(store, folder / "site", tabs=plugins.tabs, plots=plugins.plots, **about)
    assert list(built.faults) == []
    return folder / "site"


def test_every_kind_of_page_asks_for_few_files(
    long_site: Path, watching: Callable[..., Watch]
) -> None:
    counts: dict[str, list[int]] = {}

    def count(page: Page, kind: str) -> None:
        counts.setdefault(kind, []).append(page.evaluate(COUNT))

    with serving(long_site, STRICT) as url:
        kinds = crawl(watching(), url, 3, count)
    assert {"", "build", "job", "metrics/*", "compare?", "findings/*", "health"} <= kinds
    assert max(map(max, counts.values())) > 5  # data is counted, too
    assert {kind: most for kind, all_ in counts.items() if (most := max(all_)) > MOST} == {}


def test_a_page_works_from_disk_with_as_few(long_site: Path, visit: Callable[..., Page]) -> None:
    page = visit("metrics/http.latency/index.html?job=shop%2Fmain", long_site.as_uri())
    page.wait_for_selector("#history[data-points]")
    assert int(page.locator("#history").get_attribute("data-points") or 0) == 660
    assert page.locator("head script[src]").count() == 2  # ours and BokehJS
    assert page.locator("head link[rel=stylesheet]").count() == 1
