"""List what got worse, better or different, since which build, and the suspects."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from squash_jenkins.render.base import (
    FindingRow,
    Folder,
    Item,
    Page,
    Site,
    Tab,
    by_cause,
    counted,
    finding_inputs,
    finding_views,
    former_inputs,
    sentences,
)

_Card = Mapping[str, Any]
_STATES = [["", "any"], ["open", "open"], ["acknowledged", "acknowledged"], ["known", "known"]]
_STATES += [["wontfix", "will not be fixed"], ["fixed", "fixed"], ["muted", "muted"]]
_STATES += [["past", "past"]]
_ONLY = [["", "all"], ["worse", "worse"], ["better", "better"], ["neutral", "neither"]]
_SIZES = [["", "any"], *([str(size), f"{size}% or more"] for size in (5, 10, 25, 50, 100))]
_AGES = [["", "any"], ["1", "last day"], ["7", "last 7 days"], ["30", "last 30 days"]]
_AGES += [["90", "last 90 days"]]
_ORDERS = [["", "newest first"], ["oldest", "oldest first"], ["size", "largest first"]]
_ORDERS += [["job", "job"], ["metric", "metric"]]
_OPTIONS = 20
"""A metric is chosen from a menu up to so many; of more a part of the name is typed."""
_CALM = "No open findings: no series got worse, better or different, except as listed below."
_QUIET = (
    "No findings yet: no series left its noise, and none that met a specification misses it "
    "now. Every run checks again; new findings appear here."
)


class Findings(Tab):
    """Show the list of findings, and a page for each."""

    name = "findings"
    title = "Findings"
    order = 60
    about = (
        "What got worse, better or different: "
        "since which build, by how much, and which code changes may be the cause."
    )
    scripts = ("findings.js",)
    styles = ("findings.css",)

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the list, the pages of findings that changed, and which pages there are."""
        rows = site.all_findings
        yield Page("findings/index.html", "findings.html", "Findings", lambda: _list(site, rows))
        for row in sorted(site.detected.changed, key=lambda row: row.job):
            page = site.links.finding(row.name)
            title = sentences.headline(row.finding)
            yield Page(page, "finding.html", title, partial(finding_inputs, site, row))
        for former in site.detected.former:
            if site.changes.is_after(former.revision):
                page = site.links.finding(former.name)
                inputs = partial(former_inputs, site, former)
                yield Page(page, "finding_gone.html", former.headline, inputs)
        names = [row.name for row in site.detected.all]
        names += [former.name for former in site.detected.former]
        yield Folder("findings", ["findings/index.html", *map(site.links.finding, names)])


def _list(site: Site, rows: Sequence[FindingRow]) -> Mapping[str, Any]:
    cards = [finding_views.card(site, row) for row in rows]
    now = [row for row in rows if row.open]
    past = [card for card in cards if card["filed"] == "past"]
    triaged = [card for card in cards if not card["open"] and card["filed"] != "past"]
    parts = [f"{finding_views.summary(now)} open" if now else "no open findings"]
    parts += [f"{len(triaged)} acknowledged"] if triaged else []
    parts += [f"{counted(len(past), 'past finding')}"] if past else []
    return {
        "summary": " · ".join(parts),
        "feed": site.links.feed(),
        "nothing": _nothing(site, rows, now),
        "choices": _choices(site, rows),
        "sections": [*_sections(by_cause(_open(cards))), *_triaged(triaged)],
        "past": past,
    }


def _open(cards: Sequence[_Card]) -> list[_Card]:
    return [card for card in cards if card["open"]]


def _section(title: str, text: str, cards: Sequence[_Card]) -> Mapping[str, Any]:
    count = sum(len(card.get("cards", [card])) for card in cards)
    return {"title": title, "text": text, "cards": cards, "count": count}


def _sections(cards: Sequence[_Card]) -> Iterator[Mapping[str, Any]]:
    """Yield the open findings by kind; drifts for the worse come before improvements."""
    apart = [card for card in cards if card["noise"]]
    cards = [card for card in cards if not card["noise"]]
    for title, text, kinds in (
        ("Regressions", "", [("worse", False)]),
        ("Drifts", "Slow changes over many builds.", [(w, True) for w in ("worse", "neutral")]),
        ("Improvements", "", [("better", False), ("better", True)]),
        (
            "Changes",
            "Good or bad? Nobody has said which values of these metrics are better.",
            [("neutral", False)],
        ),
    ):
        own = [card for card in cards if (card["direction"], card["drifts"]) in kinds]
        if own:
            yield _section(title, text, own)
    if apart:
        text = "Series that became noisier or calmer, or alternate between levels."
        yield _section("Noise", text, apart)


def _triaged(cards: Sequence[_Card]) -> Iterator[Mapping[str, Any]]:
    if cards:
        text = "They still apply, but somebody has triaged them."
        yield _section("Acknowledged", text, cards)


def _nothing(
    site: Site, rows: Sequence[FindingRow], now: Sequence[FindingRow]
) -> Mapping[str, str] | None:
    """Explain why there is nothing to show, and what to do; None where there is something."""
    if now:
        return None
    if rows:
        return {"text": _CALM, "page": "", "link": "", "after": ""}
    if site.counts["build"]:
        return {"text": _QUIET, "page": "", "link": "", "after": ""}
    text = "No build has been ingested yet, so there are no findings. The"
    return {
        "text": text,
        "page": "index.html",
        "link": "Overview",
        "after": " explains how to start.",
    }


def _choices(site: Site, rows: Sequence[FindingRow]) -> list[Mapping[str, Any]]:
    if not rows:
        return []
    keys = {row.job for row in rows}
    jobs = [site.title_of(job) for job in site.jobs if job.key in keys]
    metrics = sorted({change.metric for row in rows for change in row.finding.series})
    return [
        {"name": "only", "title": "show", "options": _ONLY},
        {"name": "job", "title": "job", "options": _all(jobs)},
        {"name": "metric", "title": "metric", "options": _all(metrics)}
        if len(metrics) <= _OPTIONS
        else {"name": "metric", "title": "metric", "names": metrics},
        {"name": "size", "title": "size", "options": _SIZES},
        {"name": "age", "title": "began in the", "options": _AGES},
        {"name": "state", "title": "state", "options": _STATES},
        {"name": "sort", "title": "order", "options": _ORDERS},
    ]


def _all(names: Sequence[str]) -> list[list[str]]:
    return [["", "all"], *([name, name] for name in names)]
