"""Find baselines in the settings with which no build can be compared."""

from collections.abc import Iterator

from squash_jenkins.config import Settings
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import JobRow
from squash_jenkins.verification.targets import Targets

_NEWEST = 10
"""Builds of a job whose metrics are looked at."""


def baseline_faults(settings: Settings, reader: Reader) -> Iterator[str]:
    """Yield a sentence for each baseline that is unknown, or cyclic, or has no common metric."""
    if not any(each.baseline for each in settings.jobs):
        return
    jobs = reader.builds.jobs()
    yield from _unknown(settings, {job.name for job in jobs})
    targets, metrics = Targets(settings, reader), _Metrics(reader)
    for job in jobs:
        named = settings.job(job.name).baseline
        target = targets.of(job) if named and job.gone is None else None
        if target is None:
            continue
        if target.job is None:
            if target.cyclic:
                yield f"{job.name}: {target.reason}"
        elif metrics.of(job) and metrics.of(target.job).isdisjoint(metrics.of(job)):
            yield f"{job.name} and its baseline {target.name} have no metric in common"


def _unknown(settings: Settings, known: set[str]) -> Iterator[str]:
    for each in settings.jobs:
        name = settings.renamed.get(each.baseline or "", each.baseline)
        if name and name not in known:
            yield f"no build of {name}, the baseline of {each.match!r}, is stored"


class _Metrics:
    """The metrics that the newest builds of jobs measured; each job is read once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[int, frozenset[str]] = {}

    def of(self, job: JobRow) -> frozenset[str]:
        if job.key not in self._known:
            builds = self._reader.builds.newest(job.key, _NEWEST)
            rows = self._reader.measurements.of_job(job.key, sorted(builds))
            self._known[job.key] = frozenset(row.metric for row in rows)
        return self._known[job.key]
