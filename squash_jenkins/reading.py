"""Read the QA files of one build: choose artifacts, fetch them, hand them to the formats."""

import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from squash_jenkins.config import DEFAULT_ARTIFACTS, Settings
from squash_jenkins.errors import BuildMissing, DocumentError, NotFound, StoreUnreachable
from squash_jenkins.formats.base import Format, read_document
from squash_jenkins.formats.opening import open_document
from squash_jenkins.jenkins.link import other_text
from squash_jenkins.models import Artifact, Build, BuildRecord, Rejected, Report
from squash_jenkins.settling import settle
from squash_jenkins.sources import Family, Source
from squash_jenkins.spool import write_durably

Fetch = Callable[[Artifact, Path], None]
"""Bring one artifact to a file; raises DocumentError when it is too large."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Hold what reading needs: the settings and the formats in the order they are tried.

    `folder` is for files while they are read; without one each build makes and removes its own,
    which takes longer than reading a small file.
    """

    settings: Settings
    formats: Sequence[Format]
    folder: Path | None = None

    def read_family(self, source: Source, family: Family) -> list[BuildRecord]:
        """Fetch and read a build and its runs.

        Raises
        ------
        BuildMissing
            When one of them vanishes meanwhile.
        StoreUnreachable
            When there is no room for the files here.

        """
        try:
            return [self._read_from(source, build) for build in family]
        except OSError as error:
            raise StoreUnreachable(
                f"The files of {family[0].id} cannot be kept here to be read: "
                f"{error.strerror or error}. Make room in the folder for temporary files (TMPDIR)."
            ) from error

    def _read_from(self, source: Source, build: Build) -> BuildRecord:
        """Read a build; the files of one that is still running are kept for its second reading."""
        folder = _kept(self.settings, build)
        kept = folder if build.provisional or folder.is_dir() else None

        def fetch(artifact: Artifact, to: Path) -> None:
            source.download(build.id, artifact, to, self.settings.max_artifact_bytes, kept)

        # Our own line is left out: what is stored of a build must not change by linking it.
        record = self.read(replace(build, description=other_text(build.description)), fetch)
        if kept and not build.provisional:
            shutil.rmtree(kept, ignore_errors=True)  # another hook may remove it as well
        return record

    def read(self, build: Build, fetch: Fetch) -> BuildRecord:
        """Fetch and read the QA files of a build; a bad file is set aside, the others are read."""
        named = self.settings.job(build.id.job).artifacts
        chosen = choose(build.artifacts, named or DEFAULT_ARTIFACTS, any_case=named is None)
        reports: list[Report] = []
        rejected: list[Rejected] = []
        with self._room() as folder:
            for number, artifact in enumerate(chosen):
                file = folder / f"{os.getpid()}-{threading.get_ident()}-{number}"
                try:
                    fetch(artifact, file)
                    reports += self._read_file(file, artifact.path, wanted=named is not None)
                except BuildMissing:
                    raise
                except (DocumentError, NotFound) as error:
                    rejected.append(self._set_aside(file, artifact.path, str(error)))
                finally:
                    file.unlink(missing_ok=True)
        settled = settle(reports, build, self.settings.job(build.id.job))
        return BuildRecord(build, settled, rejected)

    @contextmanager
    def _room(self) -> Iterator[Path]:
        if self.folder is not None:
            yield self.folder
            return
        with tempfile.TemporaryDirectory(prefix="squash-") as folder:
            yield Path(folder)

    def _read_file(self, file: Path, path: str, *, wanted: bool) -> Sequence[Report]:
        """Return the reports in a file; none for one that no format recognises, unless wanted."""
        document = open_document(file, path, self.settings.max_unpacked_bytes)
        reports = read_document(document, self.formats)
        if reports is None and wanted:
            known = ", ".join(format.name for format in self.formats)
            raise DocumentError(f"no format recognises it; known are {known}")
        return reports or ()

    def _set_aside(self, file: Path, path: str, reason: str) -> Rejected:
        """Keep the bytes of a bad file beside the spool, for people and for a later try."""
        if not file.is_file():
            return Rejected(path, reason)
        content = file.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        folder = self.settings.spool.parent / "quarantine"
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / digest).exists():
            write_durably(folder / digest, content)
        return Rejected(path, reason, digest, len(content))


def _kept(settings: Settings, build: Build) -> Path:
    """Return the folder for copies of the files of a build that is still running."""
    name = f"{build.id.controller}\0{build.id.job}\0{build.id.number}\0{build.started}"
    return settings.spool.parent / "kept" / hashlib.sha256(name.encode()).hexdigest()[:32]


def choose(
    artifacts: Iterable[Artifact], patterns: Sequence[str], *, any_case: bool = False
) -> list[Artifact]:
    """Return the artifacts that a glob names; ``**/`` also stands for no folder at all.

    With `any_case` capitals in a path do not matter; then the globs have none.
    """
    wide = [*patterns, *(p.removeprefix("**/") for p in patterns if p.startswith("**/"))]
    named = ((each, each.path.lower() if any_case else each.path) for each in artifacts)
    return [each for each, path in named if any(fnmatchcase(path, glob) for glob in wide)]
