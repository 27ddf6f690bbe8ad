"""Compare what two runs left behind: by names, not by keys, and in words that a person can read."""

import difflib
import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crash_harness.packed import wrong_packs
from squash_jenkins.errors import SquashError
from squash_jenkins.store.blobs.store import BlobStore

NAMES: Mapping[str, tuple[str, ...]] = {
    "controller": ("name",),
    "job": ("controller_id", "name"),
    "build": ("job_id", "number", "started"),
    "dataset": ("name",),
    "specification_set": ("digest",),
    "specification": ("metric_id", "digest", "version"),
    "report": ("build_id", "path", "filter"),
    "metric": ("name",),
    "measurement": ("report_id", "metric_id", "level"),
    "blob": ("report_id", "identifier"),
    "package": ("name",),
    "finding": ("job_id", "kind", "build_id", "first_id", "last_id"),
}
"""Columns that name a row of each table that others refer to."""
TIMES_OF_RUNS = {
    ("quarantine", "created"),
    ("metric_definition", "first_seen"),
    ("metric_definition", "last_seen"),
}
"""Moments at which a program ran; of definitions only where no document brought them."""
COUNTED = {
    "build": {"revision"},
    "finding": {"revision", "name"},
    "judgement": {"revision", "digest"},
}
"""Columns that follow from how often something was written, and in what order builds came."""
NOT_PAGES = {".squash-lock"}
LOCKS = {*NOT_PAGES, ".catch-up"}
HARMLESS = re.compile(
    r"(?:blobs/..|spool|quarantine)/\.[0-9a-f]{16}\.part"  # what atomic_files was writing
    r"|tmp/.*"  # downloads, in the system's folder for temporary files
)
"""Files that a killed run may leave behind and that nothing ever reads."""
FOLLOWING = {"counter", "pack", "former_finding"}
"""Tables that hold nothing of their own; what packs tell is compared with the rows.

Which findings there were for a while depends on how the builds arrived.
"""
_SHOWN = 30


@dataclass(frozen=True)
class State:
    """Hold what a run left behind; see `state_of`."""

    rows: Mapping[str, list[str]]
    pages: Mapping[str, bytes]
    aside: list[str]
    descriptions: dict[str, str | None]


def state_of(folder: Path, descriptions: dict[str, str | None]) -> State:
    """Return rows, pages, files set aside, and the descriptions in Jenkins."""
    aside = folder / "quarantine"
    return State(
        rows_of(folder / "squash.sqlite"),
        pages_of(folder / "site", folder / "squash.sqlite"),
        sorted(file.name for file in aside.glob("[!.]*")) if aside.is_dir() else [],
        descriptions,
    )


def pages_of(site: Path, database: Path) -> dict[str, bytes]:
    """Return the pages by path, with findings called after what they are.

    A finding keeps the name it got when it was first found, though its build shifts when builds
    come in another order: so what it is called depends on that order, and nothing else does.
    Pages of findings that there were for a while are left out, as in `FOLLOWING`.
    """
    names = _canonical(database) if database.is_file() else {}
    found = {}
    for file in site.rglob("*"):
        if file.is_file() and file.name not in NOT_PAGES:
            path, content = str(file.relative_to(site)), file.read_bytes()
            if path.startswith("findings/") and b'id="became"' in content:
                continue
            for name, other in names.items():
                path = path.replace(name, other)
                content = content.replace(name.encode(), other.encode())
            found[path] = content
    return found


def _canonical(database: Path) -> dict[str, str]:
    """Return by the name of each finding another one that follows from what was found."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        names = _Names(connection)
        rows = connection.execute("select * from finding").fetchall()
        return {
            row["name"]: hashlib.sha256(names.line("finding", row).encode()).hexdigest()[:12]
            for row in rows
        }


def rows_of(database: Path) -> dict[str, list[str]]:
    """Return every row of every table as a line of JSON, keys replaced by names; sorted."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute("select name from sqlite_master where type = 'table'")
        tables = sorted(name for (name,) in found if not name.startswith("sqlite_"))
        names = _Names(connection)
        return {
            table: sorted(
                names.line(table, row)
                for row in connection.execute(f'select * from "{table}"')  # noqa: S608 - the names come from the file itself
            )
            for table in tables
            if table not in FOLLOWING
        }


