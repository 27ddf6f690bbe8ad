"""Saving of builds in one transaction; repeating it changes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, NamedTuple

import sqlalchemy as sa

from squash_jenkins.models import Build, BuildRecord
from squash_jenkins.store.blobs.store import BlobStore
from squash_jenkins.store.engine import Also, reading, writing
from squash_jenkins.store.schema import tables as schema
from squash_jenkins.store.schema.types import clean_text
from squash_jenkins.store.write.batch import (
    PendingBuild,
    guessed_starts,
    prepared,
    stored,
    unchanged,
    without_repetition,
)
from squash_jenkins.store.write.contents import Contents
from squash_jenkins.store.write.definition_cache import DefinitionCache
from squash_jenkins.store.write.digests import plain
from squash_jenkins.store.write.key_cache import KeyCache
from squash_jenkins.store.write.revisions import give_back, take_revision
from squash_jenkins.store.write.upsert import chunks, delete

_BUILD_FIELDS = sorted(
    {field.name for field in fields(Build)} & set(schema.build.c.keys()) - {"id"}
)


class Saved(NamedTuple):
    """The key of a saved build, and whether anything was written."""

    build_key: int
    changed: bool


class Writer:
    """A writer of builds, which caches what they have in common; may be shared by threads."""

    def __init__(self, engine: sa.Engine, store: BlobStore) -> None:
        self._engine = engine
        self._store = store
        self._definitions = DefinitionCache()
        self._keys = KeyCache()
        self._lock = Lock()

    def save_all(
        self, records: Sequence[BuildRecord], controller_url: str, also: Also | None = None
    ) -> list[Saved]:
        """Save builds in one transaction; update those that are stored already.

        The result is that of saving them one after the other in this order, but if one of them
        cannot be saved, none is: the caller may then try them one by one.
        A final build never becomes provisional again. Reports stay whose files are gone (Jenkins
        deletes old artifacts), as does the node: only the build itself knows that of a Pipeline.

        Raises
        ------
        StoreUnreachable
            When the database or the blob store cannot be used; then nothing is saved.
        StoreError
            When the columns of a table differ in their number of rows.
        ValueError
            When a time has no zone or a value is not a number.

        """
        controller_url = clean_text(controller_url)
        entries = [prepared(record, self._definitions) for record in records]
        with reading(self._engine) as connection:
            keys = unchanged(entries, stored(connection, entries), controller_url)
        if None not in keys:
            return [Saved(key, changed=False) for key in keys if key is not None]
        self._put_tables([e for e, key in zip(entries, keys, strict=True) if key is None])
        with self._writing(len(entries)) as (connection, revision):
            saved = self._save(connection, entries, controller_url, revision)
            if also is not None and any(each.changed for each in saved):
                also(connection)
            return saved

    def _put_tables(self, entries: Sequence[PendingBuild]) -> None:
        """Write the tables of builds before any row refers to them."""
        tables = {digest: table for e in entries for digest, table in e.tables.items()}
        self._store.put_all(tables)
        for entry in entries:
            entry.tables = {}

    @contextmanager
    def _writing(self, count: int) -> Iterator[tuple[sa.Connection, int]]:
        """Open a transaction; yield it and the revision before the first of `count` to use."""
        with self._lock, self._clearing_on_failure(), writing(self._engine) as connection:
            before = take_revision(connection, count) - count
            self._keys.begin(before)
            yield connection, before

    @contextmanager
    def _clearing_on_failure(self) -> Iterator[None]:
        """Clear the cache of keys when a transaction fails, as its keys may not exist."""
        try:
            yield
        except BaseException:
            self._keys.forget()
            raise

    def _save(
        self, connection: sa.Connection, entries: Sequence[PendingBuild], url: str, before: int
    ) -> list[Saved]:
        saved: list[Saved] = []
        revision = before
        for some in without_repetition(entries):
            found = self._save_round(connection, some, url, revision)
            revision += sum(each.changed for each in found)
            saved += found
        if revision == before:  # another process was faster
            connection.rollback()
        else:
            give_back(connection, before + len(entries) - revision)
        self._keys.end(revision)
        return saved

    def _save_round(
        self, connection: sa.Connection, entries: Sequence[PendingBuild], url: str, before: int
    ) -> list[Saved]:
        """Save different builds; the first that changes gets the revision after `before`."""
        found = stored(connection, entries)
        keys = unchanged(entries, found, url)
        changed = [entry for entry, key in zip(entries, keys, strict=True) if key is None]
        if not changed:
            return [Saved(key, changed=False) for key in keys if key is not None]
        self._put_tables(changed)
        known = {e.identity: found[e.identity].key for e in changed if e.identity in found}
        known |= guessed_starts(connection, changed, found)
        numbered = {before + at: entry for at, entry in enumerate(changed, 1)}
        rows = {n: self._build_row(connection, e, url, n) for n, e in numbered.items()}
        for number, entry in numbered.items():
            if entry.identity in found:
                rows[number]["node"] = rows[number]["node"] or found[entry.identity].node
        old = {n: known[e.identity] for n, e in numbered.items() if e.identity in known}
        written = _write_builds(connection, rows, old, before)
        builds = {written[number]: entry for number, entry in numbered.items()}
        jobs = {written[number]: row["job_id"] for number, row in rows.items()}
        contents = Contents(builds, frozenset(old.values()), jobs, max(numbered))
        contents.write(connection, self._keys)
        made = iter(builds)
        return [Saved(next(made) if key is None else key, key is None) for key in keys]

    def _build_row(
        self, connection: sa.Connection, entry: PendingBuild, url: str, revision: int
    ) -> dict[str, Any]:
        build = entry.record.build
        controller = self._keys.controller(connection, build.id.controller, url)
        return {
            **{name: _plain(getattr(build, name)) for name in _BUILD_FIELDS},
            "job_id": self._keys.job(connection, controller, build.id.job),
            "number": build.id.number,
            "revision": revision,
            "digest": entry.digest,
        }


def _write_builds(
    connection: sa.Connection,
    rows: Mapping[int, Mapping[str, object]],
    old: Mapping[int, int],
    before: int,
) -> dict[int, int]:
    """Write builds by revision, those in `old` to their row; return all keys by revision."""
    table = schema.build
    new = [row for number, row in rows.items() if number not in old]
    changed = [{"_key": key, **rows[number]} for number, key in old.items()]
    if new:
        connection.execute(sa.insert(table), new)
    if changed:
        connection.execute(sa.update(table).where(table.c.id == sa.bindparam("_key")), changed)
    query = sa.select(table.c.revision, table.c.id).where(table.c.revision > before)
    return {revision: key for revision, key in connection.execute(query)}


def _plain(value: object) -> object:
    """Return a list of models in a form that JSON allows, and anything else as it is."""
    if isinstance(value, (list, tuple)):
        return [plain(entry) if is_dataclass(entry) else entry for entry in value]
    return value


def drop_rejected(engine: sa.Engine, keys: Sequence[int]) -> int:
    """Delete files from quarantine by key; return how many there were.

    Their builds get new revisions, so that pages are updated. Unknown keys are skipped.
    """
    table, build = schema.quarantine, schema.build
    with writing(engine) as connection:
        take_revision(connection, 0)
        query = sa.select(table.c.id, table.c.build_id)
        found = [
            row
            for chunk in chunks(set(keys))
            for row in connection.execute(query.where(table.c.id.in_(chunk)))
        ]
        for number in sorted({row.build_id for row in found}):
            revision = take_revision(connection)
            of_build = sa.update(build).where(build.c.id == number)
            connection.execute(of_build.values(revision=revision))
        delete(connection, table, [row.id for row in found])
    return len(found)


def try_writing(engine: sa.Engine) -> None:
    """Write a row and take it back; raise StoreUnreachable if the database refuses it."""
    with writing(engine) as connection:
        take_revision(connection, 0)
        row = {"name": "", "name_digest": "try", "url": ""}
        connection.execute(sa.insert(schema.controller), [row])
        connection.rollback()
