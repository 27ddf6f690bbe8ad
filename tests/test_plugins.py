import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from squash_jenkins.commands import group
from squash_jenkins.errors import PluginError
from squash_jenkins.plugins import Plugins, find
from squash_jenkins.render.engine.live import Live
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.store import Store

TAB = """
from squash_jenkins.render.base import Page, Tab

class {name}Tab(Tab):
    name = "{name}"
    title = "Own {name}"
    order = 5

    def pages(self, site):
        yield Page("{name}/index.html", "sections.html", "Own")
"""


def write(folder: Path, file: str, text: str) -> None:
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_the_built_in_ones_are_found_in_their_order() -> None:
    found = find()
    shown = ["overview", "history", "builds", "findings", "datasets", "health"]
    assert [tab.name for tab in found.tabs if tab.name in shown] == shown
    places = [(tab.order, tab.name) for tab in found.tabs]
    assert places == sorted(places)
    assert "trend" in {plot.name for plot in found.plots}
    assert "lsst.verify" in {format.name for format in found.formats}
    assert found.theme is not None
    assert not found.faults


def test_a_folder_of_ones_own_adds_and_replaces(tmp_path: Path) -> None:
    write(tmp_path, "tabs/overview.py", TAB.format(name="overview"))
    write(tmp_path, "tabs/_draft.py", "raise ValueError('not looked at')")
    write(tmp_path, "theme.yaml", "name: Ours\n")
    found = find(tmp_path)
    overview = next(tab for tab in found.tabs if tab.name == "overview")
    assert overview.title == "Own overview"
    assert found.theme == tmp_path / "theme.yaml"
    assert next(tab for tab in find().tabs if tab.name == "overview").title == "Overview"


def test_two_of_one_source_with_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "tabs/one.py", TAB.format(name="same"))
    write(tmp_path, "tabs/two.py", TAB.format(name="same"))
    with pytest.raises(PluginError, match=r"called 'same'.*one\.py.*two\.py"):
        find(tmp_path)


def test_a_file_that_cannot_be_loaded_is_told_and_the_rest_works(tmp_path: Path) -> None:
    write(tmp_path, "tabs/bad.py", "import no_such_module\n")
    write(tmp_path, "tabs/good.py", TAB.format(name="good"))
    found = find(tmp_path)
    assert "good" in {tab.name for tab in found.tabs}
    assert len(found.faults) == 1
    assert "bad.py" in found.faults[0]


def test_a_tab_without_a_name_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "tabs/one.py", TAB.format(name="x").replace('    name = "x"\n', ""))
    with pytest.raises(PluginError, match="needs a name"):
        find(tmp_path)


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="does not exist"):
        find(tmp_path / "nowhere")


PLOT = """
from squash_jenkins.render.base import Plot

class {name}Plot(Plot):
    name, tab = "{name}", "history"

    def draw(self, context):
        from bokeh.plotting import figure
        return figure(title="Own {name}")
"""
ENTRIES = """[squash_jenkins.tabs]
packed = packed_tab:packedTab
absent = packed_tab:Absent
wrong = packed_tab:Page
[squash_jenkins.plots]
packed = packed_plot:packedPlot
"""


def some(found: Plugins, *names: str) -> dict[str, Any]:
    """Return what a site with some tabs and plots is made with."""
    tabs = [tab for tab in found.tabs if tab.name in names]
    plots = [plot for plot in found.plots if plot.name in names]
    return {"tabs": tabs, "plots": plots, "theme": found.theme}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a distribution with a tab and a plot, and two entry points that are wrong."""
    site = tmp_path / "site-packages"
    write(site, "packed-1.2.dist-info/METADATA", "Name: packed\nVersion: 1.2\n")
    write(site, "packed-1.2.dist-info/entry_points.txt", ENTRIES)
    write(site, "packed_tab.py", TAB.format(name="packed"))
    write(site, "packed_plot.py", PLOT.format(name="packed"))
    monkeypatch.syspath_prepend(str(site))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a folder with a tab and a plot."""
    write(tmp_path / "own", "tabs/mine.py", TAB.format(name="mine"))
    write(tmp_path / "own", "plots/mine.py", PLOT.format(name="mine"))
    return tmp_path / "own"


@pytest.mark.usefixtures("installed")
def test_both_ways_of_adding_appear_in_both_sites(own: Path, store: Store, tmp_path: Path) -> None:
    found = find(own)
    about = some(found, "overview", "history", "packed", "mine")
    site, live = tmp_path / "site", Live(store, **about)
    assert not build_site(store, site, **about).faults
    pages = [f"{name}/index.html" for name in ("mine", "packed")]
    for path in [*pages, "assets/plots/history.js"]:
        answer = live.get(path)
        assert answer is not None
        assert answer.content == (site / path).read_bytes()
    for name in ("mine", "packed"):
        assert f'squash.data("assets/plots/history-{name}",'.encode() in answer.content
    start = (site / "index.html").read_text(encoding="utf-8")
    assert "Own mine" in start
    assert "Own packed" in start


