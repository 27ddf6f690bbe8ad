"""Make the files of a site from what tabs yield: the static site and the live one share this.

Both render files here, so that a page has the same bytes wherever it is shown.
"""

import inspect
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

from squash_jenkins import __version__
from squash_jenkins.errors import SquashError, StoreError
from squash_jenkins.render.base import Asset, Context, DataFile, Folder, Item, Page, Plot, Tab
from squash_jenkins.render.encoding import as_script, content_key
from squash_jenkins.render.engine.assets import ASSETS, asset_files
from squash_jenkins.render.engine.bundles import Bundles
from squash_jenkins.render.engine.figures import Figures
from squash_jenkins.render.engine.html import TEMPLATES, Pages, fault_inputs, folder_digest
from squash_jenkins.render.engine.ledger import Status
from squash_jenkins.render.engine.theme import Theme, read_theme
from squash_jenkins.render.site.compared import Baselines
from squash_jenkins.render.site.site import Site
from squash_jenkins.store import Reader

THEME = "assets/theme.css"
MISSING = "404.html"
"""The page that web servers can show for missing pages, such as of a build not yet ingested."""
_STRANGE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\\]")
_SEGMENT_BYTES = 200
"""Most file systems take names of 255 bytes; the site puts up to 12 more before some."""


@dataclass(frozen=True, slots=True)
class File:
    """Hold a file of the site: `key` is a hash of its inputs, `content` makes it from them."""

    path: str
    key: str
    content: Callable[[], bytes]


