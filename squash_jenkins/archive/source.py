"""Serve the builds in an archive on disk as a Jenkins serves its own."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from squash_jenkins.archive.entries import folders_in, is_folder, leads_inside, links_out
from squash_jenkins.archive.layouts import Layout, recognise
from squash_jenkins.archive.records import FolderRecord, artifact_root, read_head, read_whole
from squash_jenkins.errors import (
    BuildMissing,
    DocumentError,
    IsFolder,
    JenkinsError,
    NotFound,
    SettingsError,
    TooLarge,
    UnexpectedAnswer,
)
from squash_jenkins.jenkins.answers import read_build, read_listed
from squash_jenkins.jenkins.names import artifact_path
from squash_jenkins.models import STARTED_FROM, Artifact, Build, BuildId, ListedBuild
from squash_jenkins.reliability.atomic_files import replacing

_CHUNK = 1 << 20
_ODD_FOLDERS = 64
"""Folders of builds whose old names are cached, at most."""

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class MakeArchive:
    """A maker of the source, also in another process; it needs none of what a Jenkins needs."""

    name: str
    folder: Path

    def __call__(self, connections: int, share: float, stopped: object) -> "Archive":
        """Return a source."""
        return Archive(self.name, self.folder)


class Archive:
    """A copy of Jenkins' ``jobs`` folder, or a tree ``<job>/<number>/<files>``.

    Threads may share it. Links that lead out of the archive are not followed.

    Parameters
    ----------
    name
        Short name of the controller that the builds come from; it joins them with those that
        were read from Jenkins itself.
    folder
        JENKINS_HOME, its ``jobs`` folder, the folder of one job, or the top of a tree in which
        the folders of builds are named by numbers.

    Attributes
    ----------
    faults
        A message about each thing that could not be read and was skipped, once.

    Raises
    ------
    SettingsError
        There is no such folder.

    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.faults: list[str] = []
        self._reported: set[str] = set()
        if not folder.is_dir():
            raise SettingsError(f"The archive {folder} is not a folder: check its path.")
        self._folder = folder.resolve()
        self._layout: Layout | None = None
        self._odd: dict[Path, dict[int, str]] = {}
        self._readable: tuple[str, list[int]] = ("", [])
        self._lock = threading.RLock()

    def jobs(self) -> list[str]:
        """Return the full names of all jobs; raise NotFound where there is none."""
        found = list(self._known().jobs())
        if not found:
            raise NotFound(
                f"There are no builds in {self._folder}: expected a copy of Jenkins' jobs folder "
                "(<job>/builds/<number>/build.xml), or folders <job>/<number>/ with files in them."
            )
        return found

    def listing(self, job: str) -> list[ListedBuild]:
        """Return all builds of a job that can be read, newest first.

        Those whose start is a guess say so in `guessed`.

        Raises
        ------
        NotFound, IsFolder
            There is no such job, or it is a folder.
        """
        numbers = self._known().numbers(self._builds(job))
        heads = (self._or_note(self._head, BuildId(self.name, job, each)) for each in numbers)
        listed = [
            replace(read_listed(job, head.answer), guessed=head.guess is not None)
            for head in heads
            if head is not None
        ]
        listed.sort(key=lambda each: each.number, reverse=True)
        self._readable = (job, [each.number for each in listed])
        return listed

    def page(self, job: str, start: int, end: int) -> list[list[Build]]:
        """Return the families at positions `start` to `end` - 1 of `listing`."""
        if self._readable[0] != job:
            self.listing(job)
        ids = [BuildId(self.name, job, number) for number in self._readable[1][start:end]]
        families = (self._or_note(self.family, id) for id in ids)
        return [family for family in families if family]

    def family(self, id: BuildId) -> list[Build]:
        """Return a build, followed by the builds of its matrix configurations.

        Raises
        ------
        BuildMissing
            The archive has no such build.
        UnexpectedAnswer
            The file that describes it cannot be read.
        """
        runs = {
            BuildId(id.controller, f"{id.job}/{name}", id.number): builds
            for name, builds in sorted(self._known().configurations(id.job).items())
        }
        found = [self._or_note(self._run, run, builds) for run, builds in runs.items()]
        built = [run for run in found if run is not None]
        return [self._build(id, self._folder_of(id), built), *built]

    def download(
        self, build: BuildId, artifact: Artifact, to: Path, limit: int, kept: Path | None = None
    ) -> int:
        """Copy a file to `to`, where it appears when it is complete, and return its bytes.

        Raises
        ------
        BuildMissing, NotFound
            The build or the file is gone.
        DocumentError
            The file has more than `limit` bytes, cannot be read, or lies outside the archive.
        """
        root = artifact_root(self._folder_of(build))
        file = root / _checked(artifact)
        if not leads_inside(file, root):
            if os.path.lexists(file):
                raise DocumentError("leads out of the build's files, or is not a regular file")
            raise NotFound(f"{build} has no artifact {artifact.path!r} in {self._folder}.")
        try:
            return _copy(file, to, limit)
        except OSError as error:
            raise DocumentError(f"cannot be copied: {error.strerror}") from error

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _known(self) -> Layout:
        with self._lock:
            if self._layout is None:
                self._layout = recognise(self._folder, self._look)
            return self._layout

    def _builds(self, job: str) -> Path:
        layout = self._known()
        builds = layout.find(job)
        if builds is not None:
            return builds
        if layout.is_folder(job):
            raise IsFolder(f"{job!r} is a folder, not a job: name one of its jobs.")
        raise NotFound(f"There is no job {job!r} in {self._folder}: check the full name.")

    def _folder_of(self, id: BuildId) -> Path:
        """Return the folder of a build."""
        folder = self._folder_in(self._builds(id.job), id.number)
        if folder is None:
            raise BuildMissing(f"{id} is not in {self._folder}.")
        return folder

    def _folder_in(self, builds: Path, number: int) -> Path | None:
        """Return the folder of a number, which nearly always has that name."""
        if is_folder(builds / str(number)):
            return builds / str(number)
        odd = self._odd_names(builds).get(number)
        return builds / odd if odd is not None else None

    def _odd_names(self, builds: Path) -> dict[int, str]:
        """Return the build folders that are not named by their number, as was usual until 2015."""
        with self._lock:
            if builds not in self._odd:
                if len(self._odd) >= _ODD_FOLDERS:
                    self._odd.clear()
                found = self._known().numbers(builds)
                self._odd[builds] = {at: name for at, name in found.items() if name != str(at)}
            return self._odd[builds]

    def _head(self, id: BuildId) -> FolderRecord:
        folder = self._folder_of(id)
        found = read_head(folder, id.number, in_jenkins=self._known().in_jenkins)
        _check(found, folder, id)
        return found

    def _run(self, id: BuildId, builds: Path) -> Build | None:
        """Return the build of a configuration; None where it did not take part."""
        folder = self._folder_in(builds, id.number)
        return self._build(id, folder) if folder is not None else None

    def _build(self, id: BuildId, folder: Path, runs: list[Build] | None = None) -> Build:
        found = read_whole(folder, id.number, in_jenkins=self._known().in_jenkins)
        _check(found, folder, id)
        answer: dict[str, Any] = found.answer
        if runs:
            answer["runs"] = [_run_answer(run.id) for run in runs]
        build = read_build(id, answer)
        return (
            replace(build, extra={**build.extra, STARTED_FROM: found.guess})
            if found.guess
            else build
        )

    def _look(self, folder: Path) -> list[str]:
        try:
            for link in links_out(folder, self._folder):
                self._note(f"{link} leads out of the archive and is skipped: copy its target.")
            return folders_in(folder)
        except UnexpectedAnswer as error:
            self._note(str(error))
            return []

    def _or_note(self, read: Callable[..., Read], *given: object) -> Read | None:
        """Return what `read` returns; None, with a message, for what cannot be read."""
        try:
            return read(*given)
        except JenkinsError as error:
            self._note(str(error))
            return None

    def _note(self, fault: str) -> None:
        with self._lock:
            if fault not in self._reported:
                self._reported.add(fault)
                self.faults.append(fault)


