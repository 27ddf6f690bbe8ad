"""Store documents that were sent, as what is read from Jenkins is stored.

A document that meets a build which is stored already is added to it: what Jenkins said of the
build stays, and so do its other reports. A build that comes by a document first takes over
Jenkins' word when it is read from there later, see `documents.PostedDocument.build`.
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
"""What became of a document: its build is new, or was there and got it; it took the place of an
earlier one that measured the same; nothing had to be written."""
DETAILS: Mapping[Result, str] = {
    "stored": "The build and its measurements are stored.",
    "added": "The build was stored already; these measurements were added to it.",
    "replaced": "These measurements took the place of those that were posted before.",
    "unchanged": "The same is stored already; nothing was changed.",
}


@dataclass(frozen=True, slots=True)
class Ingested:
    """Tell what became of one document."""

    record: BuildRecord
    result: Result
    left: Sequence[str] = ()
    """Names of metrics and packages that the document says something else of, to no effect."""

    @property
    def status(self) -> int:
        """Return the HTTP status: 201 when something was stored that was not there."""
        return 200 if self.result in ("unchanged", "replaced") else 201

    def told(self) -> dict[str, Any]:
        """Return it as the answer tells it."""
        build = self.record.build
        return {
            "result": self.result,
            "detail": DETAILS[self.result],
            "controller": build.id.controller,
            "job": build.id.job,
            "build": build.id.number,
            "started": build.started.isoformat(),
            "reports": [_told(each) for each in self.record.reports],
            **({"left_as_they_are": list(self.left)} if self.left else {}),
        }


def _told(report: Report) -> dict[str, Any]:
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
    """Store documents in one transaction, each or a problem for it; in their order.

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
    """Tell why a document cannot be stored; what the database's driver said is in the log."""
    if not isinstance(error, StoreError) or error.__cause__ is None:
        return Problem(400, f"This cannot be stored: {error}")
    _LOG.error("A document cannot be stored: %s", error)
    return Problem(
        400, "This cannot be stored: the database refused it; the server's log tells why."
    )


def _stored(
    here: Services, who: Caller, taken: Sequence[Ingested | Problem]
) -> list[Ingested | Problem]:
    """Save what is new, the builds of each controller together, and note who sent it."""
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
    """Return what notes the write in the audit log."""
    builds = [str(each.record.build.id) for each in taken]
    many = sum(len(report.measurements) for each in taken for report in each.record.reports)
    if len(taken) == 1:
        told = {"result": taken[0].result, "measurements": many}
        return audit.recording(who, "job.post", builds[0], told)
    of_all = {"builds": builds, "measurements": many}
    return audit.recording(who, "job.bulk", f"{len(builds)} documents", of_all)


def _prepared(
    here: Services, who: Caller, documents: Sequence[PostedDocument]
) -> list[Ingested | Problem]:
    with here.store.reader() as reader:
        meeting = _Meeting(reader)
        known = reader.definitions.known_metrics(
            {name for each in documents for name in each.metrics}
        )
        return [_one(meeting, who, known, each) for each in documents]


def _one(
    meeting: "_Meeting", who: Caller, known: set[str], sent: PostedDocument
) -> Ingested | Problem:
    try:
        _allowed(who, sent.id.job)
        _check_known(known, sent)
        allowed, left = without_shared(meeting.reader, who, sent)
        return replace(meeting.of(allowed), left=left)
    except Problem as problem:
        return problem


def _allowed(who: Caller, job: str) -> None:
    if not who.may_write(job):
        raise Problem(403, f"{who.name} may not write builds of the job {job[:200]!r}.")


def _check_known(known: set[str], sent: PostedDocument) -> None:
    """Refuse a metric that nobody defined: most often its name is misspelt."""
    defined = {each.name for report in sent.reports for each in report.metrics}
    for at, name in enumerate(sent.metrics):
        if name not in known and name not in defined:
            raise Problem(
                400,
                f"There is no metric {name[:200]!r}: correct its name, or post its definition to "
                "/api/metric/ first. Nothing was stored.",
                field=f"measurements.{at}.metric",
            )


@dataclass
class _Meeting:
    """Bring documents together with what is stored of their builds, and with each other."""

    reader: Reader
    made: dict[BuildId, BuildRecord] = field(default_factory=dict)

    def of(self, sent: PostedDocument) -> Ingested:
        """Return what is to be stored of a document."""
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
        """Return a build as it is stored; of its reports only what tells them apart."""
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
    """Return the reports that a build has after those of one more document."""
    new = {report.path for report in reports}
    old = earlier.reports if earlier else ()
    return [*(each for each in old if each.path not in new), *reports]


def _result(before: Sequence[Report], reports: Sequence[Report]) -> Result:
    known = {report.path: report.digest for report in before}
    if all(known.get(report.path) == report.digest for report in reports):
        return "unchanged"
    return "replaced" if any(report.path in known for report in reports) else "added"


def _together(before: BuildRecord, sent: PostedDocument) -> BuildRecord:
    """Return the stored build with the reports that were sent."""
    packages = [each for report in before.reports for each in report.packages]
    reports = [_with_packages(report, packages) for report in sent.reports]
    return BuildRecord(_worse(before.build, sent.result), reports, before.rejected)


def _with_packages(report: Report, before: Sequence[Package]) -> Report:
    """Keep the packages that are known of the build beside those of the document."""
    if not report.packages:
        return report
    return replace(report, packages=tuple(merge_packages([*report.packages, *before]).values()))


def _worse(build: Build, result: str | None) -> Build:
    """Let a failure that was sent count, unless Jenkins' own word is known."""
    if STARTED_FROM not in build.extra or result is None or build.result == "FAILURE":
        return build
    return replace(build, result=result)
