"""Draw any columns of a table: one against another, or how one is distributed.

A figure cannot change the scale of its axes later, so there is one for each pair of scales.
"""

from typing import TYPE_CHECKING, Any

from squash_jenkins.render.base import (
    Context,
    Plot,
    box_zoom,
    empty_source,
    scaled_figure,
    set_tools,
)

if TYPE_CHECKING:
    from bokeh.models import Model

_HEIGHT = 430


class DrillLinear(Plot):
    """Draw on two linear axes."""

    name = "drill_linear_linear"
    tab = "drill-down"
    order = 30

    def draw(self, context: Context) -> "Model":
        """Return the figure with its empty sources."""
        return _scatter()


class DrillLogX(Plot):
    """Draw with a logarithmic axis of x."""

    name = "drill_log_linear"
    tab = "drill-down"
    order = 31

    def draw(self, context: Context) -> "Model":
        """Return the figure with its empty sources."""
        return _scatter(x_log=True)


class DrillLogY(Plot):
    """Draw with a logarithmic axis of y."""

    name = "drill_linear_log"
    tab = "drill-down"
    order = 32

    def draw(self, context: Context) -> "Model":
        """Return the figure with its empty sources."""
        return _scatter(y_log=True)


class DrillLogBoth(Plot):
    """Draw on two logarithmic axes."""

    name = "drill_log_log"
    tab = "drill-down"
    order = 33

    def draw(self, context: Context) -> "Model":
        """Return the figure with its empty sources."""
        return _scatter(x_log=True, y_log=True)


class DrillCounts(Plot):
    """Draw a histogram."""

    name = "drill_counts_linear"
    tab = "drill-down"
    order = 34

    def draw(self, context: Context) -> "Model":
        """Return the figure with its empty sources."""
        return _counts(context)


class DrillCountsLog(Plot):
    """Draw a histogram on a logarithmic axis."""

    name = "drill_counts_log"
    tab = "drill-down"
    order = 35

    def draw(self, context: Context) -> "Model":
        """Return the figure with its empty sources."""
        return _counts(context, x_log=True)


def _scatter(*, x_log: bool = False, y_log: bool = False) -> "Model":
    """Return a scatter with a colour for each point; its source is ``points``."""
    plot = scaled_figure(_HEIGHT, x_log=x_log, y_log=y_log)
    drawn = plot.scatter(
        x="x", y="y", size=5, fill_color="color", fill_alpha=0.65, line_color=None,
        source=empty_source("points", "x y color"),
    )  # fmt: skip
    drawn.nonselection_glyph = None
    _set_tools(plot)
    return plot  # type: ignore[no-any-return] # bokeh has no types


def _counts(context: Context, *, x_log: bool = False) -> "Model":
    """Return a histogram; its source is ``bins``."""
    from bokeh.models import HoverTool

    plot = scaled_figure(_HEIGHT, x_log=x_log, y_log=False)
    bars = plot.quad(
        left="low", right="high", bottom=0, top="count", fill_color=context.series[0],
        fill_alpha=0.85, line_color=None, source=empty_source("bins", "low high count said"),
    )  # fmt: skip
    bars.name = "bars"
    _set_tools(plot, HoverTool(renderers=[bars], tooltips=[("", "@said")]))
    return plot  # type: ignore[no-any-return] # bokeh has no types


def _set_tools(plot: Any, *more: Any) -> None:
    from bokeh.models import PanTool, ResetTool, SaveTool

    zoom = box_zoom()
    set_tools(plot, zoom, PanTool(), *more, ResetTool(), SaveTool(), drag=zoom)
