"""Show each metric over builds or time, with specifications and code changes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from squash_jenkins.render.base import (
    DataFile,
    Item,
    Metric,
    Page,
    Site,
    Tab,
    counted,
    data_files,
    direction_text,
    package_name,
    source_text,
    with_query,
)

_PERIODS = [["", "all"], ["year", "1 year"], ["6months", "6 months"]]
_PERIODS += [["month", "1 month"], ["week", "1 week"]]
_SCALES = [["", "value"], ["linear", "value, linear"], ["log", "value, logarithmic"]]
_SCALES += [["percent", "% of a baseline"]]
_CHOICES = [
    {"name": "metric", "title": "metric", "options": []},
    {"name": "job", "title": "job", "options": []},
    {"name": "dataset", "title": "dataset", "options": []},
    {"name": "filter", "title": "filter", "options": []},
    {"name": "level", "title": "level", "options": []},
    {"name": "period", "title": "period", "options": _PERIODS},
    {"name": "x", "title": "x", "options": [["time", "time"], ["build", "build"]]},
    {"name": "y", "title": "y", "options": _SCALES},
    {"name": "color", "title": "colours", "options": [["", "of series"], ["node", "of nodes"]]},
]
_SCRIPTS = (
    "data statistics series sharing axis scale choices also trend marks hover panels legend table "
    "between picture keys finding_card history"
)


class History(Tab):
    """Show trends; the pages are the same for every build, the data files are not."""

    name = "history"
    title = "History"
    order = 20
    about = (
        "One metric over builds or time: "
        "its specifications, where it got better or worse, and the packages that changed."
    )
    scripts = tuple(f"{name}.js" for name in _SCRIPTS.split())
    styles = ("history.css",)

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the list, and the page and the series of each metric when any series is new."""
        of = site.measured.series
        series = [[job.page, [list(each.by_metric) for each in of(job)]] for job in site.jobs]
        state = [series, *(_defined(site, metric) for metric in site.metrics.values())]
        if not site.memory.differs("history/series", state):
            return
        site.memory.remember("history/series", state)
        measured = _measured(site)
        yield Page("history/index.html", "metrics.html", "History", lambda: _list(site, measured))
        for name in site.metrics:
            path = site.links.metric_data(name)
            catalogue = {
                "metric": name,
                "folder": path.split("/")[-2],
                "jobs": measured.get(name, []),
            }
            yield DataFile(path, catalogue)
            page = site.links.metric(name)
            title = site.short_names[name]
            inputs = _metric(site, name, path)
            yield Page(page, "history.html", title, inputs, plots=True)


def _defined(site: Site, metric: Metric) -> list[object]:
    better = site.direction(metric.name)
    words = [site.short_names[metric.name], direction_text(better), better.source]
    return [metric.name, metric.unit, metric.description, dict(metric.reference), *words]


def _measured(site: Site) -> dict[str, list[Any]]:
    """Return by metric the jobs that measured it, with their series."""
    found: dict[str, list[Any]] = {}
    for job in site.jobs:
        by_metric: dict[str, list[Any]] = {}
        for each in site.measured.series(job):
            own = {"dataset": each.dataset, "filter": each.filter, "level": each.level}
            by_metric.setdefault(each.metric, []).append(own)
        for metric, series in by_metric.items():
            entry = {"folder": data_files.folder_of(job), "series": series}
            found.setdefault(metric, []).append(entry)
    return found


def _metric(site: Site, name: str, catalogue: str) -> Mapping[str, Any]:
    metric = site.metrics[name]
    return {
        "metric": name,
        "name": site.short_names[name],
        "package": name.removesuffix(site.short_names[name]).removesuffix("."),
        "better": direction_text(site.direction(name)),
        "better_by": source_text(site.direction(name)),
        "unknown": not site.direction(name).known,
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
    titles = {data_files.folder_of(job): site.title_of(job) for job in site.jobs}
    packages: dict[str, list[Any]] = {}
    unmeasured = []
    for name, metric in site.metrics.items():
        reference = _reference(metric.reference)
        row = {
            "name": site.short_names[name],
            "page": site.links.metric(name),
            "description": metric.description or "",
            "reference": reference["text"] if reference else "",
            "unit": metric.unit or "",
            "jobs": [
                {"name": title, "page": with_query(site.links.metric(name), job=title)}
                for title in (titles[job["folder"]] for job in measured.get(name, ()))
            ],
        }
        if row["jobs"]:
            packages.setdefault(package_name(name) or "Metrics", []).append(row)
        else:
            unmeasured.append({**row, "name": name})
    jobs = counted(len(site.jobs), "job")
    return {
        "summary": f"{counted(len(measured), 'metric')} measured by {jobs}",
        "packages": [{"name": name, "metrics": rows} for name, rows in sorted(packages.items())],
        "unmeasured": unmeasured,
    }
