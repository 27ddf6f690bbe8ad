"""Find the band in the name of a metric of analysis_tools."""

import re

_BAND = re.compile(r"(u|g|r|i|z|y|N\d{3,4})_(?=.)")


def split_band(name: str) -> tuple[str | None, str]:
    """Return the band that a name begins with, and the rest of the name.

    >>> split_band("i_AM1"), split_band("numRows")
    (('i', 'AM1'), (None, 'numRows'))
    """
    found = _BAND.match(name)
    return (found[1], name[found.end() :]) if found else (None, name)
