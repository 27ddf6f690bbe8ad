"""Write the reports of a build: what was measured, and the blobs it was measured from."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from squash_jenkins.models import BuildRecord, Report
from squash_jenkins.store import definitions, schema
from squash_jenkins.store.parquet import about
from squash_jenkins.store.sync import find_or_add, replace
from squash_jenkins.store.types import name_digest


def write_reports(
    connection: sa.Connection, build: int, record: BuildRecord, metrics: Mapping[str, int]
) -> dict[tuple[Any, ...], int]:
    """Write the reports, replacing all of the same files; return keys by path and filter."""
    datasets = _dataset_keys(connection, record)
    rows = [
        {
            "build_id": build,
            "path": report.path,
            "path_digest": name_digest(report.path),
            "filter": report.filter or "",
            "filter_digest": name_digest(report.filter or ""),
            "format": report.format,
            "digest": report.digest,
            "size": report.size,
            "dataset_id": datasets[report.dataset] if report.dataset else None,
            "specification_set_id": definitions.add_set(connection, report.specifications, metrics),
            "terms": report.terms,
            "extra": report.extra,
        }
        for report in record.reports
    ]
    table = schema.report
    paths = {row["path_digest"] for row in rows}
    scope = (table.c.build_id == build) & table.c.path_digest.in_(paths)
    return replace(connection, table, scope, ("path_digest", "filter_digest"), rows)


def _dataset_keys(connection: sa.Connection, record: BuildRecord) -> dict[str, int]:
    cameras = {each.dataset: each.terms.get("instrument") for each in record.reports}
    digests = {name: name_digest(name) for name in cameras if name}
    rows = {
        digest: {"name": name, "camera": _text(cameras[name]), "description": None}
        for name, digest in digests.items()
    }
    keys = find_or_add(connection, schema.dataset, rows)
    table = schema.dataset
    for digest, row in rows.items():
        unknown = (table.c.id == keys[digest]) & table.c.camera.is_(None)
        if row["camera"]:
            connection.execute(sa.update(table).where(unknown).values(camera=row["camera"]))
    return {name: keys[digest] for name, digest in digests.items()}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def write_blobs(connection: sa.Connection, report: int, source: Report) -> dict[str, int]:
    """Write the blobs of a report; return their keys by the digest of their identifier."""
    rows = [
        {
            "report_id": report,
            "identifier": blob.identifier,
            "identifier_digest": name_digest(blob.identifier),
            "name": blob.name,
            "digest": blob.digest,
            "rows": blob.rows,
            "columns": {name: about(column) for name, column in blob.columns.items()},
            "parameters": blob.parameters,
        }
        for blob in source.blobs
    ]
    scope = schema.blob.c.report_id == report
    keys = replace(connection, schema.blob, scope, ("identifier_digest",), rows)
    return {digest: key for (digest,), key in keys.items()}


def write_measurements(
    connection: sa.Connection,
    report: int,
    source: Report,
    metrics: Mapping[str, int],
    of_blobs: Mapping[str, int],
) -> None:
    """Write the measurements of a report and what each has to do with its blobs."""
    rows = [
        {
            "report_id": report,
            "metric_id": metrics[each.metric],
            "level": each.level,
            "level_digest": name_digest(each.level),
            "value": each.value,
            "unit": each.unit,
            "extra": each.extra,
        }
        for each in source.measurements
    ]
    table, link = schema.measurement, schema.measurement_blob
    keys = replace(
        connection, table, table.c.report_id == report, ("metric_id", "level_digest"), rows
    )
    links = [
        {
            "measurement_id": keys[metrics[each.metric], name_digest(each.level)],
            "blob_id": of_blobs[name_digest(identifier)],
        }
        for each in source.measurements
        for identifier in each.blobs
        if name_digest(identifier) in of_blobs
    ]
    scope = link.c.measurement_id.in_(sa.select(table.c.id).where(table.c.report_id == report))
    replace(connection, link, scope, ("measurement_id", "blob_id"), links)
