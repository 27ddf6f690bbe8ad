"""Draw the trends of a metric as one SVG document, for wikis and other pages.

It has no style sheet and no script, so that any policy of the page around it allows it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from squash_jenkins.render.svg.badge import COLORS, clean
from squash_jenkins.render.svg.trends import HEIGHT, WIDTH

_FONT = 'font-family="Verdana,DejaVu Sans,Geneva,sans-serif"'
_INK, _MUTED, _GRID, _LINE = "#1d242c", "#5d6876", "#d9dee4", "#2a6a9e"
_TOP, _HEAD, _GAP = 22, 20, 8
_LETTERS = 52
"""Letters that fit on a line."""


class Panel(NamedTuple):
    """One series: its title, its newest value, the status with its colour, and the drawing."""

    title: str
    newest: str
    status: str
    tone: str
    unit: str
    drawing: Mapping[str, Any] | None


def trend_picture(name: str, page: str, panels: Sequence[Panel]) -> str:
    """Return an SVG document: the name, and below it a panel for each series.

    Parameters
    ----------
    name
        The metric and its job.
    page
        URL that a click leads to; empty for none.
    panels
        The series; there is at least one.

    """
    high = _HEAD + int(HEIGHT) + _GAP
    width, height = int(WIDTH), _TOP + high * len(panels)
    label = quoteattr("; ".join([clean(name), *(_spoken(panel) for panel in panels)]))
    head = f'<text x="8" y="16" font-size="12" fill="{_MUTED}">{escape(_cut(name))}</text>'
    drawn = head + "".join(_placed(panel, _TOP + at * high) for at, panel in enumerate(panels))
    inner = f'<a href={quoteattr(page)} target="_top">{drawn}</a>' if page else drawn
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-label={label} {_FONT} font-size="10">'
        f"<title>{escape(clean(name))}</title>"
        f'<rect width="{width}" height="{height}" rx="6" fill="#fff"/>{inner}</svg>\n'
    )


def _cut(text: str) -> str:
    whole = clean(text)
    return whole if len(whole) <= _LETTERS else f"{whole[: _LETTERS - 1]}…"


def _spoken(panel: Panel) -> str:
    return " ".join(clean(part) for part in (panel.title, panel.newest, panel.status) if part)


def _placed(panel: Panel, top: int) -> str:
    title = clean(panel.title)
    said = " · ".join(clean(part) for part in (panel.newest, panel.status) if part)
    color = COLORS[panel.tone]
    return (
        f'<g transform="translate(0 {top})"><text x="8" y="15" font-size="12" font-weight="bold" '
        f'fill="{_INK}">{escape(_cut(title))}<title>{escape(title)}</title></text>'
        f'<text x="352" y="{_HEAD + 10}" font-size="11" text-anchor="end" fill="{color}">'
        f"{escape(said)}</text>"
        f'<g transform="translate(0 {_HEAD})">{_drawn(panel)}</g></g>'
    )


def _drawn(panel: Panel) -> str:
    at = panel.drawing
    if at is None:
        return f'<text x="8" y="40" fill="{_MUTED}">No value in these builds.</text>'
    unit = clean(panel.unit or "value")[:24] + (", logarithmic" if at["logarithmic"] else "")
    return "".join(
        [
            *(_rect(band) for band in at["bands"]),
            *(
                _rule(tick["y"], _GRID) + _text(53, tick["y"] + 3.5, tick["text"])
                for tick in at["ticks"]
            ),
            *(_limit(limit) for limit in at["limits"]),
            *(_polyline(points) for points in at["lines"]),
            f'<path d="{at["dots"]}" stroke="{_LINE}" stroke-width="4" stroke-linecap="round"/>',
            f'<path d="{at["crosses"]}" stroke="{COLORS["misses"]}" fill="none"/>',
            *(_text(tick["x"], 138, tick["text"], tick["at"]) for tick in at["builds"]),
            _text(2, 10, unit, "start"),
        ]
    )


def _rect(band: Mapping[str, Any]) -> str:
    return f'<rect x="{band["x"]}" y="22" width="{band["width"]}" height="102" fill="#eef1f4"/>'


def _rule(y: float, color: str, more: str = "") -> str:
    return f'<path d="M58 {y}H352" stroke="{color}"{more}/>'


def _limit(limit: Mapping[str, Any]) -> str:
    color = COLORS[limit["tone"]]
    line = _rule(limit["y"], color, ' stroke-dasharray="5 4"')
    label = limit["label"][:46]
    return line + (_text(352, limit["text"], label, "end", color) if label else "")


def _polyline(points: str) -> str:
    return f'<polyline points="{points}" fill="none" stroke="{_LINE}" stroke-width="1.3"/>'


def _text(x: float, y: float, text: str, anchor: str = "end", color: str = _MUTED) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{color}">{escape(clean(text))}</text>'
    )
