"""Triage findings, and change who may use the server."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from squash_jenkins.errors import SettingsError
from squash_jenkins.findings.statements import add_triage
from squash_jenkins.findings.triage import new_triage
from squash_jenkins.models.finding import TRIAGE
from squash_jenkins.server import audit
from squash_jenkins.server.access import Caller, Role
from squash_jenkins.server.admin.action import Action, Field, Form, Row, text
from squash_jenkins.server.services import Services

_ROLES = tuple(role.word for role in Role if role > Role.NONE)
_ADMIN = Role.ADMIN.word
_LARGEST = 2**31 - 1


def actions() -> Sequence[Action]:
    """Return the actions."""
    return (
        Action(
            "finding", "say", "Triage", "Earlier entries stay on record.",
            _triage, _triage_fields,
        ),
        Action(
            "account", "role", "Change the role", "Its sessions end; "
            "its tokens may never do more than the account.",
            _change_role, lambda _here, row: (Field("role", "Role", row["role"], choices=_ROLES),),
        ),
        Action(
            "account", "disable", "Disable", "Nobody can sign in with it, and its tokens "
            "are refused, until it is enabled again.",
            _disable, fits=lambda row: row["disabled"] is None,
        ),
        Action(
            "account", "enable", "Enable", "It can sign in again, and its tokens are valid again.",
            _enable, fits=lambda row: row["disabled"] is not None,
        ),
        Action(
            "token", "revoke", "Revoke", "Programs that use it are refused from now on. "
            "This cannot be undone: they need a new token.",
            _revoke, gone=True,
        ),
    )  # fmt: skip


def _triage_fields(_here: Services, _row: Row) -> Sequence[Field]:
    return (
        Field("state", "State", "acknowledged", choices=TRIAGE),
        Field("note", "Note", kind="area"),
        Field("ticket", "Ticket: a key such as DM-123, or a URL"),
        Field("fixed_in", "Number of the build with the fix, only with the state fixed"),
        Field("assignee", "Assigned to"),
    )


def _triage(here: Services, who: Caller, row: Row, form: Form) -> None:
    names = ("note", "ticket", "fixed_in", "assignee")
    note, ticket, fixed, assignee = (text(form, name) for name in names)
    said = new_triage(form.get("state"), who.name, note, ticket, _number(fixed), assignee)
    add_triage(here.store, (row["id"], row["name"]), said, partial(audit.recording, who))


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text[:11]) <= _LARGEST):
        raise SettingsError(f"{text[:20]!r} is not a build number.")
    return int(text)


def _change_role(here: Services, who: Caller, row: Row, form: Form) -> None:
    role = form.get("role", "")
    if role not in _ROLES:
        raise SettingsError(f"{role[:20]!r} is not one of {', '.join(_ROLES)}.")
    if role != _ADMIN:
        _keep_one(here, row)
    here.store.accounts.change(row["id"], role=role)
    audit.record(here, who, "user.role", row["name"], {"role": role})


def _disable(here: Services, who: Caller, row: Row, _form: Form) -> None:
    _keep_one(here, row)
    here.store.accounts.change(row["id"], disabled=datetime.now(UTC))
    audit.record(here, who, "user.disable", row["name"])


def _enable(here: Services, who: Caller, row: Row, _form: Form) -> None:
    here.store.accounts.change(row["id"], disabled=None)
    audit.record(here, who, "user.enable", row["name"])


def _revoke(here: Services, who: Caller, row: Row, _form: Form) -> None:
    if here.store.accounts.revoke(row["id"]):
        audit.record(here, who, "token.revoke", str(row["id"]), {"begins": row["shown"]})


def _keep_one(here: Services, row: Row) -> None:
    """Refuse to remove the last admin, who alone may use this page."""
    admins = [
        each.key
        for each in here.store.accounts.all()
        if each.role == _ADMIN and each.disabled is None
    ]
    if admins == [row["id"]]:
        raise SettingsError(
            f"{row['name']} is the last admin: add another one first, or use "
            "`squash-jenkins user` on the server's machine."
        )
