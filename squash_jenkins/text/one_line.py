"""Put text that comes from Jenkins or from QA files on one line that is safe to show."""

import re

_UNFIT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
"""The two joiners of letters and emoji (U+200C, U+200D) are not among them."""


_NODE = 100
"""Characters of a node's name that are stored; names of hosts have at most 64 on Linux."""


def printable(text: str) -> str:
    """Return text in which nothing can forge a line of a log, colour a terminal or turn the text.

    Control characters, line ends, lone surrogates, what has no width and marks that turn the
    direction of writing each become a blank.
    """
    return _UNFIT.sub(" ", text)


def node_name(text: object) -> str | None:
    """Return the name of a machine on one line of at most 100 characters; None where none is given.

    Names come from Jenkins, from requests and from documents, so anything may stand there.
    """
    return one_line(text, _NODE) or None if isinstance(text, str) else None


def one_line(text: str, limit: int | None = 200) -> str:
    """Return printable text on one line of at most `limit` characters, without wide gaps."""
    line = " ".join(printable(text).split())
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1]}…"
