"""Make the badges of a job: the status of its newest build, and of each metric."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from squash_jenkins.analysis.specifications.applicable import NO_SPECIFICATION, worst
from squash_jenkins.render.content import build_views
from squash_jenkins.render.links import with_query
from squash_jenkins.render.site.lines import JobLine
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.svg.badge import badge
from squash_jenkins.verification.measurements import Verified, tone_of

_LOOKED_AT = 40
"""So many newest builds are searched for one with a report."""


def job_badge(site: Site, job: JobLine) -> str:
    """Return the badge of a job: the worst status in its newest build, and how many have it."""
    label = job.name.rsplit("/", 1)[-1]
    builds = site.builds(job)
    if not builds:
        return badge(label, "no builds yet", "none")
    newest = builds[-1]
    verified = site.verified([newest])[newest.key]
    if not verified and newest.row.provisional:
        return badge(label, f"#{newest.number} is not read yet", "none")
    if newest.failed:
        return badge(label, f"#{newest.number} {newest.row.result}", "misses")
    if not verified:
        matrix = build_views.is_matrix(site, newest)
        why = ": see its configurations" if matrix else " has no report"
        return badge(label, f"#{newest.number}{why}", "none")
    status = worst(each.status for each in verified)
    return badge(label, _counted(status, verified), tone_of(status))


def metric_badges(site: Site, job: JobLine) -> Mapping[str, str]:
    """Return the badge of every metric that a job ever measured, by its name.

    They show the worst measurement in the newest build that has a report.
    """
    newest: dict[str, list[Verified]] = {}
    for build in reversed(site.builds(job)[-_LOOKED_AT:]):
        for each in site.verified([build])[build.key]:
            newest.setdefault(each.metric, []).append(each)
        if newest:
            break
    metrics = sorted({series.metric for series in site.measured.series(job)})
    names = site.short_names
    return {each: _metric_badge(names[each], newest.get(each, ())) for each in metrics}


def embedded_badges(site: Site, job: JobLine, metrics: Sequence[str]) -> Mapping[str, Any]:
    """Return the badges of a job with their Markdown, for its page."""
    links, title = site.links, site.title_of(job)
    own = links.job_badge(job.controller, job.name)
    pictures = {name: links.metric_badge(job.controller, job.name, name) for name in metrics}
    return {
        "badge": _embedded(job.name, own, job.page),
        "metric_badges": [
            _embedded(site.short_names[name], picture, with_query(links.metric(name), job=title))
            for name, picture in pictures.items()
        ],
    }


def _embedded(name: str, picture: str, page: str) -> Mapping[str, str]:
    """Return a badge with its name as Markdown takes it."""
    safe = re.sub(r"([\\\[\]`<>])", r"\\\1", " ".join(name.split()))
    return {"picture": picture, "page": page, "name": safe}


def _metric_badge(name: str, found: Sequence[Verified]) -> str:
    worst_one = min(
        found,
        key=lambda each: (each.value is None, each.severity, each.series.by_dataset),
        default=None,
    )
    if worst_one is None or worst_one.value is None:
        return badge(name, "not measured", "none")
    value = worst_one.quantity
    level = f" ({worst_one.level})" if worst_one.level else ""
    return badge(name, f"{value}{level} · {worst_one.word}", worst_one.tone)


def _counted(status: str, verified: Sequence[Verified]) -> str:
    """Return a status, with the number of measurements that have it where something is missed."""
    alike = sum(each.status == status for each in verified)
    known = sum(bool(each.verdicts) and each.value is not None for each in verified)
    if status == NO_SPECIFICATION:
        valued = sum(each.value is not None for each in verified)
        return f"{valued} of {len(verified)} measured"
    verb, _, level = status.partition(" ")
    if verb != "misses":
        return "minimum only" if status == "minimum" else status
    return f"{alike} of {known} {verb if alike == 1 else 'miss'} {level}"
