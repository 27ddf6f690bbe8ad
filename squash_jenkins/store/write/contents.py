"""Saving of reports, measurements, blobs, packages, commits and rejected files of builds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from squash_jenkins.models import Report
from squash_jenkins.store.blobs.parquet import about
from squash_jenkins.store.schema import tables
from squash_jenkins.store.schema.types import clean_text, finite, json_text, name_digest
from squash_jenkins.store.write.batch import PendingBuild
from squash_jenkins.store.write.file_groups import FileGroups
from squash_jenkins.store.write.key_cache import KeyCache
from squash_jenkins.store.write.upsert import Key, Target, replace

_REPORT = Target(
    tables.report,
    ("build_id", "path_digest", "filter_digest"),
    (
        *("build_id", "path_digest", "filter_digest", "path", "filter", "format", "digest"),
        *("size", "dataset_id", "specification_set_id", "terms", "extra", "node"),
    ),
    ready=True,
)
_BLOB = Target(
    tables.blob,
    ("report_id", "identifier_digest"),
    (
        *("report_id", "identifier_digest", "identifier", "name", "digest", "rows"),
        *("columns", "parameters"),
    ),
    ready=True,
)
_MEASUREMENT = Target(
    tables.measurement,
    ("report_id", "metric_id", "level_digest"),
    ("report_id", "metric_id", "level_digest", "level", "value", "unit", "extra"),
    ready=True,
)
_LINK = Target(
    tables.measurement_blob,
    ("measurement_id", "blob_id"),
    ("measurement_id", "blob_id"),
    ready=True,
)
_PACKAGE = Target(
    tables.build_package,
    ("build_id", "package_id"),
    ("build_id", "package_id", "version", "revision", "branch"),
    ready=True,
)
_CHANGE = Target(
    tables.change_set,
    ("build_id", "position"),
    ("build_id", "position", "revision", "author", "message", "committed", "paths"),
)
_REJECTED = Target(
    tables.quarantine,
    ("build_id", "path_digest"),
    ("build_id", "path_digest", "path", "reason", "digest", "size", "created"),
    once=("created",),
)
Rows = dict[Key, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Contents:
    """The builds to write, by key.

    `old` are those that were stored before, `jobs` the keys of their jobs, `revision` is the
    highest of the builds.
    """

    builds: Mapping[int, PendingBuild]
    old: frozenset[int]
    jobs: Mapping[int, int]
    revision: int

    def write(self, connection: sa.Connection, keys: KeyCache) -> None:
        """Write everything that belongs to the builds."""
        keys.add_metrics(connection, self.builds.values())
        for job in dict.fromkeys(self.jobs.values()):
            own = {key: entry for key, entry in self.builds.items() if self.jobs[key] == job}
            files = FileGroups(connection, keys, job, own, self.old & own.keys())
            files.label(self.revision)
        self._write_reports(connection, keys)
        self._write_packages(connection, keys)
        self._write_changes(connection)
        self._write_rejected(connection)

    def _write_reports(self, connection: sa.Connection, keys: KeyCache) -> None:
        """Write the reports; replace those of the same files, leave those of other files."""
        datasets = keys.datasets(connection, self.builds.values())
        rows: Rows = {}
        chosen: dict[Key, Report] = {}
        for build, entry in self.builds.items():
            sets = keys.sets(connection, entry)
            for report, own in zip(entry.record.reports, sets, strict=True):
                row = _report_row(build, report, datasets, own)
                rows[row[:3]], chosen[row[:3]] = row, report
        files = {key[:2] for key in rows}
        written = replace(
            connection,
            _REPORT,
            rows,
            old=self.old,
            within=lambda key: key[:2] in files,
            read=self.builds,
        )
        reports = {written[key]: report for key, report in chosen.items()}
        old = {written[key] for key in chosen if key[0] in self.old}
        _write_measured(connection, reports, old, keys.metrics)

    def _write_packages(self, connection: sa.Connection, keys: KeyCache) -> None:
        """Write the packages of all reports; leave the stored ones if no report has any."""
        found = {
            build: {each.name: each for report in entry.record.reports for each in report.packages}
            for build, entry in self.builds.items()
        }
        packages_by_name = keys.packages(connection, found.values())
        rows: Rows = {
            (build, packages_by_name[name]): (
                build,
                packages_by_name[name],
                _clean(each.version),
                _clean(each.revision),
                _clean(each.branch),
            )
            for build, packages in found.items()
            for name, each in packages.items()
        }
        old = [build for build, packages in found.items() if packages and build in self.old]
        replace(connection, _PACKAGE, rows, old=old)

    def _write_changes(self, connection: sa.Connection) -> None:
        rows: Rows = {
            (build, at): (
                *(build, at, change.revision, change.author, change.message),
                *(change.committed, list(change.paths)),
            )
            for build, entry in self.builds.items()
            for at, change in enumerate(entry.record.build.changes)
        }
        replace(connection, _CHANGE, rows, old=self.old)

    def _write_rejected(self, connection: sa.Connection) -> None:
        now = datetime.now(UTC)
        rows: Rows = {}
        for build, entry in self.builds.items():
            for each in entry.record.rejected:
                key = build, name_digest(each.path)
                rows[key] = (*key, each.path, each.reason, each.digest, each.size, now)
        replace(connection, _REJECTED, rows, old=self.old)


def _report_row(
    build: int, report: Report, datasets: Mapping[str, int], specifications: int | None
) -> tuple[Any, ...]:
    filter_name = report.filter or ""
    return (
        build,
        name_digest(report.path),
        name_digest(filter_name),
        clean_text(report.path),
        clean_text(filter_name),
        clean_text(report.format),
        report.digest,
        report.size,
        datasets[report.dataset] if report.dataset else None,
        specifications,
        json_text(report.terms),
        json_text(report.extra),
        _clean(report.node),
    )


def _write_measured(
    connection: sa.Connection,
    reports: Mapping[int, Report],
    old: set[int],
    metrics: Mapping[str, int],
) -> None:
    """Write the measurements and blobs of reports (by key), and the links between them."""
    rows: Rows = {}
    levels = _Levels()
    for key, report in reports.items():
        for each in report.measurements:
            level, digest = levels[each.level]
            place = key, metrics[each.metric], digest
            value, unit = finite(each.value), _clean(each.unit)
            rows[place] = (*place, level, value, unit, json_text(each.extra))
    with_blobs = {key for key, report in reports.items() if report.blobs}
    blobs = _write_blobs(connection, {key: reports[key] for key in with_blobs | old}, old)
    keys = replace(connection, _MEASUREMENT, rows, old=old, read=with_blobs | old)
    links: Rows = {}
    for key in with_blobs:
        for each in reports[key].measurements:
            measurement = keys[key, metrics[each.metric], name_digest(each.level)]
            for identifier in each.blobs:
                blob = blobs.get((key, name_digest(identifier)))
                if blob is not None:
                    links[measurement, blob] = (measurement, blob)
    linked = [number for place, number in keys.items() if place[0] in old]
    replace(connection, _LINK, links, old=linked)


class _Levels(dict[str, tuple[str, str]]):
    """A cache of the clean text and the digest of levels: few levels, many measurements."""

    def __missing__(self, level: str) -> tuple[str, str]:
        found = self[level] = clean_text(level), name_digest(level)
        return found


def _write_blobs(
    connection: sa.Connection, reports: Mapping[int, Report], old: set[int]
) -> dict[Key, int]:
    rows: Rows = {}
    for key, report in reports.items():
        for blob in report.blobs:
            place = key, name_digest(blob.identifier)
            columns = {name: about(column) for name, column in blob.columns.items()}
            rows[place] = (
                *place,
                clean_text(blob.identifier),
                clean_text(blob.name),
                blob.digest,
                blob.rows,
                json_text(columns),
                json_text(blob.parameters),
            )
    return replace(connection, _BLOB, rows, old=old, read=reports)


def _clean(text: str | None) -> str | None:
    return None if text is None else clean_text(text)
