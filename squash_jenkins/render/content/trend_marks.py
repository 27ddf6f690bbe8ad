"""Gather the marks of findings on the trends of a job: a data file for the browser."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from squash_jenkins.models.finding import NEUTRAL, Acceptance, NodeDependence, SeriesChange
from squash_jenkins.render.content import finding_views
from squash_jenkins.render.links import web_link
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.site import Site
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.text.sentences import (
    about,
    acceptance_text,
    headline,
    levels_text,
    place,
    verdict_word,
)

_SUSPECTS, _OF_PAST = 5, 2


def marks(site: Site, job: JobLine) -> Mapping[str, Any]:
    """Return the findings of a job that were not withdrawn, the newest first, and its nodes.

    A level that was accepted where no finding began is among them. `nodes` says of each series
    that depends on the node which ones measure more or less.
    """
    rows = [row for row in site.findings(job) if not row.withdrawn]
    marked = (site.detected.computed("mark", row, partial(_finding, site, row)) for row in rows)
    return {
        "findings": [*marked, *_accepted(site, job, rows)],
        "nodes": [_dependence(each) for each in site.detected.dependences(job)],
    }


def _dependence(each: NodeDependence) -> Mapping[str, Any]:
    series = each.series
    return {
        "metric": series.metric,
        "dataset": series.dataset,
        "filter": series.filter,
        "level": series.level,
        "text": each.text,
    }


def _accepted(site: Site, job: JobLine, rows: Sequence[FindingRow]) -> Iterator[Mapping[str, Any]]:
    """Yield the acceptances that no finding names, in the form of findings that are over."""
    named = {
        (change.series, row.accepted.build)
        for row in rows
        if row.accepted is not None
        for change in row.finding.series
    }
    own = site.stored.by_key(job)
    for each in site.detected.accepted(job):
        if (each.series, each.build) not in named:
            yield _acceptance(site, each, own[each.build])


def _acceptance(site: Site, each: Acceptance, build: BuildLine) -> Mapping[str, Any]:
    series, text = each.series, acceptance_text(each)
    return {
        "page": site.links.metric(series.metric),
        "headline": f"The level of {site.short_names[series.metric]} was accepted",
        "place": " · ".join(part for part in (series.dataset, series.filter) if part),
        "details": [
            {"text": "Detection begins anew at ", "page": None},
            {"text": f"#{build.number}", "page": build.page},
            {"text": "; earlier builds are history.", "page": None},
        ],
        "since": [],
        "word": "accepted",
        "tone": "plain",
        "state": text,
        "open": False,
        "direction": NEUTRAL,
        "begin": _place(build),
        "ended": _place(build),
        "series": [
            {
                "metric": series.metric,
                "dataset": series.dataset,
                "filter": series.filter,
                "level": series.level,
                "text": f"accepted since #{build.number}",
                "tone": "plain",
                "at": [_place(build)] * 3,
                "over": True,
            }
        ],
        "suspects": [],
        "more": 0,
        "reason": "",
    }


def _finding(site: Site, row: FindingRow) -> Mapping[str, Any]:
    finding = row.finding
    suspects, own = site.suspects(row), site.stored.by_key(site.detected.job_of(row))
    many = _OF_PAST if finding_views.is_past(row) else _SUSPECTS
    named = suspects["rows"][:many]
    return {
        "page": site.links.finding(row.name),
        "headline": headline(finding),
        "place": place(finding),
        "details": finding_views.details_of(site, row),
        "since": finding_views.since_of(site, row),
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
    """Return a series of a finding; one that does not lead has what its own card says."""
    own = site.stored.by_key(site.detected.job_of(row))
    leads = change.metric == row.finding.series[0].metric
    alone = about(row.finding, change)
    words = {
        "headline": headline(alone),
        "levels": levels_text(change),
        "word": verdict_word(alone),
    }
    card = {} if leads else words
    return {
        **card,
        "tone": finding_views.tone(alone),
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
