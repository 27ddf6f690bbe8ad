"""Keep what is suspected of a finding as plain values, and tell what it rests on."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from squash_jenkins.code_between import Suspects
from squash_jenkins.findings import SeriesChange
from squash_jenkins.models import Metric
from squash_jenkins.render.lines import BuildLine
from squash_jenkins.store.rows import FindingRow

_MOST = 20
LOOKED_BACK, LOOKED_ON = 60, 20
"""So many builds before and after a finding may matter for its suspects."""
NEIGHBOURS = 12
"""So many findings before and after in time may matter, too."""


def plain_suspects(found: Suspects) -> Mapping[str, Any]:
    """Return `rows` of suspects in order, how many `more`, and the `reason` where there is none.

    `last_good` is the key of the newest build before it in which it was measured, else None.
    """
    rows = [
        {
            "rank": rank,
            "name": each.name,
            "text": each.text,
            "url": each.url,
            "reasons": list(each.reasons),
        }
        for rank, each in enumerate(found.suspects[:_MOST], 1)
    ]
    nothing = "No package changed and no commit came in between."
    return {
        "rows": rows,
        "more": max(0, len(found.suspects) - _MOST),
        "reason": "" if rows else found.code.reason or nothing,
        "last_good": found.last_good,
    }


def grounds(
    row: FindingRow,
    own: Iterable[FindingRow],
    near: Iterable[tuple[FindingRow, BuildLine]],
    metrics: Mapping[str, Metric],
) -> list[Any]:
    """Return what the suspects of a finding rest on beside the builds of its job.

    Parameters
    ----------
    row
        The finding.
    own
        The findings of the same job.
    near
        Findings that began at about the same time in any job, with their builds.
    metrics
        The metrics by name: their words may name a package.

    """
    finding = row.finding
    names = sorted({each.metric for each in finding.series})
    return [
        [row.key, finding.kind, finding.build, finding.first, finding.last],
        [_series(each) for each in finding.series],
        [[each.finding.build, each.withdrawn] for each in own],
        [[_place(other, build), other.withdrawn, other.name] for other, build in near],
        [[name, _words(metrics.get(name))] for name in names],
    ]


def _series(change: SeriesChange) -> Sequence[str | None]:
    return [change.metric, change.dataset, change.filter, change.level, change.kind]


def _place(row: FindingRow, build: BuildLine) -> list[Any]:
    leading = row.finding.series[0]
    return [build.key, build.row.revision, build.job.name, leading.metric]


def _words(metric: Metric | None) -> list[Any]:
    return [] if metric is None else [metric.description, list(metric.tags)]
