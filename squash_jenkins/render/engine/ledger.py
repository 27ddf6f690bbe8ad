"""Keep a record of the output folder, in a file of its own beside the pages.

It is an SQLite file, because a run that adds one build to years of them reads and changes few
of many entries. One run uses it at a time (the folder is locked); its changes take effect when
they are saved, all or none.
"""

import json
import sqlite3
from collections.abc import Iterator, MutableMapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

_FORMAT = 2
_TABLES = """
CREATE TABLE file (path TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE memory (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE status (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Status:
    """Describe what the folder was made from.

    `digest` stands for the program, its templates and the plug-ins, `revision` is the last
    change of the store that was shown, `definitions` the last one of what is measured, `roots` are
    the URLs of the controllers that pages link to. `faulty`: a tab or plot failed.
    """

    program: str = ""
    digest: str = ""
    revision: int = -1
    definitions: int = -1
    roots: list[str] = field(default_factory=list)
    faulty: bool = False


class Memory(MutableMapping[str, Any]):
    """Keep values that JSON can hold by name from run to run; they are read on demand."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._values: dict[str, Any] = {}
        self._changed: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        """Return a value; raise KeyError for none."""
        if name not in self._values:
            query = "SELECT value FROM memory WHERE name = ?"
            found = self._connection.execute(query, (name,)).fetchone()
            if found is None:
                raise KeyError(name)
            self._values[name] = json.loads(found[0])
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        """Keep a value."""
        self._values[name] = value
        self._changed.add(name)

    def __delitem__(self, name: str) -> None:
        """Forget a value."""
        self._values.pop(name, None)
        self._changed.discard(name)
        self._connection.execute("DELETE FROM memory WHERE name = ?", (name,))

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        self.flush()
        for (name,) in self._connection.execute("SELECT name FROM memory"):
            yield name

    def __len__(self) -> int:
        """Return how many values there are."""
        self.flush()
        (count,) = self._connection.execute("SELECT count(*) FROM memory").fetchone()
        return int(count)

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
        self._changed.clear()
        self._connection.execute("DELETE FROM memory")

    def flush(self) -> None:
        """Write changes to the file; they take effect when the ledger is saved."""
        rows = [(name, _text(self._values[name])) for name in self._changed]
        self._connection.executemany("INSERT OR REPLACE INTO memory VALUES (?, ?)", rows)
        self._changed.clear()


class Ledger:
    """Hold the file; made by `open_ledger`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.memory = Memory(connection)
        rows = dict(connection.execute("SELECT name, value FROM status"))
        self.status = Status(**{name: json.loads(text) for name, text in rows.items()})

    def key(self, path: str) -> str | None:
        """Return the hash of the inputs that a file was made from; None for an unknown file."""
        query = "SELECT key FROM file WHERE path = ?"
        found = self._connection.execute(query, (path,)).fetchone()
        return None if found is None else str(found[0])

    def note(self, path: str, key: str) -> None:
        """Remember the hash of the inputs of a file."""
        self._connection.execute("INSERT OR REPLACE INTO file VALUES (?, ?)", (path, key))

    def drop(self, path: str) -> None:
        """Forget a file."""
        self._connection.execute("DELETE FROM file WHERE path = ?", (path,))

    def paths(self, folder: str = "") -> list[str]:
        """Return the files, or those below a folder of the site, sorted."""
        query = "SELECT path FROM file WHERE path >= ? AND path < ? ORDER BY path"
        ends = (f"{folder}/", f"{folder}0") if folder else ("", "\U0010ffff")  # "0" follows "/"
        return [path for (path,) in self._connection.execute(query, ends)]

    def forget(self) -> None:
        """Treat every file as unknown, so that whatever is rendered is written."""
        self.status = replace(self.status, program="")
        self._connection.execute("UPDATE file SET key = ''")
        self.memory.clear()

    def save(self, status: Status) -> None:
        """Commit all changes."""
        self.status = status
        self.memory.flush()
        rows = [(name, _text(value)) for name, value in asdict(self.status).items()]
        self._connection.executemany("INSERT OR REPLACE INTO status VALUES (?, ?)", rows)
        self._connection.execute("COMMIT")
        self._connection.execute("BEGIN IMMEDIATE")

    def close(self) -> None:
        """Close the file; unsaved changes are lost."""
        self._connection.close()


def open_ledger(file: Path) -> Ledger:
    """Open the ledger; one that is missing, broken or of another format is created anew."""
    try:
        return _opened(file)
    except (sqlite3.DatabaseError, TypeError, ValueError):
        for each in (file, file.with_name(f"{file.name}-journal")):
            each.unlink(missing_ok=True)
        return _opened(file)


def _opened(file: Path) -> Ledger:
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, _FORMAT):
            raise ValueError(f"{file} has format {version}")
        if version == 0:
            connection.executescript(f"BEGIN;{_TABLES}PRAGMA user_version = {_FORMAT};COMMIT;")
        connection.execute("BEGIN IMMEDIATE")
        return Ledger(connection)
    except BaseException:
        connection.close()
        raise


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
