"""Draw a badge: a small SVG picture that shows a status by a colour and a word."""

import re
from xml.sax.saxutils import escape, quoteattr

COLORS = {
    "stretch": "#006b50",
    "design": "#1d7556",
    "minimum": "#8f5b00",
    "misses": "#b43a12",
    "none": "#5d6876",
    "plain": "#5d6876",
}
"""Colours by role, dark enough for white letters (contrast 4.5 and more) on any page."""
_NARROW, _WIDE = "fijlrtI.,:;'|!()[]/ ", "mwMW@%\u2212—"
_MOST = 60
_UNWRITABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold, however it is escaped."""


def badge(label: str, message: str, tone: str) -> str:
    """Return a badge as SVG text.

    Parameters
    ----------
    label, message
        The subject and its status. Long ones are cut; any text is safe.
    tone
        Role of the colour: stretch, design, minimum, misses, none or plain.

    """
    left, right = _cut(label), _cut(message)
    at, width = _width(left), _width(left) + _width(right)
    title = escape(f"{left}: {right}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" '
        f"aria-label={quoteattr(f'{left}: {right}')}><title>{title}</title>"
        f'<clipPath id="r"><rect width="{width}" height="20" rx="4"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{at}" height="20" fill="#39434f"/>'
        f'<rect x="{at}" width="{width - at}" height="20" fill="{COLORS[tone]}"/></g>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">'
        f"{_text(left, 0, at)}{_text(right, at, width)}</g></svg>\n"
    )


def _text(text: str, start: int, end: int) -> str:
    """Return text that fills its part whatever font the reader has."""
    length = end - start - 12
    return f'<text x="{start + 6}" y="14" textLength="{length}">{escape(text)}</text>'


def _width(text: str) -> int:
    letters = sum(4.4 if c in _NARROW else 9.8 if c in _WIDE else 6.9 for c in text)
    wide = sum(4.1 for c in text if ord(c) > 0x2E80)  # scripts whose letters are square
    return round(letters + wide) + 12


def clean(text: str) -> str:
    """Return a text on one line, without what no XML document may hold."""
    return " ".join(_UNWRITABLE.sub("\ufffd", text).split())


def _cut(text: str) -> str:
    whole = clean(text) or "?"
    return whole if len(whole) <= _MOST else whole[: _MOST - 1] + "…"
