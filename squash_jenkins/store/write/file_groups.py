"""Labels of files of a job that measure the same, whatever order its builds arrive in.

The label that distinguishes them is joined to the dataset of their reports. It follows from all
builds of the job: when a build brings something new, the earlier ones are labelled again. A build
that contains only one of the files belongs to the series of this file.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from squash_jenkins.analysis.series.unlike_files import (
    Ends,
    Group,
    Unlike,
    group_of,
    joined,
    label,
    together,
    unlike,
)
from squash_jenkins.models import DATASET_TERM, Measurement, Report
from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import name_digest
from squash_jenkins.store.write.batch import PendingBuild
from squash_jenkins.store.write.key_cache import KeyCache, camera_of
from squash_jenkins.store.write.upsert import chunks

_FILE = "file"
"""Key in the `extra` of a report: its own dataset, and the label from its path."""
_Groups = dict[str, Unlike]
"""By digest of `Group`."""


class _Stored(NamedTuple):
    """A stored report as it was read, without measurements, and its current dataset (`named`)."""

    key: int
    build: int
    named: str | None
    report: Report


@dataclass(frozen=True, slots=True)
class FileGroups:
    """The files of one job that measure the same.

    `builds` are those to write, by key; `old` are the keys of those that were stored before.
    """

    connection: sa.Connection
    keys: KeyCache
    job: int
    builds: Mapping[int, PendingBuild]
    old: Collection[int]

    def label(self, revision: int) -> None:
        """Label the reports of the builds, and those of other builds whose labels change.

        The other builds get this revision.
        """
        groups = self._groups()
        changed = self._learn(groups)
        if changed:
            self._write(changed)
            self._label_stored(changed, revision)
        if groups:
            for entry in self.builds.values():
                reports = [_named(report, groups) for report in entry.record.reports]
                entry.record = replace(entry.record, reports=reports)

    def _groups(self) -> _Groups:
        """Return the groups of the job; they are cached as long as nobody else writes."""
        if self.job not in self.keys.file_groups:
            table = tables.file_group
            query = sa.select(table.c.digest, table.c.prefix, table.c.suffix, table.c.metrics)
            self.keys.file_groups[self.job] = {
                digest: Unlike(Ends(prefix, suffix), frozenset(metrics))
                for digest, prefix, suffix, metrics in self.connection.execute(
                    query.where(table.c.job_id == self.job)
                )
            }
        return self.keys.file_groups[self.job]

    def _learn(self, groups: _Groups) -> _Groups:
        """Extend the groups by the builds; return those that changed."""
        others = self._others()
        changed: _Groups = {}
        for key, entry in self.builds.items():
            for group, found in unlike([*entry.record.reports, *others.get(key, ())]).items():
                digest = _digest(group)
                known = groups.get(digest)
                both = together([found, known] if known else [found])._replace(paths=frozenset())
                if both != known:
                    groups[digest] = changed[digest] = both
        return changed

    def _others(self) -> dict[int, list[Report]]:
        """Return by build the stored reports of files that are not being written."""
        written = {
            (key, report.path) for key, e in self.builds.items() for report in e.record.reports
        }
        table = tables.report
        found = [
            row
            for chunk in chunks(self.old)
            for row in _stored(self.connection, table.c.build_id.in_(chunk))
            if (row.build, row.report.path) not in written
        ]
        measured = _measured(self.connection, [row.key for row in found])
        reports: dict[int, list[Report]] = defaultdict(list)
        for row in found:
            reports[row.build].append(replace(row.report, measurements=measured[row.key]))
        return reports

    def _write(self, changed: _Groups) -> None:
        table = tables.file_group
        of_job = (table.c.job_id == self.job) & table.c.digest.in_(list(changed))
        self.connection.execute(sa.delete(table).where(of_job))
        rows = [
            {
                "job_id": self.job,
                "digest": digest,
                **each.ends._asdict(),
                "metrics": sorted(each.metrics),
            }
            for digest, each in changed.items()
        ]
        self.connection.execute(sa.insert(table), rows)

    def _label_stored(self, groups: _Groups, revision: int) -> None:
        """Label the stored reports of these groups again."""
        rows = [
            row
            for row in _stored(self.connection, tables.build.c.job_id == self.job)
            if _digest(group_of(row.report)) in groups
        ]
        measuring = _measuring(self.connection, rows, groups)
        named = ((row, _labelled(row.report, groups)) for row in rows if row.key in measuring)
        changed = [(row, each) for row, each in named if each.dataset != row.named]
        cameras = {str(each.dataset): camera_of(each) for _, each in changed}
        keys = self.keys.dataset_keys(self.connection, cameras)
        values = [
            {
                "_key": row.key,
                "_dataset": keys[str(each.dataset)],
                "_terms": each.terms,
                "_extra": each.extra,
            }
            for row, each in changed
        ]
        if values:
            self.connection.execute(_NAME, values)
        self.keys.delete_unused(self.connection, {row.named for row, _ in changed if row.named})
        for chunk in chunks({row.build for row, _ in changed} - self.builds.keys()):
            of_builds = tables.build.c.id.in_(chunk)
            self.connection.execute(
                sa.update(tables.build).where(of_builds).values(revision=revision)
            )


_NAME = (
    sa.update(tables.report)
    .where(tables.report.c.id == sa.bindparam("_key"))
    .values(
        dataset_id=sa.bindparam("_dataset"),
        terms=sa.bindparam("_terms", type_=tables.report.c.terms.type),
        extra=sa.bindparam("_extra", type_=tables.report.c.extra.type),
    )
)


def _digest(group: Group) -> str:
    return name_digest(group.dataset, group.filter, "posted" if group.posted else "")


def _named(report: Report, groups: _Groups) -> Report:
    """Return the report with its label, if other files measure the same."""
    found = groups.get(_digest(group_of(report)))
    if found is None or found.metrics.isdisjoint(each.metric for each in report.measurements):
        return report
    return _labelled(report, groups)


def _labelled(report: Report, groups: _Groups) -> Report:
    text = label(report.path, groups[_digest(group_of(report))].ends)
    own = {DATASET_TERM: report.dataset} if report.dataset else {}
    return replace(
        report,
        dataset=joined(report.dataset, [text]),
        terms={**own, **report.terms},
        extra={**report.extra, _FILE: {"dataset": report.dataset, "label": text}},
    )


def _stored(connection: sa.Connection, where: sa.ColumnElement[bool]) -> Iterator[_Stored]:
    """Yield stored reports with the dataset that their document has."""
    report, build, dataset = tables.report, tables.build, tables.dataset
    columns: list[Any] = [report.c.id, report.c.build_id, dataset.c.name, report.c.path]
    columns += [report.c.format, report.c.digest, report.c.size, report.c.filter]
    columns += [report.c.terms, report.c.extra]
    query = sa.select(*columns).select_from(report.join(build).outerjoin(dataset))
    for row in connection.execute(query.where(where)):
        key, of, name, path, kind, digest, size, filter_name, terms, extra = row
        own = extra.get(_FILE, {"dataset": name})["dataset"]
        made = Report(path, kind, digest, size, own, filter_name or None, terms, extra=extra)
        yield _Stored(key, of, name, made)


def _measured(connection: sa.Connection, reports: Sequence[int]) -> dict[int, list[Measurement]]:
    """Return by report its measurements, without values."""
    table, metric = tables.measurement, tables.metric
    query = sa.select(table.c.report_id, metric.c.name, table.c.level).join_from(table, metric)
    found: dict[int, list[Measurement]] = defaultdict(list)
    for chunk in chunks(reports):
        for key, name, level in connection.execute(query.where(table.c.report_id.in_(chunk))):
            found[key].append(Measurement(name, None, level=level))
    return found


def _measuring(
    connection: sa.Connection, rows: Iterable[_Stored], groups: Mapping[str, Unlike]
) -> set[int]:
    """Return the keys of the reports that measure the same as others of their group."""
    by_group: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        by_group[_digest(group_of(row.report))].append(row.key)
    table, metric = tables.measurement, tables.metric
    query = sa.select(table.c.report_id).join_from(table, metric).distinct()
    found: set[int] = set()
    for digest, keys in by_group.items():
        for names in chunks(map(name_digest, groups[digest].metrics)):
            named = query.where(metric.c.name_digest.in_(names))
            for some in chunks(keys):
                found.update(connection.scalars(named.where(table.c.report_id.in_(some))))
    return found
