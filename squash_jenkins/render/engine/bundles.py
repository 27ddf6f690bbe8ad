"""Bundle what the pages of a tab load: one style sheet and one script instead of many.

A bundle holds files one after the other, unchanged, and has a source map that leads browsers'
tools to each of them. Its path stays the same, so that an old page still finds it; its address
has a hash of the content, so that browsers may cache it for ever.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

from squash_jenkins.render.base import Plot, Tab
from squash_jenkins.render.encoding import content_key
from squash_jenkins.render.engine.assets import asset_files
from squash_jenkins.render.engine.figures import Figures
from squash_jenkins.render.links import folder_name

SCRIPTS = ("format.js", "squash.js", "combobox.js", "roving.js", "menu.js")
STYLES = ("style.css",)
"""What every page loads."""
BEFORE_BOKEH = "sheets.js"
_LIVE_FIRST = ("live_merge.js", "live.js")
"""Scripts of a live server that must see a page before any other does."""
_LIVE_LAST = ("account.js", "triage.js", "metric_settings.js")
_LIVE_STYLES = ("live.css",)
_WITH_TABLES = {"drill-down": ("explore_link.js",), "pooled": ("explore_link.js",)}
"""Tabs whose pages link to Explore on a live server."""


@dataclass(frozen=True)
class Bundle:
    """Describe one file: its place in the site, the files in it, and a hash of the content.

    `look` are style rules that come first, `plots` are defined at the end of a script.
    """

    path: str
    parts: Sequence[Path]
    version: str
    look: str = ""
    plots: Sequence[Plot] = ()

    @property
    def address(self) -> str:
        """Return the path with the hash, as pages have it."""
        return f"{self.path}?v={self.version}"

    @property
    def map_path(self) -> str:
        """Return the place of its source map."""
        return f"{self.path}.map"

    def source_map(self) -> bytes:
        """Return the source map: line by line, each part is our asset of that name."""
        up = "../" * (self.path.count("/") - 1)
        sections, line = [], 0
        for file in self.parts:
            count = len(_ended(file.read_bytes()).splitlines())
            mappings = ";".join(["AAAA", *["AACA"] * (count - 1)])
            own = {"version": 3, "sources": [up + file.name], "names": [], "mappings": mappings}
            sections.append({"offset": {"line": line, "column": 0}, "map": own})
            line += count
        return json.dumps({"version": 3, "sections": sections}).encode()


@dataclass(frozen=True)
class Loaded:
    """Hold what the pages of a tab load: bundles, and by name the tab's own files beside them."""

    style: Bundle
    script: Bundle
    plots: Bundle | None
    """The script of pages with plots; None where the tab has none."""
    own_styles: Sequence[str]
    own_scripts: Sequence[str]

    @property
    def bundles(self) -> Sequence[Bundle]:
        """Return all bundles."""
        return [each for each in (self.style, self.script, self.plots) if each is not None]


@dataclass(frozen=True)
class Bundles:
    """Hold the bundles of all tabs, and those that a live server uses in their place.

    `look` is the style sheet of the theme.
    """

    tabs: Sequence[Tab]
    figures: Figures
    look: str

    def of(self, tab: Tab) -> Loaded:
        """Return what the pages of a tab load."""
        return self._loaded[tab.name]

    @cached_property
    def static(self) -> Mapping[str, Bundle]:
        """Return the bundles of a site by path."""
        return {bundle.path: bundle for bundle in _listed(self._loaded.values())}

    @cached_property
    def live(self) -> Mapping[str, Bundle]:
        """Return the bundles of a live server by path."""
        return {bundle.path: bundle for bundle in _listed(self._loaded_live)}

    @cached_property
    def replaced(self) -> Mapping[str, str]:
        """Return the addresses of the site's bundles, each with that of the live one."""
        pairs = zip(_listed(self._loaded.values()), _listed(self._loaded_live), strict=True)
        return {one.address: other.address for one, other in pairs}

    def content(self, bundle: Bundle) -> tuple[bytes, str | None]:
        """Return the content of a bundle, and a sentence when a plot failed."""
        drawn = [self.figures.script(plot) for plot in bundle.plots]
        own = (file.read_bytes() for file in bundle.parts)
        joined = b"".join(
            map(_ended, chain([bundle.look.encode()], own, (text for text, _ in drawn)))
        )
        if bundle.path.endswith(".js"):
            name = bundle.map_path.rpartition("/")[2]
            joined += f"//# sourceMappingURL={name}?v={bundle.version}\n".encode()
        return joined, " ".join(fault for _, fault in drawn if fault) or None

    @cached_property
    def _loaded(self) -> Mapping[str, Loaded]:
        return {tab.name: self._of_tab(tab, live=False) for tab in self.tabs}

    @cached_property
    def _loaded_live(self) -> Sequence[Loaded]:
        return [self._of_tab(tab, live=True) for tab in self.tabs]

    def _of_tab(self, tab: Tab, *, live: bool) -> Loaded:
        scripts, styles = [*SCRIPTS, *tab.scripts], [*STYLES, *tab.styles]
        if live:
            also = _WITH_TABLES.get(tab.name, ())
            scripts = [*_LIVE_FIRST, *scripts, *_LIVE_LAST, *also]
            styles += _LIVE_STYLES
        plots = self.figures.of(tab.name)
        place = f"assets/{'live/' if live else ''}"
        page, plot = (f"{place}{kind}/{folder_name(tab.name)}" for kind in ("pages", "plots"))
        return Loaded(
            self._bundle(f"{page}.css", styles, self.look),
            self._bundle(f"{page}.js", scripts),
            self._bundle(f"{plot}.js", [*scripts, BEFORE_BOKEH], "", plots) if plots else None,
            [name for name in tab.styles if name not in self._digests],
            [name for name in tab.scripts if name not in self._digests],
        )

    def _bundle(
        self, path: str, names: Sequence[str], look: str = "", plots: Sequence[Plot] = ()
    ) -> Bundle:
        files = asset_files()
        ours = [name for name in dict.fromkeys(names) if name in files]
        digests = [self._digests[name] for name in ours]
        keys = [self.figures.key(plot) for plot in plots]
        version = content_key(ours, digests, look, keys)[:12]
        return Bundle(path, [files[name] for name in ours], version, look, plots)

    @cached_property
    def _digests(self) -> Mapping[str, str]:
        """Return a hash of each of our assets by name."""
        return {name: content_key(file.read_bytes().hex()) for name, file in asset_files().items()}


def _ended(text: bytes) -> bytes:
    return text if text.endswith(b"\n") or not text else text + b"\n"


def _listed(tabs: Iterable[Loaded]) -> Iterator[Bundle]:
    return chain.from_iterable(each.bundles for each in tabs)
