"""Gather the content of a job's page without scripts: the newest build and the trends."""

from collections.abc import Mapping, Sequence
from typing import Any

from squash_jenkins.models import SeriesId
from squash_jenkins.models.finding import WORSE
from squash_jenkins.render.content import build_views, finding_views
from squash_jenkins.render.content.build_summary import summary_of
from squash_jenkins.render.content.comparison_views import comparison
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.svg.sparks import bullet
from squash_jenkins.render.svg.trends import trend
from squash_jenkins.text import sentences
from squash_jenkins.text.numbers import counted, duration_text, size_text
from squash_jenkins.verification.measurements import Verified

WINDOW = 60
"""Builds that trends show."""
_LISTED, _FINDINGS, _CHANGES = 20, 12, 60
_OPEN = 12
"""Trends of a section that are shown at once; the others are folded."""
_SECTIONS = (
    "Misses its specification",
    "Worse than before",
    "Others with a specification",
    "No target set",
    "Not measured",
)
_Plain = Mapping[str, Any]
_Entries = Sequence[Verified | None]


def plain_inputs(site: Site, job: JobLine, build: BuildLine | None = None) -> _Plain:
    """Return the inputs of the page ``plain.html`` of a job.

    Parameters
    ----------
    build
        The build to show with those before it; None for the newest.

    """
    end = len(site.builds(job)) if build is None else build.position + 1
    builds = site.builds(job)[max(0, end - WINDOW) : end]
    if not builds:
        return {"job": _job(site, job), "build": None}
    newest, verified = builds[-1], site.verified(builds)
    measured = next((each for each in reversed(builds) if verified[each.key]), None)
    sections = _sections(site, job, builds, verified, measured) if measured else []
    return {
        "job": _job(site, job),
        "build": _build(newest),
        "first": build_views.link_of(builds[0]),
        "summary": _summary(site, newest, measured, verified),
        "notices": [_aside(each) for each in site.build_details.rejected(newest)],
        "measured": build_views.link_of(measured) if measured else None,
        "comparison": comparison(site, measured or newest),
        "findings": _findings(site, job, newest),
        "sections": sections,
        "builds": [build_views.build_row(site, each) for each in reversed(builds[-_LISTED:])],
        "changed": _changed(site, newest),
        "commits": _commits(site, newest),
    }


def job_row(site: Site, job: JobLine) -> _Plain:
    """Return one row of the list of jobs."""
    builds = site.builds(job)
    last = build_views.build_row(site, builds[-1]) if builds else None
    page = plain_page(site, job)
    return {"name": site.title_of(job), "page": page, "last": last, "gone": job.gone is not None}


def plain_page(site: Site, job: JobLine) -> str:
    """Return the path of a job's page without scripts."""
    return site.links.plain(job.controller, job.name)


def _job(site: Site, job: JobLine) -> _Plain:
    return {
        "name": site.title_of(job),
        "page": job.page,
        "jenkins": job.jenkins,
        "gone": build_views.gone_notice(job),
    }


def _build(build: BuildLine) -> _Plain:
    return {
        **build_views.link_of(build),
        **build_views.result_of(build),
        "started": build_views.seconds(build.row.started),
        "duration": duration_text(build.row.duration),
        "jenkins": None if build.replaced else build.jenkins,
    }


def _summary(
    site: Site,
    newest: BuildLine,
    measured: BuildLine | None,
    verified: Mapping[int, Sequence[Verified]],
) -> list[str]:
    """Return the state of the newest build in sentences."""
    if measured is None and build_views.is_matrix(site, newest):
        return [f"The measurements of #{newest.number} are in its configurations."]
    if measured is None:
        return [f"None of the last {counted(len(verified), 'build')} has a QA report."]
    lines = []
    if measured is not newest:
        why = f"ended with {newest.row.result}" if newest.failed else "has no QA report"
        why = "is not read yet" if newest.row.provisional else why
        lines.append(f"#{newest.number} {why}; the values are from #{measured.number}.")
    return lines + summary_of(verified[measured.key], site.comparison(measured))


def _aside(file: Any) -> str:
    size = f" ({size_text(file.size)})" if file.size else ""
    return f"{file.path}{size} was quarantined: {file.reason.rstrip('.')}."


