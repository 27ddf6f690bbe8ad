"""Describe findings in the plain values that several tabs show alike."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from squash_jenkins.models import SeriesId
from squash_jenkins.models.finding import (
    APPEARED,
    BETTER,
    DRIFT,
    NEUTRAL,
    NOISE,
    VANISHED,
    WORSE,
    Finding,
    SeriesChange,
    Triage,
    builds_of,
)
from squash_jenkins.render.content import build_views
from squash_jenkins.render.links import with_query
from squash_jenkins.render.site.directions import asked_about
from squash_jenkins.render.site.lines import JobLine
from squash_jenkins.render.site.site import Site
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.text.dates import short_day_text
from squash_jenkins.text.growth import growth_text
from squash_jenkins.text.noise import noise_word
from squash_jenkins.text.numbers import counted
from squash_jenkins.text.sentences import (
    VERDICT_WORDS,
    acceptance_text,
    details,
    headline,
    place,
    since_text,
    verdict_word,
)

_TONES = {WORSE: "misses", BETTER: "stretch", NEUTRAL: "plain"}
_STATES = {
    "open": "open",
    "acknowledged": "acknowledged",
    "known": "expected change",
    "wontfix": "will not be fixed",
    "fixed": "fixed",
    "muted": "muted",
}
_SINCE = {WORSE: "worse since", BETTER: "better since", NEUTRAL: "changed since"}
_CHIPS, _HELD = 2, 5


def card(site: Site, row: FindingRow) -> Mapping[str, Any]:
    """Return what a card of a finding shows."""
    found: Mapping[str, Any] = site.detected.computed("card", row, lambda: _card(site, row))
    return {**found, "asks": asked_about(site, row)}  # rules change without the finding


def _card(site: Site, row: FindingRow) -> Mapping[str, Any]:
    finding = row.finding
    line = site.detected.job_of(row)
    own = site.stored.by_key(line)
    places = [site.title_of(line), place(finding)]
    suspects = site.suspects(row)
    return {
        "name": row.name,
        "page": site.links.finding(row.name),
        "headline": headline(finding),
        "where": " · ".join(part for part in places if part),
        "details": details_of(site, row),
        "job": site.title_of(line),
        "begins": build_views.link_of(own[finding.build]),
        "direction": finding.direction,
        "metrics": sorted({change.metric for change in finding.series}),
        "size": _size(finding.series[0]),
        "drifts": finding.kind == DRIFT,
        "noise": finding.kind == NOISE,
        "tone": tone(finding),
        "word": verdict_word(finding),
        "state": row.state,
        "filed": "past" if is_past(row) else row.state,
        "says": [] if row.open and row.growth is None else [state_of(row)],
        "open": row.open,
        "chips": suspects["rows"][:_CHIPS],
        "more_suspects": max(0, len(suspects["rows"]) + suspects["more"] - _CHIPS),
        "no_suspect": suspects["reason"],
        "command": f"squash-jenkins findings acknowledge {row.name}",
        "said": _said(row),
    }


def _said(row: FindingRow) -> Mapping[str, str]:
    """Return the statements that count, which forms begin with and undo."""
    said = {} if row.accepted is None else {"accepted": str(row.accepted.number)}
    triage = row.triage
    if triage is not None:
        names = ("state", "note", "ticket", "fixed_in", "assignee")
        said |= {each: str(getattr(triage, each)) for each in names if getattr(triage, each)}
    return said


def _size(change: SeriesChange) -> float | None:
    """Return the effect in percent of the level before; None where there is none."""
    if not change.before or change.after is None:
        return None
    return round(100 * abs(change.after - change.before) / abs(change.before), 3)


def of_job(site: Site, job: JobLine) -> Mapping[str, str] | None:
    """Return the link to the findings of a job; None where there are none."""
    rows = site.findings(job)
    now = summary([row for row in rows if row.open])
    page = with_query("findings/index.html", job=site.title_of(job))
    text = f"{now} open" if now else counted(len(rows), "past finding")
    return {"text": text, "page": page} if rows else None


def is_past(row: FindingRow) -> bool:
    """Return whether a finding has ended, or later builds no longer show it."""
    return row.withdrawn or row.finding.ended is not None


def tone(finding: Finding) -> str:
    """Return the colour role of a card's edge; drifts and noise are shown as less severe."""
    less = finding.kind in (DRIFT, NOISE) and finding.direction == WORSE
    return "minimum" if less else _TONES[finding.direction]


def state_of(row: FindingRow) -> str:
    """Return the state of a finding in a few words."""
    if row.withdrawn:
        return "no longer seen"
    past = "over" if row.finding.ended is not None else ""
    if row.accepted is not None:
        past = acceptance_text(row.accepted)
    triage = "" if row.triage is None or row.triage.state == "open" else state_text(row.triage)
    if row.triage is not None and row.growth is not None:
        triage = growth_text(row.growth, row.triage.state)
    return " · ".join(part for part in (past, triage) if part) or "open"


