"""Recognise the layout of a folder, and find the jobs in it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from squash_jenkins.archive.entries import Look, is_file, is_folder, read_bytes
from squash_jenkins.archive.numbers import numbered, numbered_by_jenkins

_INSIDE = ("jobs", "branches")
"""Folders with the items of a folder, of an organization, and of a multibranch project."""
_LONGEST_NAME = 4096
_DEEPEST = 40
"""Levels of nested folders that are searched for a job."""


class Layout(Protocol):
    """Where the jobs are; `find` and `configurations` return folders with build folders."""

    in_jenkins: bool
    """Whether Jenkins made the folders, in which only a folder with build.xml is a build."""

    def jobs(self) -> Iterator[str]:
        """Yield the full names of all jobs."""

    def find(self, job: str) -> Path | None:
        """Return the folder that holds the build folders of a job; None for no such job."""

    def is_folder(self, name: str) -> bool:
        """Return whether a name that is not that of a job is that of a folder with jobs."""

    def configurations(self, job: str) -> dict[str, Path]:
        """Return the configurations of a matrix job by name, ``DATASET=cfht,PY=2``."""

    def numbers(self, builds: Path) -> dict[int, str]:
        """Return the names of the build folders by number."""


def recognise(root: Path, look: Look) -> Layout:
    """Return the layout of a folder (resolved): that of Jenkins, else plain folders."""
    top = _top_items(root, look)
    return JenkinsLayout(top, look) if top else PlainLayout(root, look)


class JenkinsLayout:
    """The ``jobs`` folder of a Jenkins; `top` are the outermost items by full name."""

    in_jenkins = True

    def __init__(self, top: dict[str, Path], look: Look) -> None:
        self._top = top
        self._look = look
        self._items: dict[Path, dict[str, Path]] = {}
        self._found: dict[str, Path] = {}
        self._matrices: dict[str, dict[str, Path]] = {}

    def jobs(self) -> Iterator[str]:
        """Yield the full names of all jobs; matrix configurations are not jobs of their own."""
        waiting = sorted(self._top.items(), reverse=True)
        while waiting:
            name, item = waiting.pop()
            if _is_job(item, self._look):
                yield name
            inner = sorted(self._inside(item).items(), reverse=True)
            waiting += [(f"{name}/{each}", folder) for each, folder in inner]

    def find(self, job: str) -> Path | None:
        """Return the ``builds`` folder of a job or of a matrix configuration."""
        if job not in self._found:
            item = self._item(job)
            builds = item / "builds" if item is not None and _is_job(item, self._look) else None
            if builds is None:
                matrix, _, name = job.rpartition("/")
                builds = self.configurations(matrix).get(name) if matrix else None
            if builds is None:
                return None
            self._found[job] = builds
        return self._found[job]

    def is_folder(self, name: str) -> bool:
        """Return whether this is a folder, an organization or a multibranch project."""
        item = self._item(name)
        return item is not None and not _is_job(item, self._look)

    def configurations(self, job: str) -> dict[str, Path]:
        """Return the ``builds`` folders of a matrix job's configurations by their names."""
        if job not in self._matrices:
            item = self._item(job)
            if item is None or not is_folder(item / "configurations"):
                return {}
            self._matrices[job] = dict(_configurations(item / "configurations", self._look))
        return self._matrices[job]

    def numbers(self, builds: Path) -> dict[int, str]:
        """Return the names of the build folders by number; there may be none at all."""
        if is_folder(builds):
            return numbered_by_jenkins(builds, self._look)
        self._look(builds.parent)  # reports a link that leads out of the archive
        return {}

    def _item(self, name: str) -> Path | None:
        for top, item in self._top.items():
            if name == top:
                return item
            if name.startswith(f"{top}/"):
                return self._below(item, name.removeprefix(f"{top}/"))
        return None

    def _below(self, item: Path, name: str) -> Path | None:
        found: Path | None = item
        for part in name.split("/"):
            found = self._inside(found).get(part) if found is not None else None
        return found

    def _inside(self, item: Path) -> dict[str, Path]:
        if item not in self._items:
            self._items[item] = dict(_items(item, self._look))
        return self._items[item]


