"""Put text that comes from Jenkins or from QA files on one line that is safe to show."""

import re

_UNFIT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]+"
)


def one_line(text: str, limit: int = 200) -> str:
    """Return text on one line of at most `limit` characters.

    Control characters, line ends, lone surrogates and marks that turn the direction of writing
    become a blank: none of them can forge a line of a build log or colour a terminal.
    """
    line = " ".join(_UNFIT.sub(" ", text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
