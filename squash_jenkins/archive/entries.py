"""List folders that somebody else filled: links are not followed, only regular files count."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from squash_jenkins.errors import UnexpectedAnswer

Look = Callable[[Path], list[str]]
"""Do what `folders_in` does; an unreadable folder may be reported and treated as empty."""


def is_folder(path: Path) -> bool:
    """Return whether this is a folder, and not a link to one."""
    return stat.S_ISDIR(_mode(path))


def is_file(path: Path) -> bool:
    """Return whether this is a regular file: not a link, and not a pipe, which would block."""
    return stat.S_ISREG(_mode(path))


def folders_in(folder: Path) -> list[str]:
    """Return the sorted names of the folders in a folder, without links and unreadable names."""
    return sorted(
        entry.name
        for entry in _entries(folder)
        if entry.is_dir(follow_symlinks=False) and is_text(entry.name)
    )


def links_in(folder: Path) -> dict[str, str]:
    """Return the names of links in a folder to folders beside them, with their targets."""
    found = {}
    for entry in _entries(folder):
        link = Path(entry.path)
        if entry.is_symlink() and is_text(entry.name) and link.is_dir():  # so it is not a loop
            target = link.resolve()
            if target.parent == folder and is_folder(target):
                found[entry.name] = target.name
    return found


def links_out(folder: Path, root: Path) -> list[Path]:
    """Return the links in a folder that lead to a folder outside of `root` (resolved)."""
    links = [Path(entry.path) for entry in _entries(folder) if entry.is_symlink()]
    return [link for link in links if link.is_dir() and not link.resolve().is_relative_to(root)]


def files_below(folder: Path) -> Iterator[str]:
    """Yield the paths of all regular files below a folder, as Jenkins lists artifacts.

    A link counts if it leads to a file below the same folder. Names that are not UTF-8 are left
    out, as they can be neither stored nor shown.
    """
    root = folder.resolve()
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        for entry in _entries(folder / prefix):
            path = f"{prefix}{entry.name}"
            if not is_text(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(f"{path}/")
            elif entry.is_file(follow_symlinks=False) or leads_inside(Path(entry.path), root):
                yield path


def leads_inside(path: Path, root: Path) -> bool:
    """Return whether a path, with links resolved, is a regular file below `root` (resolved)."""
    try:
        target = path.resolve(strict=True)
        return target.is_relative_to(root) and stat.S_ISREG(target.stat().st_mode)
    except (
        OSError,
        RuntimeError,
        ValueError,
    ):  # nowhere; in a loop; a name that no file can have
        return False


def is_text(name: str) -> bool:
    """Return whether a name on disk is UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_bytes(file: Path, limit: int) -> bytes:
    """Return the content of a file; UnexpectedAnswer where it is larger or cannot be read."""
    try:
        with file.open("rb") as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        raise UnexpectedAnswer(f"{file} cannot be read: {error.strerror}.") from error
    if len(content) > limit:
        raise UnexpectedAnswer(f"{file} is larger than {limit} bytes and is not read.")
    return content


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise UnexpectedAnswer(f"{folder} cannot be read: {error.strerror}.") from error


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except (OSError, ValueError):  # not there; or a name that no file can have
        return 0
