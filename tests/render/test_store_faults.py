"""What happens to the pages when the database fails while they are made."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from squash_jenkins.commands import group
from squash_jenkins.errors import StoreError
from squash_jenkins.plugins import Plugins
from squash_jenkins.render.base import Item, Page, Site, Tab
from squash_jenkins.render.engine.live import Live
from squash_jenkins.render.engine.static import Built
from squash_jenkins.store import Store

Save = Callable[..., Any]
BuildSite = Callable[..., Built]
INTERNALS = (b"SELECT", b"no such table", b"sqlite", b"Traceback", b".py")


@contextmanager
def without(database: Path, table: str) -> Iterator[None]:
    """Take a table away from the database and give it back at the end."""
    rename(database, table, "taken_away")
    try:
        yield
    finally:
        rename(database, "taken_away", table)


def rename(database: Path, old: str, new: str) -> None:
    connection = sqlite3.connect(database)
    connection.execute(f"ALTER TABLE {old} RENAME TO {new}")
    connection.close()


def files_of(folder: Path) -> dict[str, bytes]:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in files
        if not file.name.startswith(".squash")
    }


class Wrapping(Tab):
    """Hide a fault of the store in an error of its own, or have a fault of its own."""

    name = "wrapping"
    title = "Wrapping"
    own_fault = False

    def pages(self, site: Site) -> Iterator[Item]:
        yield Page("wrapping/first.html", "sections.html", "First")
        if self.own_fault:
            raise OSError("no file /etc/private of SELECT * FROM x")
        try:
            len(site.all_findings)
        except Exception as error:
            raise ValueError("I cannot") from error
        yield Page("wrapping/last.html", "sections.html", "Last")


@pytest.mark.parametrize("table", ["measurement", "job", "finding"])
def test_a_fault_of_the_store_leaves_the_site_as_it_was(
    save: Save, build: BuildSite, output: Path, tmp_path: Path, table: str
) -> None:
    for number in range(1, 4):
        save("ci_hsc", number)
    build()
    before = files_of(output)
    save("ci_hsc", 4)
    with without(tmp_path / "squash.sqlite", table):
        for everything in (False, True):
            with pytest.raises(StoreError):
                build(everything=everything)
    after = files_of(output)
    assert before.keys() <= after.keys()
    faulty = [path for path, text in after.items() if b"could not be built" in text]
    assert not faulty
    assert not build().faults
    assert "jobs/ci_hsc/4/index.html" in files_of(output)


def test_a_tab_cannot_hide_a_fault_of_the_store(
    save: Save, build: BuildSite, output: Path, tmp_path: Path
) -> None:
    save("ci_hsc", 1)
    assert not build(tabs=[Wrapping()]).faults
    before = files_of(output)
    with without(tmp_path / "squash.sqlite", "finding"), pytest.raises(StoreError):
        build(tabs=[Wrapping()], everything=True)
    assert files_of(output) == before


def test_nothing_is_removed_in_a_run_with_faults(
    save: Save, build: BuildSite, output: Path
) -> None:
    save("ci_hsc", 1)
    tab = Wrapping()
    build(tabs=[tab])
    tab.own_fault = True
    built = build(tabs=[tab], everything=True)
    assert (len(built.faults), list(built.removed)) == (1, [])
    assert (output / "wrapping/last.html").is_file()
    assert "no file /etc/private" in built.faults[0]  # the run reports what the page does not
    page = (output / "wrapping/index.html").read_text(encoding="utf-8")
    assert "OSError" in page
    assert "private" not in page
    assert "SELECT" not in page
    tab.own_fault = False
    assert "wrapping/index.html" in build(tabs=[tab]).removed


def test_the_live_site_tells_a_fault_of_the_store_as_such(
    save: Save, store: Store, plugins: Plugins, tmp_path: Path
) -> None:
    save("ci_hsc", 1)
    live = Live(store, tabs=plugins.tabs, plots=plugins.plots, controllers=["main"])
    with without(tmp_path / "squash.sqlite", "measurement"):
        for path in ("jobs/ci_hsc/1/index.html", "data/metrics.js"):
            with pytest.raises(StoreError):
                live.get(path)
    page = live.get("jobs/ci_hsc/1/index.html")
    assert page is not None
    assert not page.fault


def test_the_command_ends_with_1_and_the_site_stays(
    save: Save, store: Store, tmp_path: Path
) -> None:
    save("ci_hsc", 1)
    settings = tmp_path / "squash.toml"
    settings.write_text(
        'database = "sqlite:///squash.sqlite"\nblobs = "blobs"\noutput = "site"\n', encoding="utf-8"
    )
    command = ["--settings", str(settings), "dashboards", "build", "--all"]
    good = CliRunner().invoke(group, command)
    assert good.exit_code == 0, good.output
    before = files_of(tmp_path / "site")
    with without(tmp_path / "squash.sqlite", "measurement"):
        bad = CliRunner().invoke(group, command)
    assert bad.exit_code == 1, bad.output
    assert files_of(tmp_path / "site") == before
