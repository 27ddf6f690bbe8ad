"""Say what can be done to a row, and what a form asks for it."""

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
    """Describe a field of a form.

    Attributes
    ----------
    choices
        Words of which one is chosen.
    kind
        ``text``, ``area`` for several lines, or ``time`` for a moment (UTC).

    """

    name: str
    label: str
    value: str = ""
    kind: str = "text"
    choices: Sequence[str] = ()
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """Say what can be done to a row of a table.

    Attributes
    ----------
    told
        What follows from it, shown before it is done.
    fields
        What its form asks.
    do
        Does it and notes it; raises SettingsError when the form is wrong.
    fits
        Whether it can be done to a row.
    gone
        Whether the row is no longer there afterwards.

    """

    table: str
    name: str
    label: str
    told: str
    do: Callable[[Services, Caller, Row, Form], None]
    fields: Callable[[Row], Sequence[Field]] = lambda _row: ()
    fits: Callable[[Row], bool] = lambda _row: True
    gone: bool = False


def number(form: Form, name: str) -> float | None:
    """Return a number; None for an empty field.

    Raises
    ------
    SettingsError
        When it is none.

    """
    text = form.get(name, "").strip()
    try:
        found = float(text) if text else None
    except ValueError:
        raise SettingsError(f"{name}: {text[:80]!r} is no number.") from None
    if found is not None and not abs(found) < float("inf"):
        raise SettingsError(f"{name}: {text[:80]!r} is no finite number.")
    return found


def moment(form: Form, name: str) -> datetime | None:
    """Return a moment (UTC); None for an empty field.

    Raises
    ------
    SettingsError
        When it is none.

    """
    text = form.get(name, "").strip()
    try:
        found = datetime.fromisoformat(text) if text else None
        if found is None:
            return None
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        fault = f"{name}: {text[:80]!r} is no time such as 2026-05-01T12:00 (UTC)."
        raise SettingsError(fault) from None


def words(form: Form, name: str) -> list[str]:
    """Return what stands between commas."""
    return [word for part in form.get(name, "").split(",") if (word := part.strip())]


def text(form: Form, name: str) -> str | None:
    """Return a text; None for an empty field."""
    return form.get(name, "").strip().replace("\r\n", "\n") or None
