"""CSV cells that no spreadsheet takes for formulas.

The pages do the same (``squash.csvField`` in ``sharing.js``); both are tested with the same cases.
"""

import math
import re
from collections.abc import Iterable

_FORMULA = re.compile(
    r"[\s\x00-\x1f\x85\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]"
)  # including full-width signs
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def row(values: Iterable[object]) -> str:
    """Return a line."""
    return ",".join(map(cell, values)) + "\r\n"


def cell(value: object) -> str:
    """Return a cell: numbers as they are, None as empty, texts in quotes.

    A text that a spreadsheet would take for a formula gets a leading apostrophe.
    """
    if value is None:
        return ""
    if isinstance(value, int | float):
        return repr(value) if math.isfinite(value) else ""
    text = str(value)
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        text = f"'{text}"
    return '"' + text.replace('"', '""') + '"'
