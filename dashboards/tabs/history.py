"""Show each metric over builds or time, with specifications and code changes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from squash_jenkins.render.base import (
    BuildLine,
    DataFile,
    Item,
    JobLine,
    Judged,
    Page,
    Site,
    Tab,
    counted,
    marks,
    short_name,
    shown,
    with_query,
)

_NEWEST = "data/newest.js"
_NAMED = 12
"""Packages named for each build; its own page has them all."""
_PERIODS = [["", "everything"], ["365", "a year"], ["183", "6 months"], ["30", "30 days"]]
_PERIODS += [["7", "7 days"]]
_CHOICES = [
    {"name": "job", "title": "job", "options": []},
    {"name": "dataset", "title": "dataset", "options": []},
    {"name": "filter", "title": "filter", "options": []},
    {"name": "level", "title": "level", "options": []},
    {"name": "period", "title": "period", "options": _PERIODS},
    {"name": "x", "title": "x", "options": [["time", "time"], ["build", "build"]]},
]


class History(Tab):
    """Show trends; the pages are the same for every build, the data files are not."""

    name = "history"
    title = "History"
    order = 20
    scripts = ("series.js", "trend.js", "marks.js", "history.js")

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the data of changed jobs, then the page and the list of series of each metric."""
        for job in site.changed_jobs():
            yield from _data(site, job)
            yield DataFile(job.data("findings"), partial(marks, site, job))
        yield DataFile(_NEWEST, lambda: _newest(site))
        measured = _measured(site)
        yield Page("history/index.html", "metrics.html", "History", lambda: _list(site, measured))
        for name in site.metrics:
            jobs = measured.get(name, [])
            path = site.links.metric_data(name)
            yield DataFile(path, {"jobs": jobs})
            page = site.links.metric(name)
            title = short_name(name)
            inputs = _metric(site, name, path)
            yield Page(page, "history.html", title, inputs, plots=True)


def _newest(site: Site) -> Mapping[str, Any]:
    """Return by folder when the newest build of each job started (milliseconds)."""
    return {
        _folder(job): round(site.builds(job)[-1].row.started.timestamp() * 1000)
        for job in site.jobs
        if site.builds(job)
    }


def _folder(job: JobLine) -> str:
    return job.page.removesuffix("/index.html")


def _data(site: Site, job: JobLine) -> Iterator[DataFile]:
    changed = {build.key for build in site.changed_builds(job)}
    for number, builds in site.blocks(job).items():
        if any(build.key in changed for build in builds):
            site.prefetch(builds)
            yield DataFile(job.data(f"builds-{number}"), _builds(site, builds))
            yield DataFile(job.data(f"series-{number}"), _series(site, builds))


def _builds(site: Site, builds: Sequence[BuildLine]) -> Mapping[str, Any]:
    return {
        "number": [build.number for build in builds],
        "name": [build.page.split("/")[-2] for build in builds],
        "start": [round(build.row.started.timestamp() * 1000) for build in builds],
        "end": [round(build.finished.timestamp() * 1000) for build in builds],
        "result": [shown.result_of(build)["result"] for build in builds],
        "packages": [_packages(site, build) for build in builds],
    }


def _packages(site: Site, build: BuildLine) -> Any:
    name = f"packages/{build.key}"
    looked_at = [*site.before(build, 60), build]
    return site.remembered(name, looked_at, lambda: _changed_packages(site, build))


def _changed_packages(site: Site, build: BuildLine) -> Any:
    since, changes = site.package_changes(build)
    if since is None:
        return None
    rows = [
        [each.name, f"{shown.sign_of(each)}{shown.versions_text(each)}", each.url]
        for each in changes[:_NAMED]
    ]
    return {"total": len(changes), "rows": rows}


def _series(site: Site, builds: Sequence[BuildLine]) -> Mapping[str, Any]:
    judged = site.judged(builds)
    entries: dict[tuple[Any, ...], list[tuple[int, Judged]]] = {}
    for at, build in enumerate(builds):
        for each in judged[build.key]:
            entries.setdefault((*each.series, each.unit or ""), []).append((at, each))
    return {"series": [_entry(key, points) for key, points in sorted(entries.items())]}


