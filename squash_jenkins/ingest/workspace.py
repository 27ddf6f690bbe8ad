"""Read QA files from the workspace, for a step that runs before Jenkins archives them."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from squash_jenkins.config import Settings
from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Format
from squash_jenkins.ingest.artifacts import FileReader, choose
from squash_jenkins.models import Artifact, Build, BuildRecord
from squash_jenkins.store import Store

READ_FROM = "read_from"
"""Key in the `extra` of a build whose files did not come from Jenkins but from its workspace."""
_WORKSPACE = "workspace"
_CLOCKS = timedelta(seconds=5)
"""Tolerance for the clocks of Jenkins and this machine, and for times that file systems round."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder that a build runs in, and globs for its QA files.

    Without globs, the `artifacts` of the job in the settings hold. There is no default: a
    checkout may contain documents that are not results of the build.
    """

    folder: Path
    globs: Sequence[str] = ()

    def wanted(self, settings: Settings, job: str) -> Sequence[str]:
        """Return the globs that apply to a job."""
        return self.globs or settings.job(job).artifacts or ()


def read_workspace(
    settings: Settings, formats: Sequence[Format], workspace: Workspace, build: Build
) -> tuple[BuildRecord, list[str]]:
    """Read the QA files of a running build; return them with messages about files not read.

    A file that is older than the build is left over from an earlier one and is not read.
    """
    globs = workspace.wanted(settings, build.id.job)
    files = dict(_files(workspace.folder)) if globs else {}
    named = [artifact.path for artifact in choose(map(Artifact, files), globs)]
    new = [path for path in named if _modified(files[path]) >= build.started - _CLOCKS]
    old = [path for path in named if path not in new]

    def fetch(artifact: Artifact, to: Path) -> None:
        copy_file(files[artifact.path], to, settings.max_artifact_bytes)

    reader = FileReader(_reading_all(settings, build.id.job), formats)
    record = reader.read(replace(build, artifacts=[Artifact(path) for path in new]), fetch)
    extra = {**build.extra, READ_FROM: _WORKSPACE} if new else build.extra
    return replace(record, build=replace(build, extra=extra)), _left_out(old)


def copy_file(file: Path, to: Path, limit: int) -> None:
    """Copy a file to where the formats read it.

    Raises
    ------
    DocumentError
        It has more than `limit` bytes, or cannot be read.

    """
    try:
        size = file.stat().st_size
        if size > limit:
            raise DocumentError(f"it has {size} bytes; the limit is {limit} (max_artifact_bytes)")
        shutil.copyfile(file, to)
    except OSError as error:
        raise DocumentError(f"it cannot be read: {error.strerror}") from error


def archived_differently(store: Store, records: Sequence[BuildRecord]) -> list[str]:
    """Return messages about builds of which Jenkins archived other files than were read before."""
    archived = [record for record in records if READ_FROM not in record.build.extra]
    return [text for record in archived if (text := _difference(store, record))]


def _difference(store: Store, record: BuildRecord) -> str | None:
    id = record.build.id
    with store.reader() as reader:
        row = reader.builds.find(id.controller, id.job, id.number)
        if row is None or row.started != record.build.started or READ_FROM not in row.extra:
            return None
        before = {report.path: report.digest for report in reader.contents.reports([row.key])}
    now = {report.path: report.digest for report in record.reports}
    if record.build.provisional and not now:
        return None
    found = [_changed(path, digest, now) for path, digest in sorted(before.items())]
    changes = [change for change in found if change]
    if not changes:
        return None
    return (
        f"{id} was verified with files of its workspace, but Jenkins archived others: "
        f"{', '.join(changes)}. The archived files count: look at the build again."
    )


def _changed(path: str, digest: str, now: Mapping[str, str]) -> str | None:
    if path not in now:
        return f"{path} is not archived"
    return f"{path} changed before it was archived" if now[path] != digest else None


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files below a folder with their paths as Jenkins would write them."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            file = Path(root, name)
            if file.is_file():  # opening a pipe would block
                path = file.relative_to(folder).as_posix()
                yield os.fsencode(path).decode("utf-8", "replace"), file


def _modified(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def _reading_all(settings: Settings, job: str) -> Settings:
    """Return settings by which every file is read, and set aside when no format recognises it."""
    own = settings.job(job).model_copy(update={"match": "*", "artifacts": ("*",)})
    return settings.model_copy(update={"jobs": (own,)})


def _left_out(old: Sequence[str]) -> list[str]:
    if not old:
        return []
    several = f" and {len(old) - 1} more" if len(old) > 1 else ""
    return [
        f"{old[0]}{several} in the workspace is older than the build and is not read: an earlier "
        "build left it behind, or the clocks of this machine and of Jenkins differ."
    ]
