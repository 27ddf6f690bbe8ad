"""Show at one glance whether anything is wrong, where, and since when."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise, takewhile
from typing import Any

from squash_jenkins.models import SeriesId
from squash_jenkins.render.base import (
    BuildLine,
    Item,
    JobLine,
    Page,
    Site,
    Tab,
    Verified,
    build_views,
    counted,
    finding_views,
)

WINDOW = 40
"""Newest builds of a job that its tiles are made from."""
DAYS = 30
"""Days before the newest build in which missing builds are counted."""
_TILES, _ATTENTION, _OTHERS = 12, 6, 2
_LATEST, _GAPS, _MORE, _MORE_ATTENTION = 6, 3, 300, 50
_Card = Mapping[str, Any]


class Overview(Tab):
    """Show jobs × datasets × metrics as tiles."""

    name = "overview"
    title = "Overview"
    order = 10
    about = (
        "Is anything wrong, where, and since when? Each tile is one metric: value, change, "
        "recent history, and the level that it meets."
    )

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the one page; the cards of jobs that did not change come from memory."""
        yield Page("overview/index.html", "overview.html", "Overview", lambda: _inputs(site))


def _inputs(site: Site) -> Mapping[str, Any]:
    cards = [_card(site, job) for job in site.current_jobs if site.builds(job)]
    worse = [row for row in site.all_findings if row.open and row.finding.direction == "worse"]
    attention = [item for card in cards for item in card["attention"]]
    attention.sort(key=lambda item: item["rank"])
    worse = worse[: _ATTENTION - min(_OTHERS, len(attention))]
    room = _ATTENTION - len(worse)
    newest = max((card["last"]["finished"] for card in cards), default=None)
    return {
        "summary": _summary(site),
        "newest": newest,
        "findings": [finding_views.card(site, row) for row in worse],
        "all_findings": _all_findings(site),
        "attention": attention[:room],
        "more_attention": attention[room : room + _MORE_ATTENTION],
        "unnamed": max(0, len(attention) - room - _MORE_ATTENTION),
        "builds": _latest(site),
        "jobs": cards,
        "gone": build_views.gone_text(site),
    }


def _latest(site: Site) -> list[_Card]:
    newest = [build for job in site.current_jobs for build in site.builds(job)[-_LATEST:]]
    newest.sort(key=lambda build: build.finished, reverse=True)
    return [build_views.build_row(site, build) for build in newest[:_LATEST]]


def _all_findings(site: Site) -> str:
    """Return the text of the link to all findings; empty where there are none."""
    rows = site.all_findings
    now = finding_views.summary([row for row in rows if row.open])
    if not rows:
        return ""
    return f"All findings: {now} open" if now else f"{counted(len(rows), 'past finding')}"


def _summary(site: Site) -> str:
    counts = site.counts
    gaps = _recent_gaps(site)
    parts = [
        counted(counts["job"], "job"),
        counted(counts["build"], "build"),
        counted(counts["measurement"], "measurement"),
    ]
    many = counted(gaps, "build") if gaps else "no builds"
    return " · ".join([*parts, f"{many} missing in the last {DAYS} days"])


def _recent_gaps(site: Site) -> int:
    """Return how many builds are missing in the `DAYS` days before the newest build of all."""
    histories = [builds for job in site.current_jobs if (builds := site.builds(job))]
    if not histories:
        return 0
    begin = max(builds[-1].moment for builds in histories) - timedelta(DAYS)
    recent = (takewhile(lambda build: build.moment >= begin, reversed(of)) for of in histories)
    return sum(build_views.missing(list(builds)) for builds in recent)


def _card(site: Site, job: JobLine) -> _Card:
    builds = site.builds(job)[-WINDOW:]
    title = site.title_of(job)
    card = site.remembered(f"overview/{title}", builds, lambda: _verified_card(site, job, builds))
    rows = site.findings(job)
    worse = {series.by_dataset for series in finding_views.worse_series(rows)}
    marks = finding_views.open_marks(site, rows, {build.key for build in builds})
    return {
        "controller": build_views.job_name(site, job),
        **card,
        "groups": _marked(card["groups"], marks),
        "attention": [each for each in card["attention"] if tuple(each["series"]) not in worse],
        "strip": build_views.strip(site.builds(job)),
    }


def _marked(groups: Sequence[_Card], marks: Mapping[Any, Any]) -> list[_Card]:
    """Return the groups with the marks of open findings on their tiles."""

    def marked(items: Sequence[_Card]) -> list[_Card]:
        return [{**item, "mark": marks.get(SeriesId(*item["series"]))} for item in items]

    def with_marks_shown(group: _Card) -> _Card:
        tiles, more = marked(group["tiles"]), marked(group["more"])
        worse = [item for item in more if item["mark"] and item["mark"]["trend"] == "worse"]
        tiles += worse[:_TILES]
        return {**group, "tiles": tiles, "more": [item for item in more if item not in tiles]}

    return [with_marks_shown(group) for group in groups]


