"""Draw the success rate of the last builds, at each build."""

from typing import TYPE_CHECKING, Any

from squash_jenkins.render.base import Context, Plot, empty_source, set_tools

if TYPE_CHECKING:
    from bokeh.models import Model


class HealthSuccess(Plot):
    """Draw the running success rate as steps."""

    name = "health_success"
    tab = "health"
    order = 20

    def draw(self, context: Context) -> "Model":
        """Return the figure with its empty source."""
        from bokeh.models import HoverTool, NumeralTickFormatter, Range1d, SaveTool
        from bokeh.plotting import figure

        make: Any = figure  # its keywords are not typed
        plot = make(
            height=170, sizing_mode="stretch_width", x_axis_type="datetime", tools="",
            x_range=Range1d(start=0, end=1, name="x_range"),
            y_range=Range1d(start=-0.04, end=1.06), min_border_right=14,
        )  # fmt: skip
        plot.xgrid.visible = False
        plot.xaxis.name = "time_axis"
        plot.yaxis.ticker = [0, 0.5, 1]
        plot.yaxis.formatter = NumeralTickFormatter(format="0%")
        source = empty_source("rate", "x y build said")
        plot.step(
            x="x", y="y", mode="after", line_width=2, color=context.series[0], source=source,
            name="rate_line",
        )  # fmt: skip
        points = plot.scatter(x="x", y="y", size=9, alpha=0, source=source)
        tooltips = [("up to", "@build"), ("successful", "@said")]
        set_tools(plot, HoverTool(renderers=[points], tooltips=tooltips), SaveTool())
        return plot  # type: ignore[no-any-return] # bokeh has no types
