"""Store triage decisions about findings."""

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from squash_jenkins.errors import SettingsError
from squash_jenkins.findings.as_json import listed_facts
from squash_jenkins.findings.statements import add_triage
from squash_jenkins.findings.triage import new_triage
from squash_jenkins.models.finding import TRIAGE
from squash_jenkins.server import audit
from squash_jenkins.server.access import Submits
from squash_jenkins.server.api.cursors import LARGEST
from squash_jenkins.server.api.problem_responses import problem
from squash_jenkins.server.api.read.findings import (
    FINDING_PROBLEMS,
    FindingOut,
    Name,
    finding_named,
    listed,
)
from squash_jenkins.server.api.urls import Urls
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.services import Here

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
        said = new_triage(body.state, who.name, body.note, body.ticket, body.fixed_in)
    except SettingsError as error:
        field = "ticket" if "ticket" in str(error) else "state"
        raise Problem(422, str(error), field=field) from None
    with here.store.reader() as reader:
        row = finding_named(reader, name)
        (each,) = listed(reader, [row])
    if not who.may_write(each.job.name):
        raise Problem(403, f"{who.name} may not write to {each.job.name!r}.")
    add_triage(here.store, (row.key, row.name), said, partial(audit.recording, who))
    here.refresh.soon()
    with here.store.reader() as reader:
        (after,) = listed(reader, [finding_named(reader, name)])
    return FindingOut(**{**listed_facts(after), **urls.finding(name)})
