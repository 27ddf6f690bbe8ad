"""Read pages as a browser does, and list what must not be in them."""

import re
from html.parser import HTMLParser

_ACTIVE = ("iframe", "object", "embed", "base", "applet", "x-hostile")
_LINKS = ("href", "src", "action", "formaction", "xlink:href", "poster", "srcset")
_ELSEWHERE = re.compile(r"\s*(//|(?!data:image/)[a-z][a-z0-9+.-]*:)", re.IGNORECASE)
_MOVED = re.compile(r"\d+; url=\.{1,2}/[^:]*")
"""A page of the site that replaces this one."""
_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_OPENED = ("http", "https", "mailto")


def faults_of(text: str) -> list[str]:
    """Return what a page or drawing holds that a strict Content-Security-Policy forbids.

    Also markup that came from a name, addresses that are opened as code, and files of other hosts.
    """
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.faults


class _Reader(HTMLParser):
    """Collect faults."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element."""
        own = dict(attrs)
        if tag in _ACTIVE:
            self._tell(f"the element <{tag}>")
        if tag == "style":
            self._tell("an inline <style>; put it into a style sheet")
        refreshes = tag == "meta" and (own.get("http-equiv") or "").lower() == "refresh"
        if refreshes and not _MOVED.fullmatch(own.get("content") or ""):
            self._tell("a <meta> that leads away")
        if tag == "script":
            self._inside = tag
            if not own.get("src"):
                self._tell("an inline <script>; put it into a script file")
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def handle_endtag(self, tag: str) -> None:
        """Leave a script."""
        if tag == self._inside:
            self._inside = None

    def handle_data(self, data: str) -> None:
        """Look at text: that of a script is code."""
        if self._inside == "script" and data.strip():
            self._tell(f"code in a <script>: {data.strip()[:60]}")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on"):
            self._tell(f"the event handler {name} of <{tag}>; use addEventListener in a script")
        if name == "style":
            self._tell(f"an inline style of <{tag}>; put it into a style sheet")
        if name in _LINKS:
            scheme = _SCHEME.match(value)
            opened = tag == "a" or (tag == "image" and name == "href")
            if tag == "a" and scheme and scheme[1].lower() not in _OPENED:
                self._tell(f"a link to {value[:60]!r}; check addresses with the filter `web`")
            elif not opened and _ELSEWHERE.match(value):
                self._tell(f"<{tag}> loads {value[:60]!r}; pages load nothing from elsewhere")

    def _tell(self, what: str) -> None:
        line, _ = self.getpos()
        self.faults.append(f"line {line}: {what}")
