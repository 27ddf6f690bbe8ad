"""Draw how long builds took over time, coloured by how they ended."""

from typing import TYPE_CHECKING, Any

from squash_jenkins.render.base import Context, Plot, box_zoom, empty_source, set_tools

if TYPE_CHECKING:
    from bokeh.models import Model


class HealthDurations(Plot):
    """Draw a point for each successful build, and a cross for each that failed."""

    name = "health_durations"
    tab = "health"
    order = 10

    def draw(self, context: Context) -> "Model":
        """Return the figure with its empty sources."""
        from bokeh.models import NumeralTickFormatter, Range1d
        from bokeh.plotting import figure

        make: Any = figure  # its keywords are not typed
        plot = make(
            height=270, sizing_mode="stretch_width", x_axis_type="datetime", tools="",
            x_range=Range1d(start=0, end=1, name="x_range"),
            y_range=Range1d(start=0, end=1, name="y_range"), min_border_right=14,
        )  # fmt: skip
        plot.xgrid.visible = False
        plot.xaxis.name = "time_axis"
        plot.yaxis.name = "value_axis"
        plot.yaxis.axis_label_text_font_style = "normal"
        plot.yaxis.formatter = NumeralTickFormatter(format="0[.]0[0]")
        _draw_gaps(plot)
        lines = empty_source("usual", "xs ys color")
        plot.multi_line(xs="xs", ys="ys", color="color", line_width=1.5, source=lines)
        _set_tools(plot, [_draw(plot, "good", "circle"), _draw(plot, "bad", "x")])
        return plot  # type: ignore[no-any-return] # bokeh has no types


def _draw_gaps(plot: Any) -> None:
    """Shade where build numbers are missing."""
    source = empty_source("gaps", "x0 x1 color")
    plot.vstrip(
        x0="x0", x1="x1", fill_color="color", line_color=None, source=source, level="underlay",
    )  # fmt: skip


def _draw(plot: Any, name: str, marker: str) -> Any:
    source = empty_source(name, "x y color build result took when open")
    return plot.scatter(
        x="x", y="y", marker=marker, size=7 if marker == "circle" else 9, color="color",
        line_width=2 if marker == "x" else 1, source=source, nonselection_alpha=1,
    )  # fmt: skip


def _set_tools(plot: Any, drawn: list[Any]) -> None:
    from bokeh.models import HoverTool, OpenURL, PanTool, ResetTool, SaveTool, TapTool

    tooltips = [
        ("build", "@build"),
        ("result", "@result"),
        ("duration", "@took"),
        ("time", "@when"),
    ]
    zoom = box_zoom(dimensions="width")
    set_tools(
        plot,
        zoom,
        PanTool(dimensions="width"),
        HoverTool(renderers=drawn, tooltips=tooltips),
        TapTool(renderers=drawn, callback=OpenURL(url="@open")),
        ResetTool(),
        SaveTool(),
        drag=zoom,
    )
