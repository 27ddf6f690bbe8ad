"""Show the start page: what this is, how to use it, and what is new."""

from collections.abc import Iterator, Mapping
from typing import Any

from squash_jenkins.render.base import (
    DataFile,
    JobLine,
    Page,
    Site,
    Tab,
    counted,
    number_text,
    shown,
)

LATEST = 10


class Home(Tab):
    """Greet people who come here for the first time."""

    name = "home"
    title = "Start"
    order = 0
    in_navigation = False
    entry = "index.html"

    def pages(self, site: Site) -> Iterator[Page | DataFile]:
        """Yield the start page and the index that the search field reads."""
        yield Page("index.html", "home.html", "Start", lambda: _inputs(site))
        yield DataFile("data/finder.js", lambda: _finder(site))


def _inputs(site: Site) -> Mapping[str, Any]:
    newest = [build for job in site.jobs for build in site.builds(job)[-LATEST:]]
    newest.sort(key=lambda build: build.finished, reverse=True)
    named = {"job": "jobs", "build": "builds", "measurement": "measurements", "dataset": "datasets"}
    return {
        "stats": [
            {"name": word, "value": number_text(site.counts[table])}
            for table, word in named.items()
        ],
        "jobs": [_job(site, job) for job in site.jobs],
        "builds": [shown.build_row(site, build) for build in newest[:LATEST]],
    }


def _job(site: Site, job: JobLine) -> Mapping[str, Any]:
    builds = site.builds(job)
    return {
        "name": job.name,
        "controller": shown.job_name(site, job),
        "page": job.page,
        "builds": counted(len(builds), "build"),
        "last": shown.link_of(builds[-1]) if builds else None,
        "strip": shown.strip(builds),
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
    metrics = [{"name": name, "page": site.links.metric(name)} for name in site.metrics]
    return {"jobs": jobs, "metrics": metrics}


def _ranges(numbers: list[int]) -> list[tuple[int, int]]:
    """Return the stretches of numbers without a gap."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