def _entry(key: tuple[Any, ...], points: Sequence[tuple[int, Judged]]) -> Mapping[str, Any]:
    dataset, filter_name, metric, level, unit = key
    return {
        "metric": metric,
        "dataset": dataset,
        "filter": filter_name,
        "level": level,
        "unit": unit,
        "at": [at for at, _ in points],
        "value": [_rounded(each.value) for _, each in points],
        "status": [each.status for _, each in points],
        "limits": _limits(each for _, each in points),
    }


def _limits(points: Iterable[Judged]) -> list[Any]:
    """Return the specifications at each point where they differ from those before."""
    found: list[Any] = []
    for at, each in enumerate(points):
        limits = [list(line) for line in each.lines]
        if not found or found[-1][1] != limits:
            found.append([at, limits])
    return found


def _rounded(value: float | None) -> float | None:
    """Keep seven digits: more is never seen, and files are half as large."""
    return None if value is None else float(f"{value:.7g}")


def _measured(site: Site) -> dict[str, list[Any]]:
    """Return by metric the jobs that measured it, with their series."""
    found: dict[str, list[Any]] = {}
    for job in site.jobs:
        by_metric: dict[str, list[Any]] = {}
        for metric, dataset, filter_name, level in site.series(job):
            by_metric.setdefault(metric, []).append(
                {"dataset": dataset, "filter": filter_name, "level": level}
            )
        for metric, own in by_metric.items():
            found.setdefault(metric, []).append(
                {**_job(site, job, list(site.blocks(job))), "series": own}
            )
    return found


def _job(site: Site, job: JobLine, blocks: Sequence[int]) -> dict[str, Any]:
    return {
        "title": shown.title_of(site, job),
        "name": job.name,
        "controller": job.controller,
        "folder": _folder(job),
        "data": job.data("x").removesuffix("/x.js"),
        "jenkins": job.jenkins,
        "blocks": list(blocks),
    }


def _metric(site: Site, name: str, catalogue: str) -> Mapping[str, Any]:
    metric = site.metrics[name]
    return {
        "metric": name,
        "name": short_name(name),
        "package": name.rpartition(".")[0],
        "description": metric.description or "",
        "reference": _reference(metric.reference),
        "unit": metric.unit or "",
        "catalogue": catalogue,
        "choices": _CHOICES,
    }


def _reference(reference: Mapping[str, Any]) -> Mapping[str, str] | None:
    page = reference.get("page")
    parts = [str(reference.get("doc") or ""), f"p. {page}" if page else ""]
    text = " ".join(part for part in parts if part)
    url = str(reference.get("url") or "")
    return {"text": text or url, "url": url} if text or url else None


def _list(site: Site, measured: Mapping[str, Sequence[Any]]) -> Mapping[str, Any]:
    packages: dict[str, list[Any]] = {}
    unmeasured = []
    for name, metric in site.metrics.items():
        reference = _reference(metric.reference)
        row = {
            "name": short_name(name),
            "page": site.links.metric(name),
            "description": metric.description or "",
            "reference": reference["text"] if reference else "",
            "unit": metric.unit or "",
            "jobs": [
                {"name": job["title"], "page": _with_job(site, name, job)}
                for job in measured.get(name, ())
            ],
        }
        if row["jobs"]:
            packages.setdefault(name.rpartition(".")[0] or "Metrics", []).append(row)
        else:
            unmeasured.append({**row, "name": name})
    jobs = counted(len(site.jobs), "job")
    return {
        "summary": f"{counted(len(measured), 'metric')} measured by {jobs}",
        "packages": [{"name": name, "metrics": rows} for name, rows in sorted(packages.items())],
        "unmeasured": unmeasured,
    }


def _with_job(site: Site, metric: str, job: Mapping[str, Any]) -> str:
    return with_query(site.links.metric(metric), job=job["title"])
