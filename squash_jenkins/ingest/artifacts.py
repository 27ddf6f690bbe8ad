"""Read the QA files of one build: choose artifacts, fetch them, hand them to the formats."""

import hashlib
import os
import resource
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from squash_jenkins.config import DEFAULT_ARTIFACTS, Settings
from squash_jenkins.errors import DocumentError, JenkinsError, StoreUnreachable, TooLarge
from squash_jenkins.formats.base import Format, check_count, completed_by, read_document
from squash_jenkins.formats.opening import open_document
from squash_jenkins.ingest.fetching import Fetch, Fetched, fetched
from squash_jenkins.ingest.labels import complete_labels
from squash_jenkins.jenkins.link import other_text
from squash_jenkins.models import Artifact, Build, BuildRecord, Rejected, Report
from squash_jenkins.models.source import Family, Source
from squash_jenkins.reliability.atomic_files import write_durably

_MANY = 100
"""Files without QA in one build from which on people are advised to name those with QA."""
_NAMED = 3
"""Files that a message names; the others are counted."""

_ROOM = 8 << 30
"""Address space in bytes for threads, libraries and many ordinary documents at once."""
_LARGEST = 16
"""Memory of a document and its reports, in multiples of its unpacked size."""


@dataclass(frozen=True, slots=True)
class FileReader:
    """A reader of QA files; it tries the formats in their order.

    `folder` takes files while they are read. Without one, each build makes and removes its own,
    which takes longer than reading a small file. `at_once` is how many of a build's many files
    are fetched at a time; by default the setting `connections` of its controller.
    """

    settings: Settings
    formats: Sequence[Format]
    folder: Path | None = None
    at_once: int | None = None

    def read_family(self, source: Source, family: Family) -> list[BuildRecord]:
        """Fetch and read a build and its runs.

        Raises
        ------
        BuildMissing
            One of them vanished meanwhile.
        StoreUnreachable
            There is no room for the files on this machine.

        """
        try:
            return [self._read_from(source, build) for build in family]
        except OSError as error:
            raise StoreUnreachable(
                f"The files of {family[0].id} cannot be saved for reading: "
                f"{error.strerror or error}. Free some space in the folder for temporary files "
                "(TMPDIR)."
            ) from error

    def _read_from(self, source: Source, build: Build) -> BuildRecord:
        """Read a build; copies of a running build's files are kept for when it is read again."""
        folder = _copies_of(self.settings, build)
        copies = folder if build.provisional or folder.is_dir() else None

        def fetch(artifact: Artifact, to: Path) -> None:
            source.download(build.id, artifact, to, self._limit(build), copies)

        # Without our own line: what is stored of a build must not change when it is linked.
        record = self.read(replace(build, description=other_text(build.description)), fetch)
        if copies and not build.provisional:
            shutil.rmtree(copies, ignore_errors=True)  # another hook may remove it as well
        return record

    def read(self, build: Build, fetch: Fetch) -> BuildRecord:
        """Fetch and read the QA files of a build; bad files are set aside."""
        job = self.settings.job(build.id.job)
        chosen = self._chosen(build, job.artifacts)
        found = _Found(named=job.artifacts is not None, many=len(chosen))
        with self._room() as folder:
            prefix = f"{os.getpid()}-{threading.get_ident()}"
            tasks = [(each, folder / f"{prefix}-{at}") for at, each in enumerate(chosen)]
            for each in fetched(tasks, fetch, self._at_once(build)):
                try:
                    self._read_or_set_aside(each, found, job.tests)
                finally:
                    each.file.unlink(missing_ok=True)
        reports = completed_by(self.formats, found.reports, found.faults)
        completed = complete_labels(reports, build, job)
        doubtful = found.doubtful if found.reports else ()
        return BuildRecord(
            build, completed, found.rejected, list(found.notes(self.settings)), doubtful
        )

    def _chosen(self, build: Build, named: Sequence[str] | None) -> list[Artifact]:
        """Return the artifacts to read: those that are named, else all that may hold QA."""
        if named is not None:
            return choose(build.artifacts, named)
        skipped = set(choose(build.artifacts, self.settings.skip_artifacts))
        usual = choose(build.artifacts, DEFAULT_ARTIFACTS, any_case=True)
        return [each for each in usual if each not in skipped]

    def _at_once(self, build: Build) -> int:
        if self.at_once is not None:
            return self.at_once
        known = self.settings.controllers.get(build.id.controller)
        return known.connections if known else 1

    def _limit(self, build: Build) -> int:
        """Return the largest size in bytes of a file, which is less where nobody named it."""
        named = self.settings.job(build.id.job).artifacts is not None
        most = self.settings.max_artifact_bytes
        return most if named else min(most, self.settings.max_unnamed_bytes)

    def _read_or_set_aside(self, each: Fetched, found: "_Found", tests: Sequence[str]) -> None:
        """Read one file that was fetched, or set it aside."""
        path = each.artifact.path
        try:
            if each.error is not None:
                raise each.error
            reports = self._read_file(each.file, path, found, tests)
        except (DocumentError, JenkinsError) as error:
            large = isinstance(error, TooLarge)
            most = self.settings.max_artifact_bytes
            if large and not found.named and self.settings.max_unnamed_bytes < most:
                found.large.append(path)
                return
            found.rejected.append(self._set_aside(each.file, path, str(error)))
            if each.error is not None and not found.named and not large:
                found.doubtful.append(path)
        else:
            found.reports += reports
            found.read += [path] if reports else []

    @contextmanager
    def _room(self) -> Iterator[Path]:
        if self.folder is not None:
            yield self.folder
            return
        with tempfile.TemporaryDirectory(prefix="squash-") as folder:
            yield Path(folder)

    def _read_file(
        self, file: Path, path: str, found: "_Found", tests: Sequence[str]
    ) -> Sequence[Report]:
        """Return the reports in a file; none where no format recognises one that nobody named."""
        document = open_document(file, path, self.settings.max_unpacked_bytes)
        document = replace(document, tests=tests)
        reports = read_document(document, self.formats, found.faults)
        if reports is None and found.named:
            known = ", ".join(format.name for format in self.formats)
            raise DocumentError(f"no format recognises it; the formats are {known}")
        check_count(reports or (), self.settings.max_metrics)
        return reports or ()

    def _set_aside(self, file: Path, path: str, reason: str) -> Rejected:
        """Copy a bad file into the quarantine, beside the spool, for people and later retries."""
        if not file.is_file():
            return Rejected(path, reason)
        content = file.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        folder = self.settings.spool.parent / "quarantine"
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / digest).exists():
            write_durably(folder / digest, content)
        return Rejected(path, reason, digest, len(content))


