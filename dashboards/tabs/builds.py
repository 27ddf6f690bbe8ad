"""Show one build in full, the builds of each job, and the latest of all jobs."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from squash_jenkins.render.base import (
    Asset,
    BuildLine,
    Item,
    JobLine,
    Page,
    Site,
    Tab,
    build_summary,
    build_views,
    comparison_views,
    counted,
    data_files,
    duration_text,
    embedded_badges,
    finding_views,
    job_badge,
    metric_badges,
    movers,
    series_file,
    size_text,
    verdict,
)

_PROVISIONAL = (
    "This build was still running when it was read, so this page may be incomplete. "
    "The next run completes it."
)
_REPLACED = (
    "The job was recreated in Jenkins and this build number was reused: "
    "Jenkins no longer has this build."
)
_RECREATED = (
    "The job was recreated in Jenkins, and the numbers of {} were reused. "
    "All builds are kept here; links to Jenkins lead to the new ones."
)
LATEST, LISTED, STEP, GONE = 40, 50, 64, 300


class Builds(Tab):
    """Show builds with links to Jenkins."""

    name = "builds"
    title = "Builds"
    order = 30
    about = (
        "One build in detail: every measurement, what changed since the previous build, "
        "its files, and a link to Jenkins."
    )
    scripts = (
        "data.js", "statistics.js", "bullet.js", "sorting.js", "finding_card.js",
        "findings_here.js", "build_rows.js", "build_table.js", "build.js", "builds.js",
        "days.js", "sharing.js", "series_columns.js", "series_choice.js", "series_cells.js",
        "series_table.js",
    )  # fmt: skip
    styles = ("build.css", "movers.css", "series_table.css")

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the list, and the pages of the jobs and builds that changed."""
        yield Page("builds/index.html", "builds.html", "Builds", lambda: _latest(site))
        for job in site.changed_jobs():
            yield from _builds(site, job)
            badges = metric_badges(site, job)
            yield from _badges(site, job, badges)
            yield Page(job.page, "job.html", job.name, partial(_job, site, job, list(badges)))


def _builds(site: Site, job: JobLine) -> Iterator[Page]:
    builds = site.changed_builds(job)
    for at in range(0, len(builds), STEP):
        part = builds[at : at + STEP]
        site.prefetch(part)
        for build in part:
            title = f"{job.name} #{build.number}"
            yield Page(build.page, "build.html", title, partial(_build, site, build))


def _badges(site: Site, job: JobLine, badges: Mapping[str, str]) -> Iterator[Asset]:
    yield Asset(site.links.job_badge(job.controller, job.name), job_badge(site, job))
    for metric, content in badges.items():
        yield Asset(site.links.metric_badge(job.controller, job.name, metric), content)


def _latest(site: Site) -> Mapping[str, Any]:
    newest = [build for job in site.current_jobs for build in site.builds(job)[-LATEST:]]
    newest.sort(key=lambda build: build.finished, reverse=True)
    rows = [_row(site, build) for build in newest[:LATEST]]
    return {
        "summary": f"{counted(site.counts['build'], 'build')} of "
        f"{counted(len(site.jobs), 'job')}. The latest are listed here, the others on the page of "
        "their job.",
        "jobs": [
            {"name": site.title_of(job), "page": job.page, "count": len(site.builds(job))}
            for job in site.current_jobs
        ],
        **_gone(site),
        "builds": rows,
    }


def _gone(site: Site) -> Mapping[str, Any]:
    """Return the jobs whose branch is gone, those first that went last; of very many not all."""
    gone = [(job.gone, job) for job in site.jobs if job.gone is not None]
    gone.sort(key=lambda each: each[0], reverse=True)
    named = [{"name": site.title_of(job), "page": job.page} for _, job in gone[:GONE]]
    rest = len(gone) - len(named)
    return {"gone": build_views.gone_text(site), "gone_jobs": named, "gone_others": rest}


def _row(site: Site, build: BuildLine) -> Mapping[str, Any]:
    return build_views.build_row(site, build)


def _job(site: Site, job: JobLine, metrics: Sequence[str]) -> Mapping[str, Any]:
    builds = site.builds(job)
    rows = [_row(site, build) for build in reversed(builds[-LISTED:])]
    gaps = build_views.missing(builds)
    replaced = sum(build.replaced for build in builds)
    failed = sum(build.failed for build in builds)
    summary = [counted(len(builds), "build"), f"{failed} failed or aborted" if failed else ""]
    summary.append(f"{counted(gaps, 'build')} missing" if gaps else "")
    return {
        "name": job.name,
        "folder": data_files.folder_of(job),
        "controller": build_views.job_name(site, job),
        "jenkins": job.jenkins,
        "gone": build_views.gone_notice(job),
        "feed": site.links.job_feed(job.controller, job.name),
        "summary": " · ".join(part for part in summary if part),
        "recreated": _RECREATED.format(counted(replaced, "older build")) if replaced else "",
        "findings": finding_views.of_job(site, job),
        "verdict": verdict(site, [job]),
        "groups": movers(site, [job]) if builds else [],
        "series": series_file.series_path(job) if builds else "",
        **embedded_badges(site, job, metrics),
        "builds": rows,
        "older": len(builds) - len(rows),
    }


