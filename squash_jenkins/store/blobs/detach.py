"""The way of the tables of a build from its record to the blob store."""

from collections.abc import Mapping
from dataclasses import replace

from squash_jenkins.models import Blob, BuildRecord, Column, Report
from squash_jenkins.store.blobs.store import BlobStore, digest_of, rows_of

Tables = dict[str, Mapping[str, Column]]
"""Columns of tables by their digest."""


def detach_blobs(store: BlobStore, record: BuildRecord) -> BuildRecord:
    """Write the tables of a build to the blob store; return the record without their values.

    Saving the detached record stores the same as saving the full one. Many threads and processes
    may call this at once; once it returns, the tables survive a power cut.

    Raises
    ------
    StoreUnreachable
        When the blob store cannot be written.
    StoreError
        When the columns of a table differ in their number of rows.

    """
    without_tables, tables = detached(record)
    store.put_all(tables)
    return without_tables


def detached(record: BuildRecord) -> tuple[BuildRecord, Tables]:
    """Return the record without the values of its tables, and the tables by digest.

    A record that is detached already stays as it is.
    """
    if all(blob.rows is not None for report in record.reports for blob in report.blobs):
        return record, {}
    tables: Tables = {}
    reports = [_without_values(report, tables) for report in record.reports]
    return replace(record, reports=reports), tables


def _without_values(report: Report, tables: Tables) -> Report:
    return replace(report, blobs=[_described(blob, tables) for blob in report.blobs])


def _described(blob: Blob, tables: Tables) -> Blob:
    """Return the blob with its digest, and its columns without values."""
    if blob.rows is not None:
        return blob
    rows = rows_of(blob.columns)
    digest = digest_of(blob.columns) if rows else None
    if digest is not None:
        tables[digest] = blob.columns
    columns = {name: replace(column, values=()) for name, column in blob.columns.items()}
    return replace(blob, columns=columns, digest=digest, rows=rows)
