"""Answer what got worse or better, and take what people say of it."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from squash_jenkins.errors import SettingsError
from squash_jenkins.findings.as_json import Listed, facts, more_facts
from squash_jenkins.findings.suspects import suspects_of
from squash_jenkins.findings.triage import saying
from squash_jenkins.models.finding import TRIAGE, builds_of
from squash_jenkins.server import audit
from squash_jenkins.server.access import Reads, Submits
from squash_jenkins.server.api.cursors import LARGEST
from squash_jenkins.server.api.list_routes import (
    ListRoute,
    Moment,
    add_list,
    check_parameters,
)
from squash_jenkins.server.api.problem_responses import ITEM_PROBLEMS, problem
from squash_jenkins.server.api.read.code import CodeOut
from squash_jenkins.server.api.urls import UrlBuilder, Urls
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.services import Here
from squash_jenkins.store import Reader
from squash_jenkins.store.lists import FINDINGS, PageRow
from squash_jenkins.store.rows import FindingRow

router = APIRouter()
Name = Annotated[str, Path(max_length=16)]


class TriageOut(BaseModel):
    """What somebody said of a finding; `fixed_in` is the number of the build with the fix."""

    state: Literal[TRIAGE]  # type: ignore[valid-type] # the words are kept in one place
    who: str
    created: Moment
    note: str | None
    ticket: str | None
    fixed_in: int | None


class ChangeOut(BaseModel):
    """What happened in a series; builds are numbers, `before` and `after` levels in `unit`."""

    kind: str
    direction: str
    metric: str
    build: int
    first: int
    last: int
    dataset: str | None
    filter: str | None
    level: str
    unit: str | None
    ended: int | None
    before: float | None
    after: float | None
    sigma: float | None
    strength: float | None
    p_value: float | None
    specification: str
    statistics: str


class FindingOut(BaseModel):
    """What got worse or better at a build of a job; builds are numbers.

    `first` and `last` are the first and last build where it may have begun, `ended` the build
    with which it was over.
    """

    name: str = Field(examples=["a1b2c3d4e5f6"])
    controller: str
    job: str
    kind: str = Field(examples=["step"])
    direction: str = Field(examples=["worse"])
    state: str = Field(examples=["open"], description="What was said of it last.")
    open: bool = Field(description="It still holds and nobody has spoken of it.")
    withdrawn: bool
    build: int
    started: str
    first: int
    last: int
    ended: int | None
    headline: str
    place: str
    details: str
    triage: TriageOut | None
    series: list[ChangeOut]
    url: str
    page: str


class FindingDetail(FindingOut):
    """A finding with what may be its cause, the most suspect first, and all that was said."""

    last_good: int | None
    between: list[dict[str, Any]]
    missing: list[int]
    suspects: list[dict[str, Any]]
    code: CodeOut
    log: list[TriageOut]


class TriageIn(BaseModel):
    """Say something of a finding; open takes back what was said before."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"state": "acknowledged", "note": "Known since #412", "ticket": "DM-123"}
        },
    )

    state: Literal[TRIAGE] | None = None  # type: ignore[valid-type] # as above
    note: Annotated[str, Field(max_length=10_000)] | None = None
    ticket: Annotated[str, Field(max_length=2000)] | None = None
    fixed_in: Annotated[int, Field(ge=1, le=LARGEST)] | None = None


def _shown(reader: Reader, urls: UrlBuilder, found: Sequence[PageRow]) -> list[dict[str, Any]]:
    """Return findings in the order of the page."""
    by_key = {row.key: row for row in reader.findings.find(keys=[each["id"] for _, each in found])}
    rows = [by_key[each["id"]] for _, each in found]
    return [{**facts(each), **urls.finding(each.row.name)} for each in _listed(reader, rows)]


def _listed(reader: Reader, rows: Sequence[FindingRow]) -> list[Listed]:
    jobs = {job.key: job for job in reader.builds.jobs()}
    numbers = reader.builds.numbers(builds_of([row.finding for row in rows]))
    builds = reader.builds.details([row.finding.build for row in rows])
    return [Listed(row, jobs[row.job], builds[row.finding.build], numbers, "") for row in rows]


def _named(reader: Reader, name: str) -> FindingRow:
    found = [row for row in reader.findings.find(name=name) if row.name == name]
    if not found:
        raise Problem(404, f"There is no finding {name!r}: GET /api/findings/ lists all.")
    return found[0]


@router.get(
    "/api/findings/{name}/",
    responses=ITEM_PROBLEMS,
    tags=["read"],
    dependencies=[Depends(check_parameters)],
)
def finding(here: Here, who: Reads, urls: Urls, name: Name) -> FindingDetail:
    """Return a finding with its suspects and all that was said of it."""
    with here.store.reader() as reader:
        row = _named(reader, name)
        (each,) = _listed(reader, [row])
        numbers = {build.key: build.number for build in reader.builds.outline(row.job)}
        more = more_facts(suspects_of(reader, row), reader.findings.triage(row.key), numbers)
    return FindingDetail(**{**facts(each), **more, **urls.finding(name)})


@router.post(
    "/api/findings/{name}/triage/",
    status_code=201,
    responses={**ITEM_PROBLEMS, 400: problem("The body is no JSON"), 413: problem("Too large")},
    tags=["submit"],
)
def triage(here: Here, who: Submits, urls: Urls, name: Name, body: TriageIn) -> FindingOut:
    """Say that a finding is acknowledged, known, fixed or not of interest, or open again.

    What was said before stays on record.
    """
    try:
        said = saying(body.state, who.name, body.note, body.ticket, body.fixed_in)
    except SettingsError as error:
        field = "ticket" if "ticket" in str(error) else "state"
        raise Problem(422, str(error), field=field) from None
    with here.store.reader() as reader:
        row = _named(reader, name)
        (each,) = _listed(reader, [row])
    if not who.may_write(each.job.name):
        raise Problem(403, f"{who.name} may not write to {each.job.name!r}.")
    detail = body.model_dump(exclude_none=True) | {"state": said.state}
    here.store.say(row.key, said, audit.recording(who, "finding.triage", name, detail))
    here.refresh.soon()
    with here.store.reader() as reader:
        (after,) = _listed(reader, [_named(reader, name)])
    return FindingOut(**{**facts(after), **urls.finding(name)})


add_list(
    router,
    ListRoute(
        "findings",
        FINDINGS,
        FindingOut,
        _shown,
        "Findings",
        "List what got worse or better, the newest first. `state=open&over=false&withdrawn=false` "
        "are those that still hold and that nobody spoke of.",
    ),
)
