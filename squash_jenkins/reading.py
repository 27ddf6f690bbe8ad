"""Read the QA files of one build: choose artifacts, fetch them, hand them to the formats."""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from squash_jenkins.config import DEFAULT_ARTIFACTS, Settings
from squash_jenkins.errors import DocumentError, NotFound
from squash_jenkins.formats.base import Format, read_document
from squash_jenkins.formats.opening import open_document
from squash_jenkins.models import Artifact, Build, BuildRecord, Rejected, Report
from squash_jenkins.settling import settle
from squash_jenkins.spool import write_durably

Fetch = Callable[[Artifact, Path], None]
"""Bring one artifact to a file; raises DocumentError when it is too large."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Hold what reading needs: the settings and the formats in the order they are tried."""

    settings: Settings
    formats: Sequence[Format]

    def read(self, build: Build, fetch: Fetch) -> BuildRecord:
        """Fetch and read the QA files of a build; a bad file is set aside, the others are read."""
        named = self.settings.job(build.id.job).artifacts
        chosen = choose(build.artifacts, named or DEFAULT_ARTIFACTS)
        reports: list[Report] = []
        rejected: list[Rejected] = []
        with tempfile.TemporaryDirectory(prefix="squash-") as folder:
            for number, artifact in enumerate(chosen):
                file = Path(folder) / str(number)
                try:
                    fetch(artifact, file)
                    reports += self._read_file(file, artifact.path, wanted=named is not None)
                except (DocumentError, NotFound) as error:
                    rejected.append(self._set_aside(file, artifact.path, str(error)))
                file.unlink(missing_ok=True)
        settled = settle(reports, build, self.settings.job(build.id.job))
        return BuildRecord(build, settled, rejected)

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


def choose(artifacts: Iterable[Artifact], patterns: Sequence[str]) -> list[Artifact]:
    """Return the artifacts that a glob names; ``**/`` also stands for no folder at all."""
    wide = [*patterns, *(p.removeprefix("**/") for p in patterns if p.startswith("**/"))]
    return [a for a in artifacts if any(fnmatchcase(a.path, pattern) for pattern in wide)]
