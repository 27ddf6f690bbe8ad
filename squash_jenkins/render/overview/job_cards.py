"""Describe jobs in the cards of the Overview: newest builds, counts and the series to look at."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import pairwise, takewhile
from typing import Any

from squash_jenkins.models import SeriesId
from squash_jenkins.render.content import build_views, finding_views
from squash_jenkins.render.links import with_query
from squash_jenkins.render.overview.series_rows import MISSES, SeriesRow, rows_of
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.svg.sparks import spark_line
from squash_jenkins.text.numbers import change_text, counted

DAYS = 30
"""Days before the newest build in which missing builds are counted."""
_WINDOW, _TILES, _GAPS = 40, 8, 3
Marks = Mapping[SeriesId, Mapping[str, str]]


def job_card(site: Site, job: JobLine) -> Mapping[str, Any]:
    """Return the card of a job that has builds."""
    builds = site.builds(job)
    rows = rows_of(site, job)
    recent = {build.key for build in builds[-_WINDOW:]}
    marks = finding_views.open_marks(site, site.findings(job), recent)
    ranked = sorted(rows, key=lambda row: _rank(row, marks))
    return {
        "name": job.name,
        "title": site.title_of(job),
        "page": job.page,
        "controller": build_views.job_name(site, job),
        "last": {**build_views.link_of(builds[-1]), **build_views.result_of(builds[-1])},
        "missing": gaps_text(builds[-_WINDOW:]),
        "values_from": _values_from(builds, rows),
        "strip": build_views.strip(builds),
        "counts": _counts(rows, builds[-1]),
        "silence": "" if rows else _silence(site, builds),
        "tiles": [_placed(tile(site, job, row, marks), rows) for row in ranked[:_TILES]],
        "more": max(0, len(rows) - _TILES),
        "series": len(rows),
    }


def _rank(row: SeriesRow, marks: Marks) -> tuple[float, ...]:
    """Rank what got worse first, then what misses its loosest level, then what moved most."""
    worse = marks.get(row.series, {}).get("trend") == "worse"
    return (not worse, row.tone != MISSES, -abs(row.times or 0.0))


def _placed(shown: Mapping[str, Any], rows: Sequence[SeriesRow]) -> Mapping[str, Any]:
    """Return a tile that says which dataset it is of, where a job has several."""
    if len({(row.dataset, row.filter) for row in rows}) < 2 or not shown["place"]:
        return shown
    return {**shown, "name": f"{shown['name']} · {shown['place']}"}


def _counts(rows: Sequence[SeriesRow], newest: BuildLine) -> list[Mapping[str, str]]:
    """Count series: all, those that miss their loosest level, those the newest build lacks."""
    missing = sum(row.tone == MISSES for row in rows)
    absent = sum(row.build != newest.key or row.value is None for row in rows)
    verb = "misses its" if missing == 1 else "miss their"
    parts = [
        ("", counted(len(rows), "series", "series") if rows else ""),
        ("misses", f"{counted(missing, 'value')} {verb} minimum" if missing else ""),
        ("none", f"{absent} not measured in #{newest.number}" if absent else ""),
    ]
    return [{"tone": tone, "text": text} for tone, text in parts if text]


def _values_from(
    builds: Sequence[BuildLine], rows: Sequence[SeriesRow]
) -> Mapping[str, Any] | None:
    """Return the newest build that has values, where that is not the newest of all."""
    places = {build.key: at for at, build in enumerate(builds)}
    newest = max((places[row.build] for row in rows), default=len(builds) - 1)
    return None if newest == len(builds) - 1 else build_views.link_of(builds[newest])


def _silence(site: Site, builds: Sequence[BuildLine]) -> str:
    """Explain why there is nothing to show for a job."""
    if build_views.is_matrix(site, builds[-1]):
        return f"The measurements of #{builds[-1].number} are in its configurations."
    return f"No readable QA report in the last {counted(min(len(builds), _WINDOW), 'build')}."


def gaps_text(builds: Sequence[BuildLine]) -> str:
    """List the missing builds, the newest first; empty where none are."""
    own = sorted({build.number for build in builds if not build.replaced}, reverse=True)
    pairs = [(low + 1, high - 1) for high, low in pairwise(own) if high - low > 1]
    named = [build_views.range_text(*pair) for pair in pairs[:_GAPS]]
    if len(pairs) > _GAPS:
        named.append(counted(len(pairs) - _GAPS, "other gap"))
    return f"missing builds: {', '.join(named)}" if named else ""


def recent_gaps(site: Site) -> int:
    """Return how many builds are missing in the `DAYS` days before the newest build of all."""
    histories = [builds for job in site.current_jobs if (builds := site.builds(job))]
    if not histories:
        return 0
    begin = max(builds[-1].moment for builds in histories) - timedelta(DAYS)
    recent = (takewhile(lambda build: build.moment >= begin, reversed(of)) for of in histories)
    return sum(build_views.missing(list(builds)) for builds in recent)


def tile(site: Site, job: JobLine, row: SeriesRow, marks: Marks) -> Mapping[str, Any]:
    """Return the tile of a series."""
    measured = row.value is not None
    number, _, unit = row.text.partition(" ")
    limits = ", ".join(str(label) for _, _, label in row.limits)
    return {
        "name": row.name(site.short_names),
        "place": " · ".join(part for part in (row.dataset, row.filter) if part),
        "title": f"{row.metric}: {limits or 'no target set'}",
        "page": series_page(site, job, row),
        "spark": spark_line(row.past),
        "value": number if measured else row.text,
        "measured": measured,
        "unit": unit if measured else "",
        "change": change_text(row.value, row.usual),
        "trend": row.trend,
        "word": row.word,
        "tone": row.tone,
        "mark": marks.get(row.series),
    }


def series_page(site: Site, job: JobLine, row: SeriesRow) -> str:
    """Return the link to the history of a series."""
    return with_query(
        site.links.metric(row.metric),
        job=site.title_of(job),
        dataset=row.dataset or None,
        filter=row.filter or None,
        level=row.level or None,
    )
