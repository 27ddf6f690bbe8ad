"""Show how the builds of each job run: success, duration, quiet times and what is missing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from squash_jenkins.render.base import (
    BuildLine,
    Item,
    JobLine,
    Page,
    Site,
    Tab,
    build_views,
    change_text,
    counted,
    duration_text,
    health,
    with_query,
)

RATED, DAYS = 30, 30
"""Builds, and days, that success rates cover."""
WINDOW = 200
"""Builds of a job that its rhythm, gaps and last success are taken from."""
_LONG = 86400.0
_Row = Mapping[str, Any]


class Health(Tab):
    """List all jobs, the worst first, and draw one of them."""

    name = "health"
    title = "CI health"
    order = 80
    about = "Do the builds run well? Success rates, durations, quiet jobs and missing builds."
    scripts = ("data.js", "statistics.js", "axis.js", "health.js")
    styles = ("health.css",)

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the one page; the browser reads the builds of the chosen job."""
        yield Page(
            "health/index.html", "health.html", "CI health", lambda: _inputs(site), plots=True
        )


def _inputs(site: Site) -> _Row:
    rows = [_row(site, job) for job in site.current_jobs if site.builds(job)]
    rows.sort(key=lambda row: row["rank"])
    return {
        "rows": rows,
        "problems": _problems(rows),
        "rated": RATED,
        "days": DAYS,
        "window": WINDOW,
    }


def _problems(rows: Sequence[_Row]) -> list[_Row]:
    """Return a sentence for each kind of problem."""
    long = [row for row in rows if row["failing"] and row["failing_for"] > _LONG]
    short = [row for row in rows if row["failing"] and row not in long]
    absent = [row for row in rows if row["lacking"]]
    kinds = [
        (long, "has", "have", "not succeeded for more than a day"),
        (short, "has", "have", "a failed last build"),
        (absent, "has", "have", "builds without a report or with quarantined files"),
    ]
    return [
        {
            "text": f"{counted(len(jobs), 'job')} {one if len(jobs) == 1 else many} {what}",
            "jobs": [{"title": row["title"], "page": row["view"]} for row in jobs[:3]],
            "more": max(0, len(jobs) - 3),
        }
        for jobs, one, many, what in kinds
        if jobs
    ]


def _row(site: Site, job: JobLine) -> _Row:
    builds = site.builds(job)[-WINDOW:]
    title = site.title_of(job)
    row = site.remembered(f"health/{title}", builds, lambda: _health_of(site, builds))
    return {
        "title": title,
        "view": with_query("health/index.html", job=title),
        "strip": build_views.strip(builds[-24:]),
        **row,
    }


def _health_of(site: Site, builds: Sequence[BuildLine]) -> _Row:
    """Return the health of a job from its last builds."""
    rows = [build.row._replace(started=build.moment) for build in builds]
    last = builds[-1]
    failing = health.failing(rows)
    share = health.success_rate(rows[-RATED:]).share
    return {
        "last": {**build_views.link_of(last), **build_views.result_of(last)},
        "recent": _rate(rows[-RATED:]),
        "month": _rate(health.since(rows, DAYS)),
        "failing": failing,
        **_success(builds, failing),
        **_duration(builds),
        **_silence(rows),
        **_lacking(site, builds),
        "rank": [-failing, 1.0 if share is None else share],
    }


def _rate(rows: Sequence[health.Run]) -> _Row:
    rate = health.success_rate(rows)
    share = "" if rate.share is None else f"{int(100 * rate.share + 0.5)}%"  # as the browser rounds
    if rate.total and rate.good < rate.total and share == "100%":
        share = ">99%"
    low = rate.share is not None and rate.share < 0.8
    return {"share": share, "good": rate.good, "total": rate.total, "low": low}


def _success(builds: Sequence[BuildLine], failing: int) -> _Row:
    """Return the last successful build, and how long builds have failed since (seconds)."""
    good = next((each for each in reversed(builds) if health.succeeded(each.row)), None)
    since = builds[0] if good is None else good
    span = (builds[-1].finished - since.finished).total_seconds()
    return {
        "success": None if good is None else build_views.link_of(good),
        "never": f"none of its last {counted(len(builds), 'build')}" if good is None else "",
        "failing_text": f"{counted(failing, 'failure')} in a row" if failing > 1 else "",
        "failing_for": span if failing else 0.0,
    }


def _duration(builds: Sequence[BuildLine]) -> _Row:
    """Return the usual duration, and that of the newest successful build."""
    before = [each.row for each in builds[-RATED:]]
    usual = health.usual_duration(before)
    good = (each for each in reversed(builds) if health.succeeded(each.row))
    latest = next((each for each in good if each.row.duration), None)
    took = latest.row.duration if latest else None
    change = change_text(took, usual)
    slow = bool(took and usual and took > 1.5 * usual)
    return {
        "usual": "" if usual is None else duration_text(usual),
        "took": "" if took is None else duration_text(took),
        "change": change,
        "slow": slow,
    }


def _silence(rows: Sequence[health.Run]) -> _Row:
    """Return the usual interval, and from when on a job is quiet: the browser knows the time."""
    rhythm, due = health.rhythm(rows), health.due(rows)
    return {
        "rhythm": "" if rhythm is None else _about(rhythm.total_seconds()),
        "due": None if due is None else build_views.seconds(due),
        "latest": build_views.seconds(rows[-1].started),
    }


def _about(seconds: float) -> str:
    """Return a time span such as ``8 h`` or ``3 days``."""
    if seconds < 5400:
        return duration_text(seconds)
    hours = seconds / 3600
    return f"{hours:.0f} h" if hours < 40 else f"{hours / 24:.0f} days"


def _lacking(site: Site, builds: Sequence[BuildLine]) -> _Row:
    """Return what is missing of the last builds, in words with links."""
    looked_at = builds[-RATED:]
    there = site.build_details.presence(looked_at)
    over = [each for each in looked_at if health.succeeded(each.row)]
    silent = [each for each in over if not there[each.key].reports and not there[each.key].matrix]
    aside = [each for each in looked_at if there[each.key].rejected]
    running = [each for each in looked_at[:-1] if each.row.provisional]
    gaps = build_views.missing(builds)
    measured = any(there[each.key].reports or there[each.key].matrix for each in looked_at)
    parts = [
        (silent, "without a report") if measured else ([], ""),
        (aside, "with quarantined files"),
        (running, "not final"),
    ]
    return {
        "lacks": [_named(each, what) for each, what in parts if each],
        "lacking": bool(aside or (silent and measured)),
        "gaps": f"{counted(gaps, 'build')} missing" if gaps else "",
        "measures": measured,
    }


def _named(builds: Sequence[BuildLine], what: str) -> _Row:
    newest = builds[-1]
    return {
        "text": f"{counted(len(builds), 'build')} {what}",
        "verb": "newest" if len(builds) > 1 else "",
        "build": build_views.link_of(newest),
    }
