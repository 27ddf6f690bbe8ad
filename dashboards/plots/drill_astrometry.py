"""Draw how far stars are scattered against their signal-to-noise ratio."""

from typing import TYPE_CHECKING, Any

from squash_jenkins.render.base import (
    Context,
    Plot,
    box_zoom,
    draw_dots,
    empty_source,
    name_axes,
    set_tools,
)

if TYPE_CHECKING:
    from bokeh.models import Model

_HEIGHT, _SIDE = 430, 180


class DrillDistance(Plot):
    """Draw a scatter with the cut, limits and model, and beside it a histogram of what is chosen.

    The script fills the sources ``all``, ``chosen``, ``cut``, ``limits``, ``model`` and ``bins``.
    """

    name = "drill_distance"
    tab = "drill-down"
    order = 10

    def draw(self, context: Context) -> "Model":
        """Return the two figures in a row, with one range for distances."""
        from bokeh.layouts import row
        from bokeh.models import Range1d

        distances = Range1d(start=1, end=10, name="y_range")
        scatter = _scatter(context, distances)
        bins = _histogram(context, distances)
        both: Any = row
        return both(scatter, bins, sizing_mode="stretch_width", height=_HEIGHT, spacing=4)  # type: ignore[no-any-return] # bokeh has no types


def _scatter(context: Context, distances: Any) -> Any:
    from bokeh.models import Range1d
    from bokeh.plotting import figure

    make: Any = figure  # its keywords are not typed
    plot = make(
        height=_HEIGHT, sizing_mode="stretch_width", x_axis_type="log", y_axis_type="log",
        tools="", name="scatter",
        x_range=Range1d(start=1, end=1000, name="x_range"), y_range=distances, min_border_right=10,
    )  # fmt: skip
    name_axes(plot, "snr_axis", "distance_axis")
    draw_dots(plot, "all", context.colors.get("none", "#888"), 0.55)
    draw_dots(plot, "chosen", context.series[0], 0.75)
    for name, width in {"limits": 1.5, "model": 2.0, "cut": 1.5}.items():
        plot.multi_line(
            xs="xs", ys="ys", color="color", line_width=width,
            line_dash="dashed" if name == "limits" else "solid",
            source=empty_source(name, "xs ys color"),
        )  # fmt: skip
    _set_tools(plot)
    return plot


def _histogram(context: Context, distances: Any) -> Any:
    from bokeh.models import HoverTool, Range1d
    from bokeh.plotting import figure

    make: Any = figure  # its keywords are not typed
    plot = make(
        height=_HEIGHT, width=_SIDE, tools="", sizing_mode="fixed", toolbar_location=None,
        y_axis_type="log",
        x_range=Range1d(start=0, end=1, name="count_range"), y_range=distances, name="side",
    )  # fmt: skip
    name_axes(plot, "count_axis", "side_axis")
    plot.yaxis.visible = False
    plot.xaxis.ticker.desired_num_ticks = 3
    bars = plot.quad(
        left=0, right="count", bottom="low", top="high", fill_color=context.series[0],
        fill_alpha=0.8, line_color=None, source=empty_source("bins", "low high count"),
    )  # fmt: skip
    bars.name = "bars"
    hover = HoverTool(renderers=[bars], tooltips=[("stars", "@count"), ("from", "@low{0.00}")])
    plot.add_tools(hover)
    return plot


def _set_tools(plot: Any) -> None:
    from bokeh.models import PanTool, ResetTool, SaveTool

    zoom = box_zoom()
    set_tools(plot, zoom, PanTool(), ResetTool(), SaveTool(), drag=zoom)
