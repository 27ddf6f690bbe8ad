"""Give tests of the dashboards a site with a history, and a browser to open it in."""

import importlib.util
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from squash_jenkins.models import Rejected
from squash_jenkins.plugins import Plugins, find
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.store import Store, open_store
from tests.dashboards.shop import records


def _beside(name: str) -> Any:
    """Return the module of a file of ``tests/render``."""
    file = Path(__file__).parents[1] / "render" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"{name}_of_dashboards", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


samples, found = _beside("sample_builds"), _beside("sample_findings")
Fill = Callable[[Store], None]


def fill(store: Store) -> None:
    """Store 40 builds with a gap, failures, a step, two filters and findings, and a smaller job."""
    aside = [Rejected("out/broken.json", "malformed JSON at line 3", "ab" * 32, 1234)]
    for number in range(1, 41):
        if number in (20, 21):
            continue
        about: dict[str, Any] = {"filters": ("r", "i"), "dataset": "COSMOS"}
        about |= {"shift": 1.18 if number > 30 else 1.0, "rejected": aside if number == 38 else ()}
        about |= {"result": "FAILURE" if number in (12, 35) else "SUCCESS"}
        store.save(samples.record("sqre/ci_hsc", number, **about), controller_url=samples.ROOT)
    for number in range(1, 6):
        store.save(samples.record("ci_cfht", number), controller_url=samples.ROOT)
    rows = found.write(store, "sqre/ci_hsc", found.every_kind(found.keys(store, "sqre/ci_hsc")[1]))
    store.add_triage(rows["e1b2c3d4"].key, found.said("known", note="The camera is off."))
    small = found.keys(store, "ci_cfht")[1]
    better = found.step(small, (4, 4, 4), direction="better", dataset="cfht", after=22.0)
    found.write(store, "ci_cfht", {"22b2c3d4": found.finding(better)})


def make_site(folder: Path, plugins: Plugins, fill_store: Fill | None = fill) -> Path:
    """Build a site below `folder` and return its folder."""
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
        if fill_store is not None:
            fill_store(store)
        built = build_site(
            store,
            folder / "site",
            tabs=plugins.tabs,
            plots=plugins.plots,
            controllers=["main"],
            theme=plugins.theme,
        )
    assert list(built.faults) == []
    return folder / "site"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a site with a history."""
    return make_site(tmp_path_factory.mktemp("dashboards"), find())


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of a site of a web shop: many metrics, two jobs, no specifications."""
    return make_site(tmp_path_factory.mktemp("shop"), find(), fill_shop).as_uri()


def fill_shop(store: Store) -> None:
    """Store the builds of a web shop."""
    store.save_all(records(), controller_url=samples.ROOT)


@pytest.fixture
def visit(browser: Browser, site: Path) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page; faults and requests elsewhere fail the test."""
    faults: list[str] = []
    context = browser.new_context(viewport={"width": 1380, "height": 900}, timezone_id="UTC")

    def open_page(path: str, base: str | None = None) -> Page:
        root = base or site.as_uri()
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda said: faults.append(said.text) if said.type in ("error", "warning") else None,
        )
        page.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith((root, "data:", "blob:"))
                else faults.append(f"asked for {asked.url}")
            ),
        )
        page.goto(f"{root}/{path}")
        return page

    yield open_page
    context.close()
    assert faults == []


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
    """Return the URL of the site behind a strict policy."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Strict, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