def bound_memory(settings: Settings) -> None:
    """Limit the memory of this process, which only reads, to what any document needs.

    A format that takes more gets a MemoryError, which costs one file; otherwise the kernel might
    kill some process. Only Linux tells how much a process has taken so far.
    """
    size = Path("/proc/self/statm")
    if not size.is_file():
        return
    taken = int(size.read_text().split()[0]) * resource.getpagesize()
    room = taken + _ROOM + _LARGEST * settings.max_unpacked_bytes
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    set_before = [each for each in (soft, hard) if each != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([room, *set_before]), hard))


@dataclass(slots=True)
class _Found:
    """What the files of one build hold; `named` tells whether the settings name the files.

    `faults` are messages about formats that failed on files which others could read.
    """

    named: bool
    many: int
    reports: list[Report] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    large: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def notes(self, settings: Settings) -> Iterator[str]:
        """Yield what people should know about formats and about files that nobody named."""
        yield from self.faults
        if self.large:
            more = f" and {len(self.large) - _NAMED} more" if len(self.large) > _NAMED else ""
            yield (
                f"{', '.join(self.large[:_NAMED])}{more}: skipped, with more than "
                f"{settings.max_unnamed_bytes} bytes. Name files that hold QA in artifacts of "
                "[[jobs]] in the settings, or raise max_unnamed_bytes."
            )
        without = self.many - len(self.read) - len(self.rejected) - len(self.large)
        if not self.named and without >= _MANY:
            example = self.read[0] if self.read else "qa/*.json"
            yield (
                f"{self.many} files were fetched, {without} of them without QA: name those that "
                f'hold QA in the settings, for example artifacts = ["{example}"] in [[jobs]], or '
                "list the others in skip_artifacts."
            )


def _copies_of(settings: Settings, build: Build) -> Path:
    """Return the folder for copies of the files of a running build."""
    name = f"{build.id.controller}\0{build.id.job}\0{build.id.number}\0{build.started}"
    return settings.spool.parent / "kept" / hashlib.sha256(name.encode()).hexdigest()[:32]


def choose(
    artifacts: Iterable[Artifact], patterns: Sequence[str], *, any_case: bool = False
) -> list[Artifact]:
    """Return the artifacts that a glob matches; ``**/`` also matches no folder at all.

    With `any_case` the case of a path does not matter; the globs are then in lower case.
    """
    wide = [*patterns, *(p.removeprefix("**/") for p in patterns if p.startswith("**/"))]
    named = ((each, each.path.lower() if any_case else each.path) for each in artifacts)
    return [each for each, path in named if any(fnmatchcase(path, glob) for glob in wide)]
