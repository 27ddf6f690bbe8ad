"""Write everything of builds in one transaction; repeating it changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa

from squash_jenkins.models import Build, BuildRecord, Package
from squash_jenkins.store import blobs, definitions, schema
from squash_jenkins.store.contents import write_blobs, write_measurements, write_reports
from squash_jenkins.store.digests import record_digest
from squash_jenkins.store.engine import reading, writing
from squash_jenkins.store.judge import DOCUMENT
from squash_jenkins.store.light import lightened
from squash_jenkins.store.sync import find_or_add, replace
from squash_jenkins.store.types import name_digest

_BUILD_FIELDS = {field.name for field in fields(Build)} & set(schema.build.c.keys()) - {"id"}


class Saved(NamedTuple):
    """Tell which build was saved and whether anything was written."""

    build_key: int
    changed: bool


def save_all(
    engine: sa.Engine, store: blobs.BlobStore, records: Sequence[BuildRecord], controller_url: str
) -> list[Saved]:
    """Store builds in one transaction, or bring what is stored of them up to date.

    It does what storing them one after the other in this order would do, but when one of
    them cannot be stored, none is: the caller may then try them one by one.
    A build that is stored as finished is never turned back into a provisional one, and
    reports of files that are no longer there (Jenkins deletes old artifacts) stay.

    Raises
    ------
    StoreUnreachable
        When the database or the blob store cannot be used; then nothing was stored.
    """
    light = [lightened(record) for record in records]
    digests = [record_digest(record) for record, _ in light]
    with reading(engine) as connection:
        known = [
            _settled(connection, record.build, digest, controller_url)
            for (record, _), digest in zip(light, digests, strict=True)
        ]
    if None not in known:
        return [Saved(key, changed=False) for key in known if key is not None]
    for key, (_, tables) in zip(known, light, strict=True):
        if key is None:
            store.put_all(tables)  # first, so that no row names a file that is not there
    with writing(engine) as connection:
        take_revision(connection, 0)
        saved = [
            _save(connection, record, digest, controller_url)
            for (record, _), digest in zip(light, digests, strict=True)
        ]
        if not any(each.changed for each in saved):  # another process was faster
            connection.rollback()
    return saved


def _save(connection: sa.Connection, record: BuildRecord, digest: str, url: str) -> Saved:
    known = _settled(connection, record.build, digest, url)
    if known is not None:
        return Saved(known, changed=False)
    revision = take_revision(connection)
    key = _write_build(connection, record.build, digest, revision, url)
    _write_contents(connection, key, record)
    return Saved(key, changed=True)


def take_revision(connection: sa.Connection, count: int = 1) -> int:
    """Return the next number of the counter of changes, the last of `count` numbers.

    It comes first in every write transaction: its row is the lock that lets writers on a
    database server wait for each other, as BEGIN IMMEDIATE does on SQLite.
    """
    counter = schema.counter
    named = counter.c.name == schema.REVISION_COUNTER
    connection.execute(sa.update(counter).where(named).values(value=counter.c.value + count))
    return int(connection.execute(sa.select(counter.c.value).where(named)).scalar_one())


def drop_rejected(engine: sa.Engine, keys: Sequence[int]) -> int:
    """Delete files that were set aside, by key; return how many there were.

    Their builds get new revisions, so that pages follow. Unknown keys are passed over.
    """
    table, build = schema.quarantine, schema.build
    with writing(engine) as connection:
        take_revision(connection, 0)
        query = sa.select(table.c.id, table.c.build_id).where(table.c.id.in_(keys))
        found = connection.execute(query).all()
        for number in sorted({row.build_id for row in found}):
            revision = take_revision(connection)
            of_build = sa.update(build).where(build.c.id == number)
            connection.execute(of_build.values(revision=revision))
        connection.execute(sa.delete(table).where(table.c.id.in_([row.id for row in found])))
    return len(found)


def _settled(connection: sa.Connection, new: Build, digest: str, url: str) -> int | None:
    """Return the key of the stored build when there is nothing to write, else None."""
    build, job, controller = schema.build, schema.job, schema.controller
    query = (
        sa.select(build.c.id, build.c.digest, build.c.provisional, controller.c.url)
        .select_from(build.join(job).join(controller))
        .where(
            controller.c.name_digest == name_digest(new.id.controller),
            job.c.name_digest == name_digest(new.id.job),
            build.c.number == new.id.number,
            build.c.started == new.started,
        )
    )
    found = connection.execute(query).one_or_none()
    if found is None:
        return None
    same = found.digest == digest and found.url == url
    return found.id if same or (new.provisional and not found.provisional) else None


def _write_build(
    connection: sa.Connection, build: Build, digest: str, revision: int, url: str
) -> int:
    job = _job_key(connection, build, url)
    row = {
        **_fields_of(build),
        "job_id": job,
        "number": build.id.number,
        "revision": revision,
        "digest": digest,
    }
    table = schema.build
    scope = (
        (table.c.job_id == job)
        & (table.c.number == build.id.number)
        & (table.c.started == build.started)
    )
    keys = replace(connection, table, scope, ("job_id", "number"), [row])
    return keys[job, build.id.number]


def _fields_of(build: Build) -> dict[str, object]:
    """Return the fields of a build that have a column of their name."""
    return {name: _plain(getattr(build, name)) for name in _BUILD_FIELDS}


def _plain(value: object) -> object:
    """Return a list of models as what JSON can hold, and anything else as it is."""
    if isinstance(value, (list, tuple)):
        return [asdict(entry) if is_dataclass(entry) else entry for entry in value]  # type: ignore[arg-type] # no class is in there
    return value


def _job_key(connection: sa.Connection, build: Build, url: str) -> int:
    controller = schema.controller
    name, job = build.id.controller, build.id.job
    row = {name_digest(name): {"name": name, "url": url}}
    (key,) = find_or_add(connection, controller, row).values()
    connection.execute(
        sa.update(controller).where(controller.c.id == key, controller.c.url != url).values(url=url)
    )
    rows = [{"controller_id": key, "name": job, "name_digest": name_digest(job)}]
    scope = (schema.job.c.controller_id == key) & (schema.job.c.name_digest == name_digest(job))
    (number,) = replace(connection, schema.job, scope, ("name_digest",), rows).values()
    return number


def _write_contents(connection: sa.Connection, build: int, record: BuildRecord) -> None:
    metrics = _define_metrics(connection, record)
    keys = write_reports(connection, build, record, metrics)
    for report in record.reports:
        key = keys[name_digest(report.path), name_digest(report.filter or "")]
        of_blobs = write_blobs(connection, key, report)
        write_measurements(connection, key, report, metrics, of_blobs)
    _write_packages(connection, build, record)
    _write_changes(connection, build, record.build)
    _write_rejected(connection, build, record)


def _define_metrics(connection: sa.Connection, record: BuildRecord) -> dict[str, int]:
    """Return the keys of all metrics that the record names, with their definitions noted."""
    reports = record.reports
    found = definitions.defined([metric for report in reports for metric in report.metrics])
    names = {each.metric for report in reports for each in report.measurements}
    names |= {each.metric for report in reports for each in report.specifications}
    names |= {metric.name for report in reports for metric in report.metrics}
    keys = definitions.add_metrics(connection, sorted(names))
    by_key = {keys[name]: definition for name, definition in found.items()}
    definitions.note_definitions(connection, by_key, DOCUMENT, record.build.started)
    return keys


def _write_packages(connection: sa.Connection, build: int, record: BuildRecord) -> None:
    """Write the packages of all reports; keep the known ones when no report tells any."""
    packages = {each.name: each for report in record.reports for each in report.packages}
    if not packages:
        return
    keys = _package_keys(connection, packages)
    rows = [
        {
            "build_id": build,
            "package_id": keys[each.name],
            "version": each.version,
            "revision": each.revision,
            "branch": each.branch,
        }
        for each in packages.values()
    ]
    table = schema.build_package
    replace(connection, table, table.c.build_id == build, ("package_id",), rows)


def _package_keys(connection: sa.Connection, packages: Mapping[str, Package]) -> dict[str, int]:
    table = schema.package
    digests = {name: name_digest(name) for name in packages}
    rows = {digests[name]: {"name": name, "url": each.url} for name, each in packages.items()}
    keys = find_or_add(connection, table, rows)
    moved = [
        {"_key": keys[digest], "_url": row["url"]} for digest, row in rows.items() if row["url"]
    ]
    if moved:
        here = (table.c.id == sa.bindparam("_key")) & table.c.url.is_distinct_from(
            sa.bindparam("_url")
        )
        connection.execute(sa.update(table).where(here).values(url=sa.bindparam("_url")), moved)
    return {name: keys[digest] for name, digest in digests.items()}


def _write_changes(connection: sa.Connection, build: int, source: Build) -> None:
    rows = [
        {
            "build_id": build,
            "position": position,
            "revision": change.revision,
            "author": change.author,
            "message": change.message,
            "committed": change.committed,
            "paths": list(change.paths),
        }
        for position, change in enumerate(source.changes)
    ]
    table = schema.change_set
    replace(connection, table, table.c.build_id == build, ("position",), rows)


def _write_rejected(connection: sa.Connection, build: int, record: BuildRecord) -> None:
    rows = [
        {
            "build_id": build,
            "path": each.path,
            "path_digest": name_digest(each.path),
            "reason": each.reason,
            "digest": each.digest,
            "size": each.size,
        }
        for each in record.rejected
    ]
    table = schema.quarantine
    created = {"created": datetime.now(UTC)}
    replace(connection, table, table.c.build_id == build, ("path_digest",), rows, first=created)
