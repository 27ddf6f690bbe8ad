import pytest

from squash_jenkins.plugins import find
from squash_jenkins.render.base import Plot, Tab
from squash_jenkins.testing import check_plot, check_tab

FOUND = find()


@pytest.mark.parametrize("tab", FOUND.tabs, ids=lambda tab: tab.name)
def test_every_tab_keeps_the_contract(tab: Tab) -> None:
    check_tab(tab)


@pytest.mark.parametrize("plot", FOUND.plots, ids=lambda plot: plot.name)
def test_every_plot_keeps_the_contract(plot: Plot) -> None:
    check_plot(plot)
