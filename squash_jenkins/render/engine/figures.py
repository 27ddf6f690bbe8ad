"""Make figure definitions and bring BokehJS along; imports Bokeh only when one must be made."""

import importlib.util
import inspect
import json
import re
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from threading import RLock
from typing import Any

from cachetools import LRUCache, cached

from squash_jenkins.errors import ResourceError
from squash_jenkins.render.base import Context, Plot
from squash_jenkins.render.encoding import as_script, content_key
from squash_jenkins.render.engine.output import Output

BUNDLES = ("bokeh.min.js",)
"""Parts of BokehJS that plots may use; add ``bokeh-tables.min.js`` here for a DataTable."""


@dataclass(frozen=True)
class Figures:
    """Hold the plots of a site and the paths of their definitions."""

    plots: Sequence[Plot]
    context: Context
    attributes: Mapping[str, Any]
    """Properties of Bokeh models by class name, as a Bokeh theme has them."""

    @cached_property
    def bokeh(self) -> str:
        """Return the version of Bokeh without importing it."""
        return version("bokeh")

    def of(self, tab: str) -> list[Plot]:
        """Return the plots of a tab in their order."""
        return sorted((p for p in self.plots if p.tab == tab), key=lambda p: (p.order, p.name))

    def scripts(self) -> list[str]:
        """Return the paths of BokehJS."""
        return [f"assets/bokeh-{self.bokeh}/{name}" for name in BUNDLES]

    def path(self, plot: Plot) -> str:
        """Return the name under which pages find a plot's definition, which is in a bundle."""
        return f"assets/plots/{plot.tab}-{plot.name}.js"

    def write(self, output: Output) -> None:
        """Write BokehJS where it is missing."""
        for path, file in self.bundles().items():
            output.copy(path, file, self.bokeh)

    def bundles(self) -> dict[str, Path]:
        """Return the files of BokehJS by their place in the site."""
        return dict(zip(self.scripts(), map(_bokeh_js, BUNDLES), strict=True))

    def script(self, plot: Plot) -> tuple[bytes, str | None]:
        """Return a plot's definition as a data file, and a sentence when it failed."""
        definition, fault = self._draw(plot)
        return as_script(self.path(plot), definition), fault

    def key(self, plot: Plot) -> str:
        """Return a hash of what a definition is made from, without drawing it."""
        source = Path(inspect.getfile(type(plot))).read_text(encoding="utf-8")
        look = (dict(self.context.colors), list(self.context.series), dict(self.attributes))
        return content_key(self.bokeh, source, look)

    def _draw(self, plot: Plot) -> tuple[Mapping[str, Any], str | None]:
        """Return the definition and no fault, or a placeholder that shows the fault."""
        try:
            return {"item": _item(self, plot, self.key(plot))[0]}, None
        except Exception as error:  # noqa: BLE001 - foreign code; reported on its page and by the run
            where = traceback.extract_tb(error.__traceback__)[-1]
            kind, failed = type(error).__name__, f"The plot {plot.name} of {plot.tab} failed"
            place = f"{Path(where.filename).name}, line {where.lineno}"
            shown = f"{failed} ({kind}): see the run's output or the server's log."
            return {"fault": shown}, f"{failed}: {kind}: {error} ({place})."

    def item(self, plot: Plot) -> Any:
        """Draw a plot anew and return it as JSON."""
        from bokeh.embed import json_item
        from bokeh.themes import Theme

        theme = Theme(json={"attrs": dict(self.attributes)})
        return _renumbered(json_item(plot.draw(self.context), theme=theme))


@cached(LRUCache(maxsize=64), key=lambda _, plot, key: (id(plot), key), lock=RLock())
def _item(figures: Figures, plot: Plot, _key: str) -> tuple[Any, Plot]:
    """Return a plot as JSON, and the plot itself: so its id stays its own while this is cached.

    A process that makes several sites draws each plot once.
    """
    return figures.item(plot), plot


def _renumbered(item: Any) -> Any:
    """Return a figure with its objects counted from 1: Bokeh counts on through a process.

    The same figure has the same bytes then, whatever was drawn before.
    """
    text = json.dumps(item)
    ids = dict.fromkeys(re.findall(r'"id": "(p\d+)"', text))
    new = {old: f"p{number}" for number, old in enumerate(ids, 1)}
    renamed = re.sub(r'"(p\d+)"', lambda found: f'"{new.get(found[1], found[1])}"', text)
    return json.loads(renamed)


def _bokeh_js(name: str) -> Path:
    found = importlib.util.find_spec("bokeh")
    if found is None or not found.submodule_search_locations:
        raise ResourceError("Bokeh is not installed: install this package with its dependencies.")
    return Path(found.submodule_search_locations[0]) / "server" / "static" / "js" / name
