from pathlib import Path

import pytest

from squash_jenkins.errors import PluginError
from squash_jenkins.plugins import find

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
    assert [tab.name for tab in found.tabs] == [
        "home",
        "data",
        "overview",
        "history",
        "builds",
        "compare",
        "findings",
        "datasets",
        "health",
        "help",
    ]
    assert [plot.name for plot in found.plots] == ["health_durations", "trend", "health_success"]
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
