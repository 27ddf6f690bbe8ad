"""Store triage decisions about findings, and comments."""

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from squash_jenkins.errors import SettingsError
from squash_jenkins.findings.as_json import comment_facts, listed_facts
from squash_jenkins.findings.statements import (
    add_comment,
    add_triage,
    delete_comment,
    undo_triage,
)
from squash_jenkins.findings.triage import new_triage
from squash_jenkins.models.finding import TRIAGE
from squash_jenkins.server import audit
from squash_jenkins.server.access import Caller, Role, Submits
from squash_jenkins.server.api.cursors import LARGEST
from squash_jenkins.server.api.problem_responses import problem
from squash_jenkins.server.api.read.findings import (
    FINDING_PROBLEMS,
    CommentOut,
    FindingOut,
    Name,
    finding_named,
    listed,
)
from squash_jenkins.server.api.urls import UrlBuilder, Urls
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.services import Here, Services
from squash_jenkins.store.rows import FindingRow

router = APIRouter(tags=["submit"])


class TriageIn(BaseModel):
    """A triage decision about a finding; open revokes earlier ones."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"state": "acknowledged", "note": "Known since #412", "ticket": "DM-123"}
        },
    )

    state: Literal[TRIAGE] | None = None  # type: ignore[valid-type] # the words are kept in one place
    note: Annotated[str, Field(max_length=10_000)] | None = None
    ticket: Annotated[str, Field(max_length=2000)] | None = None
    fixed_in: Annotated[int, Field(ge=1, le=LARGEST)] | None = None
    assignee: Annotated[str, Field(max_length=200)] | None = None


class CommentIn(BaseModel):
    """What to write about a finding."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"note": "It is the new compiler."}}
    )

    note: Annotated[str, Field(min_length=1, max_length=10_000)]


@router.post(
    "/api/findings/{name}/triage/",
    status_code=201,
    responses={**FINDING_PROBLEMS, 400: problem("The body is not JSON"), 413: problem("Too large")},
)
def triage(here: Here, who: Submits, urls: Urls, name: Name, body: TriageIn) -> FindingOut:
    """Mark a finding as acknowledged, known, fixed, not of interest, or open again.

    Earlier decisions stay on record.
    """
    try:
        about = (body.note, body.ticket, body.fixed_in, body.assignee)
        said = new_triage(body.state, who.name, *about)
    except SettingsError as error:
        field = "ticket" if "ticket" in str(error) else "state"
        raise Problem(422, str(error), field=field) from None
    row = _written_to(here, who, name)
    add_triage(here.store, (row.key, row.name), said, partial(audit.recording, who))
    return _after(here, urls, name)


@router.delete(
    "/api/findings/{name}/triage/",
    responses={**FINDING_PROBLEMS, 409: problem("It has no triage")},
)
def undo(here: Here, who: Submits, urls: Urls, name: Name) -> FindingOut:
    """Take back the latest triage decision; the one before it counts again."""
    row = _written_to(here, who, name)
    try:
        undo_triage(here.store, (row.key, name), who.name, partial(audit.recording, who))
    except SettingsError as error:
        raise Problem(409, str(error)) from None
    return _after(here, urls, name)


@router.post(
    "/api/findings/{name}/comments/",
    status_code=201,
    responses={**FINDING_PROBLEMS, 400: problem("The body is not JSON"), 413: problem("Too large")},
)
def comment(here: Here, who: Submits, name: Name, body: CommentIn) -> CommentOut:
    """Write a comment on a finding; its state stays."""
    row = _written_to(here, who, name)
    recording = partial(audit.recording, who)
    try:
        said = add_comment(here.store, (row.key, name), who.name, body.note, recording)
    except SettingsError as error:
        raise Problem(422, str(error), field="note") from None
    here.refresh.soon()
    return CommentOut(**comment_facts(said))


@router.delete(
    "/api/findings/{name}/comments/{comment_id}/", status_code=204, responses=FINDING_PROBLEMS
)
def uncomment(here: Here, who: Submits, name: Name, comment_id: int) -> None:
    """Delete a comment: one's own; administrators delete any."""
    row = _written_to(here, who, name)
    with here.store.reader() as reader:
        found = [each for each in reader.findings.comments(row.key) if each.key == comment_id]
    if not found:
        raise Problem(404, f"The finding {name} has no comment {comment_id}.")
    if found[0].who != who.name and who.role is not Role.ADMIN:
        raise Problem(403, f"The comment is by {found[0].who}: only an administrator deletes it.")
    delete_comment(here.store, (row.key, name), found[0], partial(audit.recording, who))
    here.refresh.soon()


def _written_to(here: Services, who: Caller, name: str) -> FindingRow:
    """Return a finding that the caller may write to."""
    with here.store.reader() as reader:
        row = finding_named(reader, name)
        (each,) = listed(reader, [row])
    if not who.may_write(each.job.name):
        raise Problem(403, f"{who.name} may not write to {each.job.name!r}.")
    return row


def _after(here: Services, urls: UrlBuilder, name: str) -> FindingOut:
    """Return the finding; its page follows in the background."""
    here.refresh.soon()
    with here.store.reader() as reader:
        (after,) = listed(reader, [finding_named(reader, name)])
    return FindingOut(**{**listed_facts(after), **urls.finding(name)})
