"""Answer in one sentence whether anything is wrong with some jobs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from squash_jenkins.models.finding import NOISE, WORSE
from squash_jenkins.render.content.build_views import seconds
from squash_jenkins.render.overview.series_rows import MISSES, rows_of
from squash_jenkins.render.site.directions import is_unclear
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.site import Site
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.text.numbers import counted

RECENT = timedelta(days=1)
"""What began so long before the newest build ended is new."""
_FINDINGS = "findings/index.html"
Part = Mapping[str, Any]


@dataclass(frozen=True)
class Situation:
    """Hold what the sentence is made from.

    `since` is the time from which on things are new, `failed` are the newest builds of jobs
    that failed, `misses` is the number of newest values that miss their loosest level.
    """

    since: datetime
    worse: Sequence[FindingRow]
    older: Sequence[FindingRow]
    unclear: Sequence[FindingRow]
    failed: Sequence[BuildLine]
    misses: int
    jobs: int

    @property
    def tone(self) -> str:
        """Return the role of the colour that stands for it."""
        if self.worse or self.failed:
            return "bad"
        return "warn" if self.older or self.unclear or self.misses else "calm"


def verdict(site: Site, jobs: Sequence[JobLine]) -> Mapping[str, Any] | None:
    """Return the sentence in parts, what else to know, and the colour; None without builds.

    A part has a `text`, and perhaps a `page` that it links to, or a `day` in seconds of Unix time.
    """
    jobs = [job for job in jobs if site.builds(job)]
    if not jobs:
        return None
    found = _situation(site, jobs)
    clauses = [list(_moved(site, found)), *_failed(site, found)]
    return {
        "tone": found.tone,
        "parts": [part for parts in _joined(clauses) for part in parts],
        "also": list(_also(found)),
    }


def _situation(site: Site, jobs: Sequence[JobLine]) -> Situation:
    newest = [site.builds(job)[-1] for job in jobs]
    since = max(build.finished for build in newest) - RECENT
    rows = [
        row for job in jobs for row in site.findings(job) if row.open and row.finding.kind != NOISE
    ]
    worse = [row for row in rows if row.finding.direction == WORSE]
    new = [row for row in worse if began(site, row) >= since]
    return Situation(
        since,
        new,
        [row for row in worse if row not in new],
        [row for row in rows if is_unclear(site, row)],
        [build for build in newest if build.failed],
        sum(row.tone == MISSES for job in jobs for row in rows_of(site, job)),
        len(jobs),
    )


def began(site: Site, row: FindingRow) -> datetime:
    """Return when the build ended in which a finding began (UTC)."""
    return site.stored.by_key(site.detected.job_of(row))[row.finding.build].finished


def _moved(site: Site, found: Situation) -> Iterator[Part]:
    """Yield whether anything got worse, and since when."""
    since: Part = {"day": seconds(found.since)}
    if found.worse:
        yield {"text": counted(len(found.worse), "regression"), "page": _FINDINGS}
        yield from ({"text": " since "}, since, *_in_jobs(site, found, found.worse))
    elif found.unclear:
        yield {"text": "No known regression since "}
        yield from (since, {"text": ", but "})
        yield {"text": _changes(len(found.unclear)), "page": _FINDINGS}
    elif found.older:
        yield from ({"text": "Nothing got worse since "}, since, {"text": "; "})
        yield {"text": counted(len(found.older), "older regression"), "page": _FINDINGS}
        yield {"text": f" {_are(len(found.older))} open"}
        yield from _in_jobs(site, found, found.older)
    else:
        yield {"text": "Nothing got worse"}


def _failed(site: Site, found: Situation) -> Iterator[list[Part]]:
    """Yield which newest builds failed."""
    if len(found.failed) == 1:
        [build] = found.failed
        name = f"#{build.number}"
        if found.jobs > 1:
            name = f"{site.title_of(build.job)} {name}"
        yield [
            {"text": "the newest build ("},
            {"text": name, "page": build.page},
            {"text": ") failed"},
        ]
    elif found.failed:
        yield [
            {"text": "the newest builds of "},
            {"text": counted(len(found.failed), "job"), "page": "health/index.html"},
            {"text": " failed"},
        ]


def _also(found: Situation) -> Iterator[str]:
    """Yield what else there is to know."""
    if found.older and (found.worse or found.unclear):
        yield f"{counted(len(found.older), 'older regression')} {_are(len(found.older))} open"
    if found.worse and found.unclear:
        yield _changes(len(found.unclear))
    if found.misses:
        verb = "misses its" if found.misses == 1 else "miss their"
        yield f"{counted(found.misses, 'value')} {verb} minimum"


def _changes(many: int) -> str:
    return f"{counted(many, 'change')} may be good or bad"


def _are(many: int) -> str:
    return "is" if many == 1 else "are"


def _in_jobs(site: Site, found: Situation, rows: Sequence[FindingRow]) -> Iterator[Part]:
    """Yield which job the findings are in, or how many; nothing where there is only one."""
    jobs = {row.job: site.detected.job_of(row) for row in rows}
    if found.jobs > 1:
        only = next(iter(jobs.values()))
        yield {"text": " in "}
        yield (
            {"text": site.title_of(only), "page": only.page}
            if len(jobs) == 1
            else {"text": counted(len(jobs), "job")}
        )


def _joined(clauses: Sequence[list[Part]]) -> Iterator[list[Part]]:
    for at, clause in enumerate(clauses):
        yield [{"text": "; "}, *clause] if at else clause
    yield [{"text": "."}]
