"""The session of one open page: a Bokeh document with a picture drawn on the server.

The page writes its request, as JSON, into the tags of the model ``asked``; facts about the picture
come back in the tags of ``told``, beside the picture itself. In the same way ``pointed`` has the
place that the reader points at, and ``found`` the rows that are there.
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
from bokeh.models import (
    BasicTicker,
    BasicTickFormatter,
    ColumnDataSource,
    LinearScale,
    LogScale,
    LogTicker,
    LogTickFormatter,
    Range1d,
)
from bokeh.plotting import figure
from bokeh.themes import Theme

from squash_jenkins.errors import SquashError
from squash_jenkins.server.changes import Changes
from squash_jenkins.server.explore.choice import Choice, Scale, Spot, parse
from squash_jenkins.server.explore.drawing import Drawing, Picture, Stop
from squash_jenkins.server.explore.offers import Offer, Offers
from squash_jenkins.server.explore.redraws import Redraws
from squash_jenkins.server.http.problems import FAILED, problem_of

_LOG = logging.getLogger(__name__)
_TOOLS = "pan,box_zoom,wheel_zoom"


@dataclass(frozen=True)
class DrawingTools:
    """What all sessions share; only drawing happens outside the event loop."""

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
    """Shows one page what it requests, and redraws for new rows, until its document ends.

    Bokeh may create it, and call it back, in a thread.
    """

    def __init__(self, document: Document, work: DrawingTools) -> None:
        self._document, self._work = document, work
        self._asked = ColumnDataSource(name="asked")
        self._facts = ColumnDataSource(name="told")
        self._image = ColumnDataSource({name: [] for name in ("image", "x", "y", "dw", "dh")})
        self._plot = _plot(self._image)
        self._pointed = ColumnDataSource(name="pointed")
        self._found = ColumnDataSource(name="found")
        self._searches: Redraws[Spot, list[str]] = Redraws(
            work.loop, self._near, self._show_near, work.limiter
        )
        self._redraws: Redraws[Choice, _Drawn] = Redraws(
            work.loop, self._draw, self._done, work.limiter
        )
        self._choice: Choice | None = None
        self._shown: Offer | None = None
        document.theme = Theme(json={"attrs": dict(work.attributes)})
        document.config.reconnect_session = False  # the page starts a new session by itself
        document.config.notify_connection_status = False
        for root in (self._plot, self._asked, self._facts, self._pointed, self._found):
            document.add_root(root)
        self._asked.on_change("tags", self._ask)
        self._pointed.on_change("tags", self._point)
        self._watch = asyncio.run_coroutine_threadsafe(self._watching(), work.loop)
        self._watch.add_done_callback(_log_error)

    def end(self) -> None:
        """Stop drawing and watching."""
        self._redraws.end()
        self._searches.end()
        self._watch.cancel()

    def _ask(self, _name: str, _old: Any, tags: list[Any]) -> None:
        """Draw what the page requests."""
        try:
            self._choice = parse(Choice, str(tags[0]) if tags else "")
        except SquashError as error:
            self._send(fault=str(error))
            return
        self._redraws.ask(self._choice)

    def _point(self, _name: str, _old: Any, tags: list[Any]) -> None:
        """Look for the rows at the place that the reader points at."""
        try:
            self._searches.ask(parse(Spot, str(tags[0]) if tags else ""))
        except SquashError as error:
            _LOG.debug("Explore was pointed at no place: %s", error)

    def _near(self, spot: Spot, stop: Stop) -> list[str]:
        """Return the rows near a place as JSON, in a thread."""
        offer = self._work.offers.of(spot.choice)
        rows, within = self._work.drawing.near(offer, spot, stop)
        pages = offer.pages
        shown = [
            {"build": row.build, "page": pages[row.build], "values": row.values} for row in rows
        ]
        return [json.dumps({"x": spot.x, "y": spot.y, "within": within, "rows": shown})]

    def _show_near(self, spot: Spot, found: list[str] | Exception) -> None:
        if isinstance(found, SquashError):
            return  # the picture says so
        if isinstance(found, Exception):
            _LOG.error("Explore could not search at %s", spot, exc_info=found)
            return
        self._later(lambda: setattr(self._found, "tags", found))

    def _draw(self, choice: Choice, stop: Stop) -> _Drawn:
        """Draw a choice, in a thread."""
        begin = time.perf_counter()
        offer = self._work.offers.of(choice)
        picture = self._work.drawing.draw(offer, choice, stop)
        return _Drawn(offer, picture, time.perf_counter() - begin)

    def _done(self, choice: Choice, drawn: _Drawn | Exception) -> None:
        """Show what was drawn, once Bokeh allows the document to change."""
        if isinstance(drawn, SquashError):
            fault = problem_of(drawn).detail
            self._later(lambda: self._send(fault=fault))
        elif isinstance(drawn, Exception):
            _LOG.error("Explore could not draw %s", choice, exc_info=drawn)
            self._later(lambda: self._send(fault=FAILED))
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
        _set_scale(self._plot, "x", choice.xscale)
        _set_scale(self._plot, "y", choice.yscale)
        self._shown = drawn.offer
        plain = asdict(picture)
        del plain["image"]
        about = drawn.offer.as_json()
        news = _news(before, drawn.offer)
        self._send(
            asked=choice.model_dump(), about=about, seconds=drawn.seconds, news=news, **plain
        )

    def _send(self, **facts: Any) -> None:
        """Send facts to the page; only `fault` when something is wrong."""
        self._facts.tags = [json.dumps(facts)]

    async def _watching(self) -> None:
        """Redraw when there are new rows in what is shown."""
        async for _ in self._work.changes.revisions():
            choice, shown = self._choice, self._shown
            if choice is None or shown is None:
                continue
            try:
                now = await to_thread.run_sync(
                    self._work.offers.of, choice, limiter=self._work.limiter
                )
            except SquashError as error:
                _LOG.warning("Explore cannot check for new rows: %s", error)
                continue
            if now.key != shown.key and choice is self._choice:
                self._redraws.ask(choice)


def _log_error(watch: "Future[None]") -> None:
    """Log why a page no longer gets new rows, unless its session ended."""
    if not watch.cancelled() and watch.exception() is not None:
        _LOG.error("Explore no longer updates a page with new rows", exc_info=watch.exception())


def _news(before: Offer | None, now: Offer) -> dict[str, Any] | None:
    """Return the new rows since the previous picture of the same table, or None."""
    if before is None or before.key == now.key or _name(before) != _name(now):
        return None
    old = {(part.number, part.digest) for part in before.parts}
    new = [part for part in now.parts if (part.number, part.digest) not in old]
    rows = sum(part.rows for part in new)
    return {"builds": [part.number for part in new], "rows": rows} if new else None


def _name(offer: Offer) -> tuple[str, str, str, str]:
    of = offer.pooling
    return of.job, of.dataset, of.filter, of.table


def _set_scale(plot: Any, way: str, scale: Scale) -> None:
    """Give an axis of the figure another scale, with ticks that suit it."""
    kind = LogScale if scale == "log" else LinearScale
    if isinstance(getattr(plot, f"{way}_scale"), kind):
        return
    axis = getattr(plot, f"{way}axis")[0]
    if scale == "log":
        axis.ticker = LogTicker()
        axis.formatter = LogTickFormatter(ticker=axis.ticker)
    else:
        axis.ticker, axis.formatter = BasicTicker(), BasicTickFormatter()
    setattr(plot, f"{way}_scale", kind())


def _plot(image: ColumnDataSource) -> Any:
    """Return the figure; the page sets its axes and ranges."""
    make: Any = figure  # its keywords are not typed
    plot = make(
        name="plot", height=500, min_width=200, sizing_mode="stretch_width", tools=_TOOLS,
        active_drag="box_zoom", x_range=Range1d(start=0, end=1, name="x_range"),
        y_range=Range1d(start=0, end=1, name="y_range"), toolbar_location=None,
    )  # fmt: skip
    pan, zoom, _ = plot.tools
    pan.name, zoom.name = "pan_tool", "zoom_tool"
    plot.xaxis.name, plot.yaxis.name = "x_axis", "y_axis"
    plot.axis.axis_label_text_font_style = "normal"
    plot.image_rgba("image", "x", "y", "dw", "dh", source=image)
    return plot
