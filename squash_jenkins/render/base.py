"""Define the contract for tabs and plots: all that a file in ``dashboards/`` needs.

A `Tab` turns what the `Site` knows into pages, a `Plot` draws one Bokeh
figure. Both are written once: the static site and the live server show the
same pages, because a page is a template and plain values, and nothing else.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from squash_jenkins.analysis import health
from squash_jenkins.models import Metric
from squash_jenkins.models.finding import Finding, SeriesChange, Triage
from squash_jenkins.render.content import (
    build_summary,
    build_views,
    comparison_views,
    data_files,
    finding_views,
    tables,
)
from squash_jenkins.render.content.commit_files import commits_file
from squash_jenkins.render.content.feed import findings_feed
from squash_jenkins.render.content.finder import finder_file
from squash_jenkins.render.content.finding_page import finding_inputs, former_inputs
from squash_jenkins.render.content.plain_page import job_row, plain_inputs, plain_page
from squash_jenkins.render.content.status_badges import embedded_badges, job_badge, metric_badges
from squash_jenkins.render.content.trend_marks import marks
from squash_jenkins.render.content.trend_pictures import metric_trends
from squash_jenkins.render.figure_parts import (
    box_zoom,
    draw_dots,
    empty_source,
    name_axes,
    scaled_figure,
    set_tools,
    without_outline,
)
from squash_jenkins.render.links import folder_name, quoted, with_query
from squash_jenkins.render.overview import job_cards, series_file
from squash_jenkins.render.overview.movers import movers
from squash_jenkins.render.overview.verdict import verdict
from squash_jenkins.render.site.causes import by_cause
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.site.stored import HISTORY
from squash_jenkins.render.site.usage import Use
from squash_jenkins.render.svg.badge import badge
from squash_jenkins.render.svg.sparks import bullet, spark_line
from squash_jenkins.store.block_arrays import BLOCK
from squash_jenkins.store.rows import DatasetRow, FindingRow
from squash_jenkins.text import sentences
from squash_jenkins.text.dates import day_text, moment_text, short_day_text, utc_text
from squash_jenkins.text.directions import direction_text, source_text
from squash_jenkins.text.names import package_name, short_name, short_names
from squash_jenkins.text.numbers import (
    change_text,
    counted,
    duration_text,
    number_text,
    size_text,
)
from squash_jenkins.text.quantities import quantities_text, quantity_text
from squash_jenkins.text.specification import limit_text
from squash_jenkins.verification.measurements import Verified

if TYPE_CHECKING:
    from bokeh.models import Model

__all__ = [
    "BLOCK",
    "HISTORY",
    "Asset",
    "BuildLine",
    "Context",
    "DataFile",
    "DatasetRow",
    "Finding",
    "FindingRow",
    "Folder",
    "Inputs",
    "Item",
    "JobLine",
    "Metric",
    "Page",
    "Plot",
    "SeriesChange",
    "Site",
    "Tab",
    "Triage",
    "Use",
    "Verified",
    "badge",
    "box_zoom",
    "build_summary",
    "build_views",
    "bullet",
    "by_cause",
    "change_text",
    "commits_file",
    "comparison_views",
    "counted",
    "data_files",
    "day_text",
    "direction_text",
    "draw_dots",
    "duration_text",
    "embedded_badges",
    "empty_source",
    "finder_file",
    "finding_inputs",
    "finding_views",
    "findings_feed",
    "folder_name",
    "former_inputs",
    "health",
    "job_badge",
    "job_cards",
    "job_row",
    "limit_text",
    "marks",
    "metric_badges",
    "metric_trends",
    "moment_text",
    "movers",
    "name_axes",
    "number_text",
    "package_name",
    "plain_inputs",
    "plain_page",
    "quantities_text",
    "quantity_text",
    "quoted",
    "scaled_figure",
    "sentences",
    "series_file",
    "set_tools",
    "short_day_text",
    "short_name",
    "short_names",
    "size_text",
    "source_text",
    "spark_line",
    "tables",
    "utc_text",
    "verdict",
    "with_query",
    "without_outline",
]

Inputs = Mapping[str, Any]
"""What a template is given: strings, numbers, booleans, None, lists and mappings of these."""


@dataclass(frozen=True, slots=True)
class Page:
    """Describe one page of a tab.

    Parameters
    ----------
    path
        Its place in the site: relative, not quoted, ending in a file name. Make it
        with ``site.links``, or write ``<tab name>/index.html``.
    template
        A template of ``render/templates/``, or one of the tab's own `Tab.templates`.
        ``sections.html`` fits most new tabs: it shows ``inputs["sections"]``, a list of
        ``{"title", "text", "columns", "rows"}``, each part optional.
    title
        Title of the page; the site's name is added.
    inputs
        What the template is given, or a function without arguments that returns it. The
        function is only called when the page is asked for.
    plots
        Show the plots of the tab on this page.
    data
        Paths of data files that the page's plots are fed from; see `DataFile`.

    """

    path: str
    template: str
    title: str
    inputs: Inputs | Callable[[], Inputs] = field(default_factory=dict)
    plots: bool = False
    data: Sequence[str] = ()

    def filled(self) -> Inputs:
        """Return the inputs themselves."""
        return self.inputs() if callable(self.inputs) else self.inputs


@dataclass(frozen=True, slots=True)
class DataFile:
    """Hold values that scripts in the browser read.

    `path` is its place in the site, such as ``data/noise/all.js``; scripts read it by that name
    (``squash.load``). `also` are further payloads in the same file by name, for what is needed
    together. A payload of the form ``{source name: {column: [values]}}`` feeds every Bokeh
    data source of that name on pages that list the path in `Page.data`. NaN is written as null.
    """

    path: str
    payload: Inputs | Callable[[], Inputs]
    also: Mapping[str, Inputs | Callable[[], Inputs]] = field(default_factory=dict)

    def filled(self) -> Mapping[str, Inputs]:
        """Return all payloads by name."""
        named = {self.path: self.payload, **self.also}
        return {name: each() if callable(each) else each for name, each in named.items()}


@dataclass(frozen=True, slots=True)
class Asset:
    """Hold a file that is written as it is, such as a picture; text is encoded as UTF-8.

    `path` is its place in the site. Nothing in `content` is escaped: its maker must do that.
    """

    path: str
    content: str | Callable[[], str]

    def filled(self) -> str:
        """Return the content itself."""
        return self.content() if callable(self.content) else self.content


@dataclass(frozen=True, slots=True)
class Folder:
    """Name all files of a folder of the site; others that earlier runs wrote there are removed.

    For pages of things that may disappear from the store; a tab yields it after them.
    """

    path: str
    files: Collection[str]


Item = Page | DataFile | Asset | Folder
"""What a tab yields."""


class Tab(ABC):
    """Show one view of the data: an entry of the navigation and the pages beneath it.

    A subclass sets `name` (used in paths), `title` (shown) and `order` (of
    the navigation, smallest first) and writes `pages`. One that raises shows
    its error on its own page and leaves the rest of the site intact.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    order: ClassVar[int] = 100
    about: ClassVar[str] = ""
    """One sentence for the help page: what the tab answers."""
    in_navigation: ClassVar[bool] = True
    entry: ClassVar[str | None] = None
    """Path of the page that the navigation leads to; by default ``<name>/index.html``."""
    scripts: ClassVar[Sequence[str]] = ()
    """Script files of ``render/assets/`` that the tab's pages load."""
    styles: ClassVar[Sequence[str]] = ()
    """Style sheets of ``render/assets/`` that the tab's pages load beside the common one."""
    templates: ClassVar[Mapping[str, str]] = {}
    """Jinja templates of the tab itself, by name; they may extend ``page.html``."""

    @classmethod
    def entry_path(cls) -> str:
        """Return the path of the page that the navigation leads to."""
        return cls.entry or f"{cls.name}/index.html"

    @abstractmethod
    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the pages and files that may have changed.

        ``site.changed_builds(job)`` and ``site.changed_jobs()`` return what is new; a page
        whose inputs are as before is not written again, so yielding too many only costs time.
        """


@dataclass(frozen=True, slots=True)
class Context:
    """Hold the look of the site for a plot: `colors` by role, those of `series` in order."""

    colors: Mapping[str, str]
    series: Sequence[str]


class Plot(ABC):
    """Draw one figure of a tab, once for all pages.

    A subclass sets `name`, `tab` (the tab's name), `order` and writes `draw`.
    Data comes separately: sources are created empty, with a ``name``, and
    are filled in the browser by the tab's script or from a `DataFile`.
    """

    name: ClassVar[str]
    tab: ClassVar[str]
    order: ClassVar[int] = 100

    @abstractmethod
    def draw(self, context: Context) -> "Model":
        """Return the figure. It must not contain code that runs in the page (no CustomJS)."""
