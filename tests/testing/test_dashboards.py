import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from bokeh.models import ColumnDataSource, CustomJS, HoverTool, OpenURL, TapTool
from bokeh.models.widgets import Select
from bokeh.plotting import figure

from squash_jenkins.plugins import find
from squash_jenkins.render.base import Asset, Context, Item, Page, Plot, Site, Tab
from squash_jenkins.testing import check_plot, check_tab

FOUND = find()


@pytest.mark.parametrize("tab", FOUND.tabs, ids=lambda tab: tab.name)
def test_every_tab_keeps_the_contract(tab: Tab) -> None:
    check_tab(tab)


@pytest.mark.parametrize("plot", FOUND.plots, ids=lambda plot: plot.name)
def test_every_plot_keeps_the_contract(plot: Plot) -> None:
    check_plot(plot)


class Broken(Tab):
    """Yield what it is told to."""

    name = "broken"
    title = "Broken"

    def __init__(self, *items: Callable[[Site], Item], template: str = "{{ a }}") -> None:
        self.items = items
        self.templates = {"own.html": template}  # type: ignore[misc] # of the class elsewhere

    def pages(self, site: Site) -> Iterator[Item]:
        yield from (item(site) for item in self.items)


def entry(path: str = "broken/index.html", **inputs: Any) -> Callable[[Site], Item]:
    return lambda site: Page(path, "own.html", "X", {"a": "", **inputs})


def named(site: Site) -> Item:
    return Page("broken/index.html", "own.html", "X", {"a": "".join(job.name for job in site.jobs)})


CLOCK = count()
BROKEN_TABS = [
    (Broken(), "the navigation leads to broken/index.html"),
    (Broken(entry(), entry()), "yielded twice"),
    (Broken(entry(), entry("../x.html")), "below the site"),
    (Broken(entry(b={1})), "TypeError"),
    (Broken(lambda _: Page("broken/index.html", "no.html", "X")), "there is no template no.html"),
    (Broken(lambda _: entry(a=next(CLOCK))(_)), "a second run writes"),
    (Broken(entry(), template="<p style='top:0'>"), "an inline style of <p>"),
    (Broken(entry(), template="<script>x()</script>"), "an inline <script>"),
    (Broken(entry(), template="<img src='//x.org/a.png'>"), "loads '//x.org/a.png'"),
    (Broken(entry(), template="<a href='javascript:x()'>"), "a link to 'javascript:x()'"),
    (Broken(named, template="<p>{{ a|safe }}</p>"), "the element <x-hostile>"),
    (Broken(named, template="<p title={{ a }}></p>"), "the event handler onclick"),
    (Broken(entry(), lambda site: Asset("a.svg", "<svg onload='x()'/>")), "the event handler"),
]


@pytest.mark.parametrize(("tab", "told"), BROKEN_TABS, ids=lambda each: str(each)[:40])
def test_a_tab_that_breaks_the_contract_is_told(tab: Tab, told: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(told)):
        check_tab(tab)


class Drawn(Plot):
    """Draw what it is told to."""

    name, tab = "drawn", "broken"

    def __init__(self, draw: Callable[[], Any]) -> None:
        self.own = draw

    def draw(self, context: Context) -> Any:
        return self.own()


def of_source(name: str | None, **columns: list[float]) -> Any:
    plot = figure()
    plot.line("x", "y", source=ColumnDataSource({"x": [], "y": [], **columns}, name=name))
    return plot


def with_tool(tool: Any) -> Any:
    plot = figure()
    plot.add_tools(tool)
    return plot


def with_code() -> Any:
    plot = figure()
    plot.js_on_change("name", CustomJS(code="x()"))
    return plot


BROKEN_PLOTS: list[tuple[Callable[[], Any], str]] = [
    (lambda: 1 / 0, "ZeroDivisionError"),
    (lambda: "a figure", "failed"),
    (lambda: figure(title=str(next(CLOCK))), "another figure each time"),
    (with_code, "CustomJS holds code"),
    (lambda: of_source(None), "a source has no name"),
    (lambda: of_source("points", x=[1.0], y=[2.0]), "holds data in x, y"),
    (lambda: with_tool(HoverTool(tooltips="@a{safe}")), "takes names for markup"),
    (lambda: with_tool(TapTool(callback=OpenURL(url="https://x.org"))), "names an address"),
    (lambda: Select(), "a part of BokehJS"),
]


@pytest.mark.parametrize(("draw", "told"), BROKEN_PLOTS, ids=[told for _, told in BROKEN_PLOTS])
def test_a_plot_that_breaks_the_contract_is_told(draw: Callable[[], Any], told: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(told)):
        check_plot(Drawn(draw))
