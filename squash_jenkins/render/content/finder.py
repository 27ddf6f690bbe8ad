"""Write the index that the search field reads: jobs, their builds, and what they measured."""

from collections.abc import Mapping
from typing import Any

from squash_jenkins.render.content.data_files import folder_of
from squash_jenkins.render.site.site import Site


def finder_file(site: Site) -> Mapping[str, Any]:
    """Return the payload of ``data/finder.js``; it says which metrics were ever measured."""
    jobs = [
        {
            "name": job.name,
            "folder": folder_of(job),
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