@pytest.mark.usefixtures("installed")
def test_the_command_tells_where_each_comes_from(own: Path, tmp_path: Path) -> None:
    write(own, "tabs/bad.py", "import no_such_module\n")
    settings = tmp_path / "squash.toml"
    settings.write_text('dashboards = "own"\n', encoding="utf-8")
    run = CliRunner().invoke(group, ["--settings", str(settings), "plugins", "--json"])
    assert run.exit_code == 0, run.output
    told = json.loads(run.stdout)
    origins = {(row["kind"], row["name"]): row["from"] for row in told["plugins"]}
    assert origins["tab", "overview"] == origins["format", "lsst.verify"] == "built in"
    assert origins["tab", "packed"] == origins["plot", "packed"] == "packed 1.2"
    assert origins["tab", "mine"] == str(own / "tabs" / "mine.py")
    assert len(told["faults"]) == 3
    assert {"bad.py", "packed_tab:Absent", "packed_tab:Page"} == {
        name
        for name in ("bad.py", "packed_tab:Absent", "packed_tab:Page")
        if any(name in fault for fault in told["faults"])
    }
    plain = CliRunner().invoke(group, ["--settings", str(settings), "plugins"])
    assert "mine" in plain.output
    assert "no_such_module" in plain.output


@pytest.mark.parametrize(
    ("body", "told", "place"),
    [
        ("raise OSError('no disk')", "OSError: no disk", "bad/index.html"),
        ("yield 'a page'", "yield a Page", "bad/index.html"),
        ("yield Page('../x.html', 'sections.html', 'X')", "../x.html", "bad/index.html"),
        ("yield Page('status.sqlite', 'sections.html', 'X')", "status.sqlite", "bad/index.html"),
        (
            "yield Page('assets/squash.js', 'help.html', 'X')",
            "which the site itself uses",
            "bad/index.html",
        ),
        ("yield Folder('', ())", "yields the path", "bad/index.html"),
        ("yield Page('bad/a.html', 'sections.html', 'X', lambda: 1 / 0)", "ZeroDiv", "bad/a.html"),
        ("yield Page('bad/a.html', 'no.html', 'X')", "TemplateNotFound", "bad/a.html"),
        ("yield Page('bad/a.html', 'sections.html', 'X', {'a': {1}})", "TypeError", "bad/a.html"),
        ("yield DataFile('bad/a.js', lambda: open('/nowhere'))", "FileNotFoundError", ""),
        ("return 3", "not iterable", "bad/index.html"),
    ],
)
def test_a_tab_that_fails_shows_it_in_its_place_only(
    store: Store, tmp_path: Path, body: str, told: str, place: str
) -> None:
    text = TAB.format(name="bad").replace("Page, Tab", "DataFile, Folder, Page, Tab")
    last = text.strip().splitlines()[-1]
    write(tmp_path / "own", "tabs/bad.py", text.replace(last, f"        {body}"))
    found = find(tmp_path / "own")
    about = some(found, "overview", "bad")
    site, live = tmp_path / "site", Live(store, **about)
    built = build_site(store, site, **about)
    assert len(built.faults) == 1
    assert told in built.faults[0]
    for path in filter(None, ("index.html", "overview/index.html", place)):
        answer = live.get(path)
        assert answer is not None
        assert answer.content == (site / path).read_bytes()
        assert (b"This page could not be built" in answer.content) == (path == place)
        assert bool(answer.fault) == (path == place)
    assert not (tmp_path / "x.html").exists()


def test_a_plot_that_fails_is_told_in_its_place(store: Store, tmp_path: Path) -> None:
    text = PLOT.format(name="bad").replace("return figure", "raise ValueError(1); return figure")
    write(tmp_path / "own", "plots/bad.py", text)
    plots = [plot for plot in find(tmp_path / "own").plots if plot.name == "bad"]
    tabs = some(find(), "history")["tabs"]
    built = build_site(store, tmp_path / "site", tabs=tabs, plots=plots)
    answer = Live(store, tabs=tabs, plots=plots).get("assets/plots/history.js")
    assert answer is not None
    assert answer.content == (tmp_path / "site/assets/plots/history.js").read_bytes()
    assert b"failed (ValueError)" in answer.content
    assert "ValueError: 1" in answer.fault
    assert [answer.fault] == list(built.faults)
