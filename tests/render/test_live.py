import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.plugins import Plugins, find
from squash_jenkins.render.base import DataFile, Folder, Page, Site, Tab
from squash_jenkins.render.engine.live import OTHERWISE, Live, SiteFile
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.render.links import Links
from squash_jenkins.store import Store, open_store

Save = Callable[..., Any]
TABS = [tab.name for tab in find().tabs]


@dataclass
class Both:
    """Hold a static site and a live one of the same store."""

    site: Path
    live: Live
    store: Store
    plugins: Plugins

    def paths(self, name: str) -> set[str]:
        """Return the files that a tab has, or those beside tabs."""
        if name == "assets":
            files = (self.site / "assets").rglob("*")
            return {str(file.relative_to(self.site)) for file in files if file.is_file()}
        tab = next(tab for tab in self.plugins.tabs if tab.name == name)
        with self.store.reader() as reader:
            items = list(tab.pages(Site(reader, Links("main"), None, {})))
        return {item.path for item in items if not isinstance(item, Folder)}


@pytest.fixture(scope="module", params=["no build", "one build", "a history"])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, history: Any
) -> Iterator[Both]:
    """Return a static site and a live one of the same store."""
    folder, plugins = tmp_path_factory.mktemp("live"), find()
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
        history(store, request.param)
        about = usual(plugins)
        built = build_site(store, folder / "site", **about)
        assert list(built.faults) == []
        yield Both(folder / "site", Live(store, **about), store, plugins)


def usual(plugins: Plugins, *tabs: Tab) -> dict[str, Any]:
    own = {"tabs": [*plugins.tabs, *tabs], "plots": plugins.plots, "theme": plugins.theme}
    return {**own, "controllers": ["main"]}


@pytest.fixture(scope="module")
def history() -> Callable[[Store, str], None]:
    """Return a function that fills a store."""
    samples, found = load("sample_builds"), load("sample_findings")

    def fill(store: Store, what: str) -> None:
        many = {"no build": 0, "one build": 1}.get(what, 70)
        for number in range(1, many + 1):
            result = "FAILURE" if number in (12, 35) else "SUCCESS"
            about = {"filters": ("r", "i"), "result": result, "shift": 1 + (number > 50) / 5}
            store.save(samples.record("sqre/ci_hsc", number, **about), controller_url=samples.ROOT)
        if many > 1:
            store.save(samples.record("ci <b>", 1, controller="b"), controller_url="http://b.org/")
            keys = found.keys(store, "sqre/ci_hsc")[1]
            found.write(store, "sqre/ci_hsc", found.every_kind(keys))

    return fill


def load(name: str) -> Any:
    spec = spec_from_file_location(f"{name}_live", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", [*TABS, "assets"])
def test_a_tab_gives_the_same_bytes_both_ways(both: Both, name: str) -> None:
    paths = both.paths(name) - OTHERWISE
    assert paths or name == "trends", "only pictures of trends need a build"
    for path in paths:
        answer = get(both.live, path)
        assert answer.content == (both.site / path).read_bytes(), path
        assert not answer.fault


def test_every_file_is_had_live(both: Both) -> None:
    own = {".squash-lock"}
    files = {str(each.relative_to(both.site)) for each in both.site.rglob("*") if each.is_file()}
    assert {file for file in files - own if both.live.get(file) is None} == set()
    assert get(both.live, "").content == get(both.live, "index.html").content
    assert get(both.live, "history/").content == get(both.live, "history/index.html").content
    for path in ("nowhere.html", "../squash.sqlite", "assets/", "assets/../index.html", *own):
        assert both.live.get(path) is None


@pytest.fixture
def live(store: Store, plugins: Plugins) -> Callable[..., Live]:
    def make(*tabs: Tab) -> Live:
        return Live(store, **usual(plugins, *tabs))

    return make


def get(live: Live, path: str) -> SiteFile:
    answer = live.get(path)
    assert answer is not None, path
    return answer


def test_what_is_stored_later_is_shown_at_once(save: Save, live: Callable[..., Live]) -> None:
    site = live()
    assert site.get("jobs/ci_hsc/1/index.html") is None
    save("ci_hsc", 1)
    before = get(site, "jobs/ci_hsc/index.html")
    assert get(site, "jobs/ci_hsc/index.html") is before
    assert site.get("jobs/ci_hsc/2/index.html") is None
    save("ci_hsc", 2)
    assert get(site, "jobs/ci_hsc/2/index.html").type == "text/html; charset=utf-8"
    assert get(site, "jobs/ci_hsc/index.html").content != before.content
    assert get(site, "data/jobs/ci_hsc/findings.js").content.startswith(b"squash.data(")


def test_only_what_is_asked_for_is_made(save: Save, live: Callable[..., Live]) -> None:
    made: list[str] = []

    def payload(name: str) -> dict[str, str]:
        made.append(name)
        return {}

    class Lazy(Tab):
        name, title = "lazy", "Lazy"

        def pages(self, site: Site) -> Iterator[Page | DataFile]:
            for name in "ab":
                yield DataFile(f"lazy/{name}.js", partial(payload, name))

    site = live(Lazy())
    assert get(site, "lazy/b.js").content == b'squash.data("lazy/b",{});\n'
    assert made == ["b"]


def test_threads_get_the_same(save: Save, live: Callable[..., Live]) -> None:
    for number in range(1, 6):
        save("ci_hsc", number)
    site, paths = live(), [f"jobs/ci_hsc/{number}/index.html" for number in range(1, 6)]
    alone = [get(site, path).content for path in paths]
    shared, found = live(), dict[int, list[bytes]]()

    def ask(at: int) -> None:
        found[at] = [get(shared, path).content for path in paths]

    threads = [threading.Thread(target=ask, args=(at,)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(found.values()) == [alone] * 4
