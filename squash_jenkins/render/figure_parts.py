"""Make parts of Bokeh figures that several plots share; importing this does not import Bokeh."""

from typing import Any


def empty_source(name: str, columns: str) -> Any:
    """Return a source that is filled in the browser; `columns` are names separated by blanks."""
    from bokeh.models import ColumnDataSource

    return ColumnDataSource({column: [] for column in columns.split()}, name=name)


def scaled_figure(height: int, *, x_log: bool, y_log: bool) -> Any:
    """Return a figure with linear or logarithmic axes, named for scripts, without tools."""
    from bokeh.models import Range1d
    from bokeh.plotting import figure

    make: Any = figure  # its keywords are not typed
    plot = make(
        height=height, sizing_mode="stretch_width", tools="", min_border_right=14,
        x_axis_type="log" if x_log else "linear", y_axis_type="log" if y_log else "linear",
        x_range=Range1d(start=1, end=10, name="x_range"),
        y_range=Range1d(start=1, end=10, name="y_range"),
    )  # fmt: skip
    name_axes(plot, "x_axis", "y_axis")
    return plot


def name_axes(plot: Any, across: str, up: str) -> None:
    """Name the axes for scripts, and set their labels upright."""
    plot.xaxis.name, plot.yaxis.name = across, up
    plot.xaxis.axis_label_text_font_style = plot.yaxis.axis_label_text_font_style = "normal"


def draw_dots(plot: Any, name: str, color: str, alpha: float) -> Any:
    """Draw a line of no length but round ends at each point: one stroke draws all, at once."""
    drawn = plot.line(
        x="x", y="y", line_color=color, line_alpha=alpha, line_width=4, line_cap="round",
        source=empty_source(name, "x y"),
    )  # fmt: skip
    drawn.name = f"{name}_points"
    drawn.nonselection_glyph = None  # what is chosen is a source of its own
    return drawn


def box_zoom(**properties: Any) -> Any:
    """Return the tool that zooms to a box."""
    from bokeh.models import BoxZoomTool

    return without_outline(BoxZoomTool(**properties))


def without_outline(tool: Any) -> Any:
    """Return a tool that draws a box; else its unused overlay is drawn as a dot in the corner."""
    tool.overlay.line_color = None
    return tool


def set_tools(plot: Any, *tools: Any, drag: Any = None) -> None:
    """Add tools to a figure whose toolbar hides itself; `drag` is the one that dragging uses."""
    plot.add_tools(*tools)
    if drag is not None:
        plot.toolbar.active_drag = drag
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
