"""Check plots."""

# ruff: noqa: S101 -- a check that tests call is made of assertions

import re
from collections.abc import Iterator
from typing import Any

from squash_jenkins.render.base import Context, Plot
from squash_jenkins.render.engine.figures import Figures

_ELSEWHERE = re.compile(r"(https?:)?//|javascript:", re.IGNORECASE)
_NOT_LOADED = ("bokeh.models.widgets", "bokeh.models.glyph_gl", "bokeh.models.mathml")


def check_plot(plot: Plot, context: Context | None = None) -> None:
    """Check that a plot keeps the contract.

    Parameters
    ----------
    context
        What `draw` is given; by default that of the built-in theme.

    Raises
    ------
    AssertionError
        The contract is broken; the text says how: a name, tab or order is missing, `draw` raises
        or gives no Bokeh model or another one the second time, the figure holds code, data,
        a source without a name, addresses elsewhere, text that is taken for markup, or models
        that need a part of BokehJS that pages do not load.

    """
    from bokeh.models import Model

    where = type(plot).__name__
    for name in ("name", "tab"):
        value = getattr(plot, name, None)
        assert isinstance(value, str) and value, f'{where} needs a {name}: write `{name} = "…"`'
    assert type(plot.order) is int, f"{where}: order is {plot.order!r}; make it a whole number"
    context = context or _usual()
    figures = Figures([plot], context, {})
    _, fault = figures.script(plot)
    assert fault is None, fault
    assert figures.item(plot) == figures.item(plot), (
        f"{where}: draw() gives another figure each time; leave out times and random numbers"
    )
    drawn = plot.draw(context)
    assert isinstance(drawn, Model), f"{where}: draw() gives {drawn!r:.60}, no Bokeh model"
    for model in drawn.references():
        _check_model(where, model)


def _usual() -> Context:
    from squash_jenkins.render.engine.theme import read_theme
    from squash_jenkins.resources import folder

    look = read_theme(folder("dashboards") / "theme.yaml")
    return Context(look.light, look.series)


def _check_model(where: str, model: Any) -> None:
    from bokeh.models import DataSource

    kind = type(model).__name__
    assert not kind.startswith("CustomJS") and not hasattr(model, "code"), (
        f"{where}: {kind} holds code, which pages do not run; put it into a script of the tab"
    )
    assert not type(model).__module__.startswith(_NOT_LOADED), (
        f"{where}: {kind} needs a part of BokehJS that pages do not load"
    )
    if isinstance(model, DataSource) and hasattr(model, "data"):
        assert model.name, f"{where}: a source has no name, so nothing fills it; give it one"
        filled = sorted(name for name, values in model.data.items() if len(values))
        assert not filled, (
            f"{where}: the source {model.name} holds data in {', '.join(filled)}; "
            "make it empty, a DataFile fills it"
        )
    for name, text in _texts(model.properties_with_values(include_defaults=False)):
        assert not _ELSEWHERE.match(text), f"{where}: {kind}.{name} names an address: {text[:60]}"
        assert "{safe}" not in text, (
            f"{where}: {kind}.{name} takes names for markup; leave {{safe}} out"
        )


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in the properties of a model with the name of its property."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _texts(entry, name or str(key))
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _texts(entry, name)
