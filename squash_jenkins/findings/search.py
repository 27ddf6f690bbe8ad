"""Search the builds of one job for findings, and compare them with the stored ones."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from squash_jenkins.analysis.series.grouping import group
from squash_jenkins.analysis.series.joining import join
from squash_jenkins.analysis.series.matching import Matched, match, successor
from squash_jenkins.analysis.series.nodes import NodeEffects, effect_words, node_effects
from squash_jenkins.analysis.series.series import Series, Window, due
from squash_jenkins.config import FindingsSettings
from squash_jenkins.findings.rules import RuleBook
from squash_jenkins.findings.series import JobSeries
from squash_jenkins.models import SeriesId
from squash_jenkins.models.finding import Finding, NodeDependence, SeriesChange
from squash_jenkins.store import Plan, Reader
from squash_jenkins.store.rows import DetectionRow, JobRow

_Placed = TypeVar("_Placed", Finding, SeriesChange)


class Search:
    """Search one job, within one moment of the store."""

    def __init__(self, rules: FindingsSettings, reader: Reader, job: JobRow, digest: str) -> None:
        self._rules, self._reader, self._job = rules, reader, job
        self._book = RuleBook(rules, reader)
        self._builds = reader.builds.outline(job.key)
        self._places = {build.key: place for place, build in enumerate(self._builds)}
        self._baselines = self._accepted()
        self.before: DetectionRow | None = reader.findings.detections().get(job.key)
        newest = max((build.revision for build in self._builds), default=0)
        self.detection = DetectionRow(job.key, newest, len(self._builds), digest)
        self._dependences: list[NodeDependence] = []

    def plan(self) -> Plan:
        """Return what is to be written of the job's findings."""
        stored = {row.key: row for row in self._reader.findings.find(self._job.key)}
        known = {key: self._placed(row.finding) for key, row in stored.items()}
        present = [known[key] for key, row in stored.items() if not row.withdrawn]
        windows = self._due()
        low = windows[0].low if windows else len(self._builds)
        changes = [each for finding in present for each in finding.series if each.build < low]
        for window in windows:
            changes = join(changes, self._found(window), window)
        searched = bool(windows)  # the newest one is among them
        matched = match(known, group(changes, self._baselines))
        gone = [key for key in matched.gone if not stored[key].withdrawn]
        plan = self._plan(matched, gone, known)
        return plan._replace(dependences=self._dependences) if searched else plan

    def _due(self) -> list[Window]:
        """Return the windows to search; all of them when the rules have changed."""
        before = self.before
        if before is None or before.digest != self.detection.digest:
            return due(len(self._builds), 0, 0)
        new = [
            place for place, build in enumerate(self._builds) if build.revision > before.revision
        ]
        return due(len(self._builds), before.builds, new[0]) if new else []

    def _found(self, window: Window) -> Iterable[SeriesChange]:
        builds = self._builds[window.start : window.end]
        series = JobSeries(self._reader, self._job.key, builds, self._book)
        for each in series.all():
            baselines = self._baselines.get(each.id, ())
            effects = node_effects(each.values, each.nodes) if each.nodes else None
            if effects is not None and window.end == len(self._builds):
                self._dependences.append(_dependence(each, effects))
            yield from series.changes(each, window, self._rules, baselines, effects)

    def _accepted(self) -> dict[SeriesId, list[int]]:
        """Return by series the places from which on its level was accepted."""
        found: dict[SeriesId, list[int]] = {}
        for each in self._reader.findings.acceptances().get(self._job.key, ()):
            found.setdefault(each.series, []).append(self._places[each.build])
        return found

    def _placed(self, finding: Finding) -> Finding:
        return moved(finding, self._places)

    def _plan(self, matched: Matched, gone: Sequence[int], known: Mapping[int, Finding]) -> Plan:
        keys = {place: build.key for place, build in enumerate(self._builds)}
        kept = {key: moved(finding, keys) for key, finding in matched.kept.items()}
        new = {self._name(finding): moved(finding, keys) for finding in matched.new}
        return Plan(kept, new, gone, self._successors(matched, {key: known[key] for key in gone}))

    def _successors(self, matched: Matched, gone: Mapping[int, Finding]) -> dict[int, int | str]:
        """Return by key which finding shows the series of one that is gone, by key or name."""
        keys = {id(each): key for key, each in matched.kept.items()}
        present = [*matched.kept.values(), *matched.new]
        found = {key: successor(each, present) for key, each in gone.items()}
        return {
            key: keys[id(heir)] if id(heir) in keys else self._name(heir)
            for key, heir in found.items()
            if heir is not None
        }

    def _name(self, finding: Finding) -> str:
        """Return a name that follows from the finding alone, whoever detects it."""
        build = self._builds[finding.build]
        leading = finding.series[0]
        series = [leading.metric, leading.dataset, leading.filter, leading.level]
        where = [self._job.controller, self._job.name, build.number, build.started.isoformat()]
        text = json.dumps([where, finding.kind, series])
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def _dependence(series: Series, effects: NodeEffects) -> NodeDependence:
    words = effect_words(effects, series.unit)
    return NodeDependence(
        series.id, series.unit, effects.reference, effects.effects, effects.factors, words
    )


def moved(finding: Finding, names: Mapping[int, int]) -> Finding:
    """Return a finding with other names for its builds: places instead of keys, or back."""
    series = tuple(_moved(each, names) for each in finding.series)
    return _moved(replace(finding, series=series), names)


def _moved(each: _Placed, names: Mapping[int, int]) -> _Placed:
    return replace(
        each,
        build=names[each.build],
        first=names[each.first],
        last=names[each.last],
        ended=None if each.ended is None else names[each.ended],
    )
