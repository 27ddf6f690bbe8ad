"""Read files again that were set aside: from Jenkins, or from the copies in the quarantine."""

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from squash_jenkins.config import Settings
from squash_jenkins.errors import DocumentError, JenkinsError, NotFound
from squash_jenkins.ingest.artifacts import FileReader
from squash_jenkins.ingest.outcome import Outcome
from squash_jenkins.ingest.pipeline import store_and_publish
from squash_jenkins.ingest.publish import link
from squash_jenkins.ingest.quarantine import QuarantinedFile, copy_of, delete_copies
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.jenkins.link import other_text
from squash_jenkins.models import Artifact, Build, BuildRecord, Package, Rejected
from squash_jenkins.plugins import Plugins
from squash_jenkins.store import Reader

_BATCH = 50
"""Builds that are read before they are stored together and the pages rebuilt."""


class Fate(StrEnum):
    """What became of a file when it was tried again."""

    READ = "read"
    STILL = "still set aside"
    DROPPED = "no longer wanted"
    """The settings name other artifacts by now, or the file holds no QA after all."""


@dataclass(frozen=True, slots=True)
class RetriedFile:
    """What became of one file; `reason` is why it is still set aside."""

    aside: QuarantinedFile
    fate: Fate
    reason: str = ""


@dataclass(slots=True)
class RetryResult:
    """What became of all files; `faults` are messages."""

    files: list[RetriedFile] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Retry:
    """A retry of builds whose files were set aside.

    Parameters
    ----------
    settings, plugins
        The limits and the formats.
    client
        Makes the client of a controller by its short name.
    stopped
        Set it to have no further build read; those already read are stored and published.

    """

    settings: Settings
    plugins: Plugins
    client: Callable[[str], JenkinsClient]
    stopped: threading.Event = field(default_factory=threading.Event)
    _clients: dict[str, JenkinsClient] = field(default_factory=dict)

    def run(self, asides: Sequence[QuarantinedFile]) -> RetryResult:
        """Try every file of the builds that these files belong to.

        What can be read now is stored with the other reports and packages of the build.

        Raises
        ------
        StoreError
            The database cannot be used.

        """
        done = RetryResult()
        builds: dict[int, list[QuarantinedFile]] = {}
        for aside in asides:
            builds.setdefault(aside.entry.build, []).append(aside)
        groups: dict[str, list[list[QuarantinedFile]]] = {}
        for files in builds.values():
            groups.setdefault(files[0].id.controller, []).append(files)
        for of_controller in groups.values():
            for start in range(0, len(of_controller), _BATCH):
                self._retry(of_controller[start : start + _BATCH], done)
        delete_copies(self.settings, asides)
        return done

    def _retry(self, builds: Sequence[list[QuarantinedFile]], done: RetryResult) -> None:
        """Read some builds of one controller, store what changed, rebuild the pages once."""
        with open_store_for(self.settings) as store, store.reader() as reader:
            stored = [_stored_build(reader, files) for files in builds]
        read = []
        for each in stored:
            try:
                if self.stopped.is_set():
                    raise JenkinsError("not tried: the command was stopped")
                read.append((each, self._read(each)))
            except JenkinsError as error:
                done.files += [
                    RetriedFile(file, Fate.STILL, str(error)) for file in each.files.values()
                ]
        outcome = Outcome(records=[record for each, record in read if _differs(each, record)])
        if outcome.records:
            store_and_publish(self.settings, self.plugins, outcome)
            done.faults += outcome.warnings
            self._link(outcome, done)
        saved = {(record.build.id, record.build.started): record for record in outcome.records}
        for each, record in read:
            result = saved.get((record.build.id, record.build.started), record)
            done.files += [_fate(file, result) for file in each.files.values()]

    def _read(self, stored: "_StoredBuild") -> BuildRecord:
        """Read one build: from Jenkins what it still serves, else from the copies."""
        client = self._client_of(stored.build.id.controller)
        found = _ask(client, stored.build) if client else None
        served = {artifact.path for artifact in found.artifacts} if found else set()
        lost: set[str] = set()

        def fetch(artifact: Artifact, to: Path) -> None:
            here = client if artifact.path in served else None
            if not self._fetch(here, stored, artifact, to):
                lost.add(artifact.path)
                raise DocumentError("neither Jenkins nor the quarantine still has it")

        more = [Artifact(path) for path in stored.files if path not in served]
        build = found or stored.build
        reading = replace(build, artifacts=(*(found.artifacts if found else ()), *more))
        record = FileReader(self.settings, self.plugins.formats).read(reading, fetch)
        rejected = [
            _as_before(stored.files[each.path]) if each.path in lost else each
            for each in record.rejected
        ]
        return _with_packages(replace(record, rejected=rejected), stored.packages)

    def _fetch(
        self, client: JenkinsClient | None, stored: "_StoredBuild", artifact: Artifact, to: Path
    ) -> bool:
        """Fetch a file from Jenkins, else its copy; return whether there is one."""
        aside = stored.files.get(artifact.path)
        if client is not None:
            try:
                client.download(stored.build.id, artifact, to, self.settings.max_artifact_bytes)
                return True
            except NotFound:
                if aside is None:
                    raise
        copy = copy_of(self.settings, aside.entry.digest) if aside else None
        if copy is None or not copy.is_file():
            return False
        shutil.copyfile(copy, to)
        return True

    def _client_of(self, controller: str) -> JenkinsClient | None:
        """Return the client of a controller; None without a Jenkins, or for a former one."""
        if controller not in self.settings.controllers:
            return None
        if controller not in self._clients:
            self._clients[controller] = self.client(controller)
        return self._clients[controller]

    def _link(self, outcome: Outcome, done: RetryResult) -> None:
        """Update the summaries in the descriptions of builds that Jenkins still has."""
        for id, summary in outcome.summaries.items():
            client = self._client_of(id.controller)
            if client is None or self.settings.public_url is None:
                continue
            try:
                link(self.settings, client, id, summary, add=self.settings.link_older)
            except NotFound:
                continue  # deleted in Jenkins: there is no page to link
            except JenkinsError as error:
                done.faults.append(f"Build pages are not linked: {error}")
                return


