"""Read findings: what got worse or better."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from squash_jenkins.findings.as_json import ListedFinding, listed_facts, more_facts
from squash_jenkins.findings.suspects import suspects_of
from squash_jenkins.models.finding import TRIAGE, builds_of
from squash_jenkins.server.access import Reads
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
from squash_jenkins.text.former import former_text

router = APIRouter(tags=["read"], dependencies=[Depends(check_parameters)])
Name = Annotated[str, Path(max_length=16)]
FINDING_PROBLEMS = {**ITEM_PROBLEMS, 410: problem("It is no longer detected; see `successor`")}


class TriageOut(BaseModel):
    """A triage decision; `fixed_in` is the number of the build with the fix."""

    state: Literal[TRIAGE]  # type: ignore[valid-type] # the words are kept in one place
    who: str
    created: Moment
    note: str | None
    ticket: str | None
    fixed_in: int | None
    assignee: str | None
    undone: Moment | None = Field(description="When it was taken back; it does not count then.")
    undone_by: str | None


class CommentOut(BaseModel):
    """What somebody wrote about a finding."""

    id: int
    who: str
    created: Moment
    note: str


class AcceptanceOut(BaseModel):
    """Who accepted the level, from which build (number) on."""

    since: int
    who: str
    created: Moment
    note: str | None


class EvidenceOut(BaseModel):
    """What a change was concluded from; builds are counted up to 30."""

    test: str
    builds_before: int
    builds_after: int
    autocorrelation: float
    modes: list[str] = Field(
        description="What further levels add to the commonest; they were taken out first."
    )
    period: int = Field(description="Number of the part with one noise, from 1.")
    periods: int
    levels_before: list[float] = Field(description="Levels that values alternated between.")
    levels_after: list[float]


class ChangeOut(BaseModel):
    """A change in a series; builds are numbers, `before` and `after` are levels in `unit`."""

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
    evidence: EvidenceOut | None
    nodes: str | None


class FindingOut(BaseModel):
    """What got worse or better at a build of a job; builds are numbers.

    `first` and `last` are the first and last build in which it may have begun, `ended` the build
    with which it ended.
    """

    name: str = Field(examples=["a1b2c3d4e5f6"])
    controller: str
    job: str
    kind: str = Field(examples=["step"])
    direction: str = Field(examples=["worse"])
    state: str = Field(
        examples=["open"],
        description="The latest triage decision; open again when the finding grew beyond it.",
    )
    open: bool = Field(description="It still holds and was not triaged.")
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
    grown: str | None = Field(description="How it grew beyond the latest triage decision.")
    accepted: AcceptanceOut | None
    series: list[ChangeOut]
    url: str
    page: str


class FindingDetail(FindingOut):
    """A finding with its suspects, the likeliest first, and all triage decisions."""

    last_good: int | None
    between: list[dict[str, Any]]
    missing: list[int]
    suspects: list[dict[str, Any]]
    code: CodeOut
    log: list[TriageOut]
    comments: list[CommentOut]


def finding_rows(
    reader: Reader, urls: UrlBuilder, found: Sequence[PageRow]
) -> list[dict[str, Any]]:
    """Return findings in the order of the rows."""
    by_key = {row.key: row for row in reader.findings.find(keys=[each["id"] for _, each in found])}
    rows = [by_key[each["id"]] for _, each in found]
    return [{**listed_facts(each), **urls.finding(each.row.name)} for each in listed(reader, rows)]


def listed(reader: Reader, rows: Sequence[FindingRow]) -> list[ListedFinding]:
    """Return findings with their jobs, builds and numbers of builds."""
    jobs = {job.key: job for job in reader.builds.jobs()}
    named = builds_of([row.finding for row in rows])
    numbers, starts = reader.builds.numbers(named), reader.builds.starts(named)
    builds = reader.builds.details([row.finding.build for row in rows])
    return [
        ListedFinding(row, jobs[row.job], builds[row.finding.build], numbers, starts, "")
        for row in rows
    ]


def finding_named(reader: Reader, name: str) -> FindingRow:
    """Return the finding of this name.

    Raises
    ------
    Problem
        404 when there is none, 410 when it is no longer detected; `successor` in it is the name of
        the finding that shows its series now.

    """
    found = [row for row in reader.findings.find(name=name) if row.name == name]
    if not found:
        for each in reader.findings.former(name):
            text = former_text(each.name, each.headline, each.successor)
            raise Problem(410, text, successor=each.successor)
        raise Problem(404, f"There is no finding {name!r}: see /api/findings/.")
    return found[0]


@router.get(
    "/api/findings/{name}/",
    responses=FINDING_PROBLEMS,
)
def finding(here: Here, who: Reads, urls: Urls, name: Name) -> FindingDetail:
    """Return a finding with its suspects and all triage decisions."""
    with here.store.reader() as reader:
        row = finding_named(reader, name)
        (each,) = listed(reader, [row])
        numbers = {build.key: build.number for build in reader.builds.outline(row.job)}
        log, comments = reader.findings.triage(row.key), reader.findings.comments(row.key)
        more = more_facts(suspects_of(reader, row), log, comments, numbers)
    return FindingDetail(**{**listed_facts(each), **more, **urls.finding(name)})


add_list(
    router,
    ListRoute(
        "findings",
        FINDINGS,
        FindingOut,
        finding_rows,
        "Findings",
        "List regressions and improvements, newest first. `state=open&over=false&withdrawn=false` "
        "selects those that still hold and were not triaged.",
    ),
)
