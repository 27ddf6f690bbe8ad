"""Draw a metric over time or build number, with its specifications and the gaps."""

from typing import TYPE_CHECKING, Any

from squash_jenkins.render.base import Context, Plot, box_zoom, empty_source, without_outline

if TYPE_CHECKING:
    from bokeh.models import Model

_TEXT = "system-ui, -apple-system, 'Segoe UI', sans-serif"


class Trend(Plot):
    """Draw lines and points for each series.

    The page makes the text and the link of a point, so the sources hold no texts of points.
    Where there are thousands, `specks` takes the place of `points`: one line for each series, of
    no length at each point but with round ends. One stroke draws all, markers take 50 times longer.
    """

    name = "trend"
    tab = "history"
    order = 10

    def draw(self, context: Context) -> "Model":
        """Return the figure with its empty sources."""
        from bokeh.models import LinearScale, LogScale, Range1d
        from bokeh.plotting import figure

        make: Any = figure  # its keywords are not typed
        plot = make(
            height=360,
            sizing_mode="stretch_width",
            x_axis_type="datetime",
            x_range=Range1d(start=0, end=1, name="x_range"),
            y_range=Range1d(start=0, end=1, name="y_range"),
            tools="",
            toolbar_location=None,
            min_border_right=14,
        )
        plot.extra_y_ranges = {"share": Range1d(start=0, end=1), "log": Range1d(start=1, end=10)}
        plot.extra_y_scales = {"share": LinearScale(), "log": LogScale()}
        _set_x_axes(plot)
        _set_y_axes(plot)
        _draw_gaps(plot)
        _draw_range(plot)
        _draw_bands(plot)
        _draw_series(plot)
        _draw_limits(plot)
        _draw_failed(plot)
        _draw_marks(plot)
        _set_tools(plot)
        return plot  # type: ignore[no-any-return] # bokeh has no types


def _set_x_axes(plot: Any) -> None:
    from bokeh.models import BasicTickFormatter, LinearAxis

    plot.xgrid.visible = False
    plot.xaxis[0].name = "time_axis"
    whole = BasicTickFormatter(use_scientific=False, precision=0)
    plot.add_layout(LinearAxis(name="build_axis", visible=False, formatter=whole), "below")
    plot.xaxis[1].ticker.min_interval = 1
    plot.xaxis[0].ticker.name, plot.xaxis[1].ticker.name = "time_ticker", "build_ticker"


def _set_y_axes(plot: Any) -> None:
    """Give the plot two scales; the page shows the one that fits the values."""
    from bokeh.models import BasicTickFormatter, Grid, LogAxis

    plot.yaxis[0].name = "linear_axis"
    plot.yaxis[0].ticker.desired_num_ticks = 6
    plot.yaxis[0].formatter = BasicTickFormatter(power_limit_low=-4, power_limit_high=7)
    logarithmic = LogAxis(name="log_axis", visible=False, axis_line_color=None)
    logarithmic.minor_tick_line_color = None
    plot.add_layout(logarithmic, "left")
    plot.ygrid[0].name = "linear_grid"
    grid = Grid(dimension=1, axis=logarithmic, name="log_grid", visible=False, level="underlay")
    plot.add_layout(grid, "center")
    for axis in plot.yaxis:
        axis.axis_label_text_font = _TEXT
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_font_size = "12px"


def _draw_gaps(plot: Any) -> None:
    source = empty_source("gaps", "x y x0 x1 color")
    plot.vstrip(
        x0="x0", x1="x1", fill_color="color", line_color=None, source=source, level="underlay"
    )


def _draw_range(plot: Any) -> None:
    """Shade the builds that the reader selected."""
    source = empty_source("range", "x0 x1 color")
    plot.vstrip(
        x0="x0", x1="x1", fill_color="color", fill_alpha=0.1, line_color="color", line_alpha=0.4,
        source=source, level="underlay",
    )  # fmt: skip


def _draw_bands(plot: Any) -> None:
    """Shade where findings may have begun."""
    source = empty_source("bands", "x0 x1 color")
    plot.vstrip(
        x0="x0", x1="x1", fill_color="color", fill_alpha=0.18, line_color=None, source=source,
        level="underlay",
    )  # fmt: skip


def _draw_marks(plot: Any) -> None:
    """Draw a labelled triangle where each finding begins."""
    from bokeh.core.properties import value

    source = empty_source("marks", "x y label color ink align shift")
    plot.text(
        x="x", y="y", text="label", text_color="ink", text_align="align", x_offset="shift",
        text_baseline="middle", text_font=value(_TEXT), text_font_size="12px", source=source,
        y_range_name="share", nonselection_alpha=1,
    )  # fmt: skip
    plot.scatter(
        x="x", y="y", marker="inverted_triangle", size=10, color="color", source=source,
        y_range_name="share", nonselection_alpha=1,
    )  # fmt: skip


def _draw_limits(plot: Any) -> None:
    from bokeh.core.properties import value

    source = empty_source("limits", "x0 x1 y text shift color ink back")
    plot.segment(
        x0="x0", x1="x1", y0="y", y1="y", color="color", line_width=1.5, line_dash=[6, 4],
        source=source,
    )  # fmt: skip
    plot.text(
        x="x1", y="y", text="text", text_color="ink", text_align="right", text_baseline="bottom",
        text_font=value(_TEXT), text_font_size="12px", x_offset="shift", y_offset=-3,
        background_fill_color="back", background_fill_alpha=0.75, source=source,
    )  # fmt: skip


def _draw_series(plot: Any) -> None:
    for name, width, glyph in (("lines", 1.5, "line"), ("medians", 2.5, "median")):
        source = empty_source(name, "xs ys color dash")
        lines = plot.multi_line(
            xs="xs", ys="ys", color="color", line_dash="dash", line_width=width, source=source,
            line_join="round",
        )  # fmt: skip
        lines.glyph.name = glyph
    plot.multi_line(
        xs="xs", ys="ys", color="color", line_cap="round", line_width=2.4,
        source=empty_source("specks", "xs ys color"),
    )  # fmt: skip
    points = plot.scatter(
        x="x", y="y", size=7, fill_color="white", line_color="color", line_width=1.5,
        selection_fill_color="color", nonselection_fill_alpha=1, nonselection_line_alpha=0.75,
        source=empty_source("points", "x y color"),
    )  # fmt: skip
    points.glyph.name = "dots"
    points.nonselection_glyph.name = "other_dots"
    plot.scatter(
        x="x", y="y", size=9, color="color", line_color="edge", line_width=1.5,
        source=empty_source("chosen", "x y color edge"),
    )  # fmt: skip


def _draw_failed(plot: Any) -> None:
    plot.scatter(
        x="x", y="y", marker="circle", size=6, line_width=1.5, color="color", fill_alpha=0,
        y_range_name="share", nonselection_alpha=1, source=empty_source("missing", "x y color"),
    )  # fmt: skip
    source = empty_source("failed", "x y color")
    plot.scatter(
        x="x", y="y", marker="x", size=8, line_width=2, color="color", y_range_name="share",
        nonselection_alpha=1, source=source,
    )  # fmt: skip


def _set_tools(plot: Any) -> None:
    """Add the tools for dragging; the page has their buttons."""
    from bokeh.models import BoxSelectTool, PanTool

    zoom = box_zoom(dimensions="width", name="zoom_tool")
    select = without_outline(BoxSelectTool(dimensions="width", renderers=[], name="select_tool"))
    plot.add_tools(zoom, select, PanTool(dimensions="width", name="pan_tool"))
    plot.toolbar.active_drag = zoom
    plot.toolbar.logo = None
