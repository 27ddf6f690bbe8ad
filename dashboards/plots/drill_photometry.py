"""Draw how well the brightness of stars repeats: four figures; the script links choices.

Each has the sources ``all`` and ``chosen``, the histogram ``bins``. A box drawn in one selects.
"""

from typing import TYPE_CHECKING, Any, Literal

from squash_jenkins.render.base import (
    Context,
    Plot,
    box_zoom,
    draw_dots,
    empty_source,
    scaled_figure,
    set_tools,
    without_outline,
)

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
        plot = scaled_figure(_HEIGHT, x_log=True, y_log=False)
        colors = {"all": context.colors.get("none", "#888"), "chosen": context.series[0]}
        for name, color in colors.items():
            bars = plot.quad(
                left="low", right="high", bottom=0, top="count", fill_color=color,
                fill_alpha=0.45 if name == "all" else 0.85, line_color=None,
                source=empty_source(name, "low high count"),
            )  # fmt: skip
            bars.name = f"{name}_points"
            bars.nonselection_glyph = None  # what is chosen is a source of its own
        plot.multi_line(
            xs="xs", ys="ys", color="color", line_width=1.5, line_dash="dashed",
            source=empty_source("limits", "xs ys color"),
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
    """Draw the rms of magnitudes against their reported uncertainty."""

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
    plot = scaled_figure(_HEIGHT, x_log=x_log, y_log=y_log)
    draw_dots(plot, "all", context.colors.get("none", "#888"), 0.55)
    draw_dots(plot, "chosen", context.series[0], 0.75)
    model = plot.multi_line(
        xs="xs", ys="ys", color="color", line_width=2, source=empty_source("model", "xs ys color"),
    )  # fmt: skip
    model.nonselection_glyph = None
    _set_tools(plot, "both")
    return plot  # type: ignore[no-any-return] # bokeh has no types


def _set_tools(plot: Any, dimensions: Literal["both", "width"]) -> None:
    from bokeh.models import BoxSelectTool, PanTool, ResetTool, SaveTool

    choose = without_outline(BoxSelectTool(dimensions=dimensions))
    set_tools(plot, choose, box_zoom(), PanTool(), ResetTool(), SaveTool(), drag=choose)