def _check(found: FolderRecord, folder: Path, id: BuildId) -> None:
    """Refuse a build with another number or without a time, naming the folder."""
    try:
        read_build(id, {key: found.answer.get(key) for key in ("number", "timestamp")})
    except UnexpectedAnswer as error:
        number, timestamp = found.answer.get("number"), found.answer.get("timestamp")
        raise UnexpectedAnswer(
            f"{folder} is not read: it describes build {number!r}, started at {timestamp!r}."
        ) from error


def _run_answer(run: BuildId) -> dict[str, Any]:
    name = quote(run.job.rpartition("/")[2], safe="")
    return {"number": run.number, "url": f"job/{name}/{run.number}/"}


def _checked(artifact: Artifact) -> Path:
    try:
        artifact_path(artifact.path)
    except ValueError as error:
        raise DocumentError(f"has a path that leads out of the build's files: {error}") from error
    return Path(artifact.path)


def _copy(file: Path, to: Path, limit: int) -> int:
    """Copy a file, which appears only when it is whole; return its bytes."""
    size = 0
    with replacing(to) as part, part.open("xb") as target, file.open("rb") as source:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise TooLarge(
                    f"is larger than the limit of {limit} bytes: "
                    "raise max_artifact_bytes to have it read"
                )
            target.write(chunk)
    return size