class PlainLayout:
    """A tree of folders in which those of builds are named by numbers."""

    in_jenkins = False

    def __init__(self, root: Path, look: Look) -> None:
        self._root = root
        self._look = look
        self._is_job = bool(numbered(root, look))
        self._found: dict[str, Path] = {}

    def jobs(self) -> Iterator[str]:
        """Yield the paths of all folders that contain numbered ones; hidden ones are skipped."""
        waiting = [self._root]
        while waiting:
            folder = waiting.pop()
            if numbered(folder, self._look):
                yield self._name(folder)
            waiting += [folder / name for name in reversed(self._plain(folder))]

    def find(self, job: str) -> Path | None:
        """Return the folder of a job."""
        if job not in self._found:
            folder = self._folder(job)
            if folder is None or not numbered(folder, self._look):
                return None
            self._found[job] = folder
        return self._found[job]

    def is_folder(self, name: str) -> bool:
        """Return whether there is a folder of this name."""
        return self._folder(name) is not None

    def configurations(self, job: str) -> dict[str, Path]:
        """Return nothing: the folder of a configuration counts as that of a job."""
        return {}

    def numbers(self, builds: Path) -> dict[int, str]:
        """Return the names of the numbered folders."""
        return numbered(builds, self._look)

    def _plain(self, folder: Path) -> list[str]:
        names = self._look(folder)
        return [name for name in names if not (name.startswith(".") or name.isdecimal())]

    def _name(self, folder: Path) -> str:
        base = self._root.parent if self._is_job else self._root
        return folder.relative_to(base).as_posix()

    def _folder(self, job: str) -> Path | None:
        parts = job.split("/")
        if self._is_job and parts.pop(0) != self._root.name:
            return None
        folder = self._root
        for part in parts:
            if part.startswith(".") or not part or not is_folder(folder / part):
                return None
            folder /= part
        return folder


def _top_items(root: Path, look: Look) -> dict[str, Path]:
    """Return the outermost items: of a JENKINS_HOME, of a ``jobs`` folder, or `root` itself."""
    if is_folder(root / "jobs") and _kind(root) in ("", "hudson"):
        return dict(_items(root, look))
    if _is_item(root, look):
        return {"/".join([*_names_above(root), _name_of(root)]): root}
    above = _names_above(root / "any")
    return {"/".join([*above, name]): item for name, item in _items_in(root, look)}


def _items(item: Path, look: Look) -> Iterator[tuple[str, Path]]:
    """Yield the items in the folders of an item by name."""
    for inner in _INSIDE:
        if is_folder(item / inner):
            yield from _items_in(item / inner, look)


def _items_in(folder: Path, look: Look) -> Iterator[tuple[str, Path]]:
    for name in look(folder):
        if _is_item(folder / name, look):
            yield _name_of(folder / name), folder / name


def _is_item(folder: Path, look: Look) -> bool:
    """Return whether a folder is a job or contains one."""
    waiting = [(folder, 0)]
    while waiting:
        at, depth = waiting.pop()
        if _is_job(at, look):
            return True
        inner = [at / each for each in _INSIDE if is_folder(at / each)]
        if depth < _DEEPEST:
            waiting += [(each / name, depth + 1) for each in inner for name in look(each)]
    return False


def _is_job(folder: Path, look: Look) -> bool:
    """Return whether a folder is that of a job: it has builds, or could have."""
    if any(is_folder(folder / inner) for inner in _INSIDE):
        return False
    kind = _kind(folder)
    if kind:
        return kind != "hudson" and not kind.endswith(("Folder", "MultiBranchProject"))
    builds = folder / "builds"
    return is_folder(builds) and any(is_file(builds / name / "build.xml") for name in look(builds))


def _kind(folder: Path) -> str:
    """Return the first element of an item's config.xml; ``hudson`` is that of JENKINS_HOME."""
    config = folder / "config.xml"
    if not is_file(config):
        return ""
    try:
        with config.open("rb") as stream:
            start = stream.read(4096)
    except OSError:
        return "unreadable"
    found = re.search(rb"<([A-Za-z][\w.-]*)", start)
    return found[1].decode() if found else "empty"


def _name_of(item: Path) -> str:
    """Return the name of an item; Jenkins writes names that no folder can have into a file."""
    file = item / "name-utf8.txt"
    if is_file(file):
        name = read_bytes(file, _LONGEST_NAME).decode("utf-8", "replace").strip()
        if name and "/" not in name:
            return name
    return item.name


def _names_above(item: Path) -> list[str]:
    """Return the names of the folders that contain an item, as far as its path shows them."""
    names: list[str] = []
    while item.parent.name in _INSIDE and item.parent.parent.parent.name in _INSIDE:
        item = item.parent.parent
        names.insert(0, _name_of(item))
    return names


def _configurations(folder: Path, look: Look) -> Iterator[tuple[str, Path]]:
    """Yield ``axis-DATASET/cfht/axis-PY/2/builds`` under the name ``DATASET=cfht,PY=2``."""
    waiting = [(folder, "")]
    while waiting:
        at, name = waiting.pop()
        if is_folder(at / "builds"):
            yield name, at / "builds"
        for axis in look(at):
            if axis.startswith("axis-"):
                waiting += [
                    (at / axis / value, _with_axis(name, axis, value))
                    for value in reversed(look(at / axis))
                ]


def _with_axis(name: str, axis: str, value: str) -> str:
    added = f"{axis.removeprefix('axis-')}={unquote(value)}"
    return f"{name},{added}" if name else added
