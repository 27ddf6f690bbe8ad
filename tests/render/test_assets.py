"""The scripts and styles of the pages: in folders by tab, flat in the site, with declared types."""

import json
import re
from pathlib import Path

import click

from squash_jenkins.commands import group
from squash_jenkins.plugins import find
from squash_jenkins.render.engine.assets import ASSETS, asset_files
from squash_jenkins.render.engine.bundles import SCRIPTS, STYLES
from squash_jenkins.render.engine.html import TEMPLATES
from squash_jenkins.render.engine.rendering import Rendering
from squash_jenkins.server.explore.routes import ExploreTab

TYPES = ASSETS / "squash.d.ts"
TOOLS = Path(__file__).resolve().parents[2] / ".ci" / "scripts"
SHARED, EVERY_PAGE, LIVE = "shared", "every_page", "live"


def loaded_by_tab() -> dict[str, list[str]]:
    """Return what each tab loads beside what every page does."""
    return {tab.name: [*tab.scripts, *tab.styles] for tab in [*find().tabs, ExploreTab()]}


def folder_of(name: str) -> str:
    return asset_files()[name].parent.name


def texts() -> list[str]:
    """Return the text of every script."""
    files = asset_files()
    return [files[name].read_text(encoding="utf-8") for name in files if name.endswith(".js")]


def test_names_are_unique_and_the_site_has_them_in_one_folder() -> None:
    files = [file for file in ASSETS.rglob("*") if file.is_file() and file != TYPES]
    assert len(files) > 40
    assert len({file.name for file in files}) == len(files) == len(asset_files())
    flat = {path for path in Rendering([], []).assets if path.startswith("assets/")}
    assert flat == {f"assets/{file.name}" for file in files}


def test_a_folder_holds_what_only_its_tab_loads() -> None:
    loaded = loaded_by_tab()
    assert any(loaded.values())
    for name in {name for names in loaded.values() for name in names}:
        tabs = [tab for tab, names in loaded.items() if name in names]
        folder = folder_of(name)
        assert folder == LIVE or (folder == SHARED) == (len(tabs) > 1), (name, tabs)
    for folder in {file.parent.name for file in asset_files().values()} - {SHARED, LIVE}:
        own = {name for name in asset_files() if folder_of(name) == folder}
        tabs = [tab for tab, names in loaded.items() if own & {*names}]
        assert len(tabs) == (folder != EVERY_PAGE), (folder, tabs)


def test_every_page_loads_what_is_in_the_folder_of_that_name() -> None:
    frame = (TEMPLATES / "page.html").read_text(encoding="utf-8")
    named = {*SCRIPTS, *STYLES, *re.findall(r"asset\('([\w.]+)'\)", frame), "icon.svg"}
    assert named == {name for name in asset_files() if folder_of(name) == EVERY_PAGE}


def test_the_declaration_names_what_the_scripts_define() -> None:
    types = TYPES.read_text(encoding="utf-8")
    scripts = texts()
    for name, pattern in (("Squash", r"\bsquash\.(\w+) = "), ("Drill", r"\bdrill\.(\w+) = ")):
        [body] = re.findall(rf"^interface {name} {{\n(.*?)^}}", types, re.MULTILINE | re.DOTALL)
        declared = re.findall(r"^  (\w+)[<(:]", body, re.MULTILINE)
        defined = [member for script in scripts for member in re.findall(pattern, script)]
        assert len(defined) > 15
        assert sorted(declared) == sorted(defined)  # each once


def test_every_member_is_used_outside_of_where_it_is_defined() -> None:
    scripts = texts()
    defined = {name for script in scripts for name in re.findall(r"\bsquash\.(\w+) = ", script)}
    for name in defined - {"data"}:  # the data files call it
        others = [script for script in scripts if f"squash.{name} = " not in script]
        assert any(re.search(rf"\bsquash\.{name}\b", script) for script in others), name


def test_commands_that_the_scripts_name_exist() -> None:
    named = {name for text in texts() for name in re.findall(r"squash-jenkins ([a-z-]+)", text)}
    assert named >= {"backfill", "dashboards", "serve"}
    assert named <= set(group.list_commands(click.Context(group)))


def test_the_tools_of_the_scripts_are_pinned_without_addresses() -> None:
    lock = json.loads((TOOLS / "package-lock.json").read_text(encoding="utf-8"))
    packages = [each for path, each in lock["packages"].items() if path]
    assert len(packages) > 50
    assert all(each["integrity"] and "resolved" not in each for each in packages)
    wanted = json.loads((TOOLS / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert all(re.fullmatch(r"[\d.]+", version) for version in wanted.values())
