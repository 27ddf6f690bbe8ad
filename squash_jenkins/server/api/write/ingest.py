"""Ingest posted documents, as builds from Jenkins are ingested.

A document of a stored build is added to it: what Jenkins said about the build stays, and so do its
other reports. A build that came by a document first is updated when it is read from Jenkins later,
see `PostedDocument.build`.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from squash_jenkins.errors import StoreError, StoreUnreachable
from squash_jenkins.ingest.labels import merge_packages
from squash_jenkins.ingest.saving import save
from squash_jenkins.models import (
    STARTED_FROM,
    Build,
    BuildId,
    BuildRecord,
    Package,
    Rejected,
    Report,
)
from squash_jenkins.server import audit
from squash_jenkins.server.access import Caller
from squash_jenkins.server.api.write.job_tokens import without_shared
from squash_jenkins.server.api.write.posted_document import PostedDocument
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.services import Services
from squash_jenkins.store import Also, Reader
from squash_jenkins.store.rows import BuildRow

_LOG = logging.getLogger(__name__)
Result = Literal["stored", "added", "replaced", "unchanged"]
"""What became of a document: its build is new; it was added to a stored build; it replaced an
earlier one that measured the same; nothing had to be written."""
_DETAILS: Mapping[Result, str] = {
    "stored": "The build and its measurements are stored.",
    "added": "The build was already stored; these measurements were added to it.",
    "replaced": "These measurements replaced those posted earlier.",
    "unchanged": "The same is already stored; nothing was changed.",
}


@dataclass(frozen=True, slots=True)
class Ingested:
    """The result of one document."""

    record: BuildRecord
    result: Result
    left: Sequence[str] = ()
    """Names of metrics and packages that the document defines differently, to no effect."""

    @property
    def status(self) -> int:
        """Return the HTTP status: 201 when something new was stored."""
        return 200 if self.result in ("unchanged", "replaced") else 201

    def as_json(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        build = self.record.build
        return {
            "result": self.result,
            "detail": _DETAILS[self.result],
            "controller": build.id.controller,
            "job": build.id.job,
            "build": build.id.number,
            "started": build.started.isoformat(),
            "reports": [_report(each) for each in self.record.reports],
            **({"left_as_they_are": list(self.left)} if self.left else {}),
        }


def _report(report: Report) -> dict[str, Any]:
    return {
        "path": report.path,
        "format": report.format,
        "dataset": report.dataset,
        "filter": report.filter,
        "measurements": len(report.measurements),
    }


def ingest_documents(
    here: Services, who: Caller, documents: Sequence[PostedDocument]
) -> list[Ingested | Problem]:
    """Store documents in one transaction; return a result or a problem for each, in order.

    Raises
    ------
    StoreUnreachable
        Nothing was stored.

    """
    taken = _prepared(here, who, documents)
    try:
        return _stored(here, who, taken)
    except StoreUnreachable:
        raise
    except (StoreError, ValueError) as error:
        if len(documents) == 1:
            return [_unfit(error)]
    return [each for document in documents for each in ingest_documents(here, who, [document])]


def _unfit(error: Exception) -> Problem:
    """Return why a document cannot be stored; the database driver's message is logged."""
    if not isinstance(error, StoreError) or error.__cause__ is None:
        return Problem(400, f"This cannot be stored: {error}")
    _LOG.error("A document cannot be stored: %s", error)
    return Problem(
        400, "This cannot be stored: the database refused it; the server's log says why."
    )


def _stored(
    here: Services, who: Caller, taken: Sequence[Ingested | Problem]
) -> list[Ingested | Problem]:
    """Save what is new, builds of each controller together, with an entry in the audit log."""
    done = list(taken)
    places: dict[str, list[int]] = {}
    for at, each in enumerate(taken):
        if isinstance(each, Ingested) and each.result != "unchanged":
            places.setdefault(each.record.build.id.controller, []).append(at)
    for at_once in places.values():
        mine = [each for at in at_once if isinstance(each := taken[at], Ingested)]
        records = [each.record for each in mine]
        saved = save(here.settings, here.store, records, _recording(who, mine))
        for at, each, entry in zip(at_once, mine, saved, strict=True):
            if not entry.changed:  # another process was faster
                done[at] = replace(each, result="unchanged")
    return done


def _recording(who: Caller, taken: Sequence[Ingested]) -> Also:
    """Return the entry for the audit log."""
    builds = [str(each.record.build.id) for each in taken]
    many = sum(len(report.measurements) for each in taken for report in each.record.reports)
    if len(taken) == 1:
        detail = {"result": taken[0].result, "measurements": many}
        return audit.recording(who, "job.post", builds[0], detail)
    of_all = {"builds": builds, "measurements": many}
    return audit.recording(who, "job.bulk", f"{len(builds)} documents", of_all)