class _Names:
    """Give rows their names."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str, int], Any] = {}
        self._targets: dict[str, dict[str, str]] = {}

    def line(self, table: str, row: sqlite3.Row) -> str:
        """Return a row as JSON without keys, revisions and the times of runs."""
        seeded = table == "metric_definition" and row["source"] != "document"
        left_out = {"id"} | COUNTED.get(table, set())
        for of, column in TIMES_OF_RUNS:
            if of == table and (seeded or of == "quarantine"):
                left_out.add(column)
        columns = tuple(row.keys())
        values = {name: self._value(table, name, row) for name in columns if name not in left_out}
        return json.dumps(values, default=str)

    def _value(self, table: str, column: str, row: sqlite3.Row) -> Any:
        target = self._targets_of(table).get(column)
        return row[column] if target is None else self._name(target, row[column])

    def _name(self, table: str, key: int | None) -> Any:
        if key is None:
            return None
        if (table, key) not in self._known:
            query = f'select * from "{table}" where id = ?'  # noqa: S608 - the names come from the file itself
            row = self._connection.execute(query, (key,)).fetchone()
            named = [self._value(table, column, row) for column in NAMES[table]] if row else None
            self._known[table, key] = named or f"{table} {key} IS MISSING"
        return self._known[table, key]

    def _targets_of(self, table: str) -> dict[str, str]:
        if table not in self._targets:
            keys = self._connection.execute(f'pragma foreign_key_list("{table}")')
            self._targets[table] = {row["from"]: row["table"] for row in keys}
        return self._targets[table]


def differences(wanted: State, found: State) -> list[str]:
    """Return in words what differs; nothing when the two are equal."""
    told: list[str] = []
    for table in sorted({*wanted.rows, *found.rows}):
        lines = _diff(wanted.rows.get(table, []), found.rows.get(table, []))
        told += [f"table {table}:", *lines] if lines else []
    told += _diff(wanted.aside, found.aside)
    for name in sorted({*wanted.pages, *found.pages}):
        if wanted.pages.get(name) != found.pages.get(name):
            texts = [state.pages.get(name, b"").decode().splitlines() for state in (wanted, found)]
            told += [f"page {name}:", *_diff(*texts)]
    for build in sorted({*wanted.descriptions, *found.descriptions}):
        texts = [(s.descriptions.get(build) or "").splitlines() for s in (wanted, found)]
        lines = _diff(*texts)
        told += [f"description of {build}:", *lines] if lines else []
    return told


def _diff(wanted: list[str], found: list[str]) -> list[str]:
    if wanted == found:
        return []
    lines = difflib.unified_diff(wanted, found, "undisturbed", "killed and run again", n=0)
    return [line.rstrip()[:400] for line in lines][2 : _SHOWN + 2]


def faults_in(folder: Path) -> Iterator[str]:
    """Yield in words what is wrong in itself: damage, doubles, missing blobs, leftovers."""
    with closing(sqlite3.connect(folder / "squash.sqlite")) as connection:
        for (text,) in connection.execute("pragma integrity_check"):
            if text != "ok":
                yield f"the database is damaged: {text}"
        for row in connection.execute("pragma foreign_key_check"):
            yield f"a row refers to nothing: {row}"
        digests = connection.execute("select distinct digest from blob where digest is not null")
        store = BlobStore(folder / "blobs")
        for (digest,) in digests:
            try:
                store.read(digest)
            except (SquashError, OSError, ValueError) as error:
                yield f"the blob {digest} cannot be read: {error}"
    yield from wrong_packs(folder)
    for file in folder.joinpath("spool").glob("[!.]*"):
        yield f"{file.name} is left in the spool"
    for path in unfinished(folder):
        if not HARMLESS.fullmatch(path):
            yield f"{path} is left behind"


def unfinished(folder: Path) -> list[str]:
    """Return the hidden and temporary files below `folder`, without the files used as locks."""
    files = (file.relative_to(folder) for file in folder.rglob("*") if file.is_file())
    return sorted(
        str(file)
        for file in files
        if (file.name.startswith(".") or file.parts[0] == "tmp" or file.suffix == ".part")
        and file.name not in LOCKS
    )
