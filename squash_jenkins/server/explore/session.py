"""Hold what one open page shows: a Bokeh document with a picture that is drawn on the server.

The page writes what it asks for, as JSON, into the tags of the model ``asked``; what is told of
the picture comes back in the tags of ``told``, beside the picture itself.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from typing import Any

from anyio import CapacityLimiter, to_thread
from bokeh.document import Document
from bokeh.models import ColumnDataSource, Range1d
from bokeh.plotting import figure
from bokeh.themes import Theme

from squash_jenkins.errors import SquashError
from squash_jenkins.server.changes import Changes
from squash_jenkins.server.explore.choice import Choice, parse_choice
from squash_jenkins.server.explore.drawing import Drawing, Picture, Stop
from squash_jenkins.server.explore.offers import Offer, Offers
from squash_jenkins.server.explore.redraws import Redraws
from squash_jenkins.server.http.problems import FAILED, problem_of

_LOG = logging.getLogger(__name__)
_TOOLS = "pan,box_zoom,wheel_zoom,reset"


@dataclass(frozen=True)
class DrawingTools:
    """Hold what all pages draw with; all happens on the event loop but for the drawing."""

    loop: asyncio.AbstractEventLoop
    offers: Offers
    drawing: Drawing
    changes: Changes
    limiter: CapacityLimiter
    attributes: Mapping[str, Any]
    """Properties of Bokeh models by class name, as a Bokeh theme has them."""


@dataclass(frozen=True)
class _Drawn:
    offer: Offer
    picture: Picture
    seconds: float


class Session:
    """Show one page what it asks for, and tell it of new rows, until its document ends.

    Bokeh may make it, and call it back, in a thread.
    """

    def __init__(self, document: Document, work: DrawingTools) -> None:
        self._document, self._work = document, work
        self._asked = ColumnDataSource(name="asked")
        self._told = ColumnDataSource(name="told")
        self._image = ColumnDataSource({name: [] for name in ("image", "x", "y", "dw", "dh")})
        self._plot = _plot(self._image)
        self._redraws: Redraws[Choice, _Drawn] = Redraws(
            work.loop, self._draw, self._done, work.limiter
        )
        self._choice: Choice | None = None
        self._shown: Offer | None = None
        document.theme = Theme(json={"attrs": dict(work.attributes)})
        document.config.reconnect_session = False  # the page begins a new session by itself
        document.config.notify_connection_status = False
        for root in (self._plot, self._asked, self._told):
            document.add_root(root)
        self._asked.on_change("tags", self._ask)
        self._watch = asyncio.run_coroutine_threadsafe(self._watching(), work.loop)
        self._watch.add_done_callback(_tell_fault)

    def end(self) -> None:
        """Draw and tell nothing more."""
        self._redraws.end()
        self._watch.cancel()

    def _ask(self, _name: str, _old: Any, tags: list[Any]) -> None:
        """Draw what the page asks for."""
        try:
            self._choice = parse_choice(str(tags[0]) if tags else "")
        except SquashError as error:
            self._tell(fault=str(error))
            return
        self._redraws.ask(self._choice)

    def _draw(self, choice: Choice, stop: Stop) -> _Drawn:
        """Draw a choice, in a thread."""
        begin = time.perf_counter()
        offer = self._work.offers.of(choice)
        picture = self._work.drawing.draw(offer, choice, stop)
        return _Drawn(offer, picture, time.perf_counter() - begin)

    def _done(self, choice: Choice, drawn: _Drawn | Exception) -> None:
        """Have the document show what was drawn; Bokeh calls back when it may be changed."""
        if isinstance(drawn, SquashError):
            fault = problem_of(drawn).detail
            self._later(lambda: self._tell(fault=fault))
        elif isinstance(drawn, Exception):
            _LOG.error("Explore could not draw %s", choice, exc_info=drawn)
            self._later(lambda: self._tell(fault=FAILED))
        else:
            self._later(lambda: self._show(choice, drawn))

    def _later(self, change: Callable[[], None]) -> None:
        self._document.add_next_tick_callback(change)

    def _show(self, choice: Choice, drawn: _Drawn) -> None:
        picture, before = drawn.picture, self._shown
        left, right, bottom, top = picture.view
        self._image.data = {
            "image": [picture.image],
            "x": [left],
            "y": [bottom],
            "dw": [right - left],
            "dh": [top - bottom],
        }
        self._shown = drawn.offer
        plain = asdict(picture)
        del plain["image"]
        about = drawn.offer.told()
        news = _news(before, drawn.offer)
        self._tell(
            asked=choice.model_dump(), about=about, seconds=drawn.seconds, news=news, **plain
        )

    def _tell(self, **told: Any) -> None:
        """Tell the page; `fault` stands for all else when something is wrong."""
        self._told.tags = [json.dumps(told)]

    async def _watching(self) -> None:
        """Draw again when there are new rows of what is shown."""
        async for _ in self._work.changes.revisions():
            choice, shown = self._choice, self._shown
            if choice is None or shown is None:
                continue
            try:
                now = await to_thread.run_sync(
                    self._work.offers.of, choice, limiter=self._work.limiter
                )
            except SquashError as error:
                _LOG.warning("Explore cannot tell whether there are new rows: %s", error)
                continue
            if now.key != shown.key and choice is self._choice:
                self._redraws.ask(choice)


def _tell_fault(watch: "Future[None]") -> None:
    """Log why a page is told of new rows no longer, if that was not meant to be."""
    if not watch.cancelled() and watch.exception() is not None:
        _LOG.error("Explore does not tell a page of new rows any more", exc_info=watch.exception())


def _news(before: Offer | None, now: Offer) -> dict[str, Any] | None:
    """Return what came since the picture before, of the same table; None for nothing new."""
    if before is None or before.key == now.key or _name(before) != _name(now):
        return None
    old = {(part.number, part.digest) for part in before.parts}
    new = [part for part in now.parts if (part.number, part.digest) not in old]
    rows = sum(part.rows for part in new)
    return {"builds": [part.number for part in new], "rows": rows} if new else None


def _name(offer: Offer) -> tuple[str, str, str, str]:
    of = offer.pooling
    return of.job, of.dataset, of.filter, of.table


def _plot(image: ColumnDataSource) -> Any:
    """Return the figure; the page dresses its axes and gives it ranges."""
    make: Any = figure  # its keywords are not typed
    plot = make(
        name="plot", height=500, min_width=200, sizing_mode="stretch_width", tools=_TOOLS,
        active_drag="box_zoom", x_range=Range1d(start=0, end=1, name="x_range"),
        y_range=Range1d(start=0, end=1, name="y_range"), toolbar_location="above",
    )  # fmt: skip
    plot.toolbar.logo = None
    plot.xaxis.name, plot.yaxis.name = "x_axis", "y_axis"
    plot.axis.axis_label_text_font_style = "normal"
    plot.image_rgba("image", "x", "y", "dw", "dh", source=image)
    return plot
