"""Accept the level that a finding reports, and take that back; administrators may."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from squash_jenkins.errors import SettingsError
from squash_jenkins.findings import statements
from squash_jenkins.findings.acceptance import MeantFinding, Statement
from squash_jenkins.findings.as_json import listed_facts
from squash_jenkins.server import audit
from squash_jenkins.server.access import Administers
from squash_jenkins.server.api.cursors import LARGEST
from squash_jenkins.server.api.problem_responses import problem
from squash_jenkins.server.api.read.findings import (
    FINDING_PROBLEMS,
    FindingOut,
    Name,
    finding_named,
    listed,
)
from squash_jenkins.server.api.urls import UrlBuilder, Urls
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.services import Here, Services

router = APIRouter(tags=["submit"])
_PROBLEMS = {**FINDING_PROBLEMS, 400: problem("The body is not JSON"), 413: problem("Too large")}


class AcceptanceIn(BaseModel):
    """From which build (number) on; by default from where the finding began."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"note": "New reference catalogue"}}
    )

    since: Annotated[int, Field(ge=1, le=LARGEST)] | None = None
    note: Annotated[str, Field(max_length=10_000)] | None = None


@router.post("/api/findings/{name}/acceptance/", status_code=201, responses=_PROBLEMS)
def accept(here: Here, who: Administers, urls: Urls, name: Name, body: AcceptanceIn) -> FindingOut:
    """Accept the level of a finding's series: detection begins anew there."""
    with here.store.reader() as reader:
        meant = MeantFinding(reader, finding_named(reader, name), body.since)
        try:
            accepted = meant.accepted(Statement(who.name, body.note))
        except SettingsError as error:
            raise Problem(422, str(error), field="since") from None
    try:
        statements.accept(here.store, meant, accepted, partial(audit.recording, who))
    except SettingsError as error:
        raise Problem(409, str(error)) from None
    return _after(here, urls, name)


@router.delete(
    "/api/findings/{name}/acceptance/", responses={**FINDING_PROBLEMS, 409: problem("Not accepted")}
)
def undo(here: Here, who: Administers, urls: Urls, name: Name) -> FindingOut:
    """Take back that the level was accepted."""
    with here.store.reader() as reader:
        meant = MeantFinding(reader, finding_named(reader, name))
        known = meant.known()
    try:
        statements.undo_acceptance(here.store, meant, known, partial(audit.recording, who))
    except SettingsError as error:
        raise Problem(409, str(error)) from None
    return _after(here, urls, name)


def _after(here: Services, urls: UrlBuilder, name: str) -> FindingOut:
    """Return the finding; that it is over follows in the background."""
    here.refresh.soon()
    with here.store.reader() as reader:
        (each,) = listed(reader, [finding_named(reader, name)])
    return FindingOut(**{**listed_facts(each), **urls.finding(name)})
