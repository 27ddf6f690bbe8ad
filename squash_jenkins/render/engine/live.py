"""Show the pages from the store as it is now, one by one, without an output folder.

Tabs yield the same items as for the static site, and both render them with `Rendering`: a path
has the same bytes in both. Tables are the exception (`OTHERWISE`): the static site shows what was
prepared of the newest builds, the live one reads any table on demand.
"""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cachetools import LRUCache

from squash_jenkins.errors import StoreError
from squash_jenkins.render.base import Asset, DataFile, Folder, Page, Plot, Tab
from squash_jenkins.render.engine.ledger import Status
from squash_jenkins.render.engine.live_pools import LivePools
from squash_jenkins.render.engine.media_types import media_type
from squash_jenkins.render.engine.pyramids import DATA
from squash_jenkins.render.engine.rendering import (
    THEME,
    Rendering,
    continues,
    fault_text,
    raise_ours,
)
from squash_jenkins.render.links import Links
from squash_jenkins.render.pooled.pools import BUILDS
from squash_jenkins.render.site.compared import Baselines
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.site.tables import ShownTables, SiteStore
from squash_jenkins.store import Reader

OTHERWISE = frozenset([DATA, "data/tables.js"])
"""Lists of tables: the live site has all of them, the static one some."""
KEPT_BYTES = 64 << 20
"""Size of the cache of files, which is valid while the store does not change."""


@dataclass(frozen=True, slots=True)
class SiteFile:
    """Hold a file of the site.

    Attributes
    ----------
    content
        What the static site would write.
    type
        Its media type.
    fixed
        It is the same until the program changes: a server may let browsers keep it.
    fault
        A sentence when a tab or plot failed and `content` shows that in its place, else empty.

    """

    content: bytes
    type: str
    fixed: bool = False
    fault: str = ""


class Live:
    """Return any file of the site; may be shared by threads.

    Parameters
    ----------
    store
        The open store. Each file shows it as of one moment, the newest.
    tabs, plots, controllers, theme
        As for `build_site`.
    points
        A pooled table with at most so many points is sent as points, a larger one as tiles.
    builds
        Number of newest builds of each job that are pooled.
    baselines
        Which builds are compared with which; None: as without settings.
    public_url
        URL at which people reach the site; feeds name their pages by it. Empty: unknown.
    beside
        Tabs of pages that others make, by `rendering`.

    """

    def __init__(
        self,
        store: SiteStore,
        *,
        tabs: Sequence[Tab],
        plots: Sequence[Plot],
        controllers: Sequence[str] = (),
        theme: Path | None = None,
        points: int = 20_000,
        builds: int = BUILDS,
        baselines: Baselines | None = None,
        public_url: str = "",
        beside: Sequence[Tab] = (),
    ) -> None:
        self._store = store
        self.rendering = Rendering(
            tabs, plots, controllers, theme, baselines, public_url, beside=beside
        )
        self._points = points
        self._pools = LivePools(store.blobs, points=points, builds=builds)
        self._lock = threading.Lock()
        self._fixed: dict[str, SiteFile] = {}
        self._memory: dict[str, Any] = {}
        self._moment: _Moment | None = None

    @property
    def digest(self) -> str:
        """A hash of everything that pages are made from except the data."""
        return self.rendering.digest

    def get(self, path: str) -> SiteFile | None:
        """Return the file at a path of the site, None when no tab has it.

        Parameters
        ----------
        path
            As in `Page.path`: relative, not quoted; one that is empty or ends in ``/`` stands
            for its ``index.html``.

        Raises
        ------
        StoreError
            When the store cannot be read.
        ResourceError
            When a pooled table needs Datashader and it is not installed.

        """
        path = f"{path}index.html" if path.endswith("/") or not path else path
        with self._lock:
            file = self._fixed_file(path) or self._from_store(path)
        if file is not None:
            return file
        content = self._pools.get(path)  # reads much: others need not wait
        return None if content is None else SiteFile(content, media_type(path))

    def fixed(self, path: str) -> SiteFile | None:
        """Return at once a file that never changes, if it was requested before."""
        return self._fixed.get(path)

    def _from_store(self, path: str) -> SiteFile | None:
        """Return a file that depends on the store, as it is now."""
        try:
            with self._store.reader() as reader:
                moment = self._moment_of(reader)
                if self._pools.lacks(path):
                    moment.get(DATA)  # lists the pools
                    return None
                return moment.get(path)
        except StoreError:
            self._moment = None  # what was noted on the way to the fault may be half the truth
            self._memory.clear()
            raise

    def _fixed_file(self, path: str) -> SiteFile | None:
        """Return what does not depend on the store."""
        if path not in self._fixed and path in self.rendering.taken:
            content, fault = self._fixed_content(path)
            self._fixed[path] = SiteFile(content, media_type(path), not fault, fault)
        return self._fixed.get(path)

    def _fixed_content(self, path: str) -> tuple[bytes, str]:
        rendering = self.rendering
        if path == THEME:
            return rendering.look.stylesheet().encode(), ""
        files = {**rendering.figures.bundles(), **rendering.assets}
        if path in files:
            return files[path].read_bytes(), ""
        bundles = {**rendering.bundles.static, **rendering.bundles.live}
        if path not in bundles:
            return bundles[path.removesuffix(".map")].source_map(), ""
        content, fault = rendering.bundles.content(bundles[path])
        return content, fault or ""

    def _moment_of(self, reader: Reader) -> "_Moment":
        """Return the state of the store as it is now; an outdated state is dropped."""
        now = self.rendering.status(reader)
        if self._moment is None or self._moment.status != now:
            if self._moment is None or not continues(self._moment.status, now):
                self._memory.clear()
            first = next(iter(self.rendering.controllers), None)
            site = Site(
                reader,
                Links(first, self.rendering.public_url),
                None,
                self._memory,
                tables=ShownTables(self._store.blobs, self._points, None),
                pooled=self._pools.listing(reader),
                reads_ahead=False,  # most of the pages that tabs yield are never made
                baselines=self.rendering.baselines,
            )
            self._moment = _Moment(self.rendering, now, site, reader)
        self._moment.reader.resume(reader)
        return self._moment


