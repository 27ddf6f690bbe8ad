"""What pages load is bundled: our files in their order, with source maps and lasting addresses."""

import json
from collections.abc import Iterator
from typing import ClassVar

import pytest

from squash_jenkins.plugins import find
from squash_jenkins.render.base import Item, Site, Tab
from squash_jenkins.render.engine.assets import asset_files
from squash_jenkins.render.engine.bundles import SCRIPTS, Bundle, Bundles
from squash_jenkins.render.engine.rendering import Rendering


@pytest.fixture(scope="module")
def bundles() -> Bundles:
    plugins = find()
    return Rendering(plugins.tabs, plugins.plots, theme=plugins.theme).bundles


def named(bundle: Bundle) -> list[str]:
    return [file.name for file in bundle.parts]


def test_a_page_loads_one_style_sheet_and_one_script(bundles: Bundles) -> None:
    history = next(tab for tab in find().tabs if tab.name == "history")
    loaded = bundles.of(history)
    assert named(loaded.style) == ["style.css", *history.styles]
    assert named(loaded.script) == [*SCRIPTS, *history.scripts]
    assert loaded.plots is not None
    content, fault = bundles.content(loaded.plots)
    assert fault is None
    assert b'squash.data("assets/plots/history-trend",' in content
    sheet, _ = bundles.content(loaded.style)
    assert sheet.startswith(bundles.look.encode())
    assert (loaded.own_scripts, loaded.own_styles) == ([], [])


def test_a_live_page_loads_as_many_and_first_what_sees_the_page_as_it_was_sent(
    bundles: Bundles,
) -> None:
    assert bundles.replaced.keys() == {each.address for each in bundles.static.values()}
    live = bundles.live["assets/live/plots/drill-down.js"]
    assert named(live)[:3] == ["live_merge.js", "live.js", "format.js"]
    assert {"account.js", "triage.js", "explore_link.js"} < {*named(live)}
    assert "live.css" in named(bundles.live["assets/live/pages/overview.css"])
    assert not {"live.js", "live.css"} & {
        name for each in bundles.static.values() for name in named(each)
    }


def test_a_source_map_leads_to_each_line_of_each_file(bundles: Bundles) -> None:
    for bundle in (bundles.static["assets/plots/history.js"], *list(bundles.live.values())[:6]):
        text = bundles.content(bundle)[0].decode().splitlines()
        if bundle.path.endswith(".css"):
            assert not text[-1].startswith("//#")
            continue
        assert (
            text[-1] == f"//# sourceMappingURL={bundle.path.split('/')[-1]}.map?v={bundle.version}"
        )
        sections = json.loads(bundle.source_map())["sections"]
        assert len(sections) == len(bundle.parts)
        for section, file in zip(sections, bundle.parts, strict=True):
            source = section["map"]["sources"][0]
            assert source == "../" * (bundle.path.count("/") - 1) + file.name
            own = file.read_text(encoding="utf-8").splitlines()
            first = section["offset"]["line"]
            assert text[first : first + len(own)] == own
            assert section["map"]["mappings"].count(";") == len(own) - 1


class Own(Tab):
    name, title = "own", "Own"
    scripts: ClassVar = ("data.js", "mine.js")
    styles: ClassVar = ("mine.css",)

    def pages(self, site: Site) -> Iterator[Item]:
        return iter(())


def test_files_of_a_tab_itself_stay_beside_its_bundle() -> None:
    loaded = Rendering([Own()], []).bundles.of(Own())
    assert named(loaded.script) == [*SCRIPTS, "data.js"]
    assert (loaded.own_scripts, loaded.own_styles) == (["mine.js"], ["mine.css"])
    assert loaded.plots is None


def test_an_address_changes_with_what_is_in_it(bundles: Bundles) -> None:
    versions = [each.version for each in bundles.static.values()]
    assert len({*versions}) > len(find().tabs) / 2
    plugins = find()
    other = Rendering(plugins.tabs, plugins.plots[:-1], theme=None).bundles
    path = "assets/pages/overview"
    assert other.static[f"{path}.css"].version != bundles.static[f"{path}.css"].version
    assert other.static[f"{path}.js"].version == bundles.static[f"{path}.js"].version


def test_every_script_is_in_a_bundle(bundles: Bundles) -> None:
    """But for those of the server's own pages, and the worker, which runs beside pages."""
    bundled = {name for each in bundles.live.values() for name in named(each)}
    own = {"explore.js", "explore_form.js", "explore_hover.js", "live_worker.js"}
    assert {name for name in asset_files() if name.endswith(".js")} - bundled == own
