"""Build the static site: just the pages whose inputs changed, safe for two hooks at once."""

import inspect
import traceback
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from squash_jenkins import __version__
from squash_jenkins.errors import SquashError
from squash_jenkins.render.base import Asset, Context, DataFile, Item, Page, Plot, Tab
from squash_jenkins.render.figures import Figures
from squash_jenkins.render.ledger import Status
from squash_jenkins.render.links import Links
from squash_jenkins.render.output import Output, as_script, content_key, open_output
from squash_jenkins.render.pages import ASSETS, TEMPLATES, Pages, fault_inputs, folder_digest
from squash_jenkins.render.pyramids import prepared
from squash_jenkins.render.site import Site
from squash_jenkins.render.theme import Theme, read_theme
from squash_jenkins.store.read import Reader


class HasReader(Protocol):
    """Stand for the store: all that is asked of it is a reader."""

    def reader(self) -> AbstractContextManager[Reader]:
        """Open a reader of one moment."""


@dataclass(frozen=True, slots=True)
class Built:
    """Tell what a run did; paths are relative to the output folder.

    `faults` are sentences about tabs and plots that failed; their places show the same.
    """

    written: Sequence[str] = ()
    checked: Sequence[str] = ()
    removed: Sequence[str] = ()
    faults: Sequence[str] = field(default_factory=tuple)

    @property
    def pages_written(self) -> int:
        """Return how many pages were written."""
        return sum(path.endswith(".html") for path in self.written)

    @property
    def pages_checked(self) -> int:
        """Return how many pages were looked at."""
        return sum(path.endswith(".html") for path in self.checked)


def build_site(
    store: HasReader,
    output: Path,
    *,
    tabs: Sequence[Tab],
    plots: Sequence[Plot],
    controllers: Sequence[str] = (),
    theme: Path | None = None,
    everything: bool = False,
) -> Built:
    """Bring the site up to date with the store.

    Parameters
    ----------
    store
        The open store. Its reader is opened after the folder is locked, so that of two
        hooks the later one also shows what the earlier one stored.
    output
        Folder of the site; is made if needed. Files of others in it are left alone.
    controllers
        Short names of the controllers, the first one first: its jobs have the short URLs.
    theme
        The ``theme.yaml`` to use.
    everything
        Look at every page, and remove files of earlier runs that no page needs any more.
        A changed program, theme or plug-in does that by itself.

    Raises
    ------
    ResourceError
        When the folder cannot be written.
    StoreError
        When the store cannot be read. Nothing is half shown: the next run makes it good.

    """
    look = read_theme(theme)
    with open_output(output) as folder:
        digest = _digest(tabs, plots, controllers, theme)
        with store.reader() as reader:
            now = _status(reader, digest)
            whole = everything or folder.status.faulty or not _continues(folder.status, now)
            if folder.status == now and not everything:
                folder.leave()
                return Built([], [], [])
            if whole:
                folder.ledger.memory.clear()
            if digest != folder.status.digest:
                folder.ledger.forget()
            links = Links(controllers[0] if controllers else None)
            since = None if whole else folder.status.revision
            site = Site(reader, links, since, folder.ledger.memory)
            site.pooled = lambda: prepared(output)
            figures = _figures(plots, look)
            pages = _pages(tabs, figures, look)
            faults = [*_write_assets(folder, figures, look), *_write_tabs(folder, pages, site)]
        removed = [*folder.removed, *(folder.remove_unused() if whole else [])]
        folder.save(replace(now, faulty=bool(faults)))
        return Built(folder.written, folder.checked, removed, faults)


def _status(reader: Reader, digest: str) -> Status:
    """Return what a site is made from that shows the store as it is now."""
    roots = sorted({job.controller_url for job in reader.jobs()})
    return Status(__version__, digest, reader.revision(), reader.definitions_revision(), roots)


def _continues(before: Status, now: Status) -> bool:
    """Tell whether just what changed in the store must be made anew."""
    same = (before.digest, before.definitions, before.roots)
    wanted = (now.digest, now.definitions, now.roots)
    return same == wanted and 0 <= before.revision <= now.revision