@dataclass(frozen=True)
class Rendering:
    """Hold everything that the files of a site are made from except the data.

    Parameters
    ----------
    controllers
        Short names of the controllers, the first one first: its jobs have the short URLs.
    theme
        The ``theme.yaml`` to use.
    baselines
        Which builds are compared with which; None: as without settings.
    public_url
        URL at which people reach the site; feeds name their pages by it. Empty: unknown.
    beside
        Tabs whose pages are made by others, such as a server.

    """

    tabs: Sequence[Tab]
    plots: Sequence[Plot]
    controllers: Sequence[str] = ()
    theme: Path | None = None
    baselines: Baselines | None = None
    public_url: str = ""
    beside: Sequence[Tab] = ()

    @cached_property
    def look(self) -> Theme:
        """The colours and the name of the site."""
        return read_theme(self.theme)

    @cached_property
    def figures(self) -> Figures:
        """The definitions of the plots."""
        return Figures(self.plots, Context(self.look.light, self.look.series), self.look.figures)

    @cached_property
    def pages(self) -> Pages:
        """What turns pages into HTML; its tabs are in their order."""
        figures = self.figures
        by_tab = {
            tab.name: [(plot, figures.path(plot)) for plot in figures.of(tab.name)]
            for tab in self.tabs
        }
        version = content_key(folder_digest(ASSETS), self.look.stylesheet())[:8]
        tabs = sorted(self.tabs, key=lambda tab: (tab.order, tab.name))
        return Pages(self.look.name, tabs, by_tab, figures.scripts(), self.bundles, version)

    @cached_property
    def bundles(self) -> Bundles:
        """The scripts and styles that pages load."""
        tabs = [*self.tabs, *self.beside]
        return Bundles(tabs, self.figures, self.look.stylesheet())

    @cached_property
    def digest(self) -> str:
        """A hash of everything that pages are made from except the data."""
        plugins = (*self.tabs, *self.plots)
        files = {inspect.getfile(type(each)) for each in plugins}
        sources = [Path(file).read_text(encoding="utf-8") for file in sorted(files)]
        look = self.theme.read_text(encoding="utf-8") if self.theme else ""
        names = [[type(each).__module__, type(each).__name__] for each in plugins]
        return content_key(
            __version__,
            self.figures.bokeh,
            folder_digest(TEMPLATES.parent),
            sources,
            look,
            names,
            list(self.controllers[:1]),
            self.baselines.text if self.baselines else "",
            self.public_url,
        )

    @cached_property
    def assets(self) -> Mapping[str, Path]:
        """The files of ``render/assets/`` by their place in the site, and the page for a 404."""
        files = {f"assets/{name}": file for name, file in asset_files().items()}
        return files | {MISSING: TEMPLATES / MISSING}

    def status(self, reader: Reader) -> Status:
        """Return the status of a site that shows the store as it is now."""
        roots = sorted({job.controller_url for job in reader.builds.jobs()})
        revisions = reader.revisions.newest(), reader.revisions.definitions()
        return Status(__version__, self.digest, *revisions, roots)

    def items(self, tab: Tab, site: Site) -> Iterator[Item | Exception]:
        """Yield what a tab yields, and its error when it raises or yields something invalid.

        Raises
        ------
        SquashError
            The store cannot be read: the site cannot be trusted then.

        """
        try:
            for item in tab.pages(site):
                yield self.checked(item)
        except Exception as error:  # noqa: BLE001 - foreign code; reported on its page and by the run
            raise_ours(error)
            yield error

    def checked(self, item: Item) -> Item:
        """Return what a tab yields; raise when no file of the site can be made of it.

        Raises
        ------
        TypeError, ValueError
            It is none of `Item`, or its path does not lie in the site or is taken.

        """
        if not isinstance(item, Page | DataFile | Asset | Folder):
            raise TypeError(
                f"it yields {item!r:.80}; yield a Page, a DataFile, an Asset or a Folder"
            )
        if not isinstance(item.path, str) or not _is_inside(item.path):
            raise ValueError(
                f"it yields the path {item.path!r:.80}; make it a file below the site, such as "
                f"'mine/index.html'"
            )
        if item.path in self.taken:
            raise ValueError(f"it yields {item.path}, which the site itself uses; rename it")
        return item

    @cached_property
    def taken(self) -> frozenset[str]:
        """Paths that no tab may use."""
        bundles = [*self.bundles.static.values(), *self.bundles.live.values()]
        own = chain.from_iterable((each.path, each.map_path) for each in bundles)
        return frozenset([THEME, *self.assets, *self.figures.scripts(), *own])

    def file(self, tab: Tab, item: Page | DataFile | Asset) -> File:
        """Return the file that is made of an item; its inputs are filled now."""
        if isinstance(item, Page):
            values = item.filled()
            key = content_key(item.template, item.title, item.plots, list(item.data), values)
            page = item
            return File(page.path, key, lambda: self.pages.html(tab, page, values).encode())
        if isinstance(item, DataFile):
            named = item.filled()

            def content() -> bytes:
                return b"".join(as_script(name, payload) for name, payload in named.items())

            return File(item.path, content_key(named), content)
        text = item.filled()
        return File(item.path, content_key(text), text.encode)

    def fault_page(self, tab: Tab, path: str, error: Exception) -> bytes:
        """Return the page that stands in for one that could not be made."""
        page = Page(path, "fault.html", tab.title, fault_inputs(error, f"the tab {tab.title}"))
        return self.pages.html(tab, page, page.filled()).encode()


def continues(before: Status, now: Status) -> bool:
    """Return whether only what changed in the store must be rendered."""
    same = (before.digest, before.definitions, before.roots)
    wanted = (now.digest, now.definitions, now.roots)
    return same == wanted and 0 <= before.revision <= now.revision


def raise_ours(error: Exception) -> None:
    """Raise errors of the store again; do nothing for a fault of a tab itself.

    Raises
    ------
    SquashError
        The error itself, or the store's error that caused it: neither is a fault of the tab.

    """
    if isinstance(error, SquashError):
        raise error
    before = error.__cause__ or error.__context__
    while before is not None:
        if isinstance(before, StoreError):
            raise before
        before = before.__cause__ or before.__context__


def fault_text(tab: Tab, error: Exception) -> str:
    """Return a sentence about a tab that failed."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"The tab {tab.name} failed: {type(error).__name__}: {error} "
        f"({Path(where.filename).name}, line {where.lineno})."
    )


def _is_inside(path: str) -> bool:
    """Return whether a path is that of a file in the site that is neither hidden nor our own."""
    if _STRANGE.search(path):
        return False
    parts = path.split("/")
    fits = all(part and len(part.encode()) <= _SEGMENT_BYTES for part in parts)
    hidden = any(part.startswith(".") for part in parts) or path.startswith("status.sqlite")
    return fits and not hidden