@dataclass(frozen=True, slots=True)
class _StoredBuild:
    """What is stored of a build: itself, the files set aside by path, its packages."""

    build: Build
    files: Mapping[str, QuarantinedFile]
    packages: Mapping[str, Package]


def _stored_build(reader: Reader, files: Sequence[QuarantinedFile]) -> _StoredBuild:
    row = reader.builds.get(files[0].entry.build)
    build = row.build(files[0].id, reader.contents.changes([row.key]).get(row.key, ()))
    packages = reader.contents.packages([row.key]).get(row.key, {})
    aside = reader.contents.rejected([row.key])
    by_path = {entry.path: QuarantinedFile(files[0].id, row.started, entry) for entry in aside}
    return _StoredBuild(build, dict(sorted(by_path.items())), packages)


def _ask(client: JenkinsClient, stored: Build) -> Build | None:
    """Return a build as Jenkins has it; None when it is gone or the number is now another build."""
    try:
        build = client.build(stored.id)
    except NotFound:
        return None
    if build.started != stored.started:
        return None
    return replace(build, description=other_text(build.description))


def _with_packages(record: BuildRecord, stored: Mapping[str, Package]) -> BuildRecord:
    """Add stored packages that no report names now, as named ones replace all of a build."""
    named = {package.name for report in record.reports for package in report.packages}
    more = [package for name, package in stored.items() if name not in named]
    if not named or not more:
        return record
    first, *others = record.reports
    return replace(record, reports=[replace(first, packages=[*first.packages, *more]), *others])


def _as_before(aside: QuarantinedFile) -> Rejected:
    entry = aside.entry
    return Rejected(entry.path, entry.reason, entry.digest, entry.size)


def _fate(aside: QuarantinedFile, record: BuildRecord) -> RetriedFile:
    path = aside.entry.path
    if any(report.path == path for report in record.reports):
        return RetriedFile(aside, Fate.READ)
    for each in record.rejected:
        if each.path == path:
            return RetriedFile(aside, Fate.STILL, each.reason)
    return RetriedFile(aside, Fate.DROPPED)


def _differs(stored: _StoredBuild, record: BuildRecord) -> bool:
    """Return whether a file is no longer set aside, or for another reason."""
    before = sorted((path, each.entry.reason) for path, each in stored.files.items())
    return before != sorted((each.path, each.reason) for each in record.rejected)