def _verified_card(site: Site, job: JobLine, builds: Sequence[BuildLine]) -> dict[str, Any]:
    verified = site.verified(builds)
    series = build_views.by_series([verified[build.key] for build in builds])
    groups: dict[str, list[Any]] = {}
    attention = list(_failed(job, builds[-1]))
    reported = [build for build in builds if verified[build.key]]
    for entries in series.values():
        latest = max(at for at, each in enumerate(entries) if each is not None)
        current = entries[latest]
        assert current is not None  # noqa: S101 - `latest` is where one is
        tile = _tile(site, job, builds, latest, entries[: latest + 1], current)
        groups.setdefault(build_views.group_name(current), []).append(tile)
        if current.tone == "misses":
            attention.append(_missing(site, job, builds, entries[: latest + 1], current))
    return {
        "name": job.name,
        "page": job.page,
        "last": build_views.link_of(builds[-1]),
        "missing": _gaps(builds),
        "values_from": build_views.link_of(reported[-1])
        if reported and reported[-1] != builds[-1]
        else None,
        "only_group": next(iter(groups)) if len(groups) == 1 else "",
        "silence": "" if groups else _silence(site, builds),
        "groups": [_group(name, tiles) for name, tiles in sorted(groups.items())],
        "attention": attention,
    }


def _silence(site: Site, builds: Sequence[BuildLine]) -> str:
    """Explain why there is nothing to show for a job."""
    if build_views.is_matrix(site, builds[-1]):
        return f"The measurements of #{builds[-1].number} are in its configurations."
    return f"No readable QA report in the last {counted(len(builds), 'build')}."


def _gaps(builds: Sequence[BuildLine]) -> str:
    """List the missing builds, the newest first; empty where none are."""
    own = sorted({build.number for build in builds if not build.replaced}, reverse=True)
    pairs = [(low + 1, high - 1) for high, low in pairwise(own) if high - low > 1]
    named = [build_views.range_text(*pair) for pair in pairs[:_GAPS]]
    if len(pairs) > _GAPS:
        named.append(counted(len(pairs) - _GAPS, "other gap"))
    return f"missing builds: {', '.join(named)}" if named else ""


def _group(name: str, tiles: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the worst tiles, then the rest; of very many the best ones are left out."""
    name = name or "no dataset"
    if len(tiles) <= _TILES + 3:
        return {"name": name, "tiles": tiles, "more": [], "left_out": 0}
    ranked = sorted(tiles, key=lambda tile: tile["rank"])
    rest = ranked[_TILES:]
    more, left_out = rest[:_MORE], len(rest[_MORE:])
    return {"name": name, "tiles": ranked[:_TILES], "more": more, "left_out": left_out}


def _tile(
    site: Site,
    job: JobLine,
    builds: Sequence[BuildLine],
    latest: int,
    entries: Sequence[Verified | None],
    current: Verified,
) -> Mapping[str, Any]:
    newer = any(site.verified(builds)[build.key] for build in builds[latest + 1 :])
    old = f" (from #{builds[latest].number})" if newer else ""
    limits = ", ".join(text for text, _ in current.thresholds)
    return {
        "name": f"{build_views.measurement_name(current)}{old}",
        "title": f"{current.metric}: {limits or 'no target set'}",
        "page": build_views.metric_page(site, job, current),
        "series": list(current.series.by_dataset),
        "rank": current.severity,
        "spark": build_views.spark_of(entries),
        **build_views.movement(current, build_views.measured_before(entries)),
    }


def _missing(
    site: Site,
    job: JobLine,
    builds: Sequence[BuildLine],
    entries: Sequence[Verified | None],
    current: Verified,
) -> Mapping[str, Any]:
    """Describe a miss of the loosest level: by how much and since when."""
    first, count = _since(entries)
    known = count < sum(each is not None and each.value is not None for each in entries)
    limit = _limit(current)
    wanted = f" (specification: {limit})" if limit else ""
    builds_text = counted(count, "measured build")
    after = f", in {builds_text}." if known else f", in all {builds_text} checked."
    after = ", the only build that measured it." if not known and count == 1 else after
    value = f"{current.text} {current.unit or ''}".rstrip()
    since = {"page": builds[first].page, "number": builds[first].number}
    where = " · ".join(
        part for part in (site.title_of(job), build_views.group_name(current)) if part
    )
    return {
        "what": f"{build_views.measurement_name(current)} {current.status}",
        "where": where,
        "page": build_views.metric_page(site, job, current),
        "tone": "",
        "series": list(current.series.by_dataset),
        "rank": current.severity,
        "text": f"{value}{wanted}, " + ("since" if known or count == 1 else "at least since"),
        "build": since,
        "after": after,
    }


def _limit(current: Verified) -> str:
    missed = [text for text, _ in current.thresholds]
    loosest = current.status.removeprefix("misses ")
    return next((text for text in missed if text.startswith(loosest)), "")


def _since(entries: Sequence[Verified | None]) -> tuple[int, int]:
    """Return where the current run of misses begins, and how many builds it has."""
    first, count = len(entries) - 1, 0
    for at in range(len(entries) - 1, -1, -1):
        each = entries[at]
        if each is None or each.value is None:
            continue
        if each.tone != "misses":
            break
        first, count = at, count + 1
    return first, count


def _failed(job: JobLine, build: BuildLine) -> Iterator[Mapping[str, Any]]:
    if build.failed:
        yield {
            "what": f"The newest build ended with {build.row.result}",
            "where": job.name,
            "page": build.page,
            "tone": "",
            "series": [],
            "rank": -1,
            "text": "Its values may be incomplete; the tiles show the latest available. See",
            "build": {"page": build.page, "number": build.number},
            "after": ".",
        }
