"""Record every write in the audit log."""

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
    """Record that somebody did something.

    Parameters
    ----------
    action
        The kind of action, such as ``job.post``.
    target
        What it was done to, as people name it.
    detail
        What was written, in brief; never a secret.

    """
    here.store.audit.add(recording(who, action, target, detail or {}))


def recording(who: Caller, action: str, target: str, detail: Mapping[str, Any]) -> Also:
    """Return an entry to write in the transaction of the change: both are stored, or neither."""
    return audit.entry(
        at=datetime.now(UTC), who=who.name, how=who.how, address=who.address,
        action=action, target=target, detail=detail,
    )  # fmt: skip
