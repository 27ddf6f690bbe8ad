"""Read single fields of a document, and say exactly which one is wrong.

A :class:`Field` is a value together with its JSON path. Every question asked of
it either gives a value of the promised type or raises a `DocumentError` such as
``$.measurements[3].value is text ("7.8"); expected a number or null``.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from squash_jenkins.errors import DocumentError

LONGEST_NAME = 10_000
"""Longest name (of a metric, dataset, filter …) in characters that is stored."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,79}")


@dataclass(frozen=True, slots=True)
class Field:
    """Hold one value of a document and its path.

    `top` is the JSON path of a field that is in no other; of one that is, `within` is the object
    or list that it is in, and `key` its name or index there.
    """

    value: Any
    top: str = "$"
    within: "Field | None" = None
    key: str | int = ""

    @property
    def path(self) -> str:
        """Return the JSON path; it is put together when asked for, as hardly any ever is."""
        if self.within is None:
            return self.top
        if isinstance(self.key, int):
            return f"{self.within.path}[{self.key}]"
        return _member_path(self.within.path, self.key)

    def beside(self, value: Any) -> "Field":
        """Return another value at this one's path, such as its own name."""
        return Field(value, self.top, self.within, self.key)

    def fault(self, expected: str) -> DocumentError:
        """Return the error that says what was found here and what was `expected`."""
        return DocumentError(f"{self.path} is {describe(self.value)}; expected {expected}")

    def get(self, key: str) -> "Field | None":
        """Return a member of this object, None where it is absent or null."""
        value = self.mapping().get(key)
        return None if value is None else Field(value, "", self, key)

    def need(self, key: str) -> "Field":
        """Return a member of this object, which may be null but must be there."""
        members = self.mapping()
        if key not in members:
            raise DocumentError(
                f"{_member_path(self.path, key)} is missing; {self.path} is {describe(members)}"
            )
        return Field(members[key], "", self, key)

    def mapping(self) -> Mapping[str, Any]:
        """Return the object as it is."""
        if not isinstance(self.value, dict):
            raise self.fault("an object")
        return self.value

    def members(self) -> Iterator[tuple[str, "Field"]]:
        """Iterate over the names and values of this object."""
        for key, value in self.mapping().items():
            yield key, Field(value, "", self, key)

    def items(self) -> Iterator["Field"]:
        """Iterate over the entries of this list."""
        if not isinstance(self.value, list):
            raise self.fault("a list")
        for index, value in enumerate(self.value):
            yield Field(value, "", self, index)

    def text(self) -> str:
        """Return the text of any length."""
        if not isinstance(self.value, str):
            raise self.fault("text")
        return self.value

    def label(self) -> str:
        """Return the text, which may be empty, of at most 10 000 characters."""
        if not isinstance(self.value, str) or len(self.value) > LONGEST_NAME:
            raise self.fault(f"text of at most {LONGEST_NAME} characters")
        return self.value

    def name(self) -> str:
        """Return the text, which must not be empty, of at most 10 000 characters."""
        if not isinstance(self.value, str) or not 0 < len(self.value) <= LONGEST_NAME:
            raise self.fault(f"text of 1 to {LONGEST_NAME} characters")
        return self.value

    def number(self) -> float | None:
        """Return the number; None for null, NaN and the infinities ("not measured")."""
        if self.value is None:
            return None
        number = _as_float(self, "a number or null")
        return number if math.isfinite(number) else None

    def finite(self) -> float:
        """Return the number, which must be finite."""
        number = _as_float(self, "a finite number")
        if not math.isfinite(number):
            raise self.fault("a finite number")
        return number

    def whole(self, expected: str = "a whole number") -> int:
        """Return the whole number, of at most 64 bits."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.fault(expected)
        if self.value.bit_length() > 63:
            raise self.fault("a whole number of at most 64 bits")
        return self.value

    def word(self) -> str:
        """Return a value that is no finite number as the document wrote it: ``NaN``, ``null`` …."""
        return json.dumps(self.value)

    def moment(self) -> datetime:
        """Return a point in time (UTC) from ISO 8601 text; without a zone it is taken as UTC."""
        try:
            moment = datetime.fromisoformat(self.text())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.fault("a date and time as in ISO 8601") from None

    def stored(self) -> Any:
        """Return a copy that standard JSON can hold: NaN and the infinities become null."""
        return storable(self.value)


def text_or_none(parent: Field, key: str) -> str | None:
    """Return the text of a member, None where it is absent or null."""
    member = parent.get(key)
    return None if member is None else member.text()


def label_or_none(parent: Field, key: str) -> str | None:
    """Return the short text of a member, None where it is absent or null."""
    member = parent.get(key)
    return None if member is None else member.label()


def name_or_none(parent: Field, key: str) -> str | None:
    """Return the short text of a member, None where it is absent, null or empty."""
    return label_or_none(parent, key) or None


def listed(parent: Field, key: str) -> list[Field]:
    """Return the entries of a list, none where it is absent or null."""
    member = parent.get(key)
    return [] if member is None else list(member.items())


def labels(parent: Field, key: str) -> tuple[str, ...]:
    """Return a list of short texts, empty where it is absent or null."""
    return tuple(entry.label() for entry in listed(parent, key))


def stored_object(parent: Field, key: str) -> dict[str, Any]:
    """Return an object as standard JSON can hold it, empty where it is absent or null."""
    member = parent.get(key)
    return {} if member is None else {name: entry.stored() for name, entry in member.members()}


def storable(value: Any) -> Any:
    """Return a copy of a JSON value in which NaN and the infinities are None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: storable(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [storable(entry) for entry in value]
    return value


def describe(value: Any) -> str:
    """Return what a JSON value is in a few words, for an error message."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"a boolean ({json.dumps(value)})"
    if isinstance(value, int | float):
        return f"the number {_number_text(value)}"
    if isinstance(value, str):
        return f"text ({_shorten(json.dumps(value, ensure_ascii=False))})"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        keys = ", ".join(json.dumps(str(key), ensure_ascii=False) for key in list(value)[:8])
        more = ", …" if len(value) > 8 else ""
        return f"an object with {_shorten(keys, 200)}{more}" if value else "an empty object"
    return f"of type {type(value).__name__}"


def _as_float(field: Field, expected: str) -> float:
    if isinstance(field.value, bool) or not isinstance(field.value, int | float):
        raise field.fault(expected)
    try:
        return float(field.value)
    except OverflowError:
        raise field.fault("a number that fits double precision") from None


def _number_text(value: int | float) -> str:
    # str() of a very long integer raises ValueError: show its size only.
    if isinstance(value, int) and value.bit_length() > 256:
        return f"of {value.bit_length()} bits"
    return json.dumps(value)


def _shorten(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _member_path(path: str, key: str) -> str:
    if _PLAIN_KEY.fullmatch(key):
        return f"{path}.{key}"
    return f"{path}[{_shorten(json.dumps(key, ensure_ascii=False))}]"
