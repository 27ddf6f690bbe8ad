"""Draw the points of pooled tables: as tiles where they are very many, else one by one."""

from typing import TYPE_CHECKING, Any

from squash_jenkins.render.base import Context, Plot, box_zoom, empty_source, set_tools

if TYPE_CHECKING:
    from bokeh.models import Model

_SIZE = 560
_NO_CREDITS = ".bk-Panel { display: none; }"
"""Hides the credits of map tiles, which would be an empty spot in a corner."""


class PooledDensity(Plot):
    """Draw in a square from 0 to 1 each way; the axes show values, on ranges of their own."""

    name = "pooled_density"
    tab = "pooled"
    order = 10

    def draw(self, context: Context) -> "Model":
        """Return the figure; the script gives it tiles or points, and the axes their ranges."""
        from bokeh.models import InlineStyleSheet, Range1d
        from bokeh.plotting import figure

        make: Any = figure  # its keywords are not typed
        plot = make(
            width=_SIZE, height=_SIZE, aspect_ratio=1, sizing_mode="scale_width", tools="",
            x_range=Range1d(start=0, end=1, name="x_range"),
            y_range=Range1d(start=0, end=1, name="y_range"),
            x_axis_location=None, y_axis_location=None, min_border_right=16, min_border_top=10,
            stylesheets=[InlineStyleSheet(css=_NO_CREDITS)],
        )  # fmt: skip
        plot.grid.visible = False
        _add_axes(plot)
        _add_tiles(plot)
        _add_points(plot, context)
        _add_cell(plot, context)
        _set_tools(plot)
        return plot  # type: ignore[no-any-return] # bokeh has no types


def _add_axes(plot: Any) -> None:
    """Add a linear and a logarithmic axis each way; the script shows the one that fits."""
    from bokeh.models import Grid, LinearAxis, LinearScale, LogAxis, LogScale, Range1d

    make_grid: Any = Grid  # its keywords are narrower than what it takes
    for way, side, dimension in (("x", "below", 0), ("y", "left", 1)):
        ranges, scales = getattr(plot, f"extra_{way}_ranges"), getattr(plot, f"extra_{way}_scales")
        for kind, axis_of, scale in (
            ("linear", LinearAxis, LinearScale),
            ("log", LogAxis, LogScale),
        ):
            name = f"{way}_{kind}"
            ranges[name] = Range1d(start=1, end=10, name=f"{name}_range")
            scales[name] = scale()
            axis = axis_of(name=f"{name}_axis", visible=kind == "linear")
            setattr(axis, f"{way}_range_name", name)
            axis.axis_label_text_font_style = "normal"
            grid = make_grid(dimension=dimension, axis=axis, name=f"{name}_grid", level="image")
            setattr(grid, f"{way}_range_name", name)
            plot.add_layout(axis, side)
            plot.add_layout(grid)


def _add_tiles(plot: Any) -> None:
    from bokeh.models import WMTSTileSource

    source = WMTSTileSource(
        x_origin_offset=0, y_origin_offset=0, initial_resolution=1 / 256, wrap_around=False,
        snap_to_zoom=False,
    )  # fmt: skip
    renderer = plot.add_tile(source)
    renderer.name = "tiles"
    renderer.level = "underlay"  # above the grid
    renderer.visible = False


def _add_points(plot: Any, context: Context) -> None:
    source = empty_source("points", "u v")
    color = context.series[0]
    drawn = plot.scatter(
        x="u", y="v", size=4, fill_color=color, fill_alpha=0.35, line_color=None, source=source,
    )  # fmt: skip
    drawn.name = "drawn"


def _add_cell(plot: Any, context: Context) -> None:
    """Outline the cell that the reader points at; the script says what is in it."""
    source = empty_source("cell", "left right bottom top")
    cell = plot.quad(
        left="left", right="right", bottom="bottom", top="top", source=source,
        fill_alpha=0, line_color=context.series[0], line_width=1.5,
    )  # fmt: skip
    cell.name = "outline"


def _set_tools(plot: Any) -> None:
    """Add the tools for dragging; the page has their buttons."""
    from bokeh.models import PanTool

    zoom = box_zoom(name="zoom_tool")
    set_tools(plot, zoom, PanTool(name="pan_tool"), drag=zoom)
    plot.toolbar_location = None
