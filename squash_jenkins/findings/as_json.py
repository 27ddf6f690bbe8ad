"""Give findings and code changes as plain values, for scripts and for the REST API."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from squash_jenkins.models.finding import Acceptance, Comment, SeriesChange, Triage
from squash_jenkins.store.rows import BuildRow, FindingRow, JobRow
from squash_jenkins.text.growth import growth_text
from squash_jenkins.text.sentences import Starts, details, headline, place

if TYPE_CHECKING:  # not needed to run: post-build starts sooner without them
    from squash_jenkins.findings.suspects import CodeBetween, Suspects


@dataclass(frozen=True, slots=True)
class ListedFinding:
    """Hold a finding with its job, its build and its URL.

    `numbers` are the numbers of builds by key, `starts` when they started.
    """

    row: FindingRow
    job: JobRow
    build: BuildRow
    numbers: Mapping[int, int]
    starts: Starts
    url: str

    @property
    def state(self) -> str:
        """Return its state in a word."""
        if self.row.withdrawn:
            return "withdrawn"
        if self.row.state == "open" and self.row.finding.ended is not None:
            return "over" if self.row.accepted is None else "accepted"
        return self.row.state


def facts(
    row: FindingRow, job: JobRow, numbers: Mapping[int, int], starts: Starts
) -> dict[str, Any]:
    """Return what every list of findings has, as plain values; builds are numbers."""
    finding = row.finding
    return {
        "name": row.name,
        "controller": job.controller,
        "job": job.name,
        "kind": finding.kind,
        "direction": finding.direction,
        "state": row.state,
        "open": row.open,
        "withdrawn": row.withdrawn,
        "build": numbers[finding.build],
        "first": numbers[finding.first],
        "last": numbers[finding.last],
        "ended": None if finding.ended is None else numbers[finding.ended],
        "headline": headline(finding),
        "place": place(finding),
        "details": details(finding, numbers, starts),
        "series": [_series_facts(change, numbers) for change in finding.series],
    }


def listed_facts(each: ListedFinding) -> dict[str, Any]:
    """Return a finding as plain values, with its build, what people said of it, and its page."""
    growth, triage = each.row.growth, each.row.triage
    return {
        **facts(each.row, each.job, each.numbers, each.starts),
        "started": each.build.started.isoformat(),
        "triage": None if triage is None else _said(triage),
        "grown": growth_text(growth, triage.state) if growth and triage else None,
        "accepted": None if each.row.accepted is None else _accepted(each.row.accepted),
        "url": each.url,
    }


def more_facts(
    found: "Suspects",
    log: Sequence[Triage],
    comments: Sequence[Comment],
    numbers: Mapping[int, int],
) -> dict[str, Any]:
    """Return what only `findings show` adds, as plain values."""
    return {
        "last_good": None if found.last_good is None else numbers[found.last_good],
        "between": [{"number": each.number, "result": each.result} for each in found.between],
        "missing": found.missing,
        "suspects": [asdict(each) for each in found.suspects],
        "code": code_facts(found.code, numbers),
        "log": [_said(each) for each in log],
        "comments": [comment_facts(each) for each in comments],
    }


def code_facts(code: "CodeBetween", numbers: Mapping[int, int]) -> dict[str, Any]:
    """Return code changes as plain values; `packages` is None where they are not known."""
    packages = code.packages
    return {
        "after": None if code.after is None else numbers[code.after],
        "until": numbers[code.until],
        "compared": None if code.compared is None else [numbers[key] for key in code.compared],
        "backwards": code.backwards,
        "reason": code.reason or None,
        "packages": None
        if packages is None
        else [
            {
                "name": each.name,
                "kind": each.kind,
                "old": None if each.old is None else asdict(each.old),
                "new": None if each.new is None else asdict(each.new),
                "url": each.url,
            }
            for each in packages
        ],
        "commits": [
            {
                "build": numbers[key],
                "revision": change.revision,
                "author": change.author,
                "message": change.message,
                "committed": change.committed.isoformat() if change.committed else None,
                "paths": list(change.paths),
            }
            for key, change in code.commits
        ],
    }


def _series_facts(change: SeriesChange, numbers: Mapping[int, int]) -> dict[str, Any]:
    values: dict[str, Any] = asdict(change)
    del values["shown"]
    for name in ("build", "first", "last", "ended"):
        values[name] = None if values[name] is None else numbers[values[name]]
    return values


def _accepted(accepted: Acceptance) -> dict[str, Any]:
    return {
        "since": accepted.number,
        "who": accepted.who,
        "created": accepted.created.isoformat(),
        "note": accepted.note,
    }


def _said(triage: Triage) -> dict[str, Any]:
    undone = None if triage.undone is None else triage.undone.isoformat()
    return asdict(triage) | {"created": triage.created.isoformat(), "undone": undone}


def comment_facts(comment: Comment) -> dict[str, Any]:
    """Return a comment as plain values."""
    return {
        "id": comment.key,
        "who": comment.who,
        "created": comment.created.isoformat(),
        "note": comment.note,
    }
