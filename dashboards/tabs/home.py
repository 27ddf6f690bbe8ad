"""Show the start page: what this is, how to use it, and what is new."""

from collections.abc import Iterator, Mapping
from typing import Any

from squash_jenkins.render.base import (
    DataFile,
    JobLine,
    Page,
    Site,
    Tab,
    build_views,
    counted,
    finding_views,
    number_text,
)

LATEST = 10
_LOOKED_AT = 60
"""Builds that are searched for the newest that reported its packages."""


class Home(Tab):
    """Introduce the site, and show what is new."""

    name = "home"
    title = "Start"
    order = 0
    in_navigation = False
    entry = "index.html"
    styles = ("health.css",)

    def pages(self, site: Site) -> Iterator[Page | DataFile]:
        """Yield the start page and the index that the search field reads."""
        yield Page("index.html", "home.html", "Start", lambda: _inputs(site))
        yield DataFile("data/finder.js", lambda: _finder(site))


def _inputs(site: Site) -> Mapping[str, Any]:
    newest = [build for job in site.current_jobs for build in site.builds(job)[-LATEST:]]
    newest.sort(key=lambda build: build.finished, reverse=True)
    return {
        "stats": _stats(site),
        "newest": build_views.link_of(newest[0]) if newest else None,
        "open": finding_views.summary([row for row in site.all_findings if row.open]),
        "jobs": [_job(site, job) for job in site.current_jobs],
        "gone": build_views.gone_text(site),
        "builds": [build_views.build_row(site, build) for build in newest[:LATEST]],
    }


def _stats(site: Site) -> list[Mapping[str, str]]:
    """Return the numbers of the whole site, each with the page that has more of it."""
    counts = site.counts
    numbers = [
        ("jobs", counts["job"], "builds/index.html"),
        ("builds", counts["build"], "builds/index.html"),
        ("metrics", len(site.metrics), "history/index.html"),
        ("measurements", counts["measurement"], "history/index.html"),
        ("datasets", counts["dataset"], "datasets/index.html"),
    ]
    stats: list[Mapping[str, str]] = [
        {"name": name, "value": number_text(value), "page": to} for name, value, to in numbers
    ]
    packages = _packages(site)
    return [*stats, packages] if packages else stats


def _packages(site: Site) -> Mapping[str, str] | None:
    """Return the number of packages of the newest build that reported any; None for none."""
    newest = [build for job in site.jobs for build in site.builds(job)[-_LOOKED_AT:]]
    newest.sort(key=lambda build: build.moment, reverse=True)
    for build in newest[:_LOOKED_AT]:
        many = site.packages.count(build)
        if many:
            return {"name": "packages", "value": number_text(many), "page": build.page}
    return None


def _job(site: Site, job: JobLine) -> Mapping[str, Any]:
    builds = site.builds(job)
    return {
        "name": job.name,
        "controller": build_views.job_name(site, job),
        "page": job.page,
        "builds": counted(len(builds), "build"),
        "last": build_views.link_of(builds[-1]) if builds else None,
        "strip": build_views.strip(builds),
    }


def _finder(site: Site) -> Mapping[str, Any]:
    jobs = [
        {
            "name": job.name,
            "folder": job.page.removesuffix("/index.html"),
            "numbers": _ranges([build.number for build in site.builds(job)]),
        }
        for job in site.jobs
    ]
    measured = {each.metric for job in site.jobs for each in site.measured.series(job)}
    metrics = [
        {"name": name, "page": site.links.metric(name), "measured": name in measured}
        for name in site.metrics
    ]
    return {"jobs": jobs, "metrics": metrics}


def _ranges(numbers: list[int]) -> list[tuple[int, int]]:
    """Return the ranges of numbers without a gap."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