def _prepared(
    here: Services, who: Caller, documents: Sequence[PostedDocument]
) -> list[Ingested | Problem]:
    with here.store.reader() as reader:
        merge = _Merge(reader)
        known = reader.definitions.known_metrics(
            {name for each in documents for name in each.metrics}
        )
        return [_one(merge, who, known, each) for each in documents]


def _one(merge: "_Merge", who: Caller, known: set[str], sent: PostedDocument) -> Ingested | Problem:
    try:
        _allowed(who, sent.id.job)
        _check_known(known, sent)
        allowed, left = without_shared(merge.reader, who, sent)
        return replace(merge.of(allowed), left=left)
    except Problem as problem:
        return problem


def _allowed(who: Caller, job: str) -> None:
    if not who.may_write(job):
        raise Problem(403, f"{who.name} may not write builds of the job {job[:200]!r}.")


def _check_known(known: set[str], sent: PostedDocument) -> None:
    """Refuse an undefined metric: usually its name is misspelt."""
    defined = {each.name for report in sent.reports for each in report.metrics}
    for at, name in enumerate(sent.metrics):
        if name not in known and name not in defined:
            raise Problem(
                400,
                f"There is no metric {name[:200]!r}: correct the name, or post its definition to "
                "/api/metric/ first. Nothing was stored.",
                field=f"measurements.{at}.metric",
            )


@dataclass
class _Merge:
    """Merges documents with what is stored of their builds, and with each other."""

    reader: Reader
    made: dict[BuildId, BuildRecord] = field(default_factory=dict)

    def of(self, sent: PostedDocument) -> Ingested:
        """Return what to store of a document."""
        earlier = self.made.get(sent.id)
        row = None if earlier else self.reader.builds.find(*_names(sent.id))
        if earlier is None and row is None:
            record = BuildRecord(sent.build(), sent.reports)
            result: Result = "stored"
        else:
            before = earlier or self._stored(sent.id, row)
            result = _result(before.reports, sent.reports)
            record = _together(before, sent)
        self.made[sent.id] = replace(record, reports=_all(earlier, record.reports))
        return Ingested(record, result)

    def _stored(self, id: BuildId, row: BuildRow | None) -> BuildRecord:
        """Return a stored build; of its reports only what identifies them."""
        assert row is not None  # noqa: S101 - the caller has found it
        build = row.build(id, self.reader.contents.changes([row.key]).get(row.key, []))
        packages = self.reader.contents.packages([row.key]).get(row.key, {})
        rejected = [
            Rejected(each.path, each.reason, each.digest, each.size)
            for each in self.reader.contents.rejected([row.key])
        ]
        reports = [
            Report(
                each.path, each.format, each.digest, each.size, packages=tuple(packages.values())
            )
            for each in self.reader.contents.reports([row.key])
        ]
        return BuildRecord(build, reports, rejected)


def _names(id: BuildId) -> tuple[str, str, int]:
    return id.controller, id.job, id.number


def _all(earlier: BuildRecord | None, reports: Sequence[Report]) -> list[Report]:
    """Return the reports of a build after one more document."""
    new = {report.path for report in reports}
    old = earlier.reports if earlier else ()
    return [*(each for each in old if each.path not in new), *reports]


def _result(before: Sequence[Report], reports: Sequence[Report]) -> Result:
    known = {report.path: report.digest for report in before}
    if all(known.get(report.path) == report.digest for report in reports):
        return "unchanged"
    return "replaced" if any(report.path in known for report in reports) else "added"


def _together(before: BuildRecord, sent: PostedDocument) -> BuildRecord:
    """Return the stored build with the posted reports."""
    packages = [each for report in before.reports for each in report.packages]
    reports = [_with_packages(report, packages) for report in sent.reports]
    return BuildRecord(_worse(before.build, sent.result), reports, before.rejected)


def _with_packages(report: Report, before: Sequence[Package]) -> Report:
    """Add the stored packages of the build to those of the document."""
    if not report.packages:
        return report
    return replace(report, packages=tuple(merge_packages([*report.packages, *before]).values()))


def _worse(build: Build, result: str | None) -> Build:
    """Let a posted failure count, unless the build was read from Jenkins."""
    if STARTED_FROM not in build.extra or result is None or build.result == "FAILURE":
        return build
    return replace(build, result=result)
