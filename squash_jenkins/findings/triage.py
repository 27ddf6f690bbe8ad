"""Check what somebody says of a finding."""

import re
from datetime import UTC, datetime

from squash_jenkins.errors import SettingsError
from squash_jenkins.models.finding import TRIAGE, Triage

_TICKET = re.compile(
    r"[A-Za-z][A-Za-z0-9_]*-\d+|https?://([\w.-]+|\[[\da-f:]+\])(:\d+)?([/?#]\S*)?", re.IGNORECASE
)
"""A key such as DM-123, or an address without user and password."""


def new_triage(
    state: str | None,
    who: str,
    note: str | None,
    ticket: str | None,
    fixed_in: int | None,
    assignee: str | None = None,
) -> Triage:
    """Return what somebody says of a finding now.

    Parameters
    ----------
    state
        A word of `findings.TRIAGE`; None for acknowledged, or fixed where a build holds the fix.
    assignee
        Who looks after it.

    Raises
    ------
    SettingsError
        When the state and the other values contradict, or the ticket is not valid.

    """
    state = state or ("acknowledged" if fixed_in is None else "fixed")
    if state not in TRIAGE:
        raise SettingsError(f"{state!r} is not one of {', '.join(TRIAGE)}.")
    if fixed_in is not None and state != "fixed":
        raise SettingsError(
            f"Only the state fixed goes with a build that has the fix, not {state}."
        )
    about = (note or None, _ticket(ticket), fixed_in, (assignee or "").strip() or None)
    return Triage(state, who, datetime.now(UTC), *about)


def _ticket(text: str | None) -> str | None:
    """Return the ticket; raise SettingsError for what is neither an address nor a key."""
    if not text:
        return None
    if not _TICKET.fullmatch(text) or not text.isprintable():
        raise SettingsError(
            f"{text!r} is not a ticket: give an http(s) address or a key such as DM-123."
        )
    return text