def _findings(site: Site, job: JobLine, newest: BuildLine) -> _Plain:
    """Return the open findings that had begun by then, regressions first."""
    own = site.stored.by_key(job)
    rows = [
        row
        for row in site.findings(job)
        if row.open and own[row.finding.build].position <= newest.position
    ]
    rows.sort(key=lambda row: row.finding.direction != WORSE)
    cards = [
        {**finding_views.card(site, row), "where": sentences.place(row.finding)}
        for row in rows[:_FINDINGS]
    ]
    return {"rows": cards, "more": len(rows) - len(cards)}


def _sections(
    site: Site,
    job: JobLine,
    builds: Sequence[BuildLine],
    verified: Mapping[int, Sequence[Verified]],
    measured: BuildLine,
) -> list[_Plain]:
    """Return what was measured, the worst first; each with its trend."""
    series = build_views.by_series([verified[build.key] for build in builds])
    worse = finding_views.worse_series(site.findings(job))
    at = measured.position - builds[0].position
    kinds: dict[str, list[_Plain]] = {}
    for key, entries in sorted(series.items(), key=lambda item: _rank(item[1][at], item[0])):
        current = entries[at]
        row = _measurement(site, job, builds, entries[: at + 1], current)
        kinds.setdefault(_kind(current, row, key in worse), []).append(row)
    return [
        {
            "title": title,
            "rows": kinds[title],
            "drawn": [row for row in kinds[title] if row["trend_picture"]],
            "open": _OPEN,
        }
        for title in (*_SECTIONS, _gone(measured))
        if title in kinds
    ]


def _gone(measured: BuildLine) -> str:
    return f"Measured before, but not in #{measured.number}"


def _rank(current: Verified | None, series: SeriesId) -> tuple[int, tuple[str, ...]]:
    return (9 if current is None else current.severity, series.by_dataset)


def _kind(current: Verified | None, row: _Plain, worse: bool) -> str:
    if current is None:
        return str(row["gone"])
    if current.value is None:
        return _SECTIONS[4]
    if current.tone == "misses":
        return _SECTIONS[0]
    if worse or row["trend"] == "worse":
        return _SECTIONS[1]
    return _SECTIONS[2] if current.comparable else _SECTIONS[3]


def _measurement(
    site: Site,
    job: JobLine,
    builds: Sequence[BuildLine],
    entries: _Entries,
    current: Verified | None,
) -> _Plain:
    """Return one row of the table; `current` is None where the build lacks the series."""
    latest = current or next(each for each in reversed(entries) if each is not None)
    before = build_views.measured_before(entries)
    numbers = {build.key: build.number for build in builds}
    row = {
        "metric": latest.metric,
        "name": build_views.measurement_name(latest),
        "place": build_views.group_name(latest),
        "page": build_views.metric_page(site, job, latest),
        "bullet": bullet(latest.value, latest.thresholds) if current else None,
        "limits": ", ".join(label for label, _ in latest.thresholds),
        "versus": "" if before is None else f"#{numbers[before.build]}",
        "trend_picture": trend_drawing(builds[: len(entries)], entries, latest),
        "gone": _gone(builds[len(entries) - 1]),
        **build_views.movement(latest, before),
    }
    if current is None or current.value is None:
        row |= {
            "value": site.missing.of(builds[len(entries) - 1], latest.series).text,
            "measured": False,
            "word": "",
            "tone": "none",
            "change": "",
        }
    return row


def trend_drawing(
    builds: Sequence[BuildLine], entries: _Entries, latest: Verified
) -> _Plain | None:
    """Return the drawing of a series with the specifications that its latest value has."""
    values = [None if each is None else each.value for each in entries]
    failed = [at for at, build in enumerate(builds) if build.failed]
    limits = [(label, limit, _tone(level)) for level, limit, label, _ in latest.lines]
    return trend(values, [build.number for build in builds], failed, limits)


def _tone(level: str) -> str:
    return {"minimum": "misses", "design": "design", "stretch": "stretch"}.get(level, "plain")


def _changed(site: Site, build: BuildLine) -> _Plain:
    since, changes = site.package_changes(build)
    rows = [build_views.package_row(change) for change in changes[:_CHANGES]]
    before = build_views.link_of(since) if since else None
    return {"since": before, "rows": rows, "more": len(changes) - len(rows)}


def _commits(site: Site, build: BuildLine) -> _Plain:
    commits = site.commits(build)
    rows = [build_views.commit_row(commit) for commit in commits[:_CHANGES]]
    return {"rows": rows, "more": len(commits) - len(rows)}
