"""What can be done to a row, and the fields of its form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from squash_jenkins.errors import SettingsError
from squash_jenkins.server.access import Caller
from squash_jenkins.server.services import Services

Row = Mapping[str, Any]
Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form.

    Attributes
    ----------
    choices
        Options of a selection.
    kind
        ``text``, ``area`` for several lines, or ``time`` for a date and time (UTC).

    """

    name: str
    label: str
    value: str = ""
    kind: str = "text"
    choices: Sequence[str] = ()
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done to a row of a table.

    Attributes
    ----------
    effect
        What it leads to, shown before it is done.
    fields
        The fields of its form, with the current values.
    do
        Does it and records it in the audit log; raises SettingsError for invalid input.
    fits
        Whether it applies to a row.
    gone
        Whether it removes the row.

    """

    table: str
    name: str
    label: str
    effect: str
    do: Callable[[Services, Caller, Row, Form], None]
    fields: Callable[[Services, Row], Sequence[Field]] = lambda _here, _row: ()
    fits: Callable[[Row], bool] = lambda _row: True
    gone: bool = False


def number(form: Form, name: str) -> float | None:
    """Return a number; None for an empty field.

    Raises
    ------
    SettingsError
        When it is invalid.

    """
    text = form.get(name, "").strip()
    try:
        found = float(text) if text else None
    except ValueError:
        raise SettingsError(f"{name}: {text[:80]!r} is not a number.") from None
    if found is not None and not abs(found) < float("inf"):
        raise SettingsError(f"{name}: {text[:80]!r} is not a finite number.")
    return found


def moment(form: Form, name: str) -> datetime | None:
    """Return a date and time (UTC); None for an empty field.

    Raises
    ------
    SettingsError
        When it is invalid.

    """
    text = form.get(name, "").strip()
    try:
        found = datetime.fromisoformat(text) if text else None
        if found is None:
            return None
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        fault = f"{name}: {text[:80]!r} is not a time such as 2026-05-01T12:00 (UTC)."
        raise SettingsError(fault) from None


def words(form: Form, name: str) -> list[str]:
    """Return a comma-separated list."""
    return [word for part in form.get(name, "").split(",") if (word := part.strip())]


def text(form: Form, name: str) -> str | None:
    """Return a text; None for an empty field."""
    return form.get(name, "").strip().replace("\r\n", "\n") or None