def _build(site: Site, build: BuildLine) -> Mapping[str, Any]:
    builds = site.builds(build.job)
    at, row, details = build.position, build.row, site.details(build)
    return {
        "job": {"name": build.job.name, "page": build.job.page},
        "folder": data_files.folder_of(build.job),
        "controller": build_views.job_name(site, build.job),
        "number": build.number,
        "start": build.milliseconds,
        "build": build_views.result_of(build),
        "started": build_views.seconds(row.started),
        "duration": duration_text(row.duration),
        "node": details.node,
        "cause": details.causes[0].text if details.causes else "",
        "previous": build_views.link_of(builds[at - 1]) if at else None,
        "next": build_views.link_of(builds[at + 1]) if at + 1 < len(builds) else None,
        "jenkins": None if build.replaced else build.jenkins,
        "notices": _notices(site, build),
        "nothing": _nothing(build, matrix=bool(details.runs)),
        "verdict": _verdict(site, build, matrix=bool(details.runs)),
        "comparison": comparison_views.comparison(site, build),
        "changed": _changed(site, build),
        "commits": _commits(site, build),
        "no_files": _no_files(build, matrix=bool(details.runs)),
        "files": [_file(build, report) for report in site.build_details.reports(build)],
        "parameters": [
            [str(name), str(value)] for name, value in sorted(details.parameters.items())
        ],
        "runs": [
            {"name": run.job, "number": run.number, "page": site.links.build(*_id(run))}
            for run in details.runs
        ],
    }


def _id(run: Any) -> tuple[str, str, int]:
    return run.controller, run.job, run.number


def _notices(site: Site, build: BuildLine) -> list[Mapping[str, str]]:
    notices: list[Mapping[str, str]] = []
    if build.row.provisional:
        notices.append({"tone": "warn", "text": _PROVISIONAL})
    if build.job.gone:
        notices.append({"tone": "note", "text": build_views.gone_notice(build.job)})
    if build.replaced:
        notices.append({"tone": "note", "text": _REPLACED})
    for each in site.build_details.rejected(build):
        size = f" ({size_text(each.size)})" if each.size else ""
        text = f"{each.path}{size} was quarantined: {each.reason.rstrip('.')}."
        text += " The rest of the build was read."
        notices.append({"tone": "warn", "text": text})
    return notices


def _verdict(site: Site, build: BuildLine, *, matrix: bool) -> Mapping[str, Any]:
    """Return the sentences that the page begins with, and their tone."""
    own = site.verified([build])[build.key]
    if not own:
        tone = "warn" if build.failed else "note"
        return {"tone": tone, "sentences": [_nothing(build, matrix=matrix)]}
    compared = site.comparison(build)
    worse = build_summary.misses(own) or build_summary.is_worse(compared)
    sentences = build_summary.summary_of(own, compared)
    return {"tone": "warn" if worse else "note", "sentences": sentences}


def _nothing(build: BuildLine, *, matrix: bool) -> str:
    if matrix:
        return "The measurements of this matrix build are in its configurations."
    if build.row.provisional:
        return "Its QA files have not been read yet: none was archived when the build was checked."
    if build.failed:
        return f"The build ended with {build.row.result} and has no readable QA report."
    return "This build has no readable QA report, so there is nothing to verify."


def _no_files(build: BuildLine, *, matrix: bool) -> str:
    if matrix:
        return "The files are in its configurations."
    if build.row.provisional:
        return "No file was archived when the build was checked."
    return "No QA report was found among the build's artifacts."


def _changed(site: Site, build: BuildLine) -> Mapping[str, Any]:
    since, changes = site.package_changes(build)
    if since is None:
        text = "Unknown: this build or earlier ones did not report their packages."
        return {"text": text, "since": None, "after": "", "packages": []}
    text = (
        f"{counted(len(changes), 'package')} changed since"
        if changes
        else "No package changed since"
    )
    return {
        "text": text,
        "since": {"page": since.page, "number": since.number},
        "after": "." if not changes else "",
        "packages": [build_views.package_row(change) for change in changes],
    }


def _commits(site: Site, build: BuildLine) -> Mapping[str, Any]:
    """Return the commits since the build before that measured something, the newest build first."""
    builds = build_views.since_measured(site, build)
    found = [(each, site.commits(each)) for each in reversed(builds)]
    commits = [commit for _, of_build in found for commit in of_build]
    authors = {commit.author for commit in commits}
    text = (
        f"{counted(len(commits), 'commit')} by {counted(len(authors), 'author')}"
        if commits
        else "Jenkins reports no commits for this build."
    )
    if len(builds) > 1:
        text += f", in {counted(len(builds), 'build')} after the last one with values"
    groups = [
        {
            "build": build_views.link_of(each) if len(builds) > 1 else None,
            "rows": [build_views.commit_row(commit) for commit in of_build],
        }
        for each, of_build in found
        if of_build
    ]
    return {"text": text.removesuffix(".") + ".", "groups": groups}


def _file(build: BuildLine, report: Any) -> Mapping[str, Any]:
    about = [report.format, size_text(report.size), report.filter or ""]
    return {
        "name": report.path,
        "url": None if build.replaced else build.artifact(report.path),
        "about": " · ".join(part for part in about if part),
    }
