"""Describe builds and measurements in the plain values that several tabs show alike."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from squash_jenkins.analysis.code_changes import PackageChange
from squash_jenkins.analysis.specifications.applicable import NOT_MEASURED, worst
from squash_jenkins.models import Change
from squash_jenkins.render.links import with_query
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.svg.sparks import spark_line
from squash_jenkins.text.names import short_name
from squash_jenkins.text.numbers import change_text, counted, duration_text
from squash_jenkins.text.sentences import versions
from squash_jenkins.verification.measurements import Verified, tone_of, word_of

_RESULT_TONES = {"SUCCESS": "stretch", "UNSTABLE": "minimum", "FAILURE": "misses"}
STRIP = 48
"""Builds in a job's strip."""


def seconds(time: datetime) -> float:
    """Return a time in whole seconds of Unix time, as templates expect it."""
    return int(time.timestamp())


def result_of(build: BuildLine) -> Mapping[str, str]:
    """Return the text and the colour role of a build's result."""
    if build.row.provisional:
        return {"result": "still running", "tone": "none"}
    result = build.row.result or "no result"
    return {"result": result, "tone": _RESULT_TONES.get(result, "none")}


def nothing_of(site: Site, build: BuildLine) -> str:
    """Explain why a build has no measurements."""
    if is_matrix(site, build):
        return "in its configurations"
    return "not read yet" if build.row.provisional else "no report"


def is_matrix(site: Site, build: BuildLine) -> bool:
    """Return whether a build is a matrix build, whose configurations hold the measurements."""
    return site.build_details.presence([build])[build.key].matrix


def gone_text(site: Site) -> str:
    """Return how many jobs are of branches that are gone in Jenkins; empty for none."""
    count = len(site.jobs) - len(site.current_jobs)
    return f"{counted(count, 'branch', 'branches')} gone in Jenkins" if count else ""


def gone_notice(job: JobLine) -> str:
    """Return what pages of a job say when its branch is gone in Jenkins; empty otherwise."""
    if job.gone is None:
        return ""
    return (
        f"The branch is gone in Jenkins; this was noticed on {job.gone:%Y-%m-%d}. What it measured "
        "is kept here, but lists leave it out, and links to Jenkins may lead nowhere."
    )


def link_of(build: BuildLine) -> Mapping[str, Any]:
    """Return what a link to a build's page needs."""
    return {
        "page": build.page,
        "number": build.number,
        "job": build.job.name,
        "finished": seconds(build.finished),
        "running": build.row.provisional,
    }


def build_row(site: Site, build: BuildLine) -> Mapping[str, Any]:
    """Return one row of a table of builds."""
    statuses = site.measured.statuses(build)
    measured = sum(status != NOT_MEASURED for status in statuses)
    status = worst(set(statuses)) if statuses else ""
    return {
        **link_of(build),
        **result_of(build),
        "duration": duration_text(build.row.duration),
        "measured": f"{measured} of {len(statuses)}" if statuses else nothing_of(site, build),
        "status": word_of(status),
        "status_tone": tone_of(status) if statuses else "none",
        "jenkins": build.jenkins,
    }


def strip(builds: Sequence[BuildLine]) -> list[Mapping[str, Any]]:
    """Return the cells of a job's strip, newest first; missing numbers give one cell."""
    cells: list[Mapping[str, Any]] = []
    after: BuildLine | None = None
    for build in reversed(builds[-STRIP:]):
        missing = after.number - build.number - 1 if after and not build.replaced else 0
        if after is not None and missing > 0:
            gap = range_text(build.number + 1, after.number - 1)
            cells.append({"page": None, "title": f"{gap} missing"})
        cells.append(_cell(build))
        after = build
    return cells


def range_text(first: int, last: int) -> str:
    """Return build numbers such as ``#7`` or ``#7 to #9``."""
    return f"#{first}" if first == last else f"#{first} to #{last}"


def missing(builds: Sequence[BuildLine]) -> int:
    """Return how many numbers are missing between the first and the last of the builds."""
    own = sorted({build.number for build in builds if not build.replaced})
    return own[-1] - own[0] + 1 - len(own) if own else 0


def job_name(site: Site, job: JobLine) -> str | None:
    """Return the job's controller where there are several, else None."""
    return job.controller if site.has_controllers else None


def metric_page(site: Site, job: JobLine, verified: Verified) -> str:
    """Return the link to the history of a measurement's series."""
    return with_query(
        site.links.metric(verified.metric),
        job=site.title_of(job),
        dataset=verified.dataset,
        filter=verified.filter,
        level=verified.level or None,
    )


def measurement_name(verified: Verified) -> str:
    """Return metric and level, such as ``AF1 design``."""
    name = short_name(verified.metric)
    return f"{name} {verified.level}" if verified.level else name


def group_name(verified: Verified) -> str:
    """Return dataset and filter of a measurement."""
    return " · ".join(part for part in (verified.dataset, verified.filter) if part)


def since_measured(site: Site, build: BuildLine) -> list[BuildLine]:
    """Return the builds after the last one that measured something, up to and with this one."""
    found = [build]
    for earlier in reversed(site.stored.before(build)):
        if site.measured.statuses(earlier):
            return found[::-1]
        found.append(earlier)
    return [build]


def by_series(history: Sequence[Sequence[Verified]]) -> dict[Any, list[Verified | None]]:
    """Return the measurements of each series, one for each build; None where there is none."""
    found: dict[Any, list[Verified | None]] = {}
    for position, measurements in enumerate(history):
        for each in measurements:
            entry = found.setdefault(each.series, [None] * len(history))
            entry[position] = each
    return found


def measured_before(entries: Sequence[Verified | None]) -> Verified | None:
    """Return the latest measurement with a value before the last entry."""
    earlier = [each for each in entries[:-1] if each is not None and each.value is not None]
    return earlier[-1] if earlier else None


def movement(current: Verified, before: Verified | None) -> Mapping[str, Any]:
    """Return value, change and status of a measurement; worse means a lower level than before."""
    change = "" if before is None else change_text(current.value, before.value)
    trend = ""
    if before is not None and current.value is not None and current.severity < 5:
        steps = current.severity - before.severity if before.severity < 5 else 0
        trend = "worse" if steps < 0 else "better" if steps > 0 else ""
    return {
        "value": current.text,
        "measured": current.value is not None,
        "unit": current.unit or "",
        "change": change,
        "trend": trend,
        "word": current.word,
        "tone": current.tone,
    }


def spark_of(entries: Sequence[Verified | None]) -> Mapping[str, Any] | None:
    """Return the spark line of a series."""
    return spark_line([None if each is None else each.value for each in entries])


def package_row(change: PackageChange) -> Mapping[str, Any]:
    """Return a changed package as lists show it."""
    text = versions(change.old, change.new)
    return {"kind": change.kind, "name": change.name, "text": text, "url": change.url}


def commit_row(commit: Change) -> Mapping[str, str]:
    """Return a commit of Jenkins' change sets as lists show it."""
    message = (commit.message.strip().splitlines() or [""])[0]
    return {"revision": commit.revision[:8], "message": message, "author": commit.author}


def _cell(build: BuildLine) -> Mapping[str, Any]:
    result = result_of(build)
    tone = "running" if build.row.provisional else result["tone"]
    return {"page": build.page, "tone": tone, "title": f"#{build.number} {result['result']}"}
