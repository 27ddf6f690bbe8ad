"""Write the output folder so that no reader sees half a page and no crash does harm."""

import fcntl
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from squash_jenkins.errors import ResourceError
from squash_jenkins.reliability.atomic_files import replacing
from squash_jenkins.render.engine.ledger import Ledger, Status, open_ledger

_LOCK, _MARK = ".squash-lock", ".squash-writing"
_FORMER = ("status.json", "status.sqlite", "status.sqlite-journal")
"""What earlier versions wrote into the folder, which others read."""
_UNFINISHED = ".squash-tmp-"


@dataclass(slots=True)
class Output:
    """Write files below `root`; made by `open_output`.

    A file whose input hash is the recorded one is left alone. `written` and
    `checked` name the files of this run, `unwanted` what tabs do not have any more.
    """

    root: Path
    ledger: Ledger
    written: list[str] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    unwanted: list[str] = field(default_factory=list)

    def is_current(self, path: str, key: str) -> bool:
        """Return whether a file was made from inputs with the hash `key`; record its use."""
        self.checked.append(path)
        return self.ledger.key(path) == key and (self.root / path).is_file()

    @property
    def status(self) -> Status:
        """Return what the folder was made from."""
        return self.ledger.status

    def lacks_files(self) -> bool:
        """Return whether somebody deleted files that earlier runs wrote."""
        return not all((self.root / path).is_file() for path in self.ledger.paths())

    def write(self, path: str, content: bytes, key: str) -> None:
        """Replace one file atomically and record the hash of its inputs."""
        target = self._inside(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, content)
        self.ledger.note(path, key)
        self.written.append(path)

    def copy(self, path: str, source: Path, key: str) -> None:
        """Copy a file in unless it is there already."""
        if not self.is_current(path, key):
            self.write(path, source.read_bytes(), key)

    def leave_only(self, folder: str, files: Collection[str]) -> None:
        """Record that only `files` are wanted in a folder of the site."""
        self.unwanted += sorted(set(self.ledger.paths(folder)) - set(files))

    def remove_unneeded(self, *, whole: bool) -> list[str]:
        """Remove files that no tab wants, after a run without faults; return their paths.

        After a `whole` run that is all that earlier runs wrote and this one did not make.
        """
        others = set(self.ledger.paths()) if whole else set()
        unneeded = sorted({*self.unwanted, *others} - {*self.checked, *self.written})
        for path in unneeded:
            self._remove(path)
        return unneeded

    def _remove(self, path: str) -> None:
        self._inside(path).unlink(missing_ok=True)
        self.ledger.drop(path)
        _remove_empty(self._inside(path).parent, self.root)

    def save(self, status: Status) -> None:
        """Write the status, last of all: until then the next run repeats this one's work."""
        self.ledger.save(status)
        self.leave()

    def leave(self) -> None:
        """Record that all files are complete."""
        (self.root / _MARK).unlink(missing_ok=True)

    def _inside(self, path: str) -> Path:
        target = self.root / path
        if ".." in Path(path).parts or not target.is_relative_to(self.root):
            raise ResourceError(
                f"{path!r} would be written outside {self.root}; make it a subpath."
            )
        return target


@contextmanager
def open_output(root: Path, ledger_file: Path | None = None) -> Iterator[Output]:
    """Lock the folder, waiting for another writer, and yield it with its status.

    `ledger_file` records what the folder was made from; by default it lies beside the folder,
    and never in it: that is published.

    Raises
    ------
    ResourceError
        When the folder cannot be made or written.

    """
    try:
        file = ledger_file or root.with_name(f"{root.name}.status.sqlite")
        for folder in (root, file.parent):
            folder.mkdir(parents=True, exist_ok=True)
        is_new = not (root / _LOCK).exists()
        with (root / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for name in _FORMER:
                (root / name).unlink(missing_ok=True)
            if is_new:  # what is remembered is of a folder that somebody removed
                file.unlink(missing_ok=True)
            ledger = open_ledger(file)
            try:
                if (root / _MARK).exists():
                    ledger.forget()
                    _remove_unfinished(root)
                (root / _MARK).touch()
                yield Output(root, ledger)
            finally:
                ledger.close()
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise ResourceError(
            f"The pages cannot be written to {root}: {reason}. "
            "Check the folder, its permissions and the free space."
        ) from error


def _replace(target: Path, content: bytes) -> None:
    with replacing(target, _UNFINISHED) as part:
        part.write_bytes(content)
        part.chmod(0o644)  # a web server reads it as another user


def _remove_unfinished(root: Path) -> None:
    for file in root.rglob(f"{_UNFINISHED}*"):
        file.unlink(missing_ok=True)


def _remove_empty(folder: Path, root: Path) -> None:
    while folder != root and folder.is_dir() and not any(folder.iterdir()):
        shutil.rmtree(folder)
        folder = folder.parent
