"""Make the pictures of a metric's trend in a job, for wikis and descriptions."""

from collections.abc import Mapping, Sequence

from squash_jenkins.models import SeriesId
from squash_jenkins.render.content import build_views
from squash_jenkins.render.content.plain_page import WINDOW, trend_drawing
from squash_jenkins.render.links import quoted, with_query
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.svg.trend_picture import Panel, trend_picture
from squash_jenkins.verification.measurements import Verified

_PANELS = 12
"""Series that one picture shows; those that miss a specification come first."""
_Entries = Sequence[Verified | None]


def metric_trends(site: Site, job: JobLine) -> Mapping[str, str]:
    """Return the picture of every metric that the newest builds of a job measured, by its name."""
    builds = site.builds(job)[-WINDOW:]
    verified = site.verified(builds)
    series = build_views.by_series([verified[build.key] for build in builds])
    by_metric: dict[str, dict[SeriesId, _Entries]] = {}
    for key, entries in sorted(series.items(), key=lambda item: _rank(*item)):
        by_metric.setdefault(key.metric, {})[key] = entries
    return {name: _picture(site, job, builds, own) for name, own in by_metric.items()}


def _rank(series: SeriesId, entries: _Entries) -> tuple[int, tuple[str, ...]]:
    newest = entries[-1]
    return (9 if newest is None else newest.severity, series.by_dataset)


def _picture(
    site: Site, job: JobLine, builds: Sequence[BuildLine], series: Mapping[SeriesId, _Entries]
) -> str:
    shown = list(series.items())[:_PANELS]
    metric = shown[0][0].metric
    page, _, query = with_query(site.links.metric(metric), job=site.title_of(job)).partition("?")
    root = "../" * site.links.metric_trend(job.controller, job.name, metric).count("/")
    panels = [_panel(builds, entries) for _, entries in shown]
    return trend_picture(f"{metric} in {job.name}", f"{root}{quoted(page)}?{query}", panels)


def _panel(builds: Sequence[BuildLine], entries: _Entries) -> Panel:
    at = max(place for place, each in enumerate(entries) if each is not None)
    latest = next(each for each in reversed(entries) if each is not None)
    place = build_views.group_name(latest)
    name = build_views.measurement_name(latest) + (f" · {place}" if place else "")
    value = f"{latest.text} {latest.unit or ''}".rstrip() if latest.value is not None else ""
    older = at < len(entries) - 1 or latest.value is None
    status = (
        f"not measured since #{builds[at].number}"
        if older and at < len(entries) - 1
        else latest.word
    )
    tone = "none" if older else latest.tone
    return Panel(
        name, value, status, tone, latest.unit or "", trend_drawing(builds, entries, latest)
    )
