"""Check tabs."""

# ruff: noqa: S101 -- a check that tests call is made of assertions

import tempfile
from collections.abc import Sequence
from pathlib import Path

from squash_jenkins.render.base import Folder, Item, Page, Tab
from squash_jenkins.render.engine.assets import asset_files
from squash_jenkins.render.engine.html import TEMPLATES
from squash_jenkins.render.engine.live import OTHERWISE, Live
from squash_jenkins.render.engine.rendering import Rendering
from squash_jenkins.render.engine.static import Built, build_site
from squash_jenkins.render.links import Links
from squash_jenkins.render.site.site import Site
from squash_jenkins.store import Store
from squash_jenkins.testing.markup import faults_of
from squash_jenkins.testing.stores import SAMPLES, add_build, sample_store

_GROWING = ("no build", "some builds")
"""Kinds of stores that one build is added to."""


def check_tab(tab: Tab) -> None:
    """Check that a tab keeps the contract, with stores of 0, 1 and some builds and hostile names.

    Raises
    ------
    AssertionError
        The contract is broken; the text says how: a name, title or order is missing, the tab
        raises, yields what is no file of the site or two files of one path, a template, script
        or style sheet does not exist, values are not plain, a second run or the live site gives
        other bytes, a run that adds one build gives another site than a run from scratch, a
        page holds inline code, styles or markup that came from a name.

    """
    _check_names(tab)
    for kind in SAMPLES:
        with sample_store(kind) as store, tempfile.TemporaryDirectory() as folder:
            _check_items(tab, store, kind)
            _check_site(tab, store, Path(folder), kind)


def _check_names(tab: Tab) -> None:
    where = type(tab).__name__
    for name in ("name", "title"):
        value = getattr(tab, name, None)
        assert isinstance(value, str) and value, f'{where} needs a {name}: write `{name} = "…"`'
    assert type(tab.order) is int, f"{tab.name}: order is {tab.order!r}; make it a whole number"
    for name in ("scripts", "styles"):
        value = getattr(tab, name)
        assert not isinstance(value, str), f"{tab.name}: {name} is a string; make it a tuple"


def _check_items(tab: Tab, store: Store, kind: str) -> None:
    rendering = Rendering([tab], [])
    with store.reader() as reader:
        items: list[Item] = []
        for item in rendering.items(tab, Site(reader, Links("main"), None, {})):
            assert not isinstance(item, Exception), f"{tab.name} with {kind}: pages() {_told(item)}"
            items.append(item)
    paths = [item.path for item in items if not isinstance(item, Folder)]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    assert not twice, f"{tab.name} with {kind}: yielded twice: {twice[:3]}"
    pages = [item for item in items if isinstance(item, Page)]
    if tab.in_navigation:
        entries = [page.path for page in pages]
        assert tab.entry_path() in entries, (
            f"{tab.name} with {kind}: the navigation leads to {tab.entry_path()}; "
            "yield that page always, and say on it when there is nothing to show"
        )
    for page in pages:
        own = page.template in tab.templates
        assert own or (TEMPLATES / page.template).is_file(), (
            f"{tab.name}: there is no template {page.template}; "
            f"put it into {type(tab).__name__}.templates"
        )
    _check_files(tab, paths)


def _check_files(tab: Tab, paths: Sequence[str]) -> None:
    for name in (*tab.scripts, *tab.styles):
        assert name in asset_files() or f"assets/{name}" in paths, (
            f"{tab.name}: there is no file {name}; yield it as Asset('assets/{name}', …)"
        )


def _check_site(tab: Tab, store: Store, folder: Path, kind: str) -> None:
    site, where = folder / "site", f"{tab.name} with {kind}"
    _built(tab, store, site, where)
    files = _files(site)
    again = _built(tab, store, site, where, everything=True)
    assert not again.written, f"{where}: a second run writes {list(again.written)[:3]} anew"
    _check_live(tab, store, files, where)
    for path, content in files.items():
        _check_content(path, content, where)
    if kind not in _GROWING:
        return
    add_build(store, kind)
    _built(tab, store, site, where)
    _built(tab, store, folder / "anew", where)
    _same(_files(folder / "anew"), _files(site), f"{where} and one build more, from scratch")


def _check_live(tab: Tab, store: Store, files: dict[str, bytes], where: str) -> None:
    live = Live(store, tabs=[tab], plots=[], controllers=["main"])
    shown = {path: live.get(path) for path in files}
    found = {path: answer.content for path, answer in shown.items() if answer is not None}
    alike = {path: content for path, content in files.items() if path not in OTHERWISE}
    _same({path: found[path] for path in found.keys() - OTHERWISE}, alike, f"{where}, live")


def _same(found: dict[str, bytes], files: dict[str, bytes], where: str) -> None:
    paths = sorted(found.keys() | files.keys())
    other = [path for path in paths if found.get(path) != files.get(path)]
    assert not other, f"{where}: other bytes in {', '.join(other[:3])}"


def _built(tab: Tab, store: Store, site: Path, where: str, *, everything: bool = False) -> Built:
    built = build_site(
        store, site, tabs=[tab], plots=[], controllers=["main"], everything=everything
    )
    assert not built.faults, f"{where}: {built.faults[0]}"
    return built


def _files(site: Path) -> dict[str, bytes]:
    """Return what the tab made, by path: nothing of our own assets and notes."""
    found = (file for file in sorted(site.rglob("*")) if file.is_file())
    paths = {file.relative_to(site).as_posix(): file for file in found}
    ours = ("assets/", ".squash")
    return {path: file.read_bytes() for path, file in paths.items() if not path.startswith(ours)}


def _check_content(path: str, content: bytes, where: str) -> None:
    if path.endswith((".html", ".svg")):
        faults = faults_of(content.decode())
        assert not faults, f"{where}: {path} has {faults[0]}"
    elif path.endswith(".js"):
        assert b"<x-hostile" not in content, f"{where}: {path} holds markup; yield a DataFile"


def _told(error: Exception) -> str:
    return f"raised {type(error).__name__}: {error}"