def state_text(triage: Triage) -> str:
    """Return the latest triage, such as ``fixed in #412 by ops``."""
    return f"{state_word(triage)} by {triage.who}"


def state_word(triage: Triage) -> str:
    """Return the state that triage gave a finding, such as ``fixed in #412``."""
    fixed = f" in #{triage.fixed_in}" if triage.fixed_in is not None else ""
    return f"{_STATES.get(triage.state, triage.state)}{fixed}"


def numbers(site: Site, row: FindingRow) -> Mapping[int, int]:
    """Return the numbers of the builds of a finding's job by their keys."""
    return site.stored.numbers(site.detected.job_of(row))


def starts(site: Site, row: FindingRow) -> Mapping[int, datetime]:
    """Return when the builds of a finding started, by their keys."""
    own = site.stored.by_key(site.detected.job_of(row))
    return {key: own[key].row.started for key in builds_of([row.finding])}


def details_of(site: Site, row: FindingRow) -> list[Mapping[str, Any]]:
    """Return the details of a finding in parts; those that name its builds link to their pages."""
    return linked(site, row, details(row.finding, numbers(site, row), starts(site, row)))


def since_of(site: Site, row: FindingRow) -> list[Mapping[str, Any]]:
    """Return since which build in parts, as `details_of` does."""
    return linked(site, row, since_text(row.finding, numbers(site, row), starts(site, row)))


def linked(site: Site, row: FindingRow, text: str) -> list[Mapping[str, Any]]:
    """Return a sentence in parts; those that name a build of the finding link to its page."""
    finding = row.finding
    own = site.stored.by_key(site.detected.job_of(row))
    keys = (finding.build, finding.first, finding.last, finding.ended)
    pages = {f"#{own[key].number}": own[key].page for key in keys if key is not None}
    parts = re.split(r"(#\d+)\b", text)
    return [{"text": part, "page": pages.get(part)} for part in parts if part]


def mark_text(site: Site, row: FindingRow, change: SeriesChange, *, dated: bool = False) -> str:
    """Return the label of a mark on a trend, such as ``worse since #407``.

    With `dated` the day is written beside the number of the build.
    """
    own = site.stored.by_key(site.detected.job_of(row))
    since = f"#{own[change.build].number}"
    if dated:
        since += f", {short_day_text(own[change.build].row.started)}"
    if change.ended == change.build:
        return f"accepted since {since}"
    word = _SINCE[change.direction].split(" ", maxsplit=1)[0]
    if change.kind == NOISE:
        word = noise_word(change)
    if change.ended is not None:
        return f"{word} {since} to #{own[change.ended].number}"
    if change.kind in (VANISHED, APPEARED):
        return f"{'not measured' if change.kind == VANISHED else 'measured'} since {since}"
    return f"{word} since {since}"


def open_marks(
    site: Site, rows: Iterable[FindingRow], recent: Collection[int]
) -> dict[SeriesId, Mapping[str, str]]:
    """Return the newest open finding by series, regressions first.

    Other findings are included only if they began in one of the `recent` builds (keys).
    """
    found: dict[SeriesId, Mapping[str, str]] = {}
    rank = {WORSE: 0, BETTER: 1, NEUTRAL: 2}
    changes = [
        (row, change)
        for row in rows
        if row.open
        for change in row.finding.series
        if change.ended is None and (change.direction == WORSE or change.build in recent)
    ]
    for row, change in sorted(changes, key=lambda pair: rank[pair[1].direction]):
        mark = {"text": mark_text(site, row, change, dated=True), "trend": _trend(change.direction)}
        found.setdefault(change.series, mark)
    return found


def worse_series(rows: Iterable[FindingRow]) -> set[SeriesId]:
    """Return the series that are worse according to findings, whatever their triage."""
    return {
        change.series
        for row in rows
        if not is_past(row)
        for change in row.finding.series
        if change.direction == WORSE and change.ended is None and change.kind != NOISE
    }


def _trend(direction: str) -> str:
    return "" if direction == NEUTRAL else direction


def series_page(site: Site, row: FindingRow, change: SeriesChange) -> str:
    """Return the link to the history of one series of a finding."""
    return with_query(
        site.links.metric(change.metric),
        job=site.title_of(site.detected.job_of(row)),
        dataset=change.dataset,
        filter=change.filter,
        level=change.level or None,
    )


def summary(rows: Sequence[FindingRow]) -> str:
    """Count findings in words, such as ``2 regressions and 1 improvement``."""
    words = Counter(verdict_word(row.finding) for row in rows)
    parts = [counted(words[word], word) for word in VERDICT_WORDS if words[word]]
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)
