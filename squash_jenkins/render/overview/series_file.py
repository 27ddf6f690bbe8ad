"""Write the series of jobs in columns, for the tables that show and sort them in the browser.

``assets/series_table/series_columns.js`` reads the files.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from squash_jenkins.models import SeriesId
from squash_jenkins.models.finding import NEUTRAL
from squash_jenkins.models.metric_rules import Direction
from squash_jenkins.render.content.build_views import seconds
from squash_jenkins.render.content.data_files import folder_of
from squash_jenkins.render.content.finding_views import mark_text
from squash_jenkins.render.overview.series_rows import WINDOW, SeriesRow, rows_of
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.svg.sparks import spark_code
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.text.names import ambiguous_names

Payload = Mapping[str, Any]
ALL = "data/series.js"
"""The path of the file with the series of all jobs."""


def series_path(job: JobLine) -> str:
    """Return the path of the file with the series of a job."""
    return job.data("series")


def series_file(site: Site, jobs: Sequence[JobLine]) -> Payload:
    """Return ``{"alike", "parts"}``: short names of several metrics, and a part for each job."""
    parts = [_part_of(site, job) for job in jobs]
    return {"alike": ambiguous_names(site.metrics), "parts": parts}


def _part_of(site: Site, job: JobLine) -> Payload:
    findings = [[row.name, row.revision, row.open] for row in site.findings(job)]
    builds = site.builds(job)[-WINDOW:]
    blocks = [[number, *state] for number, state in site.measured.blocks(job).items()]
    return site.remembered(
        f"columns/{site.title_of(job)}",
        builds,
        lambda: _part(site, job),
        [findings, blocks, [row.better for row in rows_of(site, job)]],
    )


class _Words:
    """Collect values, each once; columns hold their places."""

    def __init__(self) -> None:
        self.places: dict[Any, int] = {}

    def place(self, value: Any) -> int:
        return self.places.setdefault(value, len(self.places))

    @property
    def all(self) -> list[Any]:
        return list(self.places)


def _part(site: Site, job: JobLine) -> Payload:
    """Return the columns of a job.

    ``lists`` hold what rows name by its place: metrics ``[name, page]``, statuses ``[tone, word,
    rank]``, builds ``[number, page, end in seconds]``, limits, and marks ``[text, trend, page,
    times the noise]``; a mark of -1 is none. ``value``, ``usual`` and ``noise`` are little-endian
    doubles in base64, NaN for none. A spark is a text, see `spark_code`.
    """
    rows = rows_of(site, job)
    own = site.stored.by_key(job)
    marks = open_findings(site, site.findings(job))
    words = {
        name: _Words()
        for name in ("metric", "dataset", "filter", "level", "unit", "status", "build", "limits")
    }
    picks: Mapping[str, Callable[[SeriesRow], Any]] = {
        "metric": lambda row: (row.metric, site.links.metric(row.metric)),
        "dataset": lambda row: row.dataset,
        "filter": lambda row: row.filter,
        "level": lambda row: row.level,
        "unit": lambda row: row.unit,
        "status": lambda row: (row.tone, row.word, row.severity),
        "build": lambda row: _build(own[row.build]),
        "limits": lambda row: tuple(float(limit) for _, limit, _ in row.limits),
    }
    columns = {name: [words[name].place(pick(row)) for row in rows] for name, pick in picks.items()}
    known = list(dict.fromkeys(marks[row.series] for row in rows if row.series in marks))
    return {
        "job": [site.title_of(job), folder_of(job), seconds(site.builds(job)[-1].finished)],
        "lists": {**{name: each.all for name, each in words.items()}, "mark": known},
        **columns,
        "mark": [known.index(marks[row.series]) if row.series in marks else -1 for row in rows],
        "value": _packed([row.value for row in rows]),
        "usual": _packed([row.usual for row in rows]),
        "noise": _packed([row.noise for row in rows]),
        "better": [Direction(row.better).sign for row in rows],
        "spark": [spark_code(row.past) for row in rows],
    }


def _build(build: BuildLine) -> tuple[int, str, float]:
    return build.number, build.page, seconds(build.finished)


def _packed(values: Sequence[float | None]) -> str:
    import numpy as np

    numbers = np.array([np.nan if value is None else value for value in values], dtype="<f8")
    return base64.b64encode(numbers.tobytes()).decode()


def open_findings(
    site: Site, rows: Sequence[FindingRow]
) -> Mapping[SeriesId, tuple[str, str, str, float]]:
    """Return by series what its newest open finding says: text, trend, page, times the noise."""
    found: dict[SeriesId, tuple[str, str, str, float]] = {}
    for row in rows:
        for change in row.finding.series if row.open else ():
            if change.ended is None and change.series not in found:
                trend = "" if change.direction == NEUTRAL else change.direction
                size = 0.0
                if change.before is not None and change.after is not None and change.sigma:
                    size = abs(change.after - change.before) / change.sigma
                page = site.links.finding(row.name)
                found[change.series] = (mark_text(site, row, change), trend, page, size)
    return found