def _size(file: SiteFile) -> int:
    return len(file.content)


_Listed = Page | DataFile | Asset | Exception


@dataclass
class _Moment:
    """Hold what tabs yield of one revision of the store, each tab when it is needed.

    `reader` lives as long as the revision does: it goes on with the connection of each request.
    """

    rendering: Rendering
    status: Status
    site: Site
    reader: Reader
    listings: dict[str, dict[str, _Listed]] = field(default_factory=dict)
    kept: LRUCache[str, SiteFile] = field(default_factory=lambda: LRUCache(KEPT_BYTES, _size))

    def get(self, path: str) -> SiteFile | None:
        if path in self.kept:
            return self.kept[path]
        file = self._made(path)
        if file is not None and not file.fault:
            with suppress(ValueError):  # larger than everything that may be kept
                self.kept[path] = file
        return file

    def _made(self, path: str) -> SiteFile | None:
        for tab in self._in_turn(path):
            found = self._listing(tab).get(path)
            if isinstance(found, Exception):
                return self._fault(tab, path, found)
            if found is not None:
                return self._file(tab, found)
        return None

    def _in_turn(self, path: str) -> list[Tab]:
        """Return the tabs, those already listed or named in the path first."""
        named = {path.split("/")[0], _USUAL.get(path.split("/")[0], "")}
        return sorted(
            self.rendering.pages.tabs,
            key=lambda tab: (tab.name not in self.listings, tab.name not in named),
        )

    def _listing(self, tab: Tab) -> dict[str, _Listed]:
        """Return what a tab has, by path; nothing of it is filled."""
        if tab.name not in self.listings:
            found: dict[str, _Listed] = {}
            for item in self.rendering.items(tab, self.site):
                if isinstance(item, Folder):
                    gone = [path for path in found if path.startswith(f"{item.path}/")]
                    for path in set(gone) - set(item.files):
                        del found[path]
                else:
                    path = tab.entry_path() if isinstance(item, Exception) else item.path
                    found[path] = item
            self.listings[tab.name] = found
        return self.listings[tab.name]

    def _file(self, tab: Tab, item: Page | DataFile | Asset) -> SiteFile | None:
        try:
            content = self.rendering.file(tab, item).content()
            return SiteFile(content, media_type(item.path))
        except Exception as error:  # noqa: BLE001 - foreign code; reported on its page
            raise_ours(error)
            return self._fault(tab, item.path, error) if isinstance(item, Page) else None

    def _fault(self, tab: Tab, path: str, error: Exception) -> SiteFile:
        content = self.rendering.fault_page(tab, path, error)
        return SiteFile(content, media_type(path), fault=fault_text(tab, error))


_USUAL = {"jobs": "builds", "at": "builds", "metrics": "history"}
"""Tabs that have most files of a folder, for speed."""
