"""Draw a metric over time or build number, with its specifications and the gaps."""

from typing import TYPE_CHECKING, Any

from squash_jenkins.render.base import Context, Plot

if TYPE_CHECKING:
    from bokeh.models import Model

_DETAILS = [
    ("build", "@build"),
    ("value", "@value"),
    ("change", "@change"),
    ("reaches", "@reaches"),
    ("series", "@series"),
    ("finished", "@when"),
    ("packages changed", "@packages"),
]
_SHOWN = ("build", "value", "change", "reaches", "series", "when", "packages", "open")
_FINDING = [
    ("finding", "@headline"),
    ("where", "@place"),
    ("what", "@details"),
    ("now", "@state"),
]
_TEXT = "system-ui, -apple-system, 'Segoe UI', sans-serif"


class Trend(Plot):
    """Draw lines and points for each series; click a point to open its build in Jenkins."""

    name = "trend"
    tab = "history"
    order = 10

    def draw(self, context: Context) -> "Model":
        """Return the figure with its empty sources."""
        from bokeh.models import NumeralTickFormatter, Range1d
        from bokeh.plotting import figure

        make: Any = figure  # its keywords are not typed
        plot = make(
            height=360,
            sizing_mode="stretch_width",
            x_axis_type="datetime",
            x_range=Range1d(start=0, end=1, name="x_range"),
            y_range=Range1d(start=0, end=1, name="y_range"),
            tools="",
            min_border_right=14,
        )
        plot.extra_y_ranges = {"share": Range1d(start=0, end=1)}
        plot.xgrid.visible = False
        plot.yaxis.ticker.desired_num_ticks = 6
        plot.yaxis.formatter = NumeralTickFormatter(format="0[.]0[000000]")
        _set_axes(plot)
        _draw_gaps(plot)
        _draw_bands(plot)
        _draw_limits(plot)
        points = _draw_series(plot)
        failed = _draw_failed(plot)
        marks = _draw_marks(plot)
        _set_tools(plot, points, failed, marks)
        return plot  # type: ignore[no-any-return] # bokeh has no types


def _source(name: str, columns: str) -> Any:
    from bokeh.models import ColumnDataSource

    return ColumnDataSource({column: [] for column in columns.split()}, name=name)


def _set_axes(plot: Any) -> None:
    from bokeh.models import BasicTickFormatter, LinearAxis

    plot.xaxis[0].name = "time_axis"
    whole = BasicTickFormatter(use_scientific=False, precision=0)
    plot.add_layout(LinearAxis(name="build_axis", visible=False, formatter=whole), "below")
    plot.xaxis[1].ticker.min_interval = 1


def _draw_gaps(plot: Any) -> None:
    source = _source("gaps", "x0 x1 color")
    plot.vstrip(
        x0="x0", x1="x1", fill_color="color", line_color=None, source=source, level="underlay"
    )


def _draw_bands(plot: Any) -> None:
    """Shade where findings may have begun."""
    source = _source("bands", "x0 x1 color")
    plot.vstrip(
        x0="x0", x1="x1", fill_color="color", fill_alpha=0.18, line_color=None, source=source,
        level="underlay",
    )  # fmt: skip


def _draw_marks(plot: Any) -> Any:
    """Draw a triangle with its words where each finding begins."""
    from bokeh.core.properties import value

    source = _source("marks", "x y label color ink align shift headline place details state open")
    plot.text(
        x="x", y="y", text="label", text_color="ink", text_align="align", x_offset="shift",
        text_baseline="middle", text_font=value(_TEXT), text_font_size="12px", source=source,
        y_range_name="share", nonselection_alpha=1,
    )  # fmt: skip
    return plot.scatter(
        x="x", y="y", marker="inverted_triangle", size=10, color="color", source=source,
        y_range_name="share", nonselection_alpha=1,
    )  # fmt: skip


def _draw_limits(plot: Any) -> None:
    from bokeh.core.properties import value

    source = _source("limits", "x0 x1 y text color ink")
    plot.segment(
        x0="x0", x1="x1", y0="y", y1="y", color="color", line_width=1.5, line_dash=[6, 4],
        source=source,
    )  # fmt: skip
    plot.text(
        x="x1", y="y", text="text", text_color="ink", text_align="right", text_baseline="bottom",
        text_font=value(_TEXT), text_font_size="12px", x_offset=-4, y_offset=-3, source=source,
    )  # fmt: skip


def _draw_series(plot: Any) -> Any:
    lines = _source("lines", "xs ys color")
    plot.multi_line(xs="xs", ys="ys", color="color", line_width=1.5, source=lines)
    points = _source("points", "x y color fill " + " ".join(_SHOWN))
    return plot.scatter(
        x="x", y="y", size=7, fill_color="fill", line_color="color", line_width=1.5,
        hover_fill_color="color", hover_line_color="color",
        selection_fill_color="color", selection_line_color="color",
        nonselection_fill_color="fill", nonselection_line_color="color",
        nonselection_fill_alpha=1, nonselection_line_alpha=0.75,
        source=points,
    )  # fmt: skip


def _draw_failed(plot: Any) -> Any:
    source = _source("failed", "x y color build result when open")
    return plot.scatter(
        x="x", y="y", marker="x", size=8, line_width=2, color="color", y_range_name="share",
        nonselection_alpha=1, source=source,
    )  # fmt: skip


def _set_tools(plot: Any, points: Any, failed: Any, marks: Any) -> None:
    from bokeh.models import BoxZoomTool, HoverTool, OpenURL, PanTool, ResetTool, SaveTool, TapTool

    zoom = BoxZoomTool(dimensions="width")
    zoom.overlay.line_color = None  # else an unused overlay is drawn as a dot in the corner
    plot.add_tools(
        zoom,
        PanTool(dimensions="width"),
        HoverTool(renderers=[points], tooltips=_DETAILS, attachment="above"),
        HoverTool(
            renderers=[failed],
            tooltips=[("build", "@build"), ("ended with", "@result"), ("finished", "@when")],
        ),
        HoverTool(renderers=[marks], tooltips=_FINDING, attachment="below"),
        TapTool(renderers=[points, failed, marks], callback=OpenURL(url="@open")),
        ResetTool(),
        SaveTool(),
    )
    plot.toolbar.active_drag = zoom
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
