"""Build the static site: only pages whose inputs changed, safe for two hooks at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from squash_jenkins.render.base import Folder, Item, Page, Plot, Tab
from squash_jenkins.render.encoding import content_key
from squash_jenkins.render.engine.bundles import Bundle
from squash_jenkins.render.engine.output import Output, open_output
from squash_jenkins.render.engine.pyramids import prepared
from squash_jenkins.render.engine.rendering import (
    THEME,
    Rendering,
    continues,
    fault_text,
    raise_ours,
)
from squash_jenkins.render.links import Links
from squash_jenkins.render.site.compared import Baselines
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.site.tables import ShownTables, SiteStore


@dataclass(frozen=True, slots=True)
class Built:
    """Hold the result of a run; paths are relative to the output folder.

    `faults` are sentences about tabs and plots that failed; their pages show the same.
    """

    written: Sequence[str] = ()
    checked: Sequence[str] = ()
    removed: Sequence[str] = ()
    faults: Sequence[str] = field(default_factory=tuple)

    @property
    def pages_written(self) -> int:
        """Return how many pages were written."""
        return sum(path.endswith(".html") for path in self.written)


def build_site(
    store: SiteStore,
    output: Path,
    *,
    tabs: Sequence[Tab],
    plots: Sequence[Plot],
    controllers: Sequence[str] = (),
    theme: Path | None = None,
    everything: bool = False,
    heal: bool = False,
    points: int = 20_000,
    ledger: Path | None = None,
    baselines: Baselines | None = None,
    public_url: str = "",
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
    heal
        Do that, too, when somebody has deleted a file of earlier runs.
    points
        Of a table with more rows a sample of so many is shown (setting `plots.points`).

    ledger
        File that remembers what the site was made from; by default beside the folder.
    baselines
        Which builds are compared with which; None: as without settings.
    public_url
        URL at which people reach the site; feeds name their pages by it. Empty: unknown.

    Raises
    ------
    ResourceError
        When the folder cannot be written.
    StoreError
        When the store cannot be read. Nothing is shown in part or removed: the next run repairs
        it.

    """
    rendering = Rendering(tabs, plots, controllers, theme, baselines, public_url)
    with open_output(output, ledger) as folder:
        with store.reader() as reader:
            now = rendering.status(reader)
            whole = everything or (heal and folder.lacks_files())
            whole = whole or folder.status.faulty or not continues(folder.status, now)
            if folder.status == now and not whole:
                folder.leave()
                return Built([], [], [])
            if whole:
                folder.ledger.memory.clear()
            if now.digest != folder.status.digest:
                folder.ledger.forget()
            links = Links(controllers[0] if controllers else None, public_url)
            since = None if whole else folder.status.revision
            site = Site(
                reader,
                links,
                since,
                folder.ledger.memory,
                tables=ShownTables(store.blobs, points),
                pooled=lambda _: prepared(output),
                baselines=baselines,
            )
            sentences = [*_write_assets(folder, rendering), *_write_tabs(folder, rendering, site)]
            faults = list(dict.fromkeys(sentences))  # a tab may fail alike in thousands of files
        removed = [] if faults else folder.remove_unneeded(whole=whole)
        folder.save(replace(now, faulty=bool(faults)))
        return Built(folder.written, folder.checked, removed, faults)


def _write_assets(folder: Output, rendering: Rendering) -> Iterator[str]:
    for path, file in rendering.assets.items():
        folder.copy(path, file, content_key(file.read_bytes().hex()))
    look = rendering.look.stylesheet()
    key = content_key(look)
    if not folder.is_current(THEME, key):
        folder.write(THEME, look.encode(), key)
    rendering.figures.write(folder)
    for bundle in rendering.bundles.static.values():
        yield from _write_bundle(folder, rendering, bundle)


def _write_bundle(folder: Output, rendering: Rendering, bundle: Bundle) -> Iterator[str]:
    """Write a bundle and its source map; yield a sentence when a plot in it failed."""
    if not folder.is_current(bundle.path, bundle.version):
        content, fault = rendering.bundles.content(bundle)
        folder.write(bundle.path, content, "" if fault else bundle.version)
        if fault is not None:
            yield fault
    if bundle.path.endswith(".js") and not folder.is_current(bundle.map_path, bundle.version):
        folder.write(bundle.map_path, bundle.source_map(), bundle.version)


def _write_tabs(folder: Output, rendering: Rendering, site: Site) -> Iterator[str]:
    """Write what the tabs give; yield a sentence for each fault of a tab."""
    for tab in rendering.pages.tabs:
        for item in rendering.items(tab, site):
            if isinstance(item, Exception):
                page = rendering.fault_page(tab, tab.entry_path(), item)
                folder.write(tab.entry_path(), page, "")
                yield fault_text(tab, item)
            else:
                yield from _write_item(folder, rendering, tab, item)


def _write_item(folder: Output, rendering: Rendering, tab: Tab, item: Item) -> Iterator[str]:
    """Write one item; show an error page where it fails. The next run tries again."""
    if isinstance(item, Folder):
        folder.leave_only(item.path, item.files)
        return
    try:
        file = rendering.file(tab, item)
        if folder.is_current(file.path, file.key):
            return
        content = file.content()
    except Exception as error:  # noqa: BLE001 - foreign code; reported on its page and by the run
        raise_ours(error)
        if isinstance(item, Page):
            folder.write(item.path, rendering.fault_page(tab, item.path, error), "")
        yield fault_text(tab, error)
        return
    folder.write(file.path, content, file.key)
