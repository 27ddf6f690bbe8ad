"""Write everything of builds in one transaction; repeating it changes nothing."""

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
from squash_jenkins.store.write.batch import Entry, guesses, prepared, rounds, settled, stored
from squash_jenkins.store.write.contents import Contents
from squash_jenkins.store.write.definition_cache import Carried
from squash_jenkins.store.write.digests import plain
from squash_jenkins.store.write.key_cache import Known
from squash_jenkins.store.write.revisions import give_back, take_revision
from squash_jenkins.store.write.upsert import chunks, delete

_BUILD_FIELDS = sorted(
    {field.name for field in fields(Build)} & set(schema.build.c.keys()) - {"id"}
)


class Saved(NamedTuple):
    """Tell which build was saved and whether anything was written."""

    build_key: int
    changed: bool


class Writer:
    """Store builds, and remember what many of them have in common; shared by threads."""

    def __init__(self, engine: sa.Engine, store: BlobStore) -> None:
        self._engine = engine
        self._store = store
        self._carried = Carried()
        self._known = Known()
        self._lock = Lock()

    def save_all(
        self, records: Sequence[BuildRecord], controller_url: str, also: Also | None = None
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
        StoreError
            When the columns of a table differ in their number of rows.
        ValueError
            When a time has no zone or a value is no number.

        """
        controller_url = clean_text(controller_url)
        entries = [prepared(record, self._carried) for record in records]
        with reading(self._engine) as connection:
            keys = settled(entries, stored(connection, entries), controller_url)
        if None not in keys:
            return [Saved(key, changed=False) for key in keys if key is not None]
        self._put_tables([e for e, key in zip(entries, keys, strict=True) if key is None])
        with self._writing(len(entries)) as (connection, revision):
            saved = self._save(connection, entries, controller_url, revision)
            if also is not None and any(each.changed for each in saved):
                also(connection)
            return saved

    def _put_tables(self, entries: Sequence[Entry]) -> None:
        """Write the tables of builds before any row names them."""
        tables = {digest: table for e in entries for digest, table in e.tables.items()}
        self._store.put_all(tables)
        for entry in entries:
            entry.tables = {}

    @contextmanager
    def _writing(self, count: int) -> Iterator[tuple[sa.Connection, int]]:
        """Give a transaction and the number before the first of `count` that it may use."""
        with self._lock, self._forgetting(), writing(self._engine) as connection:
            before = take_revision(connection, count) - count
            self._known.begin(before)
            yield connection, before

    @contextmanager
    def _forgetting(self) -> Iterator[None]:
        """Forget everything when a transaction fails, as its keys may never have come to be."""
        try:
            yield
        except BaseException:
            self._known.forget()
            raise

    def _save(
        self, connection: sa.Connection, entries: Sequence[Entry], url: str, before: int
    ) -> list[Saved]:
        saved: list[Saved] = []
        revision = before
        for some in rounds(entries):
            found = self._save_round(connection, some, url, revision)
            revision += sum(each.changed for each in found)
            saved += found
        if revision == before:  # another process was faster
            connection.rollback()
        else:
            give_back(connection, before + len(entries) - revision)
        self._known.end(revision)
        return saved

    def _save_round(
        self, connection: sa.Connection, entries: Sequence[Entry], url: str, before: int
    ) -> list[Saved]:
        """Store different builds; the first that changes gets the number after `before`."""
        found = stored(connection, entries)
        keys = settled(entries, found, url)
        changed = [entry for entry, key in zip(entries, keys, strict=True) if key is None]
        if not changed:
            return [Saved(key, changed=False) for key in keys if key is not None]
        self._put_tables(changed)
        known = {e.identity: found[e.identity].key for e in changed if e.identity in found}
        known |= guesses(connection, changed, found)
        numbered = {before + at: entry for at, entry in enumerate(changed, 1)}
        rows = {n: self._build_row(connection, e, url, n) for n, e in numbered.items()}
        old = {n: known[e.identity] for n, e in numbered.items() if e.identity in known}
        written = _write_builds(connection, rows, old, before)
        builds = {written[number]: entry for number, entry in numbered.items()}
        jobs = {written[number]: row["job_id"] for number, row in rows.items()}
        contents = Contents(builds, frozenset(old.values()), jobs, max(numbered))
        contents.write(connection, self._known)
        made = iter(builds)
        return [Saved(next(made) if key is None else key, key is None) for key in keys]

    def _build_row(
        self, connection: sa.Connection, entry: Entry, url: str, revision: int
    ) -> dict[str, Any]:
        build = entry.record.build
        controller = self._known.controller(connection, build.id.controller, url)
        return {
            **{name: _plain(getattr(build, name)) for name in _BUILD_FIELDS},
            "job_id": self._known.job(connection, controller, build.id.job),
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
    """Write builds by revision, those in `old` over their key; return all keys by revision."""
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
    """Return a list of models as what JSON can hold, and anything else as it is."""
    if isinstance(value, (list, tuple)):
        return [plain(entry) if is_dataclass(entry) else entry for entry in value]
    return value


def drop_rejected(engine: sa.Engine, keys: Sequence[int]) -> int:
    """Delete files that were set aside, by key; return how many there were.

    Their builds get new revisions, so that pages follow. Unknown keys are passed over.
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
    """Write a row and take it back; raise StoreUnreachable when the database takes none."""
    with writing(engine) as connection:
        take_revision(connection, 0)
        row = {"name": "", "name_digest": "try", "url": ""}
        connection.execute(sa.insert(schema.controller), [row])
        connection.rollback()
