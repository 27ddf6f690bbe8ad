"""Answer at the first look whether anything is wrong, where, and since when."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from squash_jenkins.render.base import (
    Item,
    JobLine,
    Page,
    Site,
    Tab,
    build_views,
    counted,
    finding_views,
    job_cards,
    movers,
    verdict,
)


class Overview(Tab):
    """Show a sentence, what moved most, and a card for each job."""

    name = "overview"
    title = "Overview"
    order = 0
    entry = "index.html"
    about = "Is anything wrong, where, and since when? What moved most, and the state of each job."
    scripts = ("days.js", "overview.js", "visits.js")
    styles = ("movers.css", "overview.css")

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the page, and one that leads to it from its old address."""
        yield Page("index.html", "overview.html", "Overview", lambda: _inputs(site))
        yield Page("overview/index.html", "moved.html", "Overview", {"to": "index.html"})


def _inputs(site: Site) -> Mapping[str, Any]:
    jobs = [job for job in site.current_jobs if site.builds(job)]
    newest = [build_views.link_of(site.builds(job)[-1]) for job in jobs]
    return {
        "verdict": verdict(site, jobs),
        "newest": max((build["finished"] for build in newest), default=None),
        "counts": _counts(site),
        "stored": {"builds": site.counts["build"], "open": _open(site)},
        **_moved(site, jobs),
        "all_findings": _all_findings(site),
        "jobs": [job_cards.job_card(site, job) for job in jobs],
        "gone": build_views.gone_text(site),
    }


def _moved(site: Site, jobs: Sequence[JobLine]) -> Mapping[str, Any]:
    """Return the groups of what moved; those that only got better are apart where others are."""
    groups = movers(site, jobs)
    better = [group for group in groups if group["rows"][0]["direction"] == "better"]
    if len(better) == len(groups):
        return {"groups": groups, "better": [], "better_text": ""}
    rest = [group for group in groups if group not in better]
    many = sum(len(group["rows"]) + len(group["more"]) for group in better)
    return {"groups": rest, "better": better, "better_text": counted(many, "improvement")}


def _counts(site: Site) -> str:
    """Count what is stored; a metric that nobody measures does not count."""
    series = {job.key: site.measured.series(job) for job in site.jobs}
    metrics = {each.metric for of_job in series.values() for each in of_job}
    gaps = job_cards.recent_gaps(site)
    parts = [
        counted(site.counts["job"], "job"),
        counted(site.counts["build"], "build"),
        counted(len(metrics), "metric"),
        counted(site.counts["measurement"], "measurement"),
        f"{counted(gaps, 'build')} missing in the last {job_cards.DAYS} days" if gaps else "",
    ]
    return " · ".join(part for part in parts if part)


def _open(site: Site) -> Mapping[str, str]:
    """Return the direction of each open finding, by its name, for what is new to a reader."""
    return {row.name: row.finding.direction for row in site.all_findings if row.open}


def _all_findings(site: Site) -> str:
    """Return the text of the link to all findings; empty where there are none."""
    rows = site.all_findings
    now = finding_views.summary([row for row in rows if row.open])
    if not rows:
        return ""
    return f"All findings: {now} open" if now else f"{counted(len(rows), 'past finding')}"
