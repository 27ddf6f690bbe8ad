"""Note every write in the audit log."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from squash_jenkins.server.access import Caller
from squash_jenkins.server.services import Services
from squash_jenkins.store import Also
from squash_jenkins.store.service import audit


def record(
    here: Services, who: Caller, action: str, target: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Note that somebody did something.

    Parameters
    ----------
    action
        What kind of thing in a word or two with a dot, such as ``build.post``.
    target
        What it was done to, as people call it.
    detail
        What was written, in short; never a secret.

    """
    here.store.audit.add(recording(who, action, target, detail or {}))


def recording(who: Caller, action: str, target: str, detail: Mapping[str, Any]) -> Also:
    """Return what notes it in the transaction that does it: both are kept, or neither is."""
    return audit.entry(
        at=datetime.now(UTC), who=who.name, how=who.how, address=who.address,
        action=action, target=target, detail=detail,
    )  # fmt: skip
