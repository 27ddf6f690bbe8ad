"""Gather the marks of findings on the trends of a job: a data file for the browser."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from squash_jenkins.models.finding import SeriesChange
from squash_jenkins.render.content import finding_views
from squash_jenkins.render.links import web_link
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.site import Site
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.text.sentences import details, headline, place, verdict_word

_SUSPECTS, _OF_PAST = 5, 2


def marks(site: Site, job: JobLine) -> Mapping[str, Any]:
    """Return the findings of a job that were not withdrawn, the newest first."""
    rows = [row for row in site.findings(job) if not row.withdrawn]
    marked = (site.detected.computed("mark", row, partial(_finding, site, row)) for row in rows)
    return {"findings": list(marked)}


def _finding(site: Site, row: FindingRow) -> Mapping[str, Any]:
    finding = row.finding
    suspects, own = site.suspects(row), site.stored.by_key(site.detected.job_of(row))
    many = _OF_PAST if finding_views.is_past(row) else _SUSPECTS
    named = suspects["rows"][:many]
    return {
        "page": site.links.finding(row.name),
        "headline": headline(finding),
        "place": place(finding),
        "details": finding_views.linked(
            site, row, details(finding, finding_views.numbers(site, row))
        ),
        "word": verdict_word(finding),
        "tone": finding_views.tone(finding),
        "state": finding_views.state_of(row),
        "open": row.open,
        "direction": finding.direction,
        "begin": _place(own[finding.build]),
        "ended": None if finding.ended is None else _place(own[finding.ended]),
        "series": [_series(site, row, change) for change in finding.series],
        "suspects": [_suspect(each) for each in named],
        "more": len(suspects["rows"]) - len(named) + suspects["more"],
        "reason": suspects["reason"],
    }


def _suspect(each: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**each, "url": web_link(each["url"]) or None}


def _series(site: Site, row: FindingRow, change: SeriesChange) -> Mapping[str, Any]:
    own = site.stored.by_key(site.detected.job_of(row))
    return {
        "metric": change.metric,
        "dataset": change.dataset or "",
        "filter": change.filter or "",
        "level": change.level,
        "text": finding_views.mark_text(site, row, change),
        "at": [_place(own[key]) for key in (change.build, change.first, change.last)],
        "over": change.ended is not None,
    }


def _place(build: BuildLine) -> list[int]:
    """Return number and start (milliseconds) of a build."""
    return [build.number, build.milliseconds]
