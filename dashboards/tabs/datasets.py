"""Show what was processed: datasets by camera, and on which builds each of them was measured."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from squash_jenkins.render.base import (
    DatasetRow,
    Folder,
    Item,
    Page,
    Site,
    Tab,
    Use,
    Verified,
    build_views,
    counted,
    folder_name,
    with_query,
)

_SHOWN, _TERMS, _TERM = 24, 12, 200
_UNKNOWN = "unknown camera"
_Row = Mapping[str, Any]


class Datasets(Tab):
    """List the datasets, with a page for each."""

    name = "datasets"
    title = "Datasets"
    order = 70
    about = "Processed datasets by camera, with the builds that measured them and their values."
    styles = ("health.css",)

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the list, then the page of each dataset."""
        uses: dict[str, list[Use]] = {row.name: [] for row in site.usage.datasets}
        for job in site.jobs:
            for use in site.usage.uses(job):
                uses[use.dataset].append(use)
        for own in uses.values():
            own.sort(key=lambda use: use.last.moment, reverse=True)
        yield Page("datasets/index.html", "datasets.html", "Datasets", lambda: _list(site, uses))
        paths = []
        for row in site.usage.datasets:
            paths.append(_page(row.name))
            inputs = _inputs(site, row, uses[row.name])
            yield Page(paths[-1], "dataset.html", row.name, inputs)
        yield Folder("datasets", ["datasets/index.html", *paths])


def _page(name: str) -> str:
    return f"datasets/{folder_name(name)}/index.html"


def _list(site: Site, uses: Mapping[str, Sequence[Use]]) -> _Row:
    cameras: dict[str, list[_Row]] = {}
    for row in site.usage.datasets:
        cameras.setdefault(row.camera or _UNKNOWN, []).append(_listed(site, row, uses[row.name]))
    ordered = sorted(cameras.items(), key=lambda each: (each[0] == _UNKNOWN, each[0].lower()))
    named = len(cameras) - (_UNKNOWN in cameras)
    summary = [counted(len(site.usage.datasets), "dataset")]
    summary += [f"of {counted(named, 'camera')}"] if named else []
    return {
        "summary": " ".join(summary),
        "cameras": [{"name": name, "datasets": rows} for name, rows in ordered],
        "unknown": _UNKNOWN,
    }


def _listed(site: Site, row: DatasetRow, uses: Sequence[Use]) -> _Row:
    filters = sorted({name for use in uses for name in use.filters})
    return {
        "name": row.name,
        "page": _page(row.name),
        "description": row.description or "",
        "filters": ", ".join(filters),
        "jobs": [
            {"title": site.title_of(use.job), "builds": counted(use.builds, "build")}
            for use in uses
        ],
        "last": build_views.link_of(uses[0].last) if uses else None,
    }


def _inputs(site: Site, row: DatasetRow, uses: Sequence[Use]) -> _Row:
    runs = [_run(site, use) for use in uses]
    filters = sorted({name for use in uses for name in use.filters})
    return {
        "name": row.name,
        "camera": row.camera or "",
        "description": row.description or "",
        "filters": ", ".join(filters),
        "terms": runs[0]["terms"] if runs else [],
        "runs": runs,
        "summary": _summary(uses),
    }


def _summary(uses: Sequence[Use]) -> str:
    builds = sum(use.builds for use in uses)
    return f"Measured by {counted(len(uses), 'job')} in {counted(builds, 'build')}"


def _run(site: Site, use: Use) -> _Row:
    """Return how a job used the dataset, with the values of the newest build that did."""
    title = site.title_of(use.job)
    name = f"dataset/{use.dataset}/{title}"
    values = site.remembered(name, [use.last], lambda: _values(site, use))
    compared = {"job": title, "a": str(use.first.number), "b": str(use.last.number)}
    return {
        "title": title,
        "page": use.job.page,
        "builds": counted(use.builds, "build"),
        "filters": ", ".join(use.filters),
        "first": build_views.link_of(use.first),
        "last": {**build_views.link_of(use.last), **build_views.result_of(use.last)},
        "jenkins": use.last.jenkins,
        "compare": with_query("compare/index.html", **compared) if use.builds > 1 else "",
        **values,
    }


def _values(site: Site, use: Use) -> _Row:
    verified = [
        each for each in site.verified([use.last])[use.last.key] if each.dataset == use.dataset
    ]
    verified.sort(key=lambda each: (each.severity, each.series.by_dataset))
    reports = [each for each in site.build_details.reports(use.last) if each.dataset == use.dataset]
    terms = {key: value for report in reports for key, value in report.terms.items()}
    return {
        "values": [_value(site, use, each) for each in verified[:_SHOWN]],
        "more": max(0, len(verified) - _SHOWN),
        "terms": [
            {"name": str(key), "value": _short(value)}
            for key, value in sorted(terms.items())[:_TERMS]
        ],
    }


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _TERM else f"{text[:_TERM]}…"


def _value(site: Site, use: Use, each: Verified) -> _Row:
    return {
        "name": build_views.measurement_name(each),
        "metric": each.metric,
        "page": build_views.metric_page(site, use.job, each),
        "filter": each.filter or "",
        "value": each.text,
        "unit": (each.unit or "") if each.value is not None else "",
        "word": each.word,
        "tone": each.tone,
        "limits": ", ".join(each.limits),
    }