def _digest(
    tabs: Sequence[Tab], plots: Sequence[Plot], controllers: Sequence[str], theme: Path | None
) -> str:
    """Return a hash of all that pages are made with, beside the data."""
    files = {inspect.getfile(type(each)) for each in (*tabs, *plots)}
    sources = [Path(file).read_text(encoding="utf-8") for file in sorted(files)]
    look = theme.read_text(encoding="utf-8") if theme else ""
    names = [[type(each).__module__, type(each).__name__] for each in (*tabs, *plots)]
    return content_key(
        __version__, folder_digest(TEMPLATES.parent), sources, look, names, list(controllers[:1])
    )


def _figures(plots: Sequence[Plot], look: Theme) -> Figures:
    return Figures(plots, Context(look.light, look.series), look.figures)


def _pages(tabs: Sequence[Tab], figures: Figures, look: Theme) -> Pages:
    by_tab = {
        tab.name: [(plot, figures.path(plot)) for plot in figures.of(tab.name)] for tab in tabs
    }
    version = content_key(folder_digest(ASSETS), look.stylesheet())[:8]
    return Pages(look.name, sorted(tabs, key=_place), by_tab, figures.scripts(), version)


def _place(tab: Tab) -> tuple[int, str]:
    return (tab.order, tab.name)


def _write_assets(folder: Output, figures: Figures, look: Theme) -> Iterator[str]:
    for file in sorted(file for file in ASSETS.iterdir() if file.is_file()):
        content = file.read_bytes()
        folder.copy(f"assets/{file.name}", file, content_key(content.hex()))
    key = content_key(look.stylesheet())
    if not folder.stands("assets/theme.css", key):
        folder.write("assets/theme.css", look.stylesheet().encode(), key)
    yield from figures.write(folder)


def _write_tabs(folder: Output, pages: Pages, site: Site) -> Iterator[str]:
    """Write what the tabs give; yield a sentence for each fault of a tab."""
    for tab in pages.tabs:
        try:
            for item in tab.pages(site):
                yield from _write_item(folder, pages, tab, item)
        except SquashError:
            raise
        except Exception as error:  # noqa: BLE001 - foreign code; told in its place and by the run
            yield _write_fault(folder, pages, tab, tab.entry_path(), error)


def _write_item(folder: Output, pages: Pages, tab: Tab, item: Item) -> Iterator[str]:
    try:
        if isinstance(item, Page):
            _write_page(folder, pages, tab, item)
        elif isinstance(item, DataFile):
            _write_data(folder, item)
        elif isinstance(item, Asset):
            _write_asset(folder, item)
        else:
            folder.remove_others(item.path, item.files)
    except (SquashError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - foreign code; told in its place and by the run
        if isinstance(item, Page):
            yield _write_fault(folder, pages, tab, item.path, error)
        else:
            yield _sentence(tab, error)


def _write_page(folder: Output, pages: Pages, tab: Tab, page: Page) -> None:
    values = page.filled()
    key = content_key(page.template, page.title, page.plots, list(page.data), values)
    if not folder.stands(page.path, key):
        folder.write(page.path, pages.html(tab, page, values).encode(), key)


def _write_data(folder: Output, data: DataFile) -> None:
    values = data.filled()
    key = content_key(values)
    if not folder.stands(data.path, key):
        folder.write(data.path, as_script(data.path, values), key)


def _write_asset(folder: Output, asset: Asset) -> None:
    content = asset.filled()
    key = content_key(content)
    if not folder.stands(asset.path, key):
        folder.write(asset.path, content.encode(), key)


def _write_fault(folder: Output, pages: Pages, tab: Tab, path: str, error: Exception) -> str:
    """Show the error in the place of the page; the next run tries again."""
    page = Page(path, "fault.html", tab.title, fault_inputs(error, f"the tab {tab.title}"))
    folder.write(path, pages.html(tab, page, page.filled()).encode(), "")
    return _sentence(tab, error)


def _sentence(tab: Tab, error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"The tab {tab.name} failed: {type(error).__name__}: {error} "
        f"({Path(where.filename).name}, line {where.lineno})."
    )
