"""Make audit entries of what people do on the command line."""

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from squash_jenkins.commands.terminal.named import user_name
from squash_jenkins.errors import SettingsError
from squash_jenkins.findings.statements import Recording
from squash_jenkins.store import Also
from squash_jenkins.store.service import audit

HOW = "command"
"""What stands in the audit log instead of a way of signing in; the address is the machine."""


def operator() -> str:
    """Return the name of the user who runs the command; the number where there is no name."""
    try:
        return user_name()
    except SettingsError:
        return f"user {os.getuid()}"


def recording_of(who: str) -> Recording:
    """Return what makes audit entries for a person."""
    return partial(_entry, who)


def _entry(who: str, action: str, target: str, detail: Mapping[str, Any]) -> Also:
    return audit.entry(
        at=datetime.now(UTC), who=who, how=HOW, address=platform.node(),
        action=action, target=target, detail=detail,
    )  # fmt: skip
