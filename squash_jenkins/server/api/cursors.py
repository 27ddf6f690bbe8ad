"""Cursors: places in lists as text."""

import base64
import binascii
import json
import math
from datetime import UTC, datetime
from typing import Any

from squash_jenkins.server.http.problems import Problem
from squash_jenkins.store.lists import ListDefinition, Place, Scalar

LARGEST = 2**31 - 1
"""Largest id or build number in every database."""
_WRONG = "This is not a cursor of this list and order: leave it out to start at the first page."


def cursor_of(listed: str, order: str, place: Place) -> str:
    """Return a cursor to the row after a place."""
    value: Any = place.value
    kind = "n" if value is None else _KINDS[type(value)]
    if isinstance(value, datetime):
        value = value.isoformat()
    text = json.dumps([listed, order, kind, value, place.key])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(listed: ListDefinition, order: str, cursor: str) -> Place:
    """Return the place after which a cursor continues.

    Raises
    ------
    Problem
        422 for anything but a cursor of this list and order.

    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        of, by, kind, value, key = json.loads(base64.b64decode(padded, b"-_", validate=True))
        if [of, by] != [listed.name, order] or type(key) is not int or not 0 <= key <= LARGEST:
            raise ValueError(_WRONG)
        place = Place(_value(kind, value), key)
        if place.value is not None and not listed.holds(order, place.value):
            raise ValueError(_WRONG)
        return place
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, binascii.Error):
        raise Problem(422, _WRONG, field="cursor") from None


_KINDS: dict[type, str] = {str: "s", int: "i", float: "f", datetime: "t"}


def _value(kind: str, value: Any) -> Scalar | None:
    if kind == "n" and value is None:
        return None
    if kind == "t":
        return datetime.fromisoformat(value).astimezone(UTC)
    known = {"s": str, "i": int, "f": float}[kind]
    if type(value) is not known or not isinstance(value, str | int | float):
        raise ValueError(_WRONG)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(_WRONG)
    return value
