"""Draw how well the brightness of stars repeats: four figures; the script links choices.

Each has the sources ``all`` and ``chosen``, the histogram ``bins``. A box drawn in one chooses.
"""

from typing import TYPE_CHECKING, Any, Literal

from squash_jenkins.render.base import Context, Plot

if TYPE_CHECKING:
    from bokeh.models import Model

_HEIGHT = 300


class DrillRms(Plot):
    """Draw a histogram of the rms of magnitudes."""

    name = "drill_rms"
    tab = "drill-down"
    order = 20

    def draw(self, context: Context) -> "Model":
        """Return the figure with bars of all stars behind those of the chosen ones."""
        plot = _figure(x_log=True, y_log=False)
        colors = {"all": context.colors.get("none", "#888"), "chosen": context.series[0]}
        for name, color in colors.items():
            bars = plot.quad(
                left="low", right="high", bottom=0, top="count", fill_color=color,
                fill_alpha=0.45 if name == "all" else 0.85, line_color=None,
                source=_source(name, "low high count"),
            )  # fmt: skip
            bars.name = f"{name}_points"
            bars.nonselection_glyph = None  # what is chosen is a source of its own
        plot.multi_line(
            xs="xs", ys="ys", color="color", line_width=1.5, line_dash="dashed",
            source=_source("limits", "xs ys color"),
        )  # fmt: skip
        _set_tools(plot, "width")
        return plot  # type: ignore[no-any-return] # bokeh has no types


class DrillMagnitude(Plot):
    """Draw the rms of magnitudes against the magnitude."""

    name = "drill_magnitude"
    tab = "drill-down"
    order = 21

    def draw(self, context: Context) -> "Model":
        """Return the figure with its empty sources."""
        return _scatter(context, y_log=True)


class DrillError(Plot):
    """Draw the rms of magnitudes against the uncertainty that was told for them."""

    name = "drill_error"
    tab = "drill-down"
    order = 22

    def draw(self, context: Context) -> "Model":
        """Return the figure with its empty sources."""
        return _scatter(context, x_log=True, y_log=True)


class DrillSignal(Plot):
    """Draw the signal-to-noise ratio against the magnitude."""

    name = "drill_signal"
    tab = "drill-down"
    order = 23

    def draw(self, context: Context) -> "Model":
        """Return the figure with its empty sources."""
        return _scatter(context, y_log=True)


def _scatter(context: Context, *, x_log: bool = False, y_log: bool = False) -> "Model":
    """Return a scatter of all stars, over them the chosen ones and the curve of the model."""
    plot = _figure(x_log=x_log, y_log=y_log)
    _points(plot, "all", context.colors.get("none", "#888"), 0.55)
    _points(plot, "chosen", context.series[0], 0.75)
    model = plot.multi_line(
        xs="xs", ys="ys", color="color", line_width=2, source=_source("model", "xs ys color"),
    )  # fmt: skip
    model.nonselection_glyph = None
    _set_tools(plot, "both")
    return plot  # type: ignore[no-any-return] # bokeh has no types


def _figure(*, x_log: bool, y_log: bool) -> Any:
    from bokeh.models import Range1d
    from bokeh.plotting import figure

    make: Any = figure  # its keywords are not typed
    plot = make(
        height=_HEIGHT, sizing_mode="stretch_width", tools="", min_border_right=12,
        x_axis_type="log" if x_log else "linear", y_axis_type="log" if y_log else "linear",
        x_range=Range1d(start=1, end=10, name="x_range"),
        y_range=Range1d(start=1, end=10, name="y_range"),
    )  # fmt: skip
    plot.xaxis.name, plot.yaxis.name = "x_axis", "y_axis"
    plot.xaxis.axis_label_text_font_style = plot.yaxis.axis_label_text_font_style = "normal"
    return plot


def _points(plot: Any, name: str, color: str, alpha: float) -> None:
    """Draw a line of no length but round ends at each point: one stroke draws all, at once."""
    drawn = plot.line(
        x="x", y="y", line_color=color, line_alpha=alpha, line_width=4, line_cap="round",
        source=_source(name, "x y"),
    )  # fmt: skip
    drawn.name = f"{name}_points"
    drawn.nonselection_glyph = None  # what is chosen is a source of its own


def _source(name: str, columns: str) -> Any:
    from bokeh.models import ColumnDataSource

    return ColumnDataSource({column: [] for column in columns.split()}, name=name)


def _set_tools(plot: Any, dimensions: Literal["both", "width"]) -> None:
    from bokeh.models import BoxSelectTool, BoxZoomTool, PanTool, ResetTool, SaveTool

    choose, zoom = BoxSelectTool(dimensions=dimensions), BoxZoomTool()
    choose.overlay.line_color = zoom.overlay.line_color = None  # else dots in the corner
    plot.add_tools(choose, zoom, PanTool(), ResetTool(), SaveTool())
    plot.toolbar.active_drag = choose
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
